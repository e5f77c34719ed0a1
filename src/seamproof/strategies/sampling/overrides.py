"""
Overrides: `path=value` put into an event, never silently beside it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from seamproof import json_pointer
from seamproof.errors import UnknownProperty, UsageError
from seamproof.schemas.catalogue import catalog
from seamproof.schemas.json_text import parse
from seamproof.schemas.validation.contract import excerpt, explain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import Catalogue, EventSchema
    from seamproof.strategies.sampling.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Override:
    """
    A value for a spot of an event.

    Attributes:
        path: The names and indexes that lead to the spot.
        text: The value as it was written.
        extra: Whether the spot is meant to be one that the contract does not know.
    """

    path: tuple[str, ...]
    text: str
    extra: bool = False


def parse_override(text: str, *, extra: bool = False) -> Override:
    """
    Read `path=value`. The path has dots (`a.0.b`) or is a JSON Pointer (`/a/0/b`).

    Raises:
        UsageError: There is no path or no equals sign.
    """
    path, equals, value = text.partition("=")
    tokens = json_pointer.parse(path) if path.startswith("/") else tuple(path.split("."))
    if not equals or not all(tokens):
        what = "an override is a path, an equals sign and a value"
        raise UsageError(what, expected="device_id=… or errors.0.message=…", found=text)
    return Override(tokens, value, extra)


def apply_override(
    event: JsonObject, override: Override, schema: EventSchema, sampler: Sampler
) -> None:
    """
    Put a value into an event.

    The value is read as JSON where that suits the contract, and otherwise taken
    as text. Objects and items on the way that the event lacks are sampled.

    Raises:
        UnknownProperty: The contract has no such property; names those it has.
        UsageError: The value is not one that the contract allows there.
    """
    holder: Any = event
    shape: JsonMapping | None = schema.document
    for depth, token in enumerate(override.path):
        shape = _shape_of(shape, holder, token, override, depth)
        if depth == len(override.path) - 1:
            json_pointer.assign(holder, (token,), _value(override, shape))
        else:
            holder = _enter(holder, token, shape, sampler)


def override_properties(
    event: JsonObject, values: JsonMapping, catalogue: Catalogue | None = None
) -> JsonObject:
    """
    Set properties of an event to values that are known already.

    Args:
        event: It stays as it is; a changed copy comes back.
        values: By the name of the property.
        catalogue: The contract; by default the one that comes with seamproof.

    Raises:
        UnknownProperty: The contract has no such property; names those it has.
        UsageError: The value is not one that the contract allows there.
    """
    known = catalog() if catalogue is None else catalogue
    properties = known[event["event_type"]].properties
    for name, value in values.items():
        if name not in properties:
            what, near = f"the event has no property {name!r}", get_close_matches(name, properties)
            cure = f"did you mean {' or '.join(near)}?" if near else "put it into the event itself"
            raise UnknownProperty(what, expected=", ".join(properties), cure=cure)
        for wrong in explain(properties[name], value):
            what = f"{name}{wrong.path} {wrong.message}"
            raise UsageError(what, found=excerpt(value))
    return {**event, **values}


def _shape_of(
    shape: JsonMapping | None,
    holder: object,
    token: str,
    override: Override,
    depth: int,
) -> JsonMapping | None:
    """
    Find the schema of a member, or None where an extra one is being added.
    """
    if shape is None:
        return None
    if isinstance(holder, list):
        if not token.isdecimal() or int(token) > len(holder):
            raise _unknown(override, depth, f"an index from 0 to {len(holder)}")
        items: JsonMapping = shape.get("items", {})
        return items
    properties: Mapping[str, JsonMapping] = shape.get("properties", {})
    if token in properties:
        return properties[token]
    if "additionalProperties" in shape or not properties:
        rest = shape.get("additionalProperties", True)
        return rest if isinstance(rest, dict) else {}
    if override.extra:
        return None
    raise _unknown(override, depth, ", ".join(properties))


def _unknown(override: Override, depth: int, known: str) -> UnknownProperty:
    path = ".".join(override.path[: depth + 1])
    what = f"the event has no property {path!r}"
    cure = "use --set-extra to add a property that the contract does not know"
    return UnknownProperty(what, expected=known, cure=cure)


def _value(override: Override, shape: JsonMapping | None) -> Json:
    value, flaws = parse(override.text)
    _, no_text = parse(json.dumps(override.text))
    readings = ([] if flaws else [value]) + ([] if no_text else [override.text])
    if not readings:
        what = f"{'.'.join(override.path)} cannot be set to this: {no_text[0].message}"
        raise UsageError(what, found=excerpt(override.text))
    for reading in readings:
        if shape is None or not explain(shape, reading):
            return reading
    wrong = explain(shape or {}, readings[-1])[0]
    what = f"{'.'.join(override.path)} {wrong.message}"
    raise UsageError(what, found=excerpt(override.text))


def _enter(holder: Json, token: str, shape: JsonMapping | None, sampler: Sampler) -> Json:
    try:
        inner = json_pointer.get(holder, (token,))
    except LookupError:
        inner = sampler.value(token, shape) if shape else {}
        json_pointer.assign(holder, (token,), inner)
    if isinstance(inner, dict | list):
        return inner
    what = f"{token!r} is no object or array, so nothing can be set inside it"
    raise UsageError(what, found=excerpt(inner))
