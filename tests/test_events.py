"""
Tests of events, deliveries, attempts, and the ids of messages.
"""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from typing import Any, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seamproof.events import Attempt, Delivery, Event, mint_message_id

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: 32 bits of seconds since 2014-05-13.
MOMENTS = st.integers(1_400_000_000, 1_400_000_000 + 2**32 - 1)
PAYLOADS = st.dictionaries(
    st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())
)


def test_a_message_id_is_a_ksuid() -> None:
    """
    The example of KSUID's documentation results from its time and its payload.
    """
    payload = bytes.fromhex("B5A1CD34B5F99D1154FB6853345C9735")

    message_id = mint_message_id(1_400_000_000 + 107_608_047, lambda _: payload)

    assert message_id == "msg_0ujtsYcgvSTl8PAuAdqWYSMnLOv"


@given(MOMENTS, st.binary(min_size=16, max_size=16))
def test_a_message_id_holds_its_time_and_randomness(moment: int, random: bytes) -> None:
    """
    27 characters of base62 after `msg_` encode 4 bytes of time and 16 random ones.
    """
    message_id = mint_message_id(moment, lambda _: random)

    assert message_id.startswith("msg_")
    number = 0
    for character in message_id.removeprefix("msg_"):
        number = number * 62 + BASE62.index(character)
    assert len(message_id) == 4 + 27
    assert number.to_bytes(20, "big") == (moment - 1_400_000_000).to_bytes(4, "big") + random


@given(MOMENTS, MOMENTS)
def test_message_ids_sort_by_time(one: int, other: int) -> None:
    """
    Ids sorted as text are in the order of the seconds in which they were made.
    """
    assume(one < other)

    assert mint_message_id(one) < mint_message_id(other)


def test_message_ids_are_unique() -> None:
    """
    Ids of one second differ by their random bytes.
    """
    assert len({mint_message_id(1_800_000_000.5) for _ in range(1000)}) == 1000


@given(PAYLOADS)
def test_an_event_is_serialised_compactly(payload: dict[str, Any]) -> None:
    """
    The body is the payload in UTF-8, without white space between its parts.
    """
    event = Event.of(payload)

    assert json.loads(event.body) == payload
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
    assert event.body == text.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_payload_must_be_json(number: float) -> None:
    """
    Python would write NaN, which no other language reads.
    """
    with pytest.raises(ValueError, match="not JSON compliant"):
        Event.of({"battery_level": number})


@pytest.mark.parametrize(
    ("payload", "event_type"),
    [
        ({"event_type": "acs_credential.issued"}, "acs_credential.issued"),
        ({"event_type": "robot.awakened"}, "robot.awakened"),
        ({"event_type": 3}, None),
        ({"event_type": None}, None),
        ({}, None),
    ],
)
def test_an_event_is_of_the_type_that_it_claims(
    payload: dict[str, Any], event_type: str | None
) -> None:
    """
    A type that is a string is returned, whether or not the catalogue has it.
    """
    assert Event.of(payload).event_type == event_type


def test_the_headers_of_a_delivery_are_its_own() -> None:
    """
    Changing the mapping that a delivery was made from changes nothing about it.
    """
    headers = {"svix-id": "msg_1"}
    delivery = Delivery("msg_1", 1, b"{}", headers)

    headers["svix-id"] = "msg_2"

    assert delivery.headers == {"svix-id": "msg_1"}
    with pytest.raises(TypeError):
        cast("dict[str, str]", delivery.headers)["svix-id"] = "msg_2"


@pytest.mark.parametrize(
    ("attempt", "delivered"),
    [
        (Attempt(Delivery("msg_1", 1, b"{}", {}), 204, 1.5), True),
        (Attempt(Delivery("msg_1", 1, b"{}", {}), 500, 1.5, "answered 500"), False),
        (Attempt(Delivery("msg_1", 1, b"{}", {}), None, 1.5, "timed out"), False),
    ],
)
def test_an_attempt_is_delivered_when_nothing_speaks_against_it(
    attempt: Attempt,
    delivered: bool,
) -> None:
    """
    A reason is why an attempt does not count.
    """
    assert attempt.delivered is delivered


@pytest.mark.parametrize(
    ("frozen", "name"),
    [
        (Event({}, b"{}"), "body"),
        (Delivery("msg_1", 1, b"{}", {}), "timestamp"),
        (Attempt(Delivery("msg_1", 1, b"{}", {}), 204, 1.5), "status"),
    ],
)
def test_events_deliveries_and_attempts_are_frozen(
    frozen: Event | Delivery | Attempt, name: str
) -> None:
    """
    No field can be changed.
    """
    with pytest.raises(FrozenInstanceError):
        setattr(frozen, name, None)
