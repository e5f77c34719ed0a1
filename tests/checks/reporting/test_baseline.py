"""
Tests of the baseline: failures that are known, new, or not found any more.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from seamproof.checks.model.exchange import Received
from seamproof.checks.reporting.baseline import (
    Baseline,
    KnownFailure,
    read_baseline,
    write_baseline,
)
from seamproof.checks.reporting.identity import case_id, identified_failures
from seamproof.errors import UsageError
from tests.checks.reported import CRASH, ESCAPED, ISSUED, REPORT, check, result, view_of

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.checks.model.results import Failure

NULLS = "payload.nulls"
FUZZ = "payload.property_fuzz"


def raised(kind: str, place: str) -> Failure:
    """
    Make a failure by an exception.
    """
    escaped = replace(ESCAPED, kind=kind, place=place)
    return replace(CRASH, received=Received(status=500, escaped=escaped))


def anything(_: str) -> bool:
    """
    Cover every event type.
    """
    return True


def test_a_baseline_knows_the_failures_of_its_run() -> None:
    """
    All failures are known, and none is missing.
    """
    baseline = Baseline().updated(view_of().report, covers=anything)

    known, gone = baseline.compare(view_of().report, covers=anything)

    assert known == {name for _, _, name in identified_failures(view_of().report)}
    assert gone == ()
    assert not view_of(known=known).failed
    failing = view_of(known=known, strict=True).failing
    assert [one.status for one in failing] == ["inconclusive"]


def test_a_new_failure_is_not_known() -> None:
    """
    Another event type, another cause or another check is another failure.
    """
    baseline = Baseline((KnownFailure(NULLS, ISSUED, CRASH.cause),))
    for other in (
        result(NULLS, "failed", replace(CRASH, event_type="lock.locked")),
        result(NULLS, "failed", raised("ValueError", "app.py:12")),
        result("payload.unicode", "failed", CRASH),
    ):
        known, _ = baseline.compare(view_of(other).report, covers=anything)

        assert known == frozenset()


def test_a_bug_on_another_line_is_still_known() -> None:
    """
    An edit above it moves it.
    """
    baseline = Baseline((KnownFailure(NULLS, ISSUED, "KeyError at app.py:3"),))

    known, gone = baseline.compare(view_of(result(NULLS, "failed", CRASH)).report, covers=anything)

    assert known == {case_id(check(NULLS), CRASH, REPORT.target)}
    assert gone == ()


REASONED = replace(CRASH, reason="'door'")


@pytest.mark.parametrize(
    "cause",
    [
        "KeyError at app.py:12: 'door'",
        "KeyError at app.py:3: 'door'",
        "KeyError at app.py:12",
        "KeyError at app.py:3",
    ],
)
def test_a_failure_with_a_reason_is_known_by_its_line_or_by_an_old_entry(cause: str) -> None:
    """
    Version 0.1.0 wrote no reason: its entry stands for one failure at that place.
    """
    baseline = Baseline((KnownFailure(NULLS, ISSUED, cause),))
    other = replace(CRASH, reason="'window'")

    known, _ = baseline.compare(
        view_of(result(NULLS, "failed", REASONED, other)).report, covers=anything
    )

    assert known == {case_id(check(NULLS), REASONED, REPORT.target)}


def test_another_reason_at_the_same_place_is_new() -> None:
    """
    One line that validates a whole event fails for many reasons.
    """
    baseline = Baseline((KnownFailure(NULLS, ISSUED, REASONED.cause),))
    other = replace(CRASH, reason="'window'")

    known, _ = baseline.compare(view_of(result(NULLS, "failed", other)).report, covers=anything)

    assert known == frozenset()


def test_a_second_bug_in_the_same_file_is_new() -> None:
    """
    Each entry stands for one failure, and for the one on its line first.
    """
    baseline = Baseline((KnownFailure(NULLS, ISSUED, "KeyError at app.py:99"),))
    second = raised("KeyError", "app.py:99")

    known, _ = baseline.compare(
        view_of(result(NULLS, "failed", CRASH, second)).report, covers=anything
    )

    assert known == {case_id(check(NULLS), second, REPORT.target)}


def test_a_random_failure_is_known_with_another_event_type() -> None:
    """
    The seed decides which event type of a family finds the bug first.
    """
    baseline = Baseline((KnownFailure(FUZZ, "lock.locked", CRASH.cause),))

    known, gone = baseline.compare(view_of(result(FUZZ, "failed", CRASH)).report, covers=anything)

    assert known == {case_id(check(FUZZ), CRASH, REPORT.target)}
    assert gone == ()


@pytest.mark.parametrize(
    ("status", "covered", "gone"),
    [
        ("passed", True, True),
        ("warning", True, True),
        ("skipped", True, False),
        ("inconclusive", True, False),
        ("passed", False, False),
    ],
)
def test_a_missing_failure_is_reported_if_the_run_covered_it(
    *, status: str, covered: bool, gone: bool
) -> None:
    """
    A check that did not run, or an event type that was not sent, proves nothing.
    """
    entry = KnownFailure(NULLS, ISSUED, CRASH.cause)
    report = view_of(result(NULLS, status)).report  # type: ignore[arg-type]

    _, found = Baseline((entry,)).compare(report, covers=lambda _: covered)

    assert found == ((entry,) if gone else ())
    kept = Baseline((entry,)).updated(report, covers=lambda _: covered)
    assert kept.entries == (() if gone else (entry,))


def test_a_baseline_is_written_sorted_and_read_back(tmp_path: Path) -> None:
    """
    The same failures make the same bytes.
    """
    path = tmp_path / "deep" / "baseline.json"
    baseline = Baseline().updated(view_of().report, covers=anything)

    write_baseline(path, baseline)

    assert read_baseline(path) == baseline
    failures = json.loads(path.read_text(encoding="utf-8"))["failures"]
    assert failures == sorted(failures, key=lambda one: list(one.values()))
    assert [*failures[0]] == ["check", "event_type", "cause"]


def test_a_baseline_may_be_missing_only_before_it_is_written(tmp_path: Path) -> None:
    """
    A wrong file name does not make all failures new silently.
    """
    path = tmp_path / "baseline.json"

    assert read_baseline(path, absent=True) == Baseline()
    with pytest.raises(UsageError, match="update_baseline= writes it"):
        read_baseline(path)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "failures": [{"check": "a"}]}']
)
def test_a_file_that_is_not_a_baseline_is_rejected(text: str, tmp_path: Path) -> None:
    """
    The error names the file.
    """
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match="baseline") as caught:
        read_baseline(path)
    assert caught.value.where == str(path)
