"""
Edge values: what RFC 3339, RFC 9562 and JSON allow and few handlers expect.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamproof.events import Event
from seamproof.schemas import catalog, is_valid, violations
from seamproof.schemas.validation.contract import explain
from seamproof.strategies import events
from seamproof.strategies.generators.edge_values import (
    METADATA,
    NUMBERS,
    TEXTS,
    TIMES,
    URIS,
    UUIDS,
    edge_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.strategies.conftest import Find, Own, Run

METADATA_SHAPE: Final = catalog()["device.added"].properties["device_custom_metadata"]


def values_in(value: Any) -> Iterator[Any]:
    """
    Find every value in a value, itself included.
    """
    yield value
    members = value.values() if isinstance(value, dict) else value
    for member in members if isinstance(value, dict | list) else ():
        yield from values_in(member)


def holds(fits: Callable[[Any], object], kind: type = str) -> Callable[[dict[str, Any]], bool]:
    """
    Return whether an event has a value of a type that satisfies a condition.
    """
    return lambda event: any(fits(value) for value in values_in(event) if isinstance(value, kind))


def like(pattern: str) -> Callable[[dict[str, Any]], bool]:
    """
    Return whether an event has a string that matches a pattern.
    """
    return holds(re.compile(pattern).fullmatch)


ACCOUNT: Final = "connected_account.*"
THERMOSTAT: Final = "thermostat.*"
KINDS: Final[Mapping[str, tuple[str, Callable[[dict[str, Any]], bool]]]] = {
    "a time with an offset to the east": (ACCOUNT, like(r"\d{4}-.+T.+\+05:30")),
    "a time with an offset to the west": (ACCOUNT, like(r"\d{4}-.+T.+-08:00")),
    "a time in UTC without a Z": (ACCOUNT, like(r"\d{4}-.+T.+\+00:00")),
    "a time of an unknown zone": (ACCOUNT, like(r"\d{4}-.+T.+-00:00")),
    "a time with t and z": (ACCOUNT, like(r"\d{4}-.+t.+z")),
    "a time with nanoseconds": (ACCOUNT, like(r"\d{4}-.+\.\d{9}Z")),
    "a time with tenths": (ACCOUNT, like(r"\d{4}-.+\.\dZ")),
    "a time in whole seconds": (ACCOUNT, like(r"\d{4}-.+T\d\d:\d\d:\d\dZ")),
    "an upper-case UUID": (ACCOUNT, like(r"(?=.*[A-F])[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")),
    "an upper-case event id": (ACCOUNT, lambda e: bool(re.search("[A-F]", e["event_id"]))),
    "the nil UUID": (ACCOUNT, like("0{8}-(0{4}-){3}0{12}")),
    "the max UUID": (ACCOUNT, like("f{8}-(f{4}-){3}f{12}")),
    "a UUID of version 1": (ACCOUNT, like(r"[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-.+")),
    "a UUID of version 7": (ACCOUNT, like(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-.+")),
    "an empty text": (ACCOUNT, like("")),
    "a blank text": (ACCOUNT, like(" ")),
    "a character beyond 16 bits": (ACCOUNT, holds(lambda text: max(text, default="") > "\uffff")),
    "a combining character": (ACCOUNT, holds(lambda text: any(map(unicodedata.combining, text)))),
    "a joined emoji": (ACCOUNT, holds(lambda text: "\N{ZERO WIDTH JOINER}" in text)),
    "U+2028": (ACCOUNT, holds(lambda text: "\N{LINE SEPARATOR}" in text)),
    "a character that turns the text round": (
        ACCOUNT,
        holds(lambda text: "\N{RIGHT-TO-LEFT OVERRIDE}" in text),
    ),
    "what JSON has to escape": (ACCOUNT, holds(lambda text: '"' in text and "\\" in text)),
    "line ends and tabs": (ACCOUNT, holds(lambda text: {"\t", "\r", "\n"} <= {*text})),
    "a null byte": (ACCOUNT, holds(lambda text: "\x00" in text)),
    "markup": (ACCOUNT, holds(lambda text: "<b>" in text)),
    "a long text": (ACCOUNT, holds(lambda text: len(text) >= 1000)),
    "a long address": ("camera.*", holds(lambda text: len(text) > 400 and "://" in text)),
    "no items": (ACCOUNT, holds(lambda items: items == [], list)),
    "many items": (ACCOUNT, holds(lambda items: len(items) >= 30, list)),
    "long metadata": (
        ACCOUNT,
        lambda e: len(json.dumps(e.get("connected_account_custom_metadata"))) > 2000,
    ),
    "metadata with an empty name": (ACCOUNT, holds(lambda entries: "" in entries, dict)),
    "metadata with names of JavaScript": (ACCOUNT, holds(lambda one: "__proto__" in one, dict)),
    "metadata with false": (ACCOUNT, holds(lambda entries: False in entries.values(), dict)),
    "the largest float": (THERMOSTAT, holds(lambda number: number > 1e308, float)),
    "the smallest float": (THERMOSTAT, holds(lambda number: 0 < number < 1e-300, float)),
    "minus zero": (THERMOSTAT, holds(lambda number: str(number) == "-0.0", float)),
    "an integer that no double holds": (
        THERMOSTAT,
        holds(lambda number: int(float(number)) != number, int),
    ),
    "a negative integer of 64 bits": (THERMOSTAT, holds(lambda number: number == -(2**63), int)),
    "a limit": ("device.low_battery", lambda e: e["battery_level"] in (0, 1)),
    "null": (THERMOSTAT, holds(lambda value: value is None, object)),
    "null in an object": ("access_code.code_changed", lambda e: e["from"]["code"] is None),
}


@pytest.mark.parametrize(("pattern", "fits"), KINDS.values(), ids=KINDS)
def test_every_kind_of_edge_is_drawn(
    simplest: Find, pattern: str, fits: Callable[[dict[str, Any]], bool]
) -> None:
    """
    Hypothesis finds a valid event with the edge value.
    """
    event = simplest(events(pattern, values="edge"), fits)

    assert is_valid(event)


@pytest.fixture(scope="module")
def realistic(drawn: Run) -> Mapping[str, list[dict[str, Any]]]:
    """
    Realistic events, by patterns.
    """
    return {pattern: drawn(events(pattern), 200) for pattern in {one for one, _ in KINDS.values()}}


#: What is no edge but every day.
EVERYDAY: Final = {"no items", "null", "metadata with false", "a limit"}


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - EVERYDAY))
def test_no_edge_is_among_realistic_values(
    realistic: Mapping[str, list[dict[str, Any]]], kind: str
) -> None:
    """
    Realistic events have no edge values.
    """
    pattern, fits = KINDS[kind]

    assert [event for event in realistic[pattern] if fits(event)] == []


@settings(max_examples=60)
@given(events(values="edge", undocumented=True, extra=True))
def test_an_edge_survives_the_wire(event: dict[str, Any]) -> None:
    """
    Edge values survive JSON: no lone surrogate, no NaN, no duplicate name.
    """
    body = Event.of(event).body

    assert json.loads(body) == event
    assert json.dumps(json.loads(body), sort_keys=True) == json.dumps(event, sort_keys=True)


def test_both_times_can_be_written_alike_or_not(drawn: Run) -> None:
    """
    `occurred_at` and `created_at` have different formats in some events, and the same in others.
    """
    found = drawn(events("acs_*", values="edge"), 200)
    agree = {event["occurred_at"][-6:] == event["created_at"][-6:] for event in found}

    assert agree == {True, False}


@pytest.mark.parametrize("write", TIMES)
@settings(max_examples=25)
@given(moment=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))  # noqa: DTZ001 - made UTC below
def test_a_moment_stays_the_same_however_it_is_written(
    write: Callable[[datetime], str], moment: datetime
) -> None:
    """
    Each time format is valid in RFC 3339, and represents the time up to its digits.
    """
    moment = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)

    text = write(moment)

    assert explain({"type": "string", "format": "date-time"}, text) == ()
    # Python reads at most six digits, and t and z in upper case only.
    read = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.upper()))
    fraction = re.search(r"\.(\d+)", text)
    digits = min(len(fraction[1]), 6) if fraction else 0
    assert timedelta(0) <= moment - read < timedelta(seconds=10.0**-digits)


def test_there_are_no_two_alike() -> None:
    """
    Each edge value is listed once, so that all are equally likely.
    """
    for listed in (TEXTS, UUIDS, URIS, [repr(one) for one in (*NUMBERS, *METADATA)]):
        assert len(set(listed)) == len(listed)
    moment = datetime(2026, 2, 28, 23, 59, 59, 999_000, tzinfo=UTC)
    assert len({write(moment) for write in TIMES}) == len(TIMES)


@pytest.mark.parametrize(
    ("shape", "listed"),
    [
        ({"type": "string", "format": "uuid"}, UUIDS),
        ({"type": "string", "format": "uri"}, URIS),
        ({"type": "string"}, TEXTS),
        ({"type": "number"}, NUMBERS),
        (METADATA_SHAPE, METADATA),
    ],
)
def test_every_listed_edge_is_valid(shape: Mapping[str, Any], listed: tuple[Any, ...]) -> None:
    """
    Each edge value is valid by its format.
    """
    assert [value for value in listed if explain(shape, value)] == []
    assert list(edge_values(shape, {})) == [*listed]


@pytest.mark.parametrize(
    ("shape", "usual", "expected"),
    [
        ({"const": 7}, 7, []),
        ({"enum": ["a", "b"]}, "a", ["a", "b"]),
        ({"enum": ["a", None], "type": ["string", "null"]}, "a", ["a", None]),
        ({"type": "null"}, None, [None]),
        ({"type": "boolean"}, True, [True, False]),
        ({"type": ["boolean", "null"]}, True, [None, True, False]),
        ({}, "x", []),
        ({"type": "array"}, [], [[]]),
        (
            {"type": "array", "items": {"enum": [1, 2]}},
            [1],
            [[], [1], [1] * 30, [1, 1], [1, 2]],
        ),
        (
            {"type": "object", "properties": {"a": {"enum": [1, 2]}, "b": {}}, "required": ["b"]},
            {"a": 1, "b": 0},
            [{"b": 0}, {"a": 1, "b": 0}, {"a": 2, "b": 0}],
        ),
        ({"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}, {"a": 1}, []),
    ],
)
def test_edges_are_listed_by_the_schema(
    shape: Mapping[str, Any], usual: object, expected: list[Any]
) -> None:
    """
    Each type has edge values, which keep the other parts of the usual value.
    """
    assert list(edge_values(shape, usual)) == expected


def test_integers_have_the_edges_that_are_whole() -> None:
    """
    Integers have no fractions as edge values; limits come first.
    """
    edges = list(edge_values({"type": "integer", "minimum": -3, "maximum": 2.0}, 0))

    assert edges[:2] == [-3, 2]
    assert all(type(one) is int for one in edges)
    assert {0, 1, -1, 2**53 + 1, -(2**63)} <= {*edges}


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "string", "minLength": 2, "maxLength": 4},
        {"type": "string", "minLength": 300},
        {"type": "integer", "minimum": 5, "maximum": 9},
        {"type": "number", "maximum": -1},
        {"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 2},
        {"type": "array", "items": {"type": "boolean"}, "maxItems": 1},
        {"type": ["string", "null"], "format": "uuid"},
        {"type": "object", "additionalProperties": {"type": "boolean"}},
        {
            "type": "object",
            "properties": {"a": {"type": "string", "maxLength": 1}, "b": {"type": "integer"}},
            "required": ["a"],
        },
    ],
)
def test_edges_keep_to_the_limits_of_a_contract_of_ones_own(
    drawn: Run, own: Own, shape: Mapping[str, Any]
) -> None:
    """
    An edge value that a limit excludes is left out, and others remain.
    """
    catalogue = own(thing=shape)

    found = drawn(events(catalogue=catalogue, values="edge"), 80)

    assert [one for event in found for one in violations(event, catalogue=catalogue)] == []
    assert len({json.dumps(event["thing"]) for event in found}) > 1
