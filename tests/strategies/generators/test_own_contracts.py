"""
Sampling with a custom contract, such as `seamproof schemas derive` may write.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.errors import UsageError
from seamproof.schemas import Catalogue, EventSchema, violations
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from collections.abc import Mapping

STRING: Final = {"type": "string"}
NUMBER: Final = {"type": "number"}


def own(**properties: Mapping[str, Any]) -> Catalogue:
    """
    Make a contract of one event type with these properties, each of them required.
    """
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Robot awakened",
        "description": "A robot opens its eyes.",
        "type": "object",
        "properties": {"event_type": {"const": "robot.awakened"}, **properties},
        "required": ["event_type", *properties],
        "x-seam": {"resource": "robot", "documented": True, "deprecated": False, "properties": {}},
    }
    return Catalogue({"robot.awakened": lambda: EventSchema("robot.awakened", document)})


def samples(**properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """
    Make a few events of such a contract.
    """
    return list(Sampler(0, catalogue=own(**properties)).events(count=60))


SHAPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "a string": STRING,
    "a string or null": {"type": ["null", "string"]},
    "a long string": {"type": "string", "minLength": 200},
    "a short string": {"type": "string", "maxLength": 3},
    "a string of one length": {"type": "string", "minLength": 5, "maxLength": 5},
    "a string like a pattern": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "a string of an unknown format": {"type": "string", "format": "email"},
    "an address": {"type": "string", "format": "uri"},
    "an integer": {"type": "integer"},
    "a large integer": {"type": "integer", "minimum": 10_000},
    "a negative integer": {"type": "integer", "maximum": -1},
    "a multiple": {"type": "integer", "multipleOf": 7},
    "a number": NUMBER,
    "a number within narrow bounds": {"type": "number", "minimum": 0.001, "maximum": 0.002},
    "a number above a bound": {"type": "number", "exclusiveMinimum": 500},
    "a boolean": {"type": "boolean"},
    "a constant": {"const": 7},
    "a choice": {"enum": ["a", "b"]},
    "a choice or null": {"enum": ["a", None]},
    "nothing but null": {"enum": [None]},
    "a list": {"type": "array"},
    "a long list": {"type": "array", "minItems": 5, "items": {"type": "boolean"}},
    "a list without repetitions": {
        "type": "array",
        "minItems": 2,
        "uniqueItems": True,
        "items": {"enum": ["a", "b"]},
    },
    "an object": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    "an object that is not empty": {"type": "object", "minProperties": 1},
    "one of two types": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_sample_keeps_the_contract_or_is_refused(shape: Mapping[str, Any]) -> None:
    """
    An unsupported schema is an error, and samples of others are valid.
    """
    try:
        events = samples(thing=shape)
    except UsageError as refused:
        assert "do not support" in refused.what  # noqa: PT017 - either answer is right
        return

    catalogue = own(thing=shape)
    assert {
        one.message for event in events for one in violations(event, catalogue=catalogue)
    } == set()


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("code", {"type": "string", "minLength": 8}),
        ("device_id", {"type": "string", "maxLength": 10}),
        ("battery_level", {"type": "number", "minimum": 1, "maximum": 100}),
        ("temperature_celsius", {"type": "number", "maximum": 10}),
    ],
)
def test_a_plausible_value_keeps_the_contract_too(name: str, shape: Mapping[str, Any]) -> None:
    """
    The schema takes precedence over the name of a property.
    """
    catalogue = own(**{name: shape})

    events = samples(**{name: shape})

    assert {
        one.message for event in events for one in violations(event, catalogue=catalogue)
    } == set()


@pytest.mark.parametrize(
    ("name", "shape", "pattern"),
    [
        ("code", STRING, r"\d{4,6}"),
        ("connected_account_type", STRING, r"[a-z_]+"),
        ("customer_key", STRING, r"[a-z0-9-]+-\d{4}"),
        ("device_name", STRING, r"[A-Z][\w ]+ (Lock|Keypad|Deadbolt|Thermostat|Reader|Sensor)"),
        ("error_code", STRING, r"[a-z_]+"),
        ("event_description", STRING, r"A robot opens its eyes\."),
        ("image_url", {"type": "string", "format": "uri"}, r"https://media\.example\.com/\S+"),
        ("name", STRING, r"[A-Z][\w' -]+"),
        ("note", STRING, r"[A-Z][\w ,]+\."),
        (
            "robot_id",
            STRING,
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        ),
    ],
)
def test_a_text_looks_like_what_its_name_says(
    name: str, shape: Mapping[str, Any], pattern: str
) -> None:
    """
    Samples of known properties are plausible.
    """
    texts = {event[name] for event in samples(**{name: shape})}

    assert [text for text in texts if not re.fullmatch(pattern, text)] == []


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("battery_level", 0, 1),
        ("noise_level_decibels", 40, 100),
        ("temperature_celsius", 10, 35),
        ("temperature_fahrenheit", 50, 95),
    ],
)
def test_a_number_is_of_the_size_that_its_name_says(name: str, low: float, high: float) -> None:
    """
    Numbers are within plausible limits.
    """
    numbers = {event[name] for event in samples(**{name: NUMBER})}

    assert low <= min(numbers) < max(numbers) <= high


def test_a_temperature_is_the_same_in_both_units() -> None:
    """
    Properties for the same quantity in different units are consistent.
    """
    for event in samples(desired_temperature_celsius=NUMBER, desired_temperature_fahrenheit=NUMBER):
        celsius = event["desired_temperature_celsius"]

        assert event["desired_temperature_fahrenheit"] == pytest.approx(
            celsius * 9 / 5 + 32, abs=0.1
        )
