"""
A report as it is shown, in whichever format.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.reporting.identity import case_id, identified_failures, proof_size
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.model.results import Failure, Report, Result
    from seamproof.checks.reporting.baseline import KnownFailure
    from seamproof.checks.reporting.identity import IdentifiedFailure


#: How many forgeries that are accepted are one digest.
_SEVERAL: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """
    Failures of a check with one cause: a bug in shared code shows with many event types.

    Attributes:
        check: The row of the battery.
        failure: The one with the smallest proof; it is shown in full.
        cases: The event type and the id of each failure, that one first.
        also: The ids of other checks that fail in the same way.
    """

    check: CheckInfo
    failure: Failure
    cases: tuple[tuple[str, str], ...]
    also: tuple[str, ...] = ()


def _digested(groups: list[FailureGroup]) -> list[FailureGroup]:
    """
    Make one group of the forgeries that are accepted, if there are several: they have one cause.
    """
    accepted = [one for one in groups if _accepts_forgery(one)]
    if len(accepted) < _SEVERAL:
        return groups
    first, *rest = accepted
    cases = tuple(case for one in (first, *rest) for case in one.cases)
    also = tuple(dict.fromkeys(one.check.id for one in rest if one.check.id != first.check.id))
    digest = replace(first, cases=cases, also=also)
    merged = {id(one) for one in rest}
    return [digest if one is first else one for one in groups if id(one) not in merged]


def _accepts_forgery(group: FailureGroup) -> bool:
    failure = group.failure
    return (
        group.check.replay == "refused"
        and failure.severity == "error"
        and failure.received is not None
        and failure.received.status in SUCCESS
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """
    A report with what decides how it is shown and whether the run failed.

    Attributes:
        report: Distilled: each failure once, without secrets.
        strict: Whether warnings and what is inconclusive fail the run as well.
        limited: Whether the user limited the time: then a run that ends early has not failed.
        known: The ids of failures that the baseline knows.
        gone: Entries of the baseline that this run did not find.
    """

    report: Report
    strict: bool = False
    limited: bool = False
    known: frozenset[str] = frozenset()
    gone: tuple[KnownFailure, ...] = ()

    def groups(self) -> list[FailureGroup]:
        """
        Group the failures of one check with one cause.
        """
        found: dict[tuple[str, str, str], list[IdentifiedFailure]] = {}
        for one in identified_failures(self.report):
            key = (one.check.id, one.failure.severity, one.failure.cause)
            found.setdefault(key, []).append(one)
        groups = []
        for members in found.values():
            members.sort(key=lambda member: proof_size(member.failure))
            cases = tuple((one.failure.event_type or "", one.id) for one in members)
            smallest = members[0]
            groups.append(FailureGroup(check=smallest.check, failure=smallest.failure, cases=cases))
        # Errors first, and of these the cause that explains most failures.
        return sorted(
            _digested(groups),
            key=lambda one: (
                one.failure.severity != "error",
                -len(one.cases) - len(one.also),
            ),
        )

    def is_known(self, group: FailureGroup) -> bool:
        """
        Whether the baseline knows every failure of a group.
        """
        return all(name in self.known for _, name in group.cases)

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
        if not result.failures:
            return result.status == "failed" or (self.strict and result.status == "inconclusive")
        return any(
            (self.strict or failure.severity == "error")
            and case_id(result.check, failure, self.report.target) not in self.known
            for failure in result.failures
        )

    @property
    def cut_short(self) -> bool:
        """
        Whether the run ended early, although the user set no limit, or no strict one.
        """
        return bool(self.report.stopped) and (self.strict or not self.limited)

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


def counts_of(report: Report) -> dict[str, int]:
    """
    Count the checks of a report by status, in the order in which reports show them.
    """
    found = Counter(one.status for one in report.results)
    return {
        "passed": found["passed"],
        "failed": found["failed"],
        "warnings": found["warning"],
        "inconclusive": found["inconclusive"],
        "skipped": found["skipped"],
    }
