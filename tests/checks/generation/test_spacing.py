"""
Tests of the times of a life cycle's events.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from seamproof.checks.generation.spacing import (
    CLOSE,
    REPORTED_LATE,
    STRETCHED,
    TRIMMED,
    respaced,
    trimmed,
)
from seamproof.strategies import JOURNEYS, Sampler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.json_types import JsonMapping


def _times(events: Sequence[JsonMapping], name: str = "occurred_at") -> list[datetime]:
    return [datetime.fromisoformat(str(event[name])) for event in events]


@pytest.mark.parametrize("journey", JOURNEYS)
def test_close_events_keep_their_order(journey: str) -> None:
    """
    However close the events of a life cycle are, each occurs a millisecond or more after another.
    """
    events = Sampler(1).journey(journey)
    close = respaced(events, CLOSE, len(events) - 1, range(len(events)))

    gaps = [later - earlier for earlier, later in pairwise(_times(close))]

    assert min(gaps) == timedelta(milliseconds=1)
    assert max(gaps[:-1]) < timedelta(seconds=1)


def test_text_without_trailing_zeros_sorts_the_other_way() -> None:
    """
    The last four events before the deletion sort the other way round if they are compared as text.
    """
    events = Sampler(1).journey("device")
    lived = len(events) - 1
    close = map(trimmed, respaced(events, TRIMMED, lived, range(len(events))))

    texts = [str(event["occurred_at"]) for event in close][lived - 4 : lived]

    assert sorted(texts) == texts[::-1]
    assert [text[20:] for text in texts] == ["", "4Z", "41Z", "411Z"]


def test_what_is_reported_late_is_created_in_the_order_of_arrival() -> None:
    """
    `created_at` follows the order of arrival and comes after all of `occurred_at`.
    """
    events = Sampler(1).journey("device")
    arrival = range(len(events) - 1, -1, -1)
    late = respaced(events, REPORTED_LATE, len(events) - 1, arrival)

    created = _times(late, "created_at")

    assert created == sorted(created, reverse=True)
    assert min(created) > max(_times(late))
    assert sorted(_times(late)) == _times(late)


def test_stretched_events_have_other_intervals() -> None:
    """
    Longer intervals end at the same time.
    """
    events = Sampler(1).journey("acs_credential")
    longer = respaced(events, STRETCHED, len(events) - 1, range(len(events)))

    assert _times(longer)[-1] == _times(events)[-1]
    assert _times(longer)[0] < _times(events)[0]


def test_events_without_times_stay_as_they_are() -> None:
    """
    A time that the user has set to something else is not touched.
    """
    events = [{"occurred_at": "2026-01-01"}, {"occurred_at": "2026-01-02T00:00:00.000Z"}]

    assert respaced(events, CLOSE, 2, (0, 1)) == events
