"""
Counts the event types that a test run sends, and the statuses of the responses.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seamproof.json_types import JsonMapping, JsonObject

#: The variable in which pytest names the test that runs, and its phase.
_CURRENT_TEST: Final = "PYTEST_CURRENT_TEST"
_NO_RESPONSE: Final = "no answer"


@dataclass
class SentType:
    """
    The deliveries of one event type.

    Attributes:
        tests: The node ids of the tests that sent it.
        drawn: How many deliveries examples of Hypothesis made.
        answers: How many responses had each status; None is no response.
    """

    tests: set[str] = field(default_factory=set)
    answers: Counter[int | None] = field(default_factory=Counter)
    drawn: int = 0

    @property
    def deliveries(self) -> int:
        """
        How many deliveries there were.
        """
        return self.answers.total()

    @property
    def classes(self) -> dict[str, int]:
        """
        How many responses had each class of statuses: `2xx`, `4xx`, `no answer`.
        """
        found: Counter[str] = Counter()
        for status, count in self.answers.items():
            found[_NO_RESPONSE if status is None else f"{status // 100}xx"] += count
        return dict(sorted(found.items()))


class Recorder:
    """
    Counts the deliveries of a process, from any thread.
    """

    def __init__(self) -> None:
        self.sent: dict[str, SentType] = {}
        self._lock = threading.Lock()

    def add(self, event_type: str, status: int | None, test: str, *, drawn: bool = False) -> None:
        """
        Count a delivery.
        """
        with self._lock:
            sent = self.sent.setdefault(event_type, SentType())
            sent.answers[status] += 1
            sent.drawn += drawn
            if test:
                sent.tests.add(test)

    def dump(self) -> JsonObject:
        """
        Return the counts as lists and texts, to pass them to another process.
        """
        with self._lock:
            return {
                name: {
                    "tests": sorted(one.tests),
                    "answers": list(map(list, one.answers.items())),
                    "drawn": one.drawn,
                }
                for name, one in self.sent.items()
            }

    def merge(self, dumped: JsonMapping) -> None:
        """
        Add the counts of another process.
        """
        with self._lock:
            for name, one in dumped.items():
                sent = self.sent.setdefault(name, SentType())
                sent.tests.update(one["tests"])
                sent.drawn += one["drawn"]
                for status, count in one["answers"]:
                    sent.answers[status] += count


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    The deliveries of a run, compared with the event types that count.

    Attributes:
        sent: The deliveries by event type, sorted.
        event_types: Those that count, sorted.
    """

    sent: Mapping[str, SentType]
    event_types: tuple[str, ...]

    @classmethod
    def of(cls, recorder: Recorder, event_types: Iterable[str]) -> Coverage:
        """
        Compare what was recorded with the event types that count.
        """
        return cls(dict(sorted(recorder.sent.items())), tuple(sorted(event_types)))

    @property
    def missing(self) -> tuple[str, ...]:
        """
        The event types that were never sent.
        """
        return tuple(one for one in self.event_types if one not in self.sent)

    @property
    def drawn(self) -> tuple[str, ...]:
        """
        The event types that only examples of Hypothesis sent, among others of the same test.

        Another run may draw others of them, so they do not count.
        """
        drawn_by = Counter(test for one in self.sent.values() if one.drawn for test in one.tests)
        return tuple(
            name
            for name, one in self.sent.items()
            if name in self.event_types
            and one.drawn == one.deliveries
            and all(drawn_by[test] > 1 for test in one.tests)
        )

    @property
    def resources(self) -> dict[str, tuple[int, int]]:
        """
        By resource, how many of its event types were sent, and how many there are.
        """
        absent = {*self.missing, *self.drawn}
        counts: dict[str, tuple[int, int]] = {}
        for name in self.event_types:
            sent, total = counts.get(name.partition(".")[0], (0, 0))
            counts[name.partition(".")[0]] = (sent + (name not in absent), total + 1)
        return counts

    @property
    def not_counted(self) -> tuple[str, ...]:
        """
        The event types that were sent and do not count: not selected, or in no contract.
        """
        return tuple(one for one in self.sent if one not in self.event_types)

    @property
    def percent(self) -> float:
        """
        The percentage of the event types that count that were sent.
        """
        total = len(self.event_types)
        absent = len(self.missing) + len(self.drawn)
        return 100.0 * (total - absent) / total if total else 100.0


_recorders: Final[list[Recorder]] = []


def record(event_type: str | None, status: int | None) -> None:
    """
    Count a delivery, if the coverage is switched on.

    Args:
        event_type: Of the event that was sent; None is not counted.
        status: Of the response; None without one.
    """
    if _recorders and event_type:
        test, _, _ = os.environ.get(_CURRENT_TEST, "").rpartition(" (")
        _recorders[-1].add(event_type, status, test, drawn=_is_drawn())


def _is_drawn() -> bool:
    """
    Whether an example of Hypothesis runs in this thread.
    """
    hypothesis = sys.modules.get("hypothesis")
    return bool(hypothesis and hypothesis.currently_in_test_context())


def is_recording() -> bool:
    """
    Whether deliveries are counted in this process at present.
    """
    return bool(_recorders)


def start_recording(recorder: Recorder) -> None:
    """
    Count deliveries with this recorder from now on; a run within a run has its own recorder.
    """
    _recorders.append(recorder)


def stop_recording(recorder: Recorder) -> None:
    """
    Stop counting deliveries with this recorder.
    """
    _recorders.remove(recorder)
