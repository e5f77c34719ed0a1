"""
The baseline: known failures, which do not fail the run.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final

from seamproof.atomic_files import write_atomically
from seamproof.checks.reporting.identity import identified_failures, stable_cause
from seamproof.errors import UsageError
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seamproof.checks.model.results import Report
    from seamproof.checks.reporting.identity import IdentifiedFailure
    from seamproof.json_types import JsonMapping

_VERSION: Final = 1
_RAN: Final = ("passed", "failed", "warning")


@dataclass(frozen=True, slots=True, order=True)
class KnownFailure:
    """
    An entry of the baseline.

    Attributes:
        check: The id of the check.
        event_type: Of the event that showed the failure; empty where there is none.
        cause: What distinguishes it from other failures of the check, without figures that differ
            from run to run.
    """

    check: str
    event_type: str
    cause: str

    @classmethod
    def of(cls, found: IdentifiedFailure) -> KnownFailure:
        """
        Make the entry of a failure.
        """
        cause = stable_cause(found.check, found.failure)
        return cls(found.check.id, found.failure.event_type or "", cause)


@dataclass(frozen=True, slots=True)
class Baseline:
    """
    The known failures; an entry stands in it as often as the failure occurs.
    """

    entries: tuple[KnownFailure, ...] = ()

    def compare(
        self, report: Report, *, covers: Callable[[str], bool]
    ) -> tuple[frozenset[str], tuple[KnownFailure, ...]]:
        """
        Find the known failures of a run, and the entries that are not found any more.

        A failure is known if check, event type and cause are those of an entry; then, of those
        left, if only the line in the cause differs; then, if the check draws events at random and
        only the event type differs; then, if the entry is of version 0.1.0, which knew exceptions
        by their class and place. Each entry stands for one failure.

        Args:
            report: The distilled report.
            covers: Whether a run sends an event type.

        Returns:
            The ids of the known failures, and the entries that this run should have met.
        """
        left = Counter(self.entries)
        known: set[str] = set()
        for matches in _MATCHERS:
            for found in identified_failures(report):
                if found.id in known:
                    continue
                match = next((one for one in left if matches(one, found)), None)
                if match:
                    known.add(found.id)
                    left -= Counter([match])
        ran = _checks_that_ran(report)
        gone = (
            one
            for one in left.elements()
            if one.check in ran and (not one.event_type or covers(one.event_type))
        )
        return frozenset(known), tuple(sorted(gone))

    def updated(self, report: Report, *, covers: Callable[[str], bool]) -> Baseline:
        """
        Add the failures of a run; keep the entries that the run could not have met.
        """
        ran = _checks_that_ran(report)
        kept = [
            one
            for one in self.entries
            if one.check not in ran or (one.event_type and not covers(one.event_type))
        ]
        met = map(KnownFailure.of, identified_failures(report))
        return Baseline(tuple(sorted([*kept, *(one for one in met if one not in kept)])))


def _is_equal(entry: KnownFailure, found: IdentifiedFailure) -> bool:
    return entry == KnownFailure.of(found)


def _is_equal_but_for_line(entry: KnownFailure, found: IdentifiedFailure) -> bool:
    """
    Whether an exception is raised in the same file: each edit above it moves its line.
    """
    answer = found.failure.received
    escaped = answer.escaped if answer and found.failure.is_about_answer else None
    if escaped is None:
        return False
    same = KnownFailure.of(found)
    file, _, line = escaped.place.rpartition(":")
    before, _, after = same.cause.partition(f"{file}:{line}")
    start, end = f"{before}{file}:", after
    return (
        (entry.check, entry.event_type) == (same.check, same.event_type)
        and entry.cause.startswith(start)
        and entry.cause.endswith(end)
        and entry.cause[len(start) : len(entry.cause) - len(end)].isdecimal()
    )


def _is_equal_without_reason(entry: KnownFailure, found: IdentifiedFailure) -> bool:
    """
    Whether an entry knows an exception without its reason, as version 0.1.0 wrote it.
    """
    if not found.failure.reason:
        return False
    bare = found._replace(failure=replace(found.failure, reason=""))
    return _is_equal(entry, bare) or _is_equal_but_for_line(entry, bare)


def _is_equal_at_random(entry: KnownFailure, found: IdentifiedFailure) -> bool:
    same = KnownFailure.of(found)
    return found.check.is_random and (entry.check, entry.cause) == (same.check, same.cause)


#: How an entry may match a failure, the closest first.
_MATCHERS: Final = (
    _is_equal,
    _is_equal_but_for_line,
    _is_equal_at_random,
    _is_equal_without_reason,
)


def read_baseline(path: Path, *, absent: bool = False) -> Baseline:
    """
    Read a baseline.

    Args:
        path: The file.
        absent: Whether it may be missing, as it is before it is written for the first time.

    Raises:
        UsageError: It cannot be read, or is not a baseline.
    """
    if absent and not path.exists():
        return Baseline()
    try:
        document = parse_json(path.read_text(encoding="utf-8"))
        if document["version"] != _VERSION:
            what = "the baseline is of another version of seamproof"
            raise UsageError(what, where=str(path), found=str(document["version"]))
        return Baseline(tuple(_entry(one) for one in document["failures"]))
    except OSError as problem:
        what = f"the baseline cannot be read: {problem.strerror}"
        cure = "{option} writes it"
        raise UsageError(what, where=str(path), cure=cure, option="update_baseline") from problem
    except (KeyError, TypeError, ValueError) as problem:
        what = "the file holds no baseline"
        found = f"{type(problem).__name__}: {problem}"
        raise UsageError(what, where=str(path), found=found) from problem


def write_baseline(path: Path, baseline: Baseline) -> None:
    """
    Write a baseline. Its entries are sorted, so that a diff of the file is short.
    """
    document = {"version": _VERSION, "failures": [asdict(one) for one in baseline.entries]}
    write_atomically(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _entry(members: JsonMapping) -> KnownFailure:
    return KnownFailure(*(str(members[name]) for name in ("check", "event_type", "cause")))


def _checks_that_ran(report: Report) -> set[str]:
    return {one.check.id for one in report.results if one.status in _RAN}
