"""
What it takes to reduce a bug that needs two fields, beside strategies written by hand.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from hypothesis import Phase, find, given, seed, settings
from hypothesis import strategies as st

from benchmarks.material import versioned
from benchmarks.measuring import Bound, Figure
from seamproof.strategies import events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVENT_TYPE: Final = "device.low_battery"
#: The fields that the planted bug needs.
FIELDS: Final = frozenset({"battery_source", "customer_key"})
SEEDS: Final = 21


def has_bug(event: Mapping[str, Any]) -> bool:
    """
    Say whether a handler with the planted bug would fail.
    """
    return event.get("battery_source") == "accessory_keypad" and "customer_key" not in event


def by_hand() -> st.SearchStrategy[dict[str, Any]]:
    """
    Write a strategy for the event with what Hypothesis itself has.
    """
    ids = st.uuids().map(str)
    times = st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    metadata = st.dictionaries(st.text(), st.text() | st.booleans())
    return st.fixed_dictionaries(
        {
            "battery_level": st.floats(0, 1),
            "connected_account_id": ids,
            "created_at": times,
            "device_id": ids,
            "event_id": ids,
            "event_type": st.just(EVENT_TYPE),
            "occurred_at": times,
            "workspace_id": ids,
        },
        optional={
            "battery_source": st.sampled_from(["lock", "accessory_keypad"]),
            "connected_account_custom_metadata": metadata,
            "customer_key": st.text(),
            "device_custom_metadata": metadata,
            "event_description": st.text(),
        },
    )


def reduce(strategy: st.SearchStrategy[Any], number: int) -> tuple[int, dict[str, Any]]:
    """
    Find the bug and let Hypothesis reduce it.

    Args:
        strategy: Of the events.
        number: The seed.

    Returns:
        The calls of the test after the one that found the bug, and what it was reduced to.
    """
    calls = 0
    failures: list[tuple[int, dict[str, Any]]] = []

    @seed(number)
    @settings(
        database=None,
        deadline=None,
        max_examples=5000,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
    )
    @given(strategy)
    def handle(event: dict[str, Any]) -> None:
        nonlocal calls
        calls += 1
        if has_bug(event):
            failures.append((calls, event))
            raise ZeroDivisionError

    with suppress(ZeroDivisionError):
        handle()
    return calls - failures[0][0], failures[-1][1]


def other_fields(event: Mapping[str, Any], simplest: Mapping[str, Any]) -> set[str]:
    """
    List the fields, besides those that the bug needs, in which an example is not the simplest.

    The id of an event is of its content, and so another one of course.
    """
    every = {*event, *simplest} - FIELDS - {"event_id"}
    return {name for name in every if event.get(name) != simplest.get(name)}


def run() -> Iterator[Figure]:
    """
    Reduce the same bug from many seeds.
    """
    ours, hand = events(EVENT_TYPE, undocumented=True), by_hand()
    reduced = [reduce(ours, number) for number in range(SEEDS)]
    peers = [reduce(hand, number) for number in range(SEEDS)]
    peer = versioned("hypothesis")
    yield Figure(
        name=f"a bug of two fields of {EVENT_TYPE}",
        values=tuple(float(calls) for calls, _ in reduced),
        unit="calls",
        peer=peer,
        peer_values=tuple(float(calls) for calls, _ in peers),
        bound=Bound("at most", 30, on="value"),
        remark=f"{SEEDS} seeds; fixed_dictionaries of st.uuids and st.datetimes by hand",
    )
    # The simplest example of ours is the documented payload with its placeholders filled in.
    simplest = find(ours, lambda _: True)
    plain = find(hand, lambda _: True)
    yield Figure(
        name="reduced to those two fields and no other",
        values=(_share(reduced, simplest),),
        unit="%",
        peer=peer,
        peer_values=(_share(peers, plain),),
        bound=Bound("at least", 100, on="value"),
        remark="beside the simplest example; of ours that is the documented payload",
    )


def _share(reduced: list[tuple[int, dict[str, Any]]], simplest: Mapping[str, Any]) -> float:
    return 100 * sum(not other_fields(event, simplest) for _, event in reduced) / len(reduced)
