"""
Statistics of an endpoint: how many of its attempts succeeded over time, and how long they took.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.model.records import EndpointStatistics, Interval

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

#: Copies that a fault makes are no attempts of the schedule.
_OF_ENDPOINT: Final = "FROM attempts WHERE endpoint = ? AND kind <> 'copy'"


def endpoint_statistics(
    connection: sqlite3.Connection, *, endpoint: int, since: float, until: float, interval: float
) -> EndpointStatistics:
    """
    Count the attempts of an endpoint by intervals.

    Args:
        connection: Of the database.
        endpoint: Its number.
        since: When the first interval begins, in seconds since the epoch.
        until: Where the last interval ends.
        interval: The length of an interval in seconds.
    """
    (failures,) = connection.execute(
        f"SELECT count(*) {_OF_ENDPOINT} AND number > ifnull("
        f"(SELECT max(number) {_OF_ENDPOINT} AND reason = ''), 0)",
        (endpoint, endpoint),
    ).fetchone()
    rows = connection.execute(
        f"SELECT CAST((at - ?) / ? AS INTEGER) AS place, milliseconds, reason = '' AS delivered"
        f" {_OF_ENDPOINT} AND at >= ? AND at < ? ORDER BY place, milliseconds",
        (since, interval, endpoint, since, until),
    )
    intervals = tuple(
        _interval(since + place * interval, group)
        for place, group in groupby(rows, key=lambda row: row["place"])
    )
    return EndpointStatistics(failures, interval, intervals)


def _interval(at: float, rows: Iterable[sqlite3.Row]) -> Interval:
    """
    Summarise the attempts of an interval, which are sorted by their milliseconds.
    """
    attempts = list(rows)
    delivered = sum(row["delivered"] for row in attempts)
    times = [row["milliseconds"] for row in attempts]
    return Interval(
        at=at,
        delivered=delivered,
        failed=len(attempts) - delivered,
        median=_quantile(times, 0.5),
        p95=_quantile(times, 0.95),
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
