"""
What a run comes to.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seamproof.checks.reporting.identity import case_id, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.model.results import Failure, Report, Result
    from seamproof.checks.reporting.baseline import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """
    How many checks ended how, in the order in which they are told.
    """

    passed: int
    failed: int
    warnings: int
    inconclusive: int
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """
    Failures of a check with one cause: a bug in shared code shows with many event types.

    Attributes:
        check: The row of the battery.
        failure: The one with the smallest proof, to be told in full.
        cases: The event type and the id of each failure, that one first.
    """

    check: CheckInfo
    failure: Failure
    cases: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """
    A report as it is to be told, in whichever form.

    Attributes:
        report: Distilled: each failure once, no secret.
        strict: Whether warnings fail the run as well.
        limited: Whether the user limited the time: then it is no failure to stop early.
        known: The ids of failures that the baseline knows.
        gone: What the baseline knows and this run did not find.
    """

    report: Report
    strict: bool = False
    limited: bool = False
    known: frozenset[str] = field(default_factory=frozenset)
    gone: tuple[Known, ...] = ()

    def findings(self) -> Iterator[tuple[CheckInfo, Failure, str]]:
        """
        Each failure with its check and its id, in the order of the battery.
        """
        for result in self.report.results:
            for failure in result.failures:
                yield result.check, failure, self.id_of(result.check.id, failure)

    def id_of(self, check: str, failure: Failure) -> str:
        """
        The id of a failure of a check.
        """
        return case_id(check, failure, self.report.target)

    def groups(self) -> list[Group]:
        """
        The failures as they are told: those of one check with one cause together.
        """
        found: dict[tuple[str, str, str], list[tuple[CheckInfo, Failure, str]]] = {}
        for one in self.findings():
            check, failure, _ = one
            found.setdefault((check.id, failure.severity, failure.cause), []).append(one)
        groups = []
        for members in found.values():
            members.sort(key=lambda member: size_of(member[1]))
            check, failure, _ = members[0]
            cases = tuple((one.event_type or "", name) for _, one, name in members)
            groups.append(Group(check=check, failure=failure, cases=cases))
        return groups

    def is_known(self, group: Group) -> bool:
        """
        Whether the baseline knows every failure of a group.
        """
        return all(name in self.known for _, name in group.cases)

    def fails(self, result: Result) -> bool:
        """
        Whether a check fails the run: by a failure that counts and is not known.
        """
        if result.status == "failed" and not result.failures:
            return True
        return any(
            (self.strict or failure.severity == "error")
            and self.id_of(result.check.id, failure) not in self.known
            for failure in result.failures
        )

    @property
    def cut_short(self) -> bool:
        """
        Whether the run ended before its time, though the user set none.
        """
        return bool(self.report.stopped) and not self.limited

    @property
    def failed(self) -> bool:
        """
        Whether the run failed: a check did, or the handler stopped answering.
        """
        return self.cut_short or any(map(self.fails, self.report.results))


def counts_of(report: Report) -> Counts:
    """
    Count the checks of a report by how they ended.
    """
    found = Counter(one.status for one in report.results)
    return Counts(
        passed=found["passed"],
        failed=found["failed"],
        warnings=found["warning"],
        inconclusive=found["inconclusive"],
        skipped=found["skipped"],
    )
