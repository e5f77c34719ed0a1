"""
Strategy for deliveries: signed, duplicated, delayed and out of order.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from svix.webhooks import Webhook

from seamproof.errors import SecretInvalid, UsageError
from seamproof.signing import Secret, verify
from seamproof.strategies import Sampler, deliveries, events, journeys, unknown_events

if TYPE_CHECKING:
    from seamproof.events import Delivery
    from tests.strategies.conftest import Find, Run

TEXT: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRET: Final = Secret(TEXT)
NOW: Final = 1_800_000_000
#: Seconds until Svix tries again after a first failure.
RETRY: Final = 5
JOURNEY: Final = Sampler(0).journey("acs_credential")


def clock() -> float:
    """
    Return a fixed time.
    """
    return NOW + 0.75


def read(delivery: Delivery) -> dict[str, Any]:
    """
    Read the event of a delivery.
    """
    event: dict[str, Any] = json.loads(delivery.body)
    return event


def unnamed(event: dict[str, Any]) -> dict[str, Any]:
    """
    Remove the id, which is new in each delivered event.
    """
    return {name: value for name, value in event.items() if name != "event_id"}


def by_message(batch: list[Delivery]) -> dict[str, list[Delivery]]:
    """
    Group deliveries by message, in the order in which they arrive.
    """
    messages: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in batch:
        messages[delivery.message_id].append(delivery)
    return messages


@settings(max_examples=30)
@given(deliveries(journeys() | st.lists(events(values="edge"), max_size=4), secret=SECRET))
def test_every_delivery_is_genuine(batch: list[Delivery]) -> None:
    """
    Svix's verifier and ours accept each delivery at this time.
    """
    for delivery in batch:
        assert verify(delivery.body, delivery.headers, SECRET, now=time.time())
        Webhook(TEXT).verify(delivery.body, dict(delivery.headers))


@settings(max_examples=40)
@given(deliveries(events(), secret=TEXT, delay=True))
def test_the_seam_sdk_reads_every_delivery(batch: list[Delivery]) -> None:
    """
    Seam's SDK verifies deliveries up to two minutes late, and parses the events.
    """
    seam = pytest.importorskip("seam", reason="the seam SDK is not installed: it pins svix < 2")

    for delivery in batch:
        event = seam.SeamWebhook(TEXT).verify(delivery.body.decode(), dict(delivery.headers))
        assert event.event_id == read(delivery)["event_id"]


@settings(max_examples=40)
@given(deliveries(st.just(JOURNEY), secret=SECRET, clock=clock))
def test_every_event_arrives_at_least_once(batch: list[Delivery]) -> None:
    """
    By default there are up to two duplicates, in any order, and only the id is changed.
    """
    messages = by_message(batch)

    assert len(JOURNEY) <= len(batch) <= len(JOURNEY) + 2
    assert len(messages) == len(JOURNEY)
    arrived = [unnamed(read(repeats[0])) for repeats in messages.values()]
    for event in JOURNEY:
        assert unnamed(event) in arrived
    for repeats in messages.values():
        assert len({one.body for one in repeats}) == 1


@settings(max_examples=40)
@given(deliveries(st.just(JOURNEY), secret=SECRET, clock=clock, duplicates=5))
def test_a_repeat_is_the_same_or_signed_anew(batch: list[Delivery]) -> None:
    """
    A duplicate equals its original, or has another timestamp and signature five seconds later.
    """
    for repeats in by_message(batch).values():
        times = sorted({one.timestamp for one in repeats})
        assert times in ([NOW], [NOW - RETRY, NOW])
        for one in repeats:
            same = [other for other in repeats if other.timestamp == one.timestamp]
            assert all(other == one for other in same)
        assert len({one.headers["svix-signature"] for one in repeats}) == len(times)
        for one in repeats:
            assert one.headers["svix-id"] == one.message_id
            assert one.headers["svix-timestamp"] == str(one.timestamp)


@pytest.mark.parametrize("resigned", [False, True])
def test_both_kinds_of_repeats_are_drawn(
    simplest: Find,
    resigned: bool,
) -> None:
    """
    Both kinds of duplicate occur: the same bytes, and the same message with another signature.
    """

    def fits(batch: list[Delivery]) -> bool:
        repeats = [one for one in by_message(batch).values() if len(one) > 1]
        return any((one[0].headers != one[1].headers) == resigned for one in repeats)

    batch = simplest(deliveries(JOURNEY, secret=SECRET, clock=clock), fits)

    assert len(batch) == len(JOURNEY) + 1
    assert all(verify(one.body, one.headers, SECRET, now=clock()) for one in batch)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_the_number_of_repeats_is_bounded(drawn: Run, count: int) -> None:
    """
    Every number of duplicates up to the limit occurs, and none above.
    """
    found = drawn(deliveries(JOURNEY, secret=SECRET, duplicates=count), 200)

    assert {len(batch) - len(JOURNEY) for batch in found} == {*range(count + 1)}


def test_deliveries_are_reordered(drawn: Run) -> None:
    """
    Any event can arrive first, and any last.
    """
    found = drawn(deliveries(JOURNEY, secret=SECRET, duplicates=False), 300)

    orders = [tuple(read(one)["event_type"] for one in batch) for batch in found]
    expected = {event["event_type"] for event in JOURNEY}
    assert {order[0] for order in orders} == {order[-1] for order in orders} == expected
    assert len(set(orders)) > 12


def test_without_reordering_the_order_is_kept(drawn: Run) -> None:
    """
    Without reordering, events arrive for the first time in order.
    """
    expected = [event["event_type"] for event in JOURNEY]

    for batch in drawn(deliveries(JOURNEY, secret=SECRET, reorder=False)):
        firsts = [read(repeats[0])["event_type"] for repeats in by_message(batch).values()]
        assert firsts == expected


@settings(max_examples=25)
@given(deliveries(st.just(JOURNEY), secret=SECRET, duplicates=False, reorder=False, clock=clock))
def test_with_nothing_asked_for_what_is_sent_arrives(batch: list[Delivery]) -> None:
    """
    Without duplicates, reordering or delay each event arrives once, in order, signed now.
    """
    assert [unnamed(read(one)) for one in batch] == [unnamed(event) for event in JOURNEY]
    assert {one.timestamp for one in batch} == {NOW}


@pytest.mark.parametrize(
    "options",
    [{}, {"delay": True}, {"duplicates": 9, "delay": 250}, {"clock": clock}],
    ids=lambda options: ",".join(options) or "none",
)
def test_the_simplest_arrival_is_in_order_and_in_time(
    simplest: Find, options: dict[str, Any]
) -> None:
    """
    The simplest example is each event once, in order, signed now.
    """
    batch = simplest(deliveries(JOURNEY, secret=SECRET, **options))

    assert [unnamed(read(one)) for one in batch] == [unnamed(event) for event in JOURNEY]
    assert len({one.timestamp for one in batch}) == 1
    assert abs(batch[0].timestamp - options.get("clock", time.time)()) < 60


@pytest.mark.parametrize(("delay", "most"), [(False, 0), (0, 0), (7, 7), (True, 120), (290, 290)])
def test_a_delivery_is_late_within_bounds(
    simplest: Find,
    drawn: Run,
    delay: bool | int,
    most: int,
) -> None:
    """
    No delivery is later than the limit, except for a retry's original; each is verified.
    """
    strategy = deliveries(JOURNEY, secret=SECRET, delay=delay, clock=clock)

    for batch in drawn(strategy, 80):
        for repeats in by_message(batch).values():
            newest = max(one.timestamp for one in repeats)
            assert NOW - most - RETRY <= min(one.timestamp for one in repeats) <= newest <= NOW
        assert all(verify(one.body, one.headers, SECRET, now=clock()) for one in batch)
    if most:
        simplest(strategy, lambda batch: any(one.timestamp <= NOW - most + 1 for one in batch))


def test_one_delivery_may_be_late_and_another_not(simplest: Find) -> None:
    """
    Delays are independent, so that timestamps do not reveal the order of events.
    """
    batch = simplest(
        deliveries(
            JOURNEY, secret=SECRET, delay=True, duplicates=False, reorder=False, clock=clock
        ),
        lambda batch: batch[0].timestamp > batch[1].timestamp,
    )

    assert batch[0].timestamp == NOW


def test_the_clock_is_asked_in_every_example(drawn: Run) -> None:
    """
    The clock is read for each batch.
    """
    seconds = iter(range(NOW, NOW + 10_000, 10))

    found = drawn(
        deliveries(events(), secret=SECRET, duplicates=False, clock=lambda: next(seconds)), 50
    )

    times = [batch[0].timestamp for batch in found]
    assert len(set(times)) == len(found)
    assert times == sorted(times)


def test_no_two_different_events_of_a_run_share_an_id(drawn: Run) -> None:
    """
    Across all examples, an event id has one body, and so has a message id.
    """
    strategy = deliveries(events("acs_*") | journeys("acs_credential"), secret=SECRET)
    bodies: dict[str, set[bytes]] = defaultdict(set)
    messages: dict[str, set[str]] = defaultdict(set)
    for batch in drawn(strategy, 300):
        for delivery in batch:
            event_id = read(delivery)["event_id"]
            bodies[event_id].add(delivery.body)
            bodies[delivery.message_id].add(delivery.body)
            messages[event_id].add(delivery.message_id)

    assert {len(of_one_id) for of_one_id in bodies.values()} == {1}
    assert {len(of_one_event) for of_one_event in messages.values()} == {1}
    assert len(messages) > 300


def test_the_same_event_again_is_another_message(drawn: Run) -> None:
    """
    A given event has a new id in each example; otherwise a handler would ignore all but one.
    """
    found = drawn(deliveries([JOURNEY[0]] * 4, secret=SECRET, duplicates=False), 20)

    arrived = [one for batch in found for one in batch]
    assert len(arrived) == 4 * len(found) > 40
    assert len({one.message_id for one in arrived}) == len(arrived)
    assert len({read(one)["event_id"] for one in arrived} | {JOURNEY[0]["event_id"]}) > len(arrived)


@pytest.mark.parametrize(
    ("what", "least", "most"),
    [
        (JOURNEY[0], 1, 1),
        (JOURNEY, 4, 4),
        (tuple(JOURNEY), 4, 4),
        ([], 0, 0),
        (events(), 1, 1),
        (journeys("acs_credential"), 4, 4),
        (st.lists(events("acs_*"), max_size=2), 0, 2),
        (unknown_events(), 1, 1),
        ({"hello": "world"}, 1, 1),
    ],
    ids=[
        "event",
        "list",
        "tuple",
        "nothing",
        "events",
        "journeys",
        "lists",
        "unknown events",
        "no id",
    ],
)
def test_events_are_given_or_drawn(drawn: Run, what: Any, least: int, most: int) -> None:
    """
    One or several events, given or from a strategy, become deliveries.
    """
    sizes = {len(batch) for batch in drawn(deliveries(what, secret=SECRET, duplicates=False), 40)}

    assert sizes == {*range(least, most + 1)}


def test_an_event_without_an_id_gets_none(drawn: Run) -> None:
    """
    A payload that is not a Seam event is delivered unchanged.
    """
    for batch in drawn(deliveries({"hello": "wörld"}, secret=SECRET), 20):
        assert {one.body for one in batch} == {'{"hello":"wörld"}'.encode()}


@pytest.mark.parametrize("secret", [TEXT, SECRET])
def test_the_secret_is_never_shown(simplest: Find, secret: str | Secret) -> None:
    """
    Neither the strategy nor its deliveries reveal the secret.
    """
    strategy = deliveries(events("acs_*"), secret=secret, delay=3)

    shown = repr(strategy)

    assert shown.startswith("deliveries(events(pattern='acs_*')")
    assert "delay=3" in shown
    assert TEXT.removeprefix("whsec_")[:8] not in shown
    assert TEXT.removeprefix("whsec_")[:8] not in repr(simplest(strategy))


@pytest.mark.parametrize(
    "options",
    [
        {"duplicates": -1},
        {"duplicates": 1.5},
        {"duplicates": "two"},
        {"duplicates": None},
        {"delay": -3},
        {"delay": 0.5},
        {"delay": "long"},
        {"reorder": "no"},
        {"reorder": 2},
        {"clock": NOW},
    ],
    ids=repr,
)
def test_a_wrong_option_is_refused_at_the_call(options: dict[str, Any]) -> None:
    """
    The error has the option and its value.
    """
    with pytest.raises(UsageError) as caught:
        deliveries(events(), secret=SECRET, **options)

    ((name, value),) = options.items()
    assert name in caught.value.what
    assert caught.value.found == repr(value)


@pytest.mark.parametrize("what", [5, "x", None, [5], b"{}"], ids=repr)
def test_what_is_no_event_is_refused_at_the_call(what: Any) -> None:
    """
    Only mappings, lists of mappings and strategies for either can be delivered.
    """
    with pytest.raises(UsageError):
        deliveries(what, secret=SECRET)


def test_a_wrong_secret_is_refused_at_the_call() -> None:
    """
    The error is raised by the call, and does not contain the secret.
    """
    with pytest.raises(SecretInvalid) as caught:
        deliveries(events(), secret="my secret")

    assert "my secret" not in str(caught.value)
