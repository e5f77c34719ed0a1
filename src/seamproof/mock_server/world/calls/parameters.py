"""
Parameters of a call: read from texts of a query, and validated by the operation's schema.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from seamproof.formats import read_decimal
from seamproof.mock_server.world.data import operations
from seamproof.mock_server.world.refusals import invalid
from seamproof.schemas.validation.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seamproof.json_types import Json, JsonMapping, JsonObject

_BOOLEANS: Final = {"true": True, "false": False}
#: Added to every query by the official SDKs.
_STRICT: Final = "_strict"


def from_query(path: str, pairs: Sequence[tuple[str, str]]) -> JsonObject:
    """
    Read a query as Seam's SDKs encode it: lists as repeated names, objects as `name.member`.

    An empty text is null, or an empty list.
    """
    schemas = _properties(path)
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != _STRICT:
            found.setdefault(name, []).append(value)
    query: JsonObject = {}
    for name, values in found.items():
        holder, _, member = name.partition(".")
        if member:
            query.setdefault(holder, {})[member] = _typed({}, values[0])
        elif "array" in _types(schemas.get(name, {})):
            items = schemas[name].get("items", {})
            query[name] = [] if values == [""] else [_typed(items, one) for one in values]
        else:
            query[name] = _typed(schemas.get(name, {}), values[0])
    return query


def _typed(schema: JsonMapping, text: str) -> Json:
    types = _types(schema)
    if not text and "null" in types:
        return None
    if "boolean" in types and text in _BOOLEANS:
        return _BOOLEANS[text]
    if "number" in types or "integer" in types:
        number = read_decimal(text)
        if number is not None:
            return int(number) if number == int(number) else number
    return text


def _types(schema: JsonMapping) -> set[str]:
    stated = schema.get("type", ())
    found = {stated} if isinstance(stated, str) else set(stated)
    for name in ("oneOf", "anyOf", "allOf"):
        for one in schema.get(name, ()):
            found |= _types(one)
    return found


@cache
def _properties(path: str) -> Mapping[str, JsonMapping]:
    return dict(_all_properties(operations()[path].parameters))


def _all_properties(schema: JsonMapping) -> Iterator[tuple[str, JsonMapping]]:
    for name in ("oneOf", "anyOf", "allOf"):
        for one in schema.get(name, ()):
            yield from _all_properties(one)
    yield from schema.get("properties", {}).items()


@cache
def _contract(path: str) -> Contract:
    return Contract({"type": "object", **_lenient(operations()[path].parameters)})


def _lenient(schema: Json) -> Json:
    """
    Accept what several alternatives accept: those of Seam's document are not exclusive.
    """
    if isinstance(schema, dict):
        renamed = {"anyOf" if name == "oneOf" else name: one for name, one in schema.items()}
        return {name: _lenient(one) for name, one in renamed.items()}
    return [_lenient(one) for one in schema] if isinstance(schema, list) else schema


def default_of(path: str, name: str) -> Json:
    """
    Look up the default of a parameter.
    """
    return _properties(path).get(name, {}).get("default")


def validate(path: str, given: JsonMapping) -> None:
    """
    Validate the parameters of a call. Unknown ones are ignored, as Seam does.

    Raises:
        CallRefused: 400 with what is wrong with each of them.
    """
    contract = _contract(path)
    if contract.is_valid(given):
        return
    wrong: dict[str, list[str]] = {}
    for violation in contract.violations(given):
        name = violation.path.lstrip("/").partition("/")[0]
        text = "Required" if violation.rule == "required" else violation.message
        wrong.setdefault(name, []).append(text)
    raise invalid(wrong or {"": ["Invalid input"]})
