"""
The baseline: failures that are known, and do not fail the run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from seamproof.checks.reporting.identity import settled
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from seamproof.checks.model.results import Failure
    from seamproof.checks.reporting.view import Told
    from seamproof.json_types import JsonObject

_VERSION: Final = 1
#: The line in a place, `app.py:12`: it moves with every edit above it.
_LINE: Final = re.compile(r":\d+\b")
#: What it draws differs from run to run, so the event type does not tell its failures apart.
_DRAWN: Final = "payload.property_fuzz"
_RAN: Final = ("passed", "failed", "warning")


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """
    A failure that is known.

    Attributes:
        check: The id of the check.
        event_type: Of the event that showed it; empty where there is none.
        cause: What told it from other failures of the check.
    """

    check: str
    event_type: str
    cause: str

    @property
    def drawn(self) -> bool:
        """
        Whether it takes luck to find it again.
        """
        return self.check == _DRAWN


@dataclass(frozen=True, slots=True)
class Baseline:
    """
    The failures that are known, several times where they are.
    """

    entries: tuple[Known, ...] = ()

    def compare(
        self, told: Told, *, covers: Callable[[str], bool]
    ) -> tuple[frozenset[str], tuple[Known, ...]]:
        """
        Find the failures of a run that are known, and what is known but no longer there.

        A failure is known if check, event type and cause are; then, of those left, if only
        the line in the cause is another; then, of what was drawn at random, if only the
        event type is. Each entry answers for one failure.

        Args:
            told: The report.
            covers: Whether a run sends an event type.

        Returns:
            The ids of the known failures, and the entries that this run should have met.
        """
        found = {name: _known(check.id, one) for check, one, name in told.findings()}
        left = Counter(self.entries)
        known: set[str] = set()
        for alike in _ALIKE:
            for name, failure in found.items():
                key = alike(failure) if name not in known else None
                match = next((one for one in left if key is not None and alike(one) == key), None)
                if match:
                    known.add(name)
                    left -= Counter([match])
        ran = _ran(told)
        gone = (
            one
            for one in left.elements()
            if one.check in ran and (not one.event_type or covers(one.event_type))
        )
        return frozenset(known), tuple(sorted(gone))

    def updated(self, told: Told, *, covers: Callable[[str], bool]) -> Baseline:
        """
        Take over the failures of a run; keep what the run could not have met.
        """
        ran = _ran(told)
        kept = [
            one
            for one in self.entries
            if one.check not in ran or (one.event_type and not covers(one.event_type))
        ]
        met = [_known(check.id, one) for check, one, _ in told.findings()]
        return Baseline(tuple(sorted([*kept, *(one for one in met if one not in kept)])))


#: In which respects a failure and an entry are to be alike, the strictest first.
_ALIKE: Final[tuple[Callable[[Known], Hashable | None], ...]] = (
    lambda one: one,
    lambda one: (one.check, one.event_type, _LINE.sub("", one.cause)),
    lambda one: (one.check, one.cause) if one.drawn else None,
)


def read_baseline(path: Path, *, absent: bool = False) -> Baseline:
    """
    Read a baseline.

    Args:
        path: The file.
        absent: Whether it may be missing, as it is before it is first written.

    Raises:
        UsageError: It cannot be read, or is no baseline.
    """
    if absent and not path.exists():
        return Baseline()
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != _VERSION:
            what = "the baseline is of another version of seamproof"
            raise UsageError(what, where=str(path), found=str(document["version"]))
        return Baseline(tuple(_entry(one) for one in document["failures"]))
    except OSError as problem:
        what = f"the baseline cannot be read: {problem.strerror}"
        cure = "--update-baseline writes it"
        raise UsageError(what, where=str(path), cure=cure) from problem
    except (KeyError, TypeError, ValueError) as problem:
        what = "the file holds no baseline"
        found = f"{type(problem).__name__}: {problem}"
        raise UsageError(what, where=str(path), found=found) from problem


def write_baseline(path: Path, baseline: Baseline) -> None:
    """
    Write a baseline: sorted, so that a change of it reads well.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"version": _VERSION, "failures": [asdict(one) for one in baseline.entries]}
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _entry(members: JsonObject) -> Known:
    return Known(*(str(members[name]) for name in ("check", "event_type", "cause")))


def _known(check: str, failure: Failure) -> Known:
    return Known(check, failure.event_type or "", settled(check, failure.cause))


def _ran(told: Told) -> set[str]:
    return {one.check.id for one in told.report.results if one.status in _RAN}
