"""
A report as it is shown, in whichever format.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.checks.reporting.identity import case_id, identified_failures, proof_size
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.model.results import Failure, Report, Result, Status
    from seamproof.checks.reporting.baseline import KnownFailure
    from seamproof.checks.reporting.identity import IdentifiedFailure


#: What fails a run: an error, a warning as well, a check without a verdict as well, or nothing.
FailOn: TypeAlias = Literal["error", "warning", "inconclusive", "never"]
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
        also: The ids of other checks that fail in the same way, or other causes of one failure.
        is_known: Whether the baseline knows it.
        is_digest: Whether `also` has the ids of checks.
    """

    check: CheckInfo
    failure: Failure
    cases: tuple[tuple[str, str], ...]
    also: tuple[str, ...] = ()
    is_known: bool = False
    is_digest: bool = False


def _similar(groups: list[FailureGroup]) -> list[FailureGroup]:
    """
    Make one group of the failures of a check that show in the state, with the cause of each.
    """
    merged: dict[tuple[str, str, str, bool], list[FailureGroup]] = {}
    for number, one in enumerate(groups):
        failure, check = one.failure, one.check.id
        is_state = failure.deviation is not None and one.check.violation != ""
        apart = "" if is_state else str(number)
        key = (check, failure.severity + apart, failure.cure, one.is_known)
        merged.setdefault(key, []).append(one)
    return [
        replace(
            first,
            cases=tuple(case for one in (first, *rest) for case in one.cases),
            also=first.also or tuple(one.failure.context or one.failure.cause for one in rest),
        )
        for first, *rest in merged.values()
    ]


def _digested(groups: list[FailureGroup]) -> list[FailureGroup]:
    """
    Make one group of the forgeries that are accepted, if there are several: they have one cause.
    """
    accepted = [one for one in groups if _accepts_forgery(one) and not one.is_known]
    if len(accepted) < _SEVERAL:
        return groups
    first, *rest = accepted
    cases = tuple(case for one in (first, *rest) for case in one.cases)
    also = tuple(dict.fromkeys(one.check.id for one in rest if one.check.id != first.check.id))
    digest = replace(first, cases=cases, also=also, is_digest=True)
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
        fail_on: What fails the run; by default what `strict` says.
    """

    report: Report
    strict: bool = False
    limited: bool = False
    known: frozenset[str] = frozenset()
    gone: tuple[KnownFailure, ...] = ()
    fail_on: FailOn | None = None

    def groups(self) -> list[FailureGroup]:
        """
        Group the failures of one check with one cause.
        """
        found: dict[tuple[str, str, str], list[IdentifiedFailure]] = {}
        for one in identified_failures(self.report):
            known = "known" if one.id in self.known else ""
            key = (one.check.id, one.failure.severity, one.failure.cause + known)
            found.setdefault(key, []).append(one)
        groups = []
        for members in found.values():
            members.sort(key=lambda member: proof_size(member.failure))
            cases = tuple((one.failure.event_type or "", one.id) for one in members)
            smallest = members[0]
            groups.append(
                FailureGroup(
                    check=smallest.check,
                    failure=smallest.failure,
                    cases=cases,
                    is_known=smallest.id in self.known,
                )
            )
        # Errors first, and of these the cause that explains most failures.
        return sorted(
            _similar(_digested(groups)),
            key=lambda one: (
                one.failure.severity != "error",
                -len(one.cases) - len(one.also),
            ),
        )

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
        Whether the run ended early, although the user set no limit, or no strict one.
        """
        counts = self.level == "inconclusive" or not self.limited
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
