"""
Validation of payloads: valid ones, violations and messages.
"""

from __future__ import annotations

import json
import math
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from seamproof.errors import SeamproofError, UnknownEventType
from seamproof.schemas import PayloadInvalid, catalog, is_valid, validate, violations
from seamproof.schemas.validation.contract import Contract, excerpt, explain
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPES = sorted(catalog())
ISSUED = "acs_credential.issued"


def test_documented_examples_are_valid() -> None:
    """
    Each documented payload is valid, also in strict mode.
    """
    for event_type in TYPES:
        example = catalog()[event_type].example
        assert violations(example) == ()
        assert violations(example, strict=True) == ()
        assert is_valid(example)
        validate(example)


def test_each_required_property_dropped() -> None:
    """
    A missing required property is a violation at its place.
    """
    for event_type in TYPES:
        for name in catalog()[event_type].required:
            payload = catalog()[event_type].example
            del payload[name]
            assert not is_valid(payload, event_type=event_type)
            assert [(one.path, one.rule) for one in violations(payload, event_type=event_type)] == [
                (f"/{name}", "required")
            ]


WRONG: dict[str, tuple[Any, str]] = {
    "uuid": ("abc", "format"),
    "date-time": ("yesterday", "format"),
    "uri": ("no address", "format"),
    "string": (17, "type"),
    "object": ([], "type"),
    "array": ({}, "type"),
    "boolean": ("true", "type"),
    "number": ("1", "type"),
}


def wrong(shape: Mapping[str, Any]) -> tuple[Any, str]:
    """
    Return an invalid value for a property, and the rule that it violates.
    """
    if "enum" in shape:
        return "robot", "enum"
    stated = shape["type"]
    kind = stated if isinstance(stated, str) else stated[0]
    return WRONG[shape["format"] if shape.get("format") in WRONG else kind]


def test_each_property_of_a_wrong_kind() -> None:
    """
    A value of the wrong type or format is a violation at its pointer, of that rule.
    """
    for event_type in TYPES:
        for name, shape in catalog()[event_type].properties.items():
            if name == "event_type":
                continue
            value, rule = wrong(shape)
            payload = catalog()[event_type].example | {name: value}
            assert not is_valid(payload)
            assert [(one.path, one.rule, one.found) for one in violations(payload)] == [
                (f"/{name}", rule, value)
            ]


def test_another_event_type() -> None:
    """
    An event of another type than required is invalid at its event_type.
    """
    for event_type in TYPES:
        payload = catalog()[event_type].example | {"event_type": "robot.moved"}
        assert [(one.path, one.rule) for one in violations(payload, event_type=event_type)] == [
            ("/event_type", "const")
        ]


TIMES = {
    "2025-01-01T00:00:00.000Z": True,
    "2025-01-01T00:00:00.946329Z": True,
    "2025-01-01t00:00:00z": True,
    "2025-01-01T00:00:00.123456789+05:30": True,
    "2025-01-01T23:59:60Z": True,
    "2025-01-01 00:00:00Z": False,
    "2025-01-01T00:00:00": False,
    "2025-01-01T00:00:00+0000": False,
    "2025-02-30T00:00:00Z": False,
    "2025-01-01": False,
    "": False,
}


@pytest.mark.parametrize("time", TIMES)
def test_times_are_really_checked(time: str) -> None:
    """
    RFC 3339 decides what is a time.
    """
    assert is_valid(catalog()[ISSUED].example | {"occurred_at": time}) is TIMES[time]


def test_tolerant_by_default() -> None:
    """
    Unknown properties pass and optional ones may be missing.
    """
    payload = catalog()[ISSUED].example | {"battery": "full"}
    del payload["connected_account_id"]
    validate(payload)
    assert is_valid(payload)


def test_strict_knows_nothing_else() -> None:
    """
    Strict mode rejects unknown properties and requires all documented ones.
    """
    payload = catalog()[ISSUED].example | {"battery": "full"}
    del payload["connected_account_id"]
    assert [(one.path, one.rule) for one in violations(payload, strict=True)] == [
        ("/battery", "additionalProperties"),
        ("/connected_account_id", "required"),
    ]


def test_strict_reaches_inside() -> None:
    """
    Strict mode applies to items of arrays; metadata stays open.
    """
    kind = "connected_account.disconnected"
    error = {"created_at": "2025-01-01T00:00:00Z", "error_code": "a", "message": "b", "more": 1}
    payload = catalog()[kind].example | {
        "connected_account_errors": [error],
        "connected_account_custom_metadata": {"anything": "goes", "flag": True},
    }
    assert [one.path for one in violations(payload, strict=True)] == [
        "/connected_account_errors/0/more"
    ]


def test_metadata_is_text_or_yes_or_no() -> None:
    """
    Custom metadata holds strings and booleans.
    """
    kind = "connected_account.deleted"
    payload = catalog()[kind].example | {"connected_account_custom_metadata": {"a/b": 3}}
    assert [one.path for one in violations(payload)] == ["/connected_account_custom_metadata/a~1b"]


@pytest.mark.parametrize(
    ("payload", "path", "rule"),
    [
        ([], "", "type"),
        (None, "", "type"),
        ("text", "", "type"),
        ({}, "/event_type", "required"),
        ({"event_type": None}, "/event_type", "type"),
        ({"event_type": "robot.moved"}, "/event_type", "event_type"),
    ],
)
def test_what_falls_under_no_contract(payload: object, path: str, rule: str) -> None:
    """
    A payload that is not an event is invalid.
    """
    assert not is_valid(payload)
    assert [(one.path, one.rule) for one in violations(payload)] == [(path, rule)]


def test_a_misspelt_type_is_told_its_neighbours() -> None:
    """
    An unknown event type is a violation with the nearest names.
    """
    (found,) = violations({"event_type": "acs_credential.isued"})
    assert found.expected[0] == ISSUED
    assert "did you mean acs_credential.issued" in found.message


def test_a_misspelt_argument_is_the_callers_mistake() -> None:
    """
    An unknown `event_type=` raises an error and is not a violation.
    """
    with pytest.raises(UnknownEventType) as problem:
        is_valid({}, event_type="acs_credential.isued")
    assert problem.value.nearest[0] == ISSUED


def test_every_problem_at_once() -> None:
    """
    All violations are returned at once, sorted by pointer.
    """
    payload = catalog()[ISSUED].example | {"created_at": "yesterday", "workspace_id": 7}
    del payload["event_id"]
    with pytest.raises(PayloadInvalid) as problem:
        validate(payload)
    assert [one.path for one in problem.value.violations] == [
        *("/created_at", "/event_id", "/workspace_id")
    ]
    assert isinstance(problem.value, SeamproofError)
    assert "3 violations" in str(problem.value)
    assert '"yesterday"' in str(problem.value)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (math.nan, "not_a_number"),
        (math.inf, "not_a_number"),
        ("\ud800", "encoding"),
        (uuid.UUID(int=0), "json"),
        (b"bytes", "json"),
        ({1: 2}, "json"),
    ],
)
def test_values_that_json_does_not_have(value: object, rule: str) -> None:
    """
    A Python value that JSON lacks is invalid, not a crash.
    """
    payload = catalog()[ISSUED].example | {"extra": {"list": [value]}, "event_id": 3}
    assert not is_valid(payload)
    assert rule in {one.rule for one in violations(payload)}


@pytest.mark.parametrize("value", [uuid.UUID(int=0), {1: 2}, b"bytes"])
def test_what_is_no_json_is_invalid_for_any_schema(value: object) -> None:
    """
    Also for one that allows everything.
    """
    assert not Contract({}).is_valid(value)


def test_a_value_is_shown_as_it_is_written() -> None:
    """
    Letters of all scripts are not escaped, and long values are cut.
    """
    assert excerpt("é") == '"é"'
    assert excerpt("x" * 78) == f'"{"x" * 78}"'
    assert excerpt("x" * 79) == f'"{"x" * 79}… (81 characters)'


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": ["integer", "null"]}, " or "),
        ({"enum": ["a", "b"]}, 'one of "a", "b"'),
        ({"const": "a"}, 'must be "a"'),
        ({"maxLength": 0}, "of at most 0 characters"),
        ({"pattern": "^a"}, "like the pattern ^a"),
    ],
)
def test_a_violation_says_what_is_expected(schema: dict[str, Any], words: str) -> None:
    """
    In words, with what was found.
    """
    (violation,) = explain(schema, "text")

    assert words in violation.message
    assert violation.message.endswith('found "text"')


def broken(event: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """
    Generate an event in which one property is missing or has another value.
    """
    names = st.sampled_from(sorted(event))
    junk = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=4),
        st.sampled_from(["2025-01-01T00:00:00Z", "2025-01-01", "0" * 36, "{}"]),
        st.lists(st.dictionaries(st.text(max_size=2), st.text(max_size=2)), max_size=2),
    )
    dropped = names.map(lambda name: {key: event[key] for key in event if key != name})
    replaced = st.tuples(names, junk).map(lambda change: event | {change[0]: change[1]})
    return dropped | replaced


@given(st.data(), st.sampled_from(TYPES), st.integers(0, 2**32))
def test_the_two_engines_agree(data: st.DataObject, event_type: str, seed: int) -> None:
    """
    `is_valid` and `violations` agree, for valid and invalid events.
    """
    event = Sampler(seed).event(event_type, presence="mixed")
    payload = data.draw(st.just(event) | broken(event))
    contract = catalog()[event_type].contract
    explained = explain(contract.document, payload)
    by_reference = Draft202012Validator(dict(contract.document)).is_valid(payload)
    assert contract.is_valid(payload) == (not explained)
    assert by_reference or explained, "what is wrong even without formats is never missed"


def test_violations_can_be_written_as_json() -> None:
    """
    A violation can be serialised as JSON.
    """
    payload = catalog()[ISSUED].example | {"event_id": ["x"]}
    (found,) = violations(payload)
    assert json.loads(json.dumps([found.expected, found.found])) == ["string", ["x"]]
