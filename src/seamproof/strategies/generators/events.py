"""
Hypothesis strategy for events: the public `events`.
"""

from __future__ import annotations

import copy
from functools import cache
from inspect import Parameter, signature
from random import Random
from typing import TYPE_CHECKING, Any, Final, cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from seamproof.errors import UnknownProperty, UsageError
from seamproof.schemas.catalogue import catalog
from seamproof.schemas.validation.contract import excerpt, explain
from seamproof.strategies.generators.edits import content_id
from seamproof.strategies.generators.plan import MOST_EDITS, plan_of
from seamproof.strategies.sampling.draw import load_faker
from seamproof.strategies.sampling.recorded_events import RecordedEvents
from seamproof.strategies.sampling.value_makers import SHARES
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import Catalogue, EventSchema
    from seamproof.strategies.generators.plan import Values
    from seamproof.strategies.sampling.value_makers import Presence

#: The first of the characters that represent edits; the range has no gaps.
_FIRST: Final = 0x4E00
_SEEDS: Final = st.integers(0, 2**48 - 1)
_VALUES: Final = ("realistic", "edge")


def events(
    pattern: str = "*",
    *,
    presence: Presence = "mixed",
    values: Values = "realistic",
    extra: bool = False,
    unchecked: bool = False,
    undocumented: bool = False,
    catalogue: Catalogue | None = None,
    like: str | Path | None = None,
    **overrides: Any,
) -> SearchStrategy[JsonObject]:
    """
    Generate valid events of the types that match a pattern.

    An example shrinks to the documented payload and the edits that matter.
    Different events have different values of `event_id`.

    Args:
        pattern: A glob over event types.
        presence: Which optional properties the events have: "all", none
            ("required"), or "mixed".
        values: "realistic", or "edge": unusual values that RFC 3339, RFC 9562 and
            JSON allow.
        extra: Whether the events have unknown properties.
        unchecked: Whether overrides may violate the contract.
        undocumented: Whether the pattern includes undocumented and deprecated types, and the
            events undocumented properties.
        catalogue: The schemas; by default the built-in ones.
        like: A directory of recorded events, in whose manner events are generated: with their
            properties, nulls, values of enums and lengths. Types that are not recorded are
            generated only if the pattern is such a type.
        overrides: From property to a value, or to a strategy for its values.

    Raises:
        UnknownEventType: No event type matches; suggests the nearest ones.
        UnknownProperty: An override names a property that an event type lacks.
        UsageError: An override violates the contract, or an argument is invalid.
    """
    if not isinstance(cast("object", pattern), str):
        what = "the pattern is not a text"
        raise UsageError(what, expected="a glob such as 'lock.*'", found=repr(pattern))
    check_choice("presence", presence, SHARES)
    check_choice("values", values, _VALUES)
    options = {
        "presence": presence,
        "values": values,
        "extra": extra,
        "unchecked": unchecked,
        "undocumented": undocumented,
        "catalogue": catalogue,
        "like": _read_recorded(like, catalogue, presence, values, extra=extra),
    }
    for schema in _matched(pattern, options):
        _check_overrides(schema, overrides, unchecked=unchecked)
        if catalogue is not None:
            plan_of(schema, presence, values, extra=extra, undocumented=undocumented)
    # Now and not at the first draw, whose time a health check of Hypothesis measures.
    load_faker()
    given = {name: value for name, value in options.items() if value is not _DEFAULTS[name]}
    return _drawn(pattern, **given, **overrides)


#: The default options, which the `repr` of the strategy leaves out.
_DEFAULTS: Final[JsonMapping] = {
    name: parameter.default
    for name, parameter in signature(events).parameters.items()
    if parameter.kind is Parameter.KEYWORD_ONLY
}


@named(events.__name__)
def _drawn(draw: st.DrawFn, /, pattern: str = "*", **given: Any) -> JsonObject:
    options = {**_DEFAULTS, **given}
    schemas = _matched(pattern, options)
    schema = schemas[draw(st.integers(0, len(schemas) - 1))] if len(schemas) > 1 else schemas[0]
    recorded: RecordedEvents | None = options["like"]
    if recorded is not None and schema.event_type in recorded.by_type:
        models = recorded.by_type[schema.event_type]
        model = models[draw(st.integers(0, len(models) - 1))]
        seed = draw(_SEEDS)
        event = recorded.redraw(model, Random(seed)) | _overrides(draw, schema, given)
        return event if "event_id" in given else {**event, "event_id": content_id(seed, event)}
    choices = {name: options[name] for name in ("extra", "undocumented")}
    plan = plan_of(schema, options["presence"], options["values"], **choices)
    seed = draw(_SEEDS)
    edits = [ord(letter) - _FIRST for letter in draw(_letters(len(plan.edits)))]
    event = plan.event(seed, edits)
    for name, strategy in plan.drawn.items():
        if plan.has(name) or (plan.presence == "mixed" and draw(st.booleans())):
            event[name] = draw(strategy)
    event |= _overrides(draw, schema, given)
    if "event_id" not in given:
        plan.identify(event, seed, edits)
    return event


def _read_recorded(
    like: str | Path | None,
    catalogue: Catalogue | None,
    presence: Presence,
    values: Values,
    *,
    extra: bool,
) -> RecordedEvents | None:
    """
    Read the recordings of `like`, which decide what other arguments decide otherwise.
    """
    if like is None:
        return None
    if (presence, values, extra) != ("mixed", "realistic", False):
        what = "like= decides the properties and values of the events"
        raise UsageError(what, expected="no presence=, values= or extra= beside it")
    return RecordedEvents(like, catalog() if catalogue is None else catalogue)


def _overrides(draw: st.DrawFn, schema: EventSchema, given: JsonMapping) -> JsonObject:
    names = sorted(given.keys() - _DEFAULTS.keys())
    return {name: _override(draw, schema, name, given) for name in names}


def _matched(pattern: str, options: JsonMapping) -> tuple[EventSchema, ...]:
    if options["like"] is not None:
        recorded: RecordedEvents = options["like"]
        return recorded.match(pattern)
    known: Catalogue = catalog() if options["catalogue"] is None else options["catalogue"]
    return known.match(pattern, undocumented=options["undocumented"])


@cache
def _letters(count: int) -> SearchStrategy[str]:
    """
    Draw a list of edits as text, which is a single choice of Hypothesis.

    Compared with a list of integers this is 1.5 times as fast, and needs half the
    calls to shrink.
    """
    letters = st.characters(min_codepoint=_FIRST, max_codepoint=_FIRST + max(count, 1) - 1)
    return st.text(letters, max_size=MOST_EDITS if count else 0)


def _override(draw: st.DrawFn, schema: EventSchema, name: str, given: JsonMapping) -> Json:
    value = given[name]
    if not isinstance(value, SearchStrategy):
        return copy.deepcopy(value)
    value = draw(value)
    if not given.get("unchecked"):
        _check_value(schema, name, value)
    return value


def check_choice(name: str, value: object, choices: Collection[str]) -> None:
    """
    Check that an argument is one of the allowed values.

    Raises:
        UsageError: It is not; lists the allowed values.
    """
    if value not in choices:
        what = f"{name} is not one of the allowed values"
        raise UsageError(what, expected=", ".join(choices), found=repr(value))


def _check_overrides(schema: EventSchema, overrides: JsonMapping, *, unchecked: bool) -> None:
    for name, value in overrides.items():
        if name not in schema.properties:
            what = f"{schema.event_type} has no property {name}"
            raise UnknownProperty(what, expected=", ".join(schema.properties), found=name)
        if not unchecked and not isinstance(value, SearchStrategy):
            _check_value(schema, name, value)


def _check_value(schema: EventSchema, name: str, value: object) -> None:
    definitions = {"$defs": schema.document.get("$defs", {})}
    for violation in explain({**definitions, **schema.properties[name]}, value):
        what = f"{name}{violation.path} {violation.message}"
        cure = "unchecked=True allows a value that violates the contract"
        raise UsageError(what, where=schema.event_type, found=excerpt(value), cure=cure)
