"""
Placeholders: the values that the documentation puts into its examples.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from seamproof.schemas.jsontext import unescape
from seamproof.schemas.validation import explain

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_BY_FORMAT: Final[Mapping[str, str]] = {
    "date-time": "2025-01-01T00:00:00.000Z",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-0000-0000-000000000000",
}
_BY_TYPE: Final[Mapping[str, Any]] = {
    "array": [],
    "boolean": True,
    "integer": 0,
    "null": None,
    "number": 0,
    "object": {},
    "string": "",
}


def placeholder(schema: Mapping[str, Any], *, leave_out: Collection[str] = ()) -> Any:  # noqa: ANN401 - any JSON value
    """
    Make the plainest value of a schema.

    Args:
        schema: As derivation makes them.
        leave_out: Optional properties of the outermost object not to fill in.
    """
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("properties"):
        required = schema.get("required", ())
        return {
            name: placeholder(member)
            for name, member in schema["properties"].items()
            if name in required or name not in leave_out
        }
    if schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    stated = schema.get("type", "object")
    plain = _BY_TYPE[stated if isinstance(stated, str) else stated[0]]
    return max(plain, schema.get("minimum", plain)) if plain == 0 and plain is not False else plain


def conform(example: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """
    Put a placeholder wherever an example does not satisfy a schema.

    A page's example can be at odds with what only the OpenAPI document knows:
    an empty string stands where the format is `uri`, for instance.
    """
    conforming = copy.deepcopy(dict(example))
    for violation in explain(schema, example):
        holder: Any = conforming
        part: Any = schema
        *way, last = [unescape(token) for token in violation.path.split("/")[1:]]
        for token in way:
            holder, part = _inside(holder, token), _part(part, token)
        holder[int(last) if isinstance(holder, list) else last] = placeholder(_part(part, last))
    return conforming


def _inside(holder: Any, token: str) -> Any:  # noqa: ANN401 - any JSON value
    return holder[int(token)] if isinstance(holder, list) else holder[token]


def _part(schema: Mapping[str, Any], token: str) -> Mapping[str, Any]:
    member = schema.get("properties", {}).get(token)
    fallback = schema.get("items") or schema.get("additionalProperties") or {}
    found: Mapping[str, Any] = member if member is not None else fallback
    return found
