"""
JSON Schemas of the types that both SDKs have: literals, unions, and null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.schemas.validation.keywords import listed_values, stated_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject

#: The most levels of nested types; a deeper one is an error.
DEPTH: Final = 40
#: The most types of all events together, each counted wherever it is used; the SDKs have 4,000.
TYPES: Final = 200_000

#: From Python types of literals to the names of JSON types.
_LITERALS: Final[Mapping[type, str]] = {
    bool: "boolean",
    float: "number",
    int: "integer",
    str: "string",
    type(None): "null",
}


def schema_of_values(values: Iterable[Json]) -> JsonObject:
    """
    Build the schema of a union of literals, each once.
    """
    distinct: list[Json] = []
    for value in values:
        # 1 and true are equal in Python, and not in JSON.
        if not any(value == other and type(value) is type(other) for other in distinct):
            distinct.append(value)
    types = list(dict.fromkeys(_LITERALS[type(value)] for value in distinct))
    return {"type": types[0] if len(types) == 1 else types, "enum": distinct}


def schema_of_union(branches: Iterable[JsonMapping]) -> JsonObject:
    """
    Build the schema of a union; one of which a branch is anything says nothing.
    """
    flat: list[JsonMapping] = []
    for branch in branches:
        flat += [one for one in branch.get("anyOf", [branch]) if one not in flat]
    if not flat or {} in flat:
        return {}
    plain = [one for one in flat if one != NULL]
    listed = [listed_values(one) for one in plain]
    null = [None] if len(plain) < len(flat) else []
    if plain and all(values is not None for values in listed):
        return schema_of_values([*(value for values in listed for value in values or ()), *null])
    types = [kind for one in plain for kind in stated_types(one)]
    if len(plain) == 1 and types:
        return {**plain[0], "type": [*types, "null"]} if null else dict(plain[0])
    if all(set(one) == {"type"} for one in plain):
        distinct = list(dict.fromkeys([*types, *(["null"] if null else [])]))
        return {"type": distinct[0] if len(distinct) == 1 else distinct}
    return {"anyOf": [dict(one) for one in flat]}


#: The schema of null.
NULL: Final[JsonMapping] = {"type": "null"}
