"""
Comparison of an SDK with the schemas.

An SDK cannot express everything that the schemas have: formats, limits, undocumented properties;
the Python SDK not even null. So what it says is merged into the schemas, and the result is
compared. What only another source has is no change of this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.schemas.derive.derivation import derive
from seamproof.schemas.derive.overlay import kinds, overlay, without_null
from seamproof.schemas.sources.source import ANY_EVENT
from seamproof.schemas.validation.keywords import DIALECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas.diff.versions import Contracts
    from seamproof.schemas.sources.source import SourceEvent


def compare_sdk(known: Contracts, events: Iterable[SourceEvent]) -> tuple[Contracts, Contracts]:
    """
    Select the schemas that an SDK is compared with, and merge what it says into them.

    Args:
        known: The schemas.
        events: The events of one SDK.

    Returns:
        The schemas, and the same as the SDK has them.
    """
    by_type = {one.event_type: one for one in events}
    if ANY_EVENT in by_type:
        return {ANY_EVENT: _any_event(known)}, {ANY_EVENT: _as_any_event(by_type[ANY_EVENT])}
    unknown = [one for name, one in by_type.items() if name not in known]
    added = derive((), (), unknown).schemas
    kind = next((one.source.kind for one in by_type.values()), "")
    recorded = any(kind in _recorded(schema) for schema in known.values())
    old = {
        name: schema
        for name, schema in known.items()
        if name in by_type
        or (_marks(schema).get("documented", True) and (not recorded or kind in _recorded(schema)))
    }
    new = {name: _merged(known[name], by_type[name]) for name in by_type if name in known}
    return old, {**new, **added}


def _marks(schema: JsonMapping) -> JsonMapping:
    marks = schema.get("x-seam")
    return marks if isinstance(marks, dict) else {}


def _recorded(schema: JsonMapping) -> list[str]:
    """
    Return the kinds of the sources that have an event.
    """
    return [str(one.get("kind")) for one in _marks(schema).get("sources", ())]


def _merged(known: JsonMapping, event: SourceEvent) -> JsonObject:
    """
    Return a schema as the SDK has it; what it cannot express, or does not document, stays.
    """
    marks = _marks(known)
    notes: Mapping[str, JsonMapping] = marks.get("properties", {})
    was, can = known["properties"], event.source.can
    recorded = event.source.kind in _recorded(known)
    kept = {
        name: shape
        for name, shape in was.items()
        if name not in event.properties
        and (
            not notes.get(name, {}).get("documented", True)
            or (recorded and event.source.kind not in notes[name].get("sources", ()))
        )
    }
    required = {*known.get("required", ())} & kept.keys()
    properties: JsonObject = dict(kept)
    for name, said in event.properties.items():
        shape = overlay(was.get(name, {}), said, can, keep=False)
        always = name in event.required
        if not can.null and always:
            shape = without_null(shape)
        elif not can.null and name in known.get("required", ()):
            # `Optional` says "absent or null": nothing new where either was the case before.
            noted = event.source.kind in notes.get(name, {}).get("optional_in", ())
            always = noted or "null" in kinds(was[name])
        properties[name] = shape
        required |= {name} if always else set()
    current = {name: {**note, "formerly": False} for name, note in notes.items()}
    return {
        **known,
        "properties": properties,
        "required": sorted(required),
        "x-seam": {
            **marks,
            "documented": True,
            "formerly": False,
            "deprecated": marks.get("deprecated") if event.deprecated is None else event.deprecated,
            "properties": {**current, **{name: notes[name] for name in kept if name in notes}},
        },
    }


def _any_event(known: Contracts) -> JsonObject:
    """
    Reduce the schemas to what a class that describes all events at once can say.
    """
    joined: JsonObject = {}
    documented = [schema for schema in known.values() if _marks(schema).get("documented", True)]
    for schema in documented:
        notes = _marks(schema).get("properties", {})
        for name, shape in schema["properties"].items():
            if notes.get(name, {}).get("documented", True):
                joined[name] = (
                    _joined(joined[name], _bare(shape)) if name in joined else _bare(shape)
                )
    return {"$schema": DIALECT, "type": "object", "properties": joined}


def _as_any_event(event: SourceEvent) -> JsonObject:
    members = {name: _bare(shape) for name, shape in event.properties.items()}
    return {"$schema": DIALECT, "type": "object", "properties": members}


def _bare(shape: JsonMapping) -> JsonObject:
    """
    Reduce a schema to types and the names of nested properties.
    """
    types = kinds(shape) - {"null"}
    bare: JsonObject = {"type": sorted("number" if one == "integer" else one for one in types)}
    if "items" in shape:
        bare["items"] = _bare(shape["items"])
    if shape.get("properties"):
        bare["properties"] = {name: _bare(one) for name, one in shape["properties"].items()}
    return bare


def _joined(one: JsonMapping, other: JsonMapping) -> JsonObject:
    """
    Join what two events say of a property.
    """
    joined: JsonObject = {"type": sorted({*one["type"], *other["type"]})}
    if "items" in one or "items" in other:
        empty: JsonObject = {"type": []}
        joined["items"] = _joined(one.get("items", empty), other.get("items", empty))
    members, others = one.get("properties", {}), other.get("properties", {})
    if members or others:
        joined["properties"] = {
            name: _joined(members[name], others[name])
            if name in members and name in others
            else members.get(name, others.get(name))
            for name in sorted({*members, *others})
        }
    return joined
