"""
Tests of the view of a report: what fails a run, groups of failures, counts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.checks.reported import ISSUED, REPORT, failure, result, view_of


@pytest.mark.parametrize(
    ("results", "strict", "failed"),
    [
        ([result("a", "passed")], True, False),
        ([result("a", "skipped")], True, False),
        ([result("a", "inconclusive")], False, False),
        ([result("a", "inconclusive")], True, True),
        ([result("a", "warning", failure(severity="warning"))], False, False),
        ([result("a", "warning", failure(severity="warning"))], True, True),
        ([result("a", "failed", failure())], False, True),
        ([result("a", "failed")], False, True),
    ],
)
def test_what_fails_a_run(*, results: list[Any], strict: bool, failed: bool) -> None:
    """
    Errors fail it; warnings and what is inconclusive do if the run is strict.
    """
    assert view_of(*results, strict=strict).failed is failed


@pytest.mark.parametrize("limited", [True, False])
def test_a_run_that_stops_early_fails_unless_its_time_was_limited(*, limited: bool) -> None:
    """
    A handler that no longer answers has not passed, even if no check has failed.
    """
    report = replace(REPORT, results=(result("a", "skipped"),), stopped="no longer answers")

    assert replace(view_of(limited=limited), report=report).failed
    report = replace(report, is_out_of_time=True)
    assert replace(view_of(limited=limited), report=report).failed is not limited
    assert replace(view_of(limited=limited, strict=True), report=report).failed


def test_a_bug_in_shared_code_is_one_group() -> None:
    """
    Failures of one check with one cause are one group, with the event type of each.
    """
    groups = view_of().groups()

    assert [group.check.id for group in groups] == [
        "payload.nulls",
        "signature.stale",
        "payload.large",
    ]
    assert [event_type for event_type, _ in groups[0].cases] == ["lock.locked", ISSUED]
    assert len({name for _, name in groups[0].cases}) == 2


def test_checks_are_counted_by_status() -> None:
    """
    Each is counted once.
    """
    counts = view_of().counts()

    expected = {
        "passed": 1,
        "failed": 2,
        "known": 0,
        "warnings": 1,
        "inconclusive": 1,
        "skipped": 1,
    }
    assert counts == expected
