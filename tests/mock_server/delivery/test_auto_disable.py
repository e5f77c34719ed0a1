"""
Auto-disable: when an endpoint is disabled whose attempts all fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seamproof.mock_server.delivery.auto_disable import HEALTHY, after_failure
from seamproof.mock_server.model.records import Health

if TYPE_CHECKING:
    from collections.abc import Iterable

HOUR = 3600.0
DAY = 24 * HOUR


def fail(moments: Iterable[float], health: Health | None = None) -> tuple[Health, float | None]:
    """
    Fail at these moments; return the health, and when the endpoint was disabled.
    """
    health = Health() if health is None else health
    for moment in moments:
        health, spent = after_failure(health, moment)
        if spent:
            return health, moment
    return health, None


def every(hours: float, until: float) -> list[float]:
    """
    List moments at even distances.
    """
    return [index * hours * HOUR for index in range(int(until / hours / HOUR) + 1)]


@pytest.mark.parametrize("hours", [0.1, 1, 5, 11, 12])
def test_five_days_after_twelve_hours_of_failures(hours: float) -> None:
    """
    The five days begin when failures lie 12 hours apart; then the endpoint is disabled.
    """
    started = next(one for one in every(hours, 2 * DAY) if one >= 12 * HOUR)
    _, disabled = fail(every(hours, 7 * DAY))
    assert disabled is not None
    assert started + 5 * DAY <= disabled < started + 5 * DAY + max(hours, 0.2) * HOUR


def test_failures_further_apart_than_a_day_do_not_start_the_clock() -> None:
    """
    A failure every 25 hours never disables an endpoint.
    """
    health, disabled = fail(every(25, 60 * DAY))
    assert (health.since, disabled) == (None, None)


def test_failures_closer_than_twelve_hours_do_not_start_the_clock() -> None:
    """
    Failures within less than 12 hours do not begin the five days.
    """
    health, _ = fail(every(0.01, 11.9 * HOUR))
    assert health.since is None


def test_a_success_resets_the_clock() -> None:
    """
    After one success, five more days are needed.
    """
    health, _ = fail(every(6, 4 * DAY))
    assert health.since is not None
    later = [4 * DAY + moment for moment in every(6, 5 * DAY)]
    assert fail(later, health)[1] is not None
    assert fail(later, HEALTHY)[1] is None


def test_little_is_remembered_of_many_failures() -> None:
    """
    The health of an endpoint stays small, however often it fails.
    """
    health, _ = fail(index * 0.01 for index in range(1_000_000))
    assert len(health.failures) < 150


def test_most_failures_change_nothing() -> None:
    """
    A failure right after another returns the same object, so that nothing is written.
    """
    health, _ = fail([0.0])
    assert after_failure(health, 1.0) == (health, False)
    assert after_failure(health, 1.0)[0] is health


@pytest.mark.parametrize(("apart", "begun"), [(DAY, True), (DAY + 1, False)])
def test_failures_begin_the_five_days_up_to_a_day_apart(apart: float, begun: bool) -> None:
    """
    A failure of exactly 24 hours ago counts; an older one does not.
    """
    health, _ = fail([1000.0, 1000.0 + apart])

    assert (health.since is not None) is begun


def test_failures_are_remembered_ten_minutes_apart() -> None:
    """
    Of those that are closer together only the first is remembered.
    """
    remembered = [fail([0, second])[0].failures for second in (599.9, 600)]
    assert remembered == [(0,), (0, 600)]
