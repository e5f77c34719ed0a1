"""
Proofs that no value satisfies two schemas at once, which `oneOf` requires.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.schemas.validation.keywords import listed_values, stated_types
from seamproof.strategies.json_schema.references import Schema, resolved

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.json_types import JsonMapping

#: Returns whether a schema admits a value.
Admits: TypeAlias = "Callable[[JsonMapping, object], bool]"

_TYPES: Final = frozenset({"array", "boolean", "null", "number", "object", "string"})
#: How many levels of properties are compared; a reader would not see a deeper proof either.
_DEPTH: Final = 5


def are_disjoint(root: object, one: Schema, other: Schema, admits: Admits, depth: int = 0) -> bool:
    """
    Return whether it is provable that no value satisfies both schemas.

    Args:
        root: The document of the schemas.
        one: A schema.
        other: Another schema.
        admits: Asks the validator whether a schema admits a value.
        depth: The number of enclosing properties.
    """
    one, other = resolved(root, one), resolved(root, other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is False or other is False
    for listed, rest in ((one, other), (other, one)):
        values = listed_values(listed)
        if values is not None:
            return not any(admits(listed, value) and admits(rest, value) for value in values)
    shared = _types(one) & _types(other)
    if not shared:
        return True
    if shared == {"number"}:
        return _are_ranges_disjoint(one, other)
    if shared != {"object"} or depth > _DEPTH:
        return False
    return _are_members_disjoint(root, one, other, admits, depth)


def _are_members_disjoint(
    root: object, one: JsonMapping, other: JsonMapping, admits: Admits, depth: int
) -> bool:
    properties = one.get("properties", {}), other.get("properties", {})
    always = {*one.get("required", ())} & {*other.get("required", ())}
    for schema, rest in ((one, other), (other, one)):
        closed = schema.get("additionalProperties") is False
        if closed and {*rest.get("required", ())} - schema.get("properties", {}).keys():
            return True
    return any(
        are_disjoint(root, properties[0][name], properties[1][name], admits, depth + 1)
        for name in always & properties[0].keys() & properties[1].keys()
    )


def _types(schema: JsonMapping) -> set[str]:
    return {"number" if name == "integer" else name for name in stated_types(schema) or _TYPES}


def _are_ranges_disjoint(one: JsonMapping, other: JsonMapping) -> bool:
    for lower, upper in ((one, other), (other, one)):
        most = min(lower.get("maximum", math.inf), lower.get("exclusiveMaximum", math.inf))
        least = max(upper.get("minimum", -math.inf), upper.get("exclusiveMinimum", -math.inf))
        open_end = most == lower.get("exclusiveMaximum") or least == upper.get("exclusiveMinimum")
        if most < least or (most == least and open_end):
            return True
    return False
