"""
Placeholder values for examples of schemas.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Final

from seamproof import json_pointer
from seamproof.schemas.validation.contract import explain
from seamproof.schemas.validation.keywords import listed_values, stated_types

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject

BY_FORMAT: Final[Mapping[str, str]] = {
    "date": "2025-01-01",
    "date-time": "2025-01-01T00:00:00.000Z",
    "duration": "PT0S",
    "email": "someone@example.com",
    "hostname": "example.com",
    "idn-email": "someone@example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "iri": "https://example.com/",
    "time": "00:00:00Z",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-0000-0000-000000000000",
}
_BY_TYPE: Final[JsonMapping] = {"boolean": True, "null": None, "object": {}}


def placeholder(schema: JsonMapping, *, leave_out: Collection[str] = ()) -> Json:
    """
    Build the simplest value that a schema admits.

    Args:
        schema: A schema that derivation made.
        leave_out: Optional properties of the outermost object to leave out.
    """
    listed = listed_values(schema)
    if listed is not None:
        return listed[0]
    if schema.get("properties"):
        required = schema.get("required", ())
        return {
            name: placeholder(member)
            for name, member in schema["properties"].items()
            if name in required or name not in leave_out
        }
    if schema.get("format") in BY_FORMAT:
        return BY_FORMAT[schema["format"]]
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        return placeholder(branch)
    return _of_type((stated_types(schema) or ["object"])[0], schema)


def _of_type(kind: str, schema: JsonMapping) -> Json:
    """
    Build the simplest value of a JSON type within the limits of a schema.
    """
    if kind == "string":
        return "x" * schema.get("minLength", 0)
    if kind == "array":
        return [placeholder(schema.get("items", {"type": "string"}))] * schema.get("minItems", 0)
    if kind in ("integer", "number"):
        return min(max(0, schema.get("minimum", 0)), schema.get("maximum", math.inf))
    return copy.deepcopy(_BY_TYPE[kind])


def conform(example: JsonMapping, schema: JsonMapping) -> JsonObject:
    """
    Replace the values of an example that violate a schema by placeholders.

    A page's example can violate what only the OpenAPI document knows: it has an
    empty string where the format is `uri`, for instance. An optional property
    that stays invalid is left out.
    """
    conforming = copy.deepcopy(dict(example))
    for change in (_fill, _leave_out):
        for violation in explain(schema, conforming):
            if violation.path:
                change(conforming, schema, violation.path)
    return conforming


def _fill(example: JsonObject, schema: JsonMapping, pointer: str) -> None:
    path = json_pointer.parse(pointer)
    for token in path:
        schema = _member_schema(schema, token)
    json_pointer.assign(example, path, placeholder(schema))


def _leave_out(example: JsonObject, schema: JsonMapping, pointer: str) -> None:
    name = json_pointer.parse(pointer)[0]
    if name not in schema.get("required", ()):
        example.pop(name, None)


def _member_schema(schema: JsonMapping, token: str) -> JsonMapping:
    member = schema.get("properties", {}).get(token)
    fallback = schema.get("items") or schema.get("additionalProperties") or {}
    found: JsonMapping = member if member is not None else fallback
    return found
