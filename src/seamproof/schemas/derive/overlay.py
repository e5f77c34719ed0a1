"""
Overlay of what a newer source says of a value on what is known of it.

No source but the OpenAPI document says everything: a page has no null, an SDK no formats and no
limits. What a source cannot express stays as it is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.schemas.validation.keywords import listed_values, stated_types

if TYPE_CHECKING:
    from collections.abc import Collection

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.sources.source import SourceKind

_UNIONS: Final = ("allOf", "anyOf", "oneOf")
#: Marks a property of a nested object that the newest source no longer has.
FORMERLY: Final[JsonMapping] = {"documented": False, "formerly": True}


def overlay(
    known: JsonMapping, said: JsonMapping, can: SourceKind, *, keep: bool = True
) -> JsonObject:
    """
    Overlay what a newer source says of a value.

    Args:
        known: The schema so far.
        said: The schema as the newer source has it.
        can: What that source can express.
        keep: Whether nested properties that it lacks are kept, as formerly documented.
    """
    if can.rank:  # a page does not say it
        known = {key: value for key, value in known.items() if key != "deprecated"}
        known = {**known, **({"deprecated": True} if said.get("deprecated") else {})}
    if not {*said} - {"deprecated"}:  # anything
        return dict(said)
    if any(union in known or union in said for union in _UNIONS):
        same = coarse(known, can) == coarse(said, can)
        return dict(known if same else said)
    was, now = kinds(known), kinds(said)
    if not was or (now and _comparable(was, can) != _comparable(now, can)):
        return _with_null(said) if "null" in was and not can.null else dict(said)
    merged = {**said} if can.limits else dict(known)
    if can.null and now and ("null" in was) != ("null" in now):
        merged["type"] = _listed([*(was - {"null"}), *(now & {"null"})])
    _overlay_text(merged, known, said, can)
    _overlay_nested(merged, known, said, can, keep=keep)
    return merged


def kinds(schema: JsonMapping) -> frozenset[str]:
    """
    Return the types that a schema states, or that its keywords imply.
    """
    stated = stated_types(schema)
    if stated:
        return frozenset(stated)
    return frozenset({"object"} if "properties" in schema else ())


def _comparable(types: frozenset[str], can: SourceKind) -> frozenset[str]:
    """
    Return the types as far as a source distinguishes them.
    """
    named = types if can.limits else {"number" if one == "integer" else one for one in types}
    return frozenset(named) - {"null"}


def _listed(types: Collection[str]) -> Json:
    ordered = sorted(types, key=lambda one: (one == "null", one))
    return ordered[0] if len(ordered) == 1 else ordered


def _with_null(schema: JsonMapping) -> JsonObject:
    types = kinds(schema)
    if not types or "null" in types:
        return dict(schema)
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": _listed({*types, "null"}), **values}


def without_null(schema: JsonMapping) -> JsonObject:
    """
    Return a schema that does not admit null.
    """
    types = kinds(schema) - {"null"}
    bare = {**schema, "type": _listed(types)} if types and "type" in schema else dict(schema)
    if "enum" in bare:
        bare["enum"] = [value for value in bare["enum"] if value is not None]
    return bare


def _overlay_text(
    merged: JsonObject, known: JsonMapping, said: JsonMapping, can: SourceKind
) -> None:
    """
    Overlay the format and the listed values.
    """
    expressible = can.formats is None or known.get("format") in can.formats
    if "format" in said or expressible:
        merged.pop("format", None)
        merged |= {"format": said["format"]} if "format" in said else {}
    before, after = listed_values(known), listed_values(said)
    if after is None:
        for keyword in ("const", "enum"):
            merged.pop(keyword, None)
        return
    null = "null" in kinds(merged)
    values = [value for value in before or () if value in after or (value is None and null)]
    values += [value for value in after if value not in values]
    if null != (None in values):
        values = [*values, None] if null else [value for value in values if value is not None]
    if values == before:
        merged |= {key: known[key] for key in ("const", "enum") if key in known}
        return
    merged.pop("const", None)
    merged["enum"] = values


def _overlay_nested(
    merged: JsonObject, known: JsonMapping, said: JsonMapping, can: SourceKind, *, keep: bool
) -> None:
    """
    Overlay the properties, the items and the further properties.
    """
    if "items" in said:
        merged["items"] = overlay(known.get("items", {}), said["items"], can, keep=keep)
    rest = said.get("additionalProperties")
    if isinstance(rest, dict) and isinstance(known.get("additionalProperties", {}), dict):
        merged["additionalProperties"] = overlay(
            known.get("additionalProperties", {}), rest, can, keep=keep
        )
    if "properties" not in said:
        merged |= {key: known[key] for key in ("properties", "required") if key in known}
        return
    was, now = known.get("properties", {}), said["properties"]
    lost = {name: was[name] for name in was if name not in now and keep}
    if can.is_sdk:
        lost = {name: {**shape, "x-seam": dict(FORMERLY)} for name, shape in lost.items()}
    members = {name: overlay(was.get(name, {}), now[name], can, keep=keep) for name in now}
    required = {name for name in now if _is_required(name, known, said, can)}
    if not can.is_sdk:  # documents that say different things of an object complement each other
        required |= lost.keys() & {*known.get("required", ())}
    if not can.null and can.is_sdk:
        stated = {*said.get("required", ())}
        members = {n: without_null(one) if n in stated else one for n, one in members.items()}
    merged["properties"] = dict(sorted({**lost, **members}.items()))
    merged["required"] = sorted(required)


def _is_required(name: str, known: JsonMapping, said: JsonMapping, can: SourceKind) -> bool:
    """
    Whether a nested property is in every object.
    """
    stated = name in said.get("required", ())
    if name not in known.get("properties", {}) or can.null or (can.is_sdk and stated):
        return stated
    always = name in known.get("required", ())
    if not can.is_sdk:
        return always
    # `Optional` in Python says "absent or null"; of what can be null it says nothing new.
    return always and "null" in kinds(known["properties"][name])


def coarse(schema: JsonMapping, can: SourceKind) -> Json:
    """
    Reduce a schema to what a source can express, so that two can be compared.
    """
    if not isinstance(schema, dict):
        return schema
    reduced: JsonObject = {}
    types = _comparable(kinds(schema), can) | (kinds(schema) & {"null"} if can.null else set())
    if types:
        reduced["type"] = sorted(types)
    values = listed_values(schema)
    if values is not None:
        reduced["enum"] = sorted(map(repr, values))
    for union in _UNIONS:
        if union in schema:
            branches = [coarse(one, can) for one in schema[union]]
            reduced["union"] = sorted((one for one in branches if one != {"type": []}), key=repr)
    if "items" in schema:
        reduced["items"] = coarse(schema["items"], can)
    if schema.get("additionalProperties") not in (None, {}, True):
        reduced["rest"] = coarse(schema["additionalProperties"], can)
    for name, member in schema.get("properties", {}).items():
        always = name in schema.get("required", ())
        reduced.setdefault("properties", {})[name] = [always, coarse(member, can)]
    return reduced
