"""
Events as Hypothesis draws them.
"""

from __future__ import annotations

import copy
from functools import cache, lru_cache
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Final, cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from seamproof.errors import UnknownProperty, UsageError
from seamproof.schemas.catalogue import catalog
from seamproof.schemas.validation.contract import excerpt, explain
from seamproof.strategies.generators.plan import plan_of
from seamproof.strategies.sampling.draw import load_words
from seamproof.strategies.sampling.sampler import SHARES
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from collections.abc import Collection

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import Catalogue, EventSchema
    from seamproof.strategies.generators.plan import Values
    from seamproof.strategies.sampling.sampler import Presence

#: Edits of one event at most; half of that on average.
_EDITS: Final = 10
#: The characters that stand for edits: a row of letters without gaps.
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
    **overrides: Any,  # noqa: ANN401 - a value or a strategy, by property
) -> SearchStrategy[JsonObject]:
    """
    Draw events: JSON-ready, valid, of the types that a pattern fits.

    An example shrinks to the documented payload, its placeholders filled in, and
    to those properties of it that matter. No two different events in a run have
    the same `event_id`.

    Args:
        pattern: A glob over event types.
        presence: Which of the optional properties there are: "all", those that
            are "required", or "mixed".
        values: "realistic", or "edge": what RFC 3339, RFC 9562 and JSON allow.
        extra: Whether there are unknown properties too.
        unchecked: Whether overrides may break the contract.
        undocumented: Whether the pattern finds undocumented and deprecated types.
        catalogue: The contract; by default the one that comes with seamproof.
        overrides: By property, a value or a strategy that its values come from.

    Raises:
        UnknownEventType: The pattern fits none; with the nearest names.
        UnknownProperty: An override is of a property that an event type lacks.
        UsageError: An override breaks the contract, or an argument is none of those above.
    """
    if not isinstance(cast("object", pattern), str):
        what = "the pattern is no text"
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
    }
    for schema in _matched(pattern, options):
        _check_overrides(schema, overrides, unchecked=unchecked)
        if catalogue is not None:
            plan_of(schema, presence, values, extra=extra)
    # Now rather than at the first draw, whose time a health check measures.
    load_words()
    told = {name: value for name, value in options.items() if value is not _DEFAULTS[name]}
    return _drawn(pattern, **told, **overrides)


#: What need not be told when a strategy is shown.
_DEFAULTS: Final[JsonMapping] = {
    name: parameter.default
    for name, parameter in signature(events).parameters.items()
    if parameter.kind is Parameter.KEYWORD_ONLY
}


@named(events.__name__)
def _drawn(draw: st.DrawFn, /, pattern: str = "*", **told: Any) -> JsonObject:  # noqa: ANN401
    options = {**_DEFAULTS, **told}
    schemas = _matched(pattern, options)
    schema = schemas[draw(_places(len(schemas)))] if len(schemas) > 1 else schemas[0]
    plan = plan_of(schema, options["presence"], options["values"], extra=options["extra"])
    seed = draw(_SEEDS)
    edits = [ord(letter) - _FIRST for letter in draw(_letters(len(plan.edits)))]
    event = plan.event(seed, edits)
    for name, strategy in plan.drawn.items():
        if plan.has(name) or (plan.presence == "mixed" and draw(st.booleans())):
            event[name] = draw(strategy)
    for name in told.keys() - _DEFAULTS.keys():
        event[name] = _overriding(draw, schema, name, told)
    if "event_id" not in told:
        plan.identify(event, seed, edits)
    return event


def _matched(pattern: str, options: JsonMapping) -> tuple[EventSchema, ...]:
    known = catalog() if options["catalogue"] is None else options["catalogue"]
    return _match(_Same(known), pattern, options["undocumented"])


class _Same:
    """
    A catalogue as a key: equal to itself only, found without reading it.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.catalogue is other.catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)


@lru_cache(maxsize=64)
def _match(known: _Same, pattern: str, undocumented: bool) -> tuple[EventSchema, ...]:  # noqa: FBT001
    return known.catalogue.match(pattern, undocumented=undocumented)


@cache
def _places(count: int) -> SearchStrategy[int]:
    return st.integers(0, count - 1)


@cache
def _letters(count: int) -> SearchStrategy[str]:
    """
    Draw a list of edits, as text: one choice of Hypothesis holds them all.

    Measured beside a list of integers: 1.5 times as fast, and half the calls to shrink.
    """
    letters = st.characters(min_codepoint=_FIRST, max_codepoint=_FIRST + max(count, 1) - 1)
    return st.text(letters, max_size=_EDITS if count else 0)


def _overriding(draw: st.DrawFn, schema: EventSchema, name: str, told: JsonMapping) -> Json:
    value = told[name]
    if not isinstance(value, SearchStrategy):
        return copy.deepcopy(value)
    value = draw(value)
    if not told.get("unchecked"):
        _check_value(schema, name, value)
    return value


def check_choice(name: str, value: object, choices: Collection[str]) -> None:
    """
    Pass if an argument is one of those that there are.

    Raises:
        UsageError: It is not; names them.
    """
    if value not in choices:
        what = f"{name} is none of those that there are"
        raise UsageError(what, expected=", ".join(choices), found=repr(value))


def _check_overrides(schema: EventSchema, overrides: JsonMapping, *, unchecked: bool) -> None:
    for name, value in overrides.items():
        if name not in schema.properties:
            what = f"{schema.event_type} has no property {name}"
            raise UnknownProperty(what, expected=", ".join(schema.properties), found=name)
        if not unchecked and not isinstance(value, SearchStrategy):
            _check_value(schema, name, value)


def _check_value(schema: EventSchema, name: str, value: object) -> None:
    shared = {key: schema.document[key] for key in ("$defs",) if key in schema.document}
    for wrong in explain({**shared, **schema.properties[name]}, value):
        what = f"{name}{wrong.path} {wrong.message}"
        cure = "unchecked=True lets a value pass that breaks the contract"
        raise UsageError(what, where=schema.event_type, found=excerpt(value), cure=cure)
