"""
Parameters of a request to Seam's API, from its query or its body, by a table of readers.
"""

from __future__ import annotations

import math
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.formats import read_decimal
from seamproof.mock_server.api.errors import Refusal, invalid
from seamproof.mock_server.api.request_models import read_timestamp
from seamproof.schemas.json_text import decode_bytes, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from seamproof.json_types import Json, JsonObject

#: Reads the value of a parameter. Raises InvalidField.
Reader: TypeAlias = "Callable[[object], Json]"

#: The largest limit and offset; larger ones mean the same.
_MAX_NUMBER: Final = 2**31 - 1
#: The official SDK adds it to every query; it defines how to read empty values.
_STRICT: Final = "_strict"


class InvalidField(ValueError):
    """
    A value that a parameter cannot have.
    """


async def json_object(request: Request) -> JsonObject:
    """
    Read a body as a JSON object. A missing body is an empty object.

    Raises:
        Refusal: 400 for a body that is not JSON, loses data in reading, or is not an object.
    """
    raw = await request.body()
    if not raw:
        return {}
    text, flaw = decode_bytes(raw)
    value, flaws = (None, (flaw,)) if flaw else parse(text)
    if flaws:
        where = f" at {flaws[0].path}" if flaws[0].path else ""
        what = f"The body is malformed JSON{where}: {flaws[0].message}"
        raise Refusal(400, what, kind="malformed_json")
    if not isinstance(value, dict):
        raise invalid({"": ["The body is a JSON object"]})
    return value


def refuse_repeated(request: Request) -> None:
    """
    Refuse a parameter that a query has several times: FastAPI would use the last value.

    Raises:
        Refusal: 400 with an error of each repeated parameter.
    """
    counts = Counter(name for name, _ in request.query_params.multi_items())
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        raise invalid({name: ["Expected one value, received several"] for name in repeated})


async def parameters(
    request: Request, readers: Mapping[str, Reader], required: frozenset[str] = frozenset()
) -> JsonObject:
    """
    Read the parameters of a request: from the query of GET and DELETE, otherwise from the body.

    Unknown parameters are ignored, as Seam does.

    Raises:
        Refusal: 400 with the errors of each parameter.
    """
    if request.method in ("GET", "DELETE"):
        given = _query(request, readers)
    else:
        given = await json_object(request)
    values: JsonObject = {}
    wrong = {name: ["Required"] for name in sorted(required - given.keys())}
    for name, reader in readers.items():
        if name in given:
            try:
                values[name] = reader(given[name])
            except InvalidField as problem:
                wrong[name] = [str(problem)]
    if wrong:
        raise invalid(wrong)
    return values


def _query(request: Request, readers: Mapping[str, Reader]) -> JsonObject:
    """
    Parse a query as Seam's SDKs encode it: a list as a repeated name.

    An empty list is a name without a value; so is null.
    """
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name != _STRICT:
            found.setdefault(name, []).append(value)
    query: JsonObject = {}
    for name, values in found.items():
        if isinstance(readers.get(name), Several):
            query[name] = [] if values == [""] else values
        else:
            query[name] = values[0] if len(values) == 1 else values
    return query


def text(value: object) -> str:
    """
    Read a string that is not empty.
    """
    if not isinstance(value, str):
        raise InvalidField(_expected("string", value))
    if not value:
        what = "Expected at least one character"
        raise InvalidField(what)
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
        raise InvalidField(what) from None


def whole(value: object) -> int:
    """
    Read an integer, zero or more. Seam's document declares it as a float.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidField(_expected("number", value))
    number = read_decimal(value) if isinstance(value, str) else value
    if number is None:
        raise InvalidField(_expected("number", value))
    if not math.isfinite(number) or number != int(number) or number < 0:
        what = "Expected a whole number, zero or more"
        raise InvalidField(what)
    return min(int(number), _MAX_NUMBER)


def instant(value: object) -> float:
    """
    Read an ISO 8601 date or time as seconds since the epoch; without an offset it is UTC.
    """
    try:
        return read_timestamp(text(value))
    except ValueError as problem:
        raise InvalidField(str(problem)) from None


@dataclass(frozen=True, slots=True)
class Several:
    """
    Reads an array.

    Attributes:
        item: Reads an item.
        limit: The largest number of items.
        exactly: The only number of items.
    """

    item: Reader
    limit: int | None = None
    exactly: int | None = None

    def __call__(self, value: object) -> list[object]:
        """
        Read an array.
        """
        if not isinstance(value, list):
            raise InvalidField(_expected("array", value))
        if self.limit is not None and len(value) > self.limit:
            what = f"Expected at most {self.limit} items, received {len(value)}"
            raise InvalidField(what)
        if self.exactly is not None and len(value) != self.exactly:
            what = f"Expected exactly {self.exactly} items, received {len(value)}"
            raise InvalidField(what)
        return [self.item(one) for one in value]


_NAMES: Final = {str: "string", bool: "boolean", list: "array", dict: "object", type(None): "null"}


def _expected(kind: str, value: object) -> str:
    return f"Expected {kind}, received {_NAMES.get(type(value), 'number')}"
