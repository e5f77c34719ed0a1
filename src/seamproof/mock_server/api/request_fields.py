"""
Inputs: the parameters of a request, read from its query or its body by a table of readers.
"""

from __future__ import annotations

import math
import uuid
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import parse_qsl

from seamproof.formats import parse_timestamp
from seamproof.mock_server.api.errors import Refusal, invalid
from seamproof.schemas.json_text import decode_bytes, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from seamproof.json_types import JsonObject

#: From a value as it came to what it stands for. Raises Wrong.
Reader: TypeAlias = "Callable[[Any], Any]"

#: The largest number that a page or an offset is asked for with.
_MOST: Final = 2**31 - 1
#: Added by the official SDK to every query; says how to read empty values.
_STRICT: Final = "_strict"


class Wrong(ValueError):
    """
    A value that a parameter cannot have.
    """


async def json_object(request: Request) -> tuple[JsonObject, str]:
    """
    Read a body as a JSON object. No body at all is an empty one.

    Returns:
        The object and its text.

    Raises:
        Refusal: 400 when it is no JSON, loses data in reading, or is no object.
    """
    raw = await request.body()
    if not raw:
        return {}, "{}"
    text, flaw = decode_bytes(raw)
    value, flaws = (None, (flaw,)) if flaw else parse(text)
    if flaws:
        where = f" at {flaws[0].path}" if flaws[0].path else ""
        what = f"The body is malformed JSON{where}: {flaws[0].message}"
        raise Refusal(400, what, kind="malformed_json")
    if not isinstance(value, dict):
        raise invalid({}, whole=["The body is a JSON object"])
    return value, text


async def parameters(
    request: Request, readers: Mapping[str, Reader], required: frozenset[str] = frozenset()
) -> JsonObject:
    """
    Read the parameters of a request: of its query for GET and DELETE, else of its body.

    Parameters that no reader knows are passed over, as Seam does.

    Raises:
        Refusal: 400 with what is wrong, by parameter.
    """
    if request.method in ("GET", "HEAD", "DELETE"):
        given = _query(request, readers)
    else:
        given, _ = await json_object(request)
    values: JsonObject = {}
    wrong = {name: ["Required"] for name in sorted(required - given.keys())}
    for name, reader in readers.items():
        if name in given:
            try:
                values[name] = reader(given[name])
            except Wrong as problem:
                wrong[name] = [str(problem)]
    if wrong:
        raise invalid(wrong)
    return values


def _query(request: Request, readers: Mapping[str, Reader]) -> JsonObject:
    """
    Gather a query as Seam's SDKs write it: a list as a name that is repeated.

    An empty list is a name without a value; so is null.
    """
    gathered: dict[str, list[str]] = {}
    text = request.scope["query_string"].decode("latin-1")
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name != _STRICT:
            gathered.setdefault(name, []).append(value)
    return {
        name: _listed(values) if isinstance(readers.get(name), Several) else _single(values)
        for name, values in gathered.items()
    }


def _listed(values: list[str]) -> list[str]:
    return [] if values == [""] else values


def _single(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def text(value: object) -> str:
    """
    Read a text that is not empty.
    """
    if not isinstance(value, str):
        raise Wrong(_expected("string", value))
    if not value:
        what = "Expected at least one character"
        raise Wrong(what)
    return value


def identifier(value: object) -> str:
    """
    Read a UUID.
    """
    given = text(value)
    try:
        return str(uuid.UUID(given))
    except ValueError:
        what = "Invalid uuid"
        raise Wrong(what) from None


def whole(value: object) -> int:
    """
    Read a whole number, zero or more. Seam's document calls it a float.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Wrong(_expected("number", value))
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise Wrong(_expected("number", value)) from None
    if not math.isfinite(number) or number != int(number) or number < 0:
        what = "Expected a whole number, zero or more"
        raise Wrong(what)
    return min(int(number), _MOST)


def instant(value: object) -> float:
    """
    Read an ISO 8601 date or time as seconds since the epoch; without an offset it is UTC.
    """
    given = text(value)
    try:
        return parse_timestamp(given)
    except (ValueError, OverflowError):
        what = "Invalid timestamp: expected ISO 8601, as in 2026-01-31T12:00:00Z"
        raise Wrong(what) from None


class Several:
    """
    Reads an array, each item by another reader.

    Args:
        item: Reads an item.
        most: How many there may be.
        exactly: How many there are.
    """

    def __init__(
        self, item: Reader, *, most: int | None = None, exactly: int | None = None
    ) -> None:
        self._item = item
        self._most = most
        self._exactly = exactly

    def __call__(self, value: object) -> list[Any]:
        """
        Read an array.
        """
        if not isinstance(value, list):
            raise Wrong(_expected("array", value))
        if self._most is not None and len(value) > self._most:
            what = f"Expected at most {self._most} items, received {len(value)}"
            raise Wrong(what)
        if self._exactly is not None and len(value) != self._exactly:
            what = f"Expected exactly {self._exactly} items, received {len(value)}"
            raise Wrong(what)
        return [self._item(one) for one in value]


_NAMES: Final = {str: "string", bool: "boolean", list: "array", dict: "object", type(None): "null"}


def _expected(kind: str, value: object) -> str:
    return f"Expected {kind}, received {_NAMES.get(type(value), 'number')}"
