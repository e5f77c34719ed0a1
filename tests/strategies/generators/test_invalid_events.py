"""
Strategy for events that violate their schema in exactly one way.
"""

from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamproof.errors import UnknownEventType
from seamproof.schemas import catalog, is_valid, violations
from seamproof.strategies import Breach, events, invalid_events

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.schemas import Catalogue
    from tests.strategies.conftest import Find, Own, Run

ABSENT: Final = object()


def tokens(pointer: str) -> list[str]:
    """
    Split a JSON Pointer (RFC 6901).
    """
    return [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]


def at(value: Any, pointer: str) -> Any:
    """
    Return the value at a pointer, or `ABSENT`.
    """
    for token in tokens(pointer):
        if isinstance(value, list):
            value = value[int(token)] if int(token) < len(value) else ABSENT
        else:
            value = value.get(token, ABSENT)
    return value


def wrong(pair: tuple[dict[str, Any], Breach], catalogue: Catalogue | None = None) -> str:
    """
    Return how the validator disagrees with the description of the mutation.
    """
    event, breach = pair
    found = {(one.path, one.rule) for one in violations(event, catalogue=catalogue)}
    as_described = (breach.pointer, breach.rule) in found
    alone = {path for path, _ in found} == {breach.pointer}
    return "" if as_described and alone else f"described {breach}, found {sorted(found)}"


@settings(max_examples=60)
@given(invalid_events(undocumented=True))
def test_the_validator_refuses_what_was_done(pair: tuple[dict[str, Any], Breach]) -> None:
    """
    The violation has the described pointer and rule, and there is no other pointer.
    """
    assert wrong(pair) == ""
    assert pair[1].done


@settings(max_examples=40)
@given(invalid_events())
def test_what_is_missing_is_missing_and_what_is_put_is_there(
    pair: tuple[dict[str, Any], Breach],
) -> None:
    """
    The pointer has no value if a property was removed, and has one otherwise.
    """
    event, breach = pair

    assert (at(event, breach.pointer) is ABSENT) == (breach.rule == "required")
    assert json.loads(json.dumps(event)) == event


def test_every_type_can_be_broken(simplest: Find) -> None:
    """
    Each schema can be violated, including those of undocumented and deprecated types.
    """
    for event_type in sorted(catalog()):
        assert wrong(simplest(invalid_events(event_type))) == ""


def test_a_run_goes_through_types_rules_and_depths(drawn: Run) -> None:
    """
    One run violates most event types, by most rules, and at nested places.
    """
    found = drawn(invalid_events(undocumented=True), 600)

    assert len({str(event.get("event_type")) for event, _ in found} & {*catalog()}) > 60
    assert {breach.pointer.count("/") for _, breach in found} == {1, 2, 3}
    rules = {breach.rule for _, breach in found}
    assert {"required", "type", "format"} <= rules
    assert rules <= {"required", "type", "format", "enum", "minimum", "maximum"}


@pytest.mark.parametrize(
    ("pattern", "pointer", "rule"),
    [
        ("connected_account.disconnected", "/connected_account_errors/0/message", "required"),
        ("connected_account.disconnected", "/connected_account_errors/0/created_at", "format"),
        ("connected_account.disconnected", "/connected_account_errors", "type"),
        ("acs_credential.issued", "/event_type", "required"),
        ("acs_credential.issued", "/event_type", "type"),
        ("access_method.issued", "/access_grant_ids/0", "format"),
        ("device.low_battery", "/battery_level", "minimum"),
        ("device.low_battery", "/battery_level", "maximum"),
        ("device.low_battery", "/device_custom_metadata/wrong_entry", "type"),
        ("lock.access_denied", "/reason/reason_code", "enum"),
        ("camera.activated", "/video_url", "format"),
    ],
)
def test_a_breach_can_be_looked_for(simplest: Find, pattern: str, pointer: str, rule: str) -> None:
    """
    Hypothesis finds the violation of a given rule at a given place.
    """
    event, breach = simplest(
        invalid_events(pattern), lambda pair: (pair[1].pointer, pair[1].rule) == (pointer, rule)
    )

    assert [(one.path, one.rule) for one in violations(event)] == [(pointer, rule)]
    assert isinstance(breach.done, str)


def test_null_is_put_where_there_is_none(drawn: Run) -> None:
    """
    Null in place of a value occurs.
    """
    found = drawn(invalid_events("lock.unlocked"), 100)

    assert any(at(event, breach.pointer) is None for event, breach in found)


def test_a_breach_is_frozen() -> None:
    """
    The description is immutable and hashable.
    """
    breach = Breach("/event_id", "format", "put text")

    with pytest.raises(FrozenInstanceError):
        breach.rule = "type"  # type: ignore[misc]
    assert breach == Breach("/event_id", "format", "put text")
    assert len({breach, Breach("/event_id", "format", "put text")}) == 1


@pytest.mark.parametrize("event_type", ["connected_account.disconnected", "lock.access_denied"])
@settings(max_examples=25)
@given(data=st.data())
def test_nothing_else_is_done_to_the_event(data: st.DataObject, event_type: str) -> None:
    """
    With the mutated property replaced by a valid one, the event is valid.
    """
    whole = data.draw(events(event_type, presence="all"))
    event, breach = data.draw(invalid_events(event_type))
    name = tokens(breach.pointer)[0]

    assert is_valid({**event, name: whole[name]})


def test_a_mutation_does_not_touch_other_events(drawn: Run) -> None:
    """
    Mutations do not affect other examples.
    """
    strategy = st.tuples(
        events("connected_account.*", presence="all"),
        invalid_events("connected_account.*"),
        events("connected_account.*", presence="all"),
    )

    for before, (broken, breach), after in drawn(strategy, 150):
        assert is_valid(before)
        assert is_valid(after)
        assert wrong((broken, breach)) == ""


def test_the_simplest_breach_is_of_the_simplest_event(simplest: Find) -> None:
    """
    For a handler that fails on every invalid event, the shrunk example has one violation.
    """
    whole = simplest(events("acs_credential.issued"))

    event, breach = simplest(invalid_events("acs_credential.issued"))

    (name,) = tokens(breach.pointer)
    differ = {one for one in {*whole, *event} if whole.get(one, ABSENT) != event.get(one, ABSENT)}
    assert differ == {name, "event_id"}


def test_two_different_broken_events_have_two_ids(drawn: Run) -> None:
    """
    Invalid events have different ids, so that a handler ignores only duplicates.
    """
    contents: dict[object, set[str]] = {}
    for event, breach in drawn(invalid_events(), 300):
        if breach.pointer != "/event_id":
            text = json.dumps(event, sort_keys=True)
            contents.setdefault(event["event_id"], set()).add(text)

    assert [texts for texts in contents.values() if len(texts) > 1] == []


STRING: Final = {"type": "string"}
SHAPES: Final[Mapping[str, tuple[Mapping[str, Any], set[tuple[str, str]]]]] = {
    "a constant": ({"const": 7}, {("/thing", "const")}),
    "a constant word": ({"type": "string", "const": "a"}, {("/thing", "const")}),
    "the constant true": ({"const": True}, {("/thing", "const")}),
    "the constant null": ({"const": None}, {("/thing", "const")}),
    "a constant object": ({"const": {"a": [1]}}, {("/thing", "const")}),
    "a choice of all kinds": ({"enum": ["a", 1, None]}, {("/thing", "enum")}),
    "a choice of numbers": ({"enum": [0.5, 7]}, {("/thing", "enum")}),
    "a choice with its opposite": ({"enum": ["a", "una"]}, {("/thing", "enum")}),
    "a short text": ({"type": "string", "maxLength": 3}, {("/thing", "maxLength")}),
    "a number above": ({"type": "number", "exclusiveMinimum": 3}, {("/thing", "exclusiveMinimum")}),
    "a number below": ({"type": "number", "exclusiveMaximum": 3}, {("/thing", "exclusiveMaximum")}),
    "an integer within": (
        {"type": "integer", "minimum": 0, "maximum": 9},
        {("/thing", "minimum"), ("/thing", "maximum")},
    ),
    "an id or null": ({"type": ["string", "null"], "format": "uuid"}, {("/thing", "format")}),
    "no more than two": (
        {"type": "array", "items": {"type": "boolean"}, "maxItems": 2},
        {("/thing", "maxItems")},
    ),
    "nothing in it": (
        {"type": "array", "items": {"type": "boolean"}, "maxItems": 0},
        {("/thing", "maxItems")},
    ),
    "exactly one": (
        {"type": "array", "items": STRING, "minItems": 1, "maxItems": 1},
        {("/thing", "maxItems")},
    ),
    "entries of a type": (
        {"type": "object", "additionalProperties": STRING},
        {("/thing/wrong_entry", "type")},
    ),
    "any type but none": (
        {"type": ["string", "number", "boolean", "array", "object", "null"]},
        {("/thing", "required")},
    ),
    "lists of lists": (
        {"type": "array", "items": {"type": "array", "items": {"type": "number", "maximum": 5}}},
        {("/thing", "type"), ("/thing/#/#", "maximum"), ("/thing/#", "type")},
    ),
    "names to escape": (
        {
            "type": "object",
            "required": ["a/b"],
            "properties": {
                "a/b": {
                    "type": "object",
                    "required": ["c~d"],
                    "properties": {"c~d": {"enum": ["x"]}},
                }
            },
        },
        {("/thing/a~1b/c~0d", "enum"), ("/thing/a~1b/c~0d", "required")},
    ),
    "a list of objects": (
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["n"],
                "properties": {"n": {"type": "integer", "minimum": 2}},
            },
        },
        {("/thing/#/n", "required"), ("/thing/#/n", "minimum"), ("/thing/#", "type")},
    ),
}


def breaks(place: str, rule: str) -> Callable[[tuple[dict[str, Any], Breach]], bool]:
    """
    Return a condition for a rule and a place, in which # stands for any index.
    """
    pointer = re.compile(place.replace("#", "[0-9]+"))
    return lambda pair: pair[1].rule == rule and bool(pointer.fullmatch(pair[1].pointer))


@pytest.mark.parametrize(("shape", "expected"), SHAPES.values(), ids=SHAPES)
def test_a_contract_of_ones_own_is_broken_by_its_own_rules(
    simplest: Find, drawn: Run, own: Own, shape: Mapping[str, Any], expected: set[tuple[str, str]]
) -> None:
    """
    Each limit of a schema is violated, one at a time.
    """
    catalogue = own(thing=shape)
    strategy = invalid_events(catalogue=catalogue)

    assert {wrong(pair, catalogue) for pair in drawn(strategy, 60)} == {""}
    for place, rule in expected:
        assert simplest(strategy, breaks(place, rule))[1].rule == rule


@pytest.mark.parametrize("pattern", ["acs_*", "*.deleted", "access_code.failed_to_issue"])
def test_a_pattern_chooses_the_types(drawn: Run, pattern: str) -> None:
    """
    The changed event type still matches the pattern.
    """
    types = {event.get("event_type") for event, _ in drawn(invalid_events(pattern), 150)}

    known = {one.event_type for one in catalog().match(pattern)}
    assert {one for one in types if isinstance(one, str)} <= known
    assert 2 * len(types) > len(known)


def test_a_slip_in_a_pattern_names_the_nearest() -> None:
    """
    An unknown event type is an error of the call, not of the draw.
    """
    with pytest.raises(UnknownEventType) as caught:
        invalid_events("acs_credential.isued")

    assert "acs_credential.issued" in caught.value.nearest
