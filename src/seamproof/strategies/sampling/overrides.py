"""
Overrides: values that replace those of a sampled event, such as `device_id=…`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof import json_pointer
from seamproof.errors import UnknownProperty, UsageError, nearest_names
from seamproof.formats import read_digits
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
    A value for a place in an event.

    Attributes:
        path: The names and indexes that lead to the place.
        text: The value as given.
        extra: Whether to add a property that the contract does not have.
    """

    path: tuple[str, ...]
    text: str
    extra: bool = False


def parse_override(text: str, *, extra: bool = False) -> Override:
    """
    Parse `path=value`. The path has dots (`a.0.b`) or is a JSON Pointer (`/a/0/b`).

    Raises:
        UsageError: The path or the equals sign is missing.
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
    Apply an override to an event, in place.

    The value is parsed as JSON if that is valid there, otherwise it is a text.
    Missing objects and items on the path are sampled.

    Raises:
        UnknownProperty: The contract has no such property; lists those it has.
        UsageError: The contract does not allow the value there.
    """
    holder: Json = event
    shape: JsonMapping | None = schema.document
    for depth, token in enumerate(override.path):
        shape = _member_schema(shape, holder, token, override, depth)
        if depth == len(override.path) - 1:
            json_pointer.assign(holder, (token,), _parse_value(override, shape))
        else:
            holder = _enter(holder, token, shape, sampler)


def override_properties(
    event: JsonObject, values: JsonMapping, catalogue: Catalogue | None = None
) -> JsonObject:
    """
    Return a copy of an event with other values for some properties.

    Args:
        event: The event; it is not changed.
        values: From property to value.
        catalogue: The schemas; by default the built-in ones.

    Raises:
        UnknownProperty: The contract has no such property; lists those it has.
        UsageError: The contract does not allow the value.
    """
    known = catalog() if catalogue is None else catalogue
    properties = known[event["event_type"]].properties
    for name, value in values.items():
        if name not in properties:
            what, near = f"the event has no property {name!r}", nearest_names(name, properties)
            cure = f"did you mean {' or '.join(near)}?" if near else "put it into the event itself"
            raise UnknownProperty(what, expected=", ".join(properties), cure=cure)
        for violation in explain(properties[name], value):
            what = f"{name}{violation.path} {violation.message}"
            raise UsageError(what, found=excerpt(value))
    return {**event, **values}


def _member_schema(
    shape: JsonMapping | None,
    holder: object,
    token: str,
    override: Override,
    depth: int,
) -> JsonMapping | None:
    """
    Return the schema of a member, or None for a member that the contract does not have.
    """
    if shape is None:
        return None
    if isinstance(holder, list):
        index = read_digits(token)
        if index is None or index > len(holder):
            raise _unknown_property(override, depth, f"an index from 0 to {len(holder)}")
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
    raise _unknown_property(override, depth, ", ".join(properties))


def _unknown_property(override: Override, depth: int, known: str) -> UnknownProperty:
    path = ".".join(override.path[: depth + 1])
    what = f"the event has no property {path!r}"
    cure = "only an extra override adds a property that the contract does not have"
    return UnknownProperty(what, expected=known, cure=cure)


def _parse_value(override: Override, shape: JsonMapping | None) -> Json:
    value, flaws = parse(override.text)
    _, text_flaws = parse(json.dumps(override.text))
    candidates = ([] if flaws else [value]) + ([] if text_flaws else [override.text])
    if not candidates:
        what = f"{'.'.join(override.path)} cannot be set to this: {text_flaws[0].message}"
        raise UsageError(what, found=excerpt(override.text))
    for candidate in candidates:
        if shape is None or not explain(shape, candidate):
            return candidate
    violation = explain(shape or {}, candidates[-1])[0]
    what = f"{'.'.join(override.path)} {violation.message}"
    raise UsageError(what, found=excerpt(override.text))


def _enter(holder: Json, token: str, shape: JsonMapping | None, sampler: Sampler) -> Json:
    try:
        inner = json_pointer.get(holder, (token,))
    except LookupError:
        inner = sampler.value(token, shape) if shape else {}
        json_pointer.assign(holder, (token,), inner)
    if isinstance(inner, dict | list):
        return inner
    what = f"{token!r} is not an object or an array, so nothing can be set inside it"
    raise UsageError(what, found=excerpt(inner))
