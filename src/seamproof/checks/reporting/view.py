"""
A report as it is shown, in whichever format.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from seamproof.checks.reporting.grouping import failure_groups
from seamproof.checks.reporting.identity import case_id, identified_failures

if TYPE_CHECKING:
    from seamproof.checks.model.results import Report, Result, Status
    from seamproof.checks.reporting.baseline import KnownFailure
    from seamproof.checks.reporting.grouping import FailureGroup


#: What fails a run: an error, a warning as well, a check without a verdict as well, or nothing.
FailOn: TypeAlias = Literal["error", "warning", "inconclusive", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """
    A report with what decides how it is shown and whether the run failed.

    Attributes:
        report: Distilled: each failure once, without secrets.
        strict: Whether warnings and what is inconclusive fail the run as well.
        limited: Whether the user limited the time: then a run that ends early because of that has
            not failed.
        known: The ids of failures that the baseline knows.
        gone: Entries of the baseline that this run did not find.
        fail_on: What fails the run; by default what `strict` says.
        command: Repeats the run, without its secret; empty if no command can.
    """

    report: Report
    strict: bool = False
    limited: bool = False
    known: frozenset[str] = frozenset()
    gone: tuple[KnownFailure, ...] = ()
    fail_on: FailOn | None = None
    command: str = ""

    def groups(self, check: str = "") -> list[FailureGroup]:
        """
        Group the failures by their cause; only those of one check, if that is given.
        """
        failures = identified_failures(self.report)
        chosen = (one for one in failures if check in ("", one.check.id))
        return failure_groups(chosen, self.known)

    def status_of(self, result: Result) -> Status | Literal["known"]:
        """
        Say how a check ended: `known` if the baseline knows every failure of it.
        """
        is_known = bool(result.failures) and all(
            case_id(result.check, one, self.report.target) in self.known for one in result.failures
        )
        return "known" if is_known else result.status

    @property
    def level(self) -> FailOn:
        """
        What fails the run.
        """
        return self.fail_on or ("inconclusive" if self.strict else "error")

    def counts(self) -> dict[str, int]:
        """
        Count the checks by status, in the order in which reports show them.
        """
        found = Counter(self.status_of(one) for one in self.report.results)
        return {
            "passed": found["passed"],
            "failed": found["failed"],
            "known": found["known"],
            "warnings": found["warning"],
            "inconclusive": found["inconclusive"],
            "skipped": found["skipped"],
        }

    def is_random(self, entry: KnownFailure) -> bool:
        """
        Whether finding an entry of the baseline again depends on chance.
        """
        checks = (one.check for one in self.report.results)
        return any(one.is_random for one in checks if one.id == entry.check)

    def fails(self, result: Result) -> bool:
        """
        Whether a check fails the run: by a failure that counts and is not known, or undecided.
        """
        level = self.level
        if level == "never":
            return False
        if not result.failures:
            is_undecided = level == "inconclusive" and result.status == "inconclusive"
            return result.status == "failed" or is_undecided
        return any(
            (level != "error" or failure.severity == "error")
            and case_id(result.check, failure, self.report.target) not in self.known
            for failure in result.failures
        )

    @property
    def cut_short(self) -> bool:
        """
        Whether the run ended early, by no limit of the user or by a strict one.
        """
        is_by_user = self.limited and self.report.is_out_of_time
        counts = self.level == "inconclusive" or not is_by_user
        return bool(self.report.stopped) and counts and self.level != "never"

    @property
    def failed(self) -> bool:
        """
        Whether the run failed: a check did, or the handler stopped answering.
        """
        return self.cut_short or bool(self.failing)

    @property
    def failing(self) -> list[Result]:
        """
        The checks that fail the run.
        """
        return [one for one in self.report.results if self.fails(one)]
