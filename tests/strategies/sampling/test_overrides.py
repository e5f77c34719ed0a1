"""
Overrides of sampled events: `path=value`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamproof.errors import SeamproofError, UnknownProperty, UsageError
from seamproof.schemas import catalog, is_valid
from seamproof.strategies import (
    Override,
    Sampler,
    apply_override,
    override_properties,
    parse_override,
)

DISCONNECTED = "connected_account.disconnected"
DELETED = "connected_account.deleted"
METADATA = "connected_account_custom_metadata"


def overridden(
    event_type: str, text: str, *, extra: bool = False, required_only: bool = False
) -> dict[str, Any]:
    """
    Sample an event and override it.
    """
    sampler = Sampler(5)
    event = sampler.event(event_type, presence="required" if required_only else "all")
    apply_override(event, parse_override(text, extra=extra), catalog()[event_type], sampler)
    return event


def at(value: Any, *path: str | int) -> Any:
    """
    Return the value at a path.
    """
    for token in path:
        value = value[token]
    return value


@pytest.mark.parametrize(
    ("text", "override"),
    [
        ("device_id=7", Override(("device_id",), "7")),
        ("errors.0.message=out of order", Override(("errors", "0", "message"), "out of order")),
        ("/errors/0/message=out", Override(("errors", "0", "message"), "out")),
        ("/with.dot/a~1b/c~0d=1", Override(("with.dot", "a/b", "c~d"), "1")),
        ("key=a=b", Override(("key",), "a=b")),
        ("key=", Override(("key",), "")),
    ],
)
def test_an_override_is_a_path_and_a_value(text: str, override: Override) -> None:
    """
    The path has dots or is a JSON Pointer, and ends at the first equals sign.
    """
    assert parse_override(text) == override


@pytest.mark.parametrize("text", ["", "device_id", "=7", "a..b=7", ".a=7", "/=7", "//a=7"])
def test_what_is_no_override_is_shown(text: str) -> None:
    """
    A missing path or equals sign is an error.
    """
    with pytest.raises(UsageError) as caught:
        parse_override(text)

    assert caught.value.found == text


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("customer_key=hotel-9", ["customer_key"], "hotel-9"),
        ('customer_key="hotel-9"', ["customer_key"], "hotel-9"),
        ("customer_key=7", ["customer_key"], "7"),
        ("customer_key=null", ["customer_key"], "null"),
        ("customer_key=[[", ["customer_key"], "[["),
        ("occurred_at=2026-03-01T00:00:00.5Z", ["occurred_at"], "2026-03-01T00:00:00.5Z"),
        (f"{METADATA}.vip=true", [METADATA, "vip"], True),
        (f"{METADATA}.n=7", [METADATA, "n"], "7"),
        (f"{METADATA}.list=[]", [METADATA, "list"], "[]"),
        (f"/{METADATA}/a.b=c", [METADATA, "a.b"], "c"),
        (METADATA + '={"a": "b"}', [METADATA], {"a": "b"}),
    ],
)
@pytest.mark.parametrize("required_only", [False, True], ids=["present", "absent"])
def test_a_value_is_read_as_the_contract_has_it(
    text: str,
    path: list[str],
    value: object,
    required_only: bool,
) -> None:
    """
    The value is JSON if that is valid, text otherwise; missing objects are added.
    """
    event = overridden(DELETED, text, required_only=required_only)

    assert at(event, *path) == value
    assert is_valid(event)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_an_item_of_a_list_can_be_set(index: int) -> None:
    """
    The item after the last one is added, with the rest of it sampled.
    """
    sampler = Sampler(5)
    event = sampler.event(DISCONNECTED)
    del event["connected_account_errors"][:]
    for each in range(index + 1):
        text = f"connected_account_errors.{each}.message=number {each}"
        apply_override(event, parse_override(text), catalog()[DISCONNECTED], sampler)

    assert len(event["connected_account_errors"]) == index + 1
    assert event["connected_account_errors"][index]["message"] == f"number {index}"
    assert is_valid(event, strict=True)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("costumer_key=hotel-9", "customer_key"),
        ("device_id=7", "connected_account_id"),
        ("/connected.account=7", "connected_account_id"),
    ],
)
def test_an_unknown_property_is_refused_with_those_known(text: str, known: str) -> None:
    """
    A misspelt property is an error that names the properties that the event has.
    """
    with pytest.raises(UnknownProperty) as caught:
        overridden(DELETED, text)

    assert caught.value.expected.split(", ") == list(catalog()[DELETED].properties)
    assert known in caught.value.expected
    assert "extra override" in caught.value.cure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("connected_account_errors.0.mesage=x", "created_at, error_code, message"),
        ("connected_account_errors.9.message=x", "an index from 0 to"),
        ("connected_account_errors.first.message=x", "an index from 0 to"),
        ("connected_account_errors.-1.message=x", "an index from 0 to"),
    ],
)
def test_an_unknown_spot_inside_a_list_is_refused(text: str, expected: str) -> None:
    """
    The error names the first part of the path that does not exist.
    """
    with pytest.raises(UnknownProperty) as caught:
        overridden(DISCONNECTED, text)

    assert caught.value.expected.startswith(expected)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("connected_account_id=7", "a UUID"),
        ("occurred_at=yesterday", "RFC 3339"),
        ("event_type=connected_account.created", DELETED),
        (f"{METADATA}=[]", "an object"),
        ("customer_key.a=b", "not an object or an array"),
        ("event_id.0=b", "not an object or an array"),
    ],
)
def test_a_wrong_value_is_refused(text: str, words: str) -> None:
    """
    A value that the contract does not allow is an error that says what it allows.
    """
    with pytest.raises(UsageError, match=words):
        overridden(DELETED, text)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("new_field=7", ["new_field"], 7),
        ("new_field=seven", ["new_field"], "seven"),
        ("new.nested.field=null", ["new", "nested", "field"], None),
        ('/a~1b=["c"]', ["a/b", 0], "c"),
        ("customer_key=hotel-9", ["customer_key"], "hotel-9"),
    ],
)
def test_a_property_beyond_the_contract_can_be_added_on_purpose(
    text: str, path: list[str | int], value: object
) -> None:
    """
    An extra property can have any value, and the event stays valid.
    """
    event = overridden(DELETED, text, extra=True)

    assert at(event, *path) == value
    assert is_valid(event)


def test_an_extra_override_of_a_known_property_keeps_the_contract() -> None:
    """
    Known properties are validated with `extra` as well.
    """
    with pytest.raises(UsageError, match="a UUID"):
        overridden(DELETED, "connected_account_id=7", extra=True)


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_set(text: str) -> None:
    """
    A text in JSON quotes is set unchanged.
    """
    event = overridden(DELETED, f"customer_key={json.dumps(text)}")

    assert event["customer_key"] == text


@pytest.mark.parametrize(
    "value",
    ["NaN", "-Infinity", "1e999", '"\\ud800"', "\udcff", "[" * 100_000],
    ids=["NaN", "infinity", "overflow", "surrogate", "no text", "deep"],
)
@pytest.mark.parametrize("path", ["new_field", "customer_key"])
def test_what_json_cannot_hold_never_gets_into_an_event(path: str, value: str) -> None:
    """
    Such a value is rejected, or used as a text; the event can be serialised.
    """
    try:
        event = overridden(DELETED, f"{path}={value}", extra=True)
    except SeamproofError:
        return
    assert json.loads(json.dumps(event, allow_nan=False).encode()) == event
    json.dumps(event, ensure_ascii=False).encode()


def test_properties_can_be_set_to_values() -> None:
    """
    The values are in a copy of the event; the original is not changed.
    """
    event = Sampler(5).event(DELETED)
    before = dict(event)

    changed = override_properties(event, {"customer_key": "hotel-9"})

    assert changed == {**before, "customer_key": "hotel-9"}
    assert event == before


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"device_id": "7"}, UnknownProperty, "device_id"),
        ({"connected_account_id": "7"}, UsageError, "connected_account_id must be a UUID"),
        ({METADATA: {"a": 1}}, UsageError, "metadata/a must be"),
    ],
)
def test_values_are_held_to_the_contract(
    values: dict[str, object], error: type[SeamproofError], words: str
) -> None:
    """
    An unknown property, or a value that is not allowed, is an error that names it.
    """
    with pytest.raises(error, match=words):
        override_properties(Sampler(5).event(DELETED), values)
