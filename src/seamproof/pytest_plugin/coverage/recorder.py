"""
Which event types a test run has sent, and what they were answered with.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seamproof.json_types import JsonMapping, JsonObject

#: Where pytest tells which test runs, and in which phase.
_RUNNING: Final = "PYTEST_CURRENT_TEST"
_NO_ANSWER: Final = "no answer"


@dataclass
class Sent:
    """
    What was sent of one event type.

    Attributes:
        tests: The node ids of the tests that sent it.
        answers: How often each status came back; None is no answer.
    """

    tests: set[str] = field(default_factory=set)
    answers: Counter[int | None] = field(default_factory=Counter)

    @property
    def deliveries(self) -> int:
        """
        How many there were.
        """
        return self.answers.total()

    @property
    def classes(self) -> dict[str, int]:
        """
        How many were answered with each class of statuses: `2xx`, `4xx`, `no answer`.
        """
        found: Counter[str] = Counter()
        for status, count in self.answers.items():
            found[_NO_ANSWER if status is None else f"{status // 100}xx"] += count
        return dict(sorted(found.items()))


class Recorder:
    """
    Counts the deliveries of a process, from whichever thread they are told.
    """

    def __init__(self) -> None:
        self.sent: dict[str, Sent] = {}
        self._lock = threading.Lock()

    def add(self, event_type: str, status: int | None, test: str) -> None:
        """
        Count a delivery.
        """
        with self._lock:
            sent = self.sent.setdefault(event_type, Sent())
            sent.answers[status] += 1
            if test:
                sent.tests.add(test)

    def dump(self) -> JsonObject:
        """
        Write down what was counted, of plain lists and texts, for another process.
        """
        with self._lock:
            return {
                name: {"tests": sorted(one.tests), "answers": list(map(list, one.answers.items()))}
                for name, one in self.sent.items()
            }

    def merge(self, dumped: JsonMapping) -> None:
        """
        Add what another process has counted.
        """
        with self._lock:
            for name, told in dumped.items():
                sent = self.sent.setdefault(name, Sent())
                sent.tests.update(told["tests"])
                for status, count in told["answers"]:
                    sent.answers[status] += count


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    What was sent, held against what there is.

    Attributes:
        sent: By event type, sorted, all that were sent.
        wanted: The event types that count, sorted.
    """

    sent: Mapping[str, Sent]
    wanted: tuple[str, ...]

    @classmethod
    def of(cls, recorder: Recorder, wanted: Iterable[str]) -> Coverage:
        """
        Hold what was recorded against the event types that count.
        """
        return cls(dict(sorted(recorder.sent.items())), tuple(sorted(wanted)))

    @property
    def missing(self) -> tuple[str, ...]:
        """
        The event types that were never sent.
        """
        return tuple(one for one in self.wanted if one not in self.sent)

    @property
    def beyond(self) -> tuple[str, ...]:
        """
        The event types that were sent and do not count: not asked for, or in no contract.
        """
        wanted = set(self.wanted)
        return tuple(one for one in self.sent if one not in wanted)

    @property
    def percent(self) -> float:
        """
        How many of a hundred of the event types that count were sent.
        """
        done = len(self.wanted) - len(self.missing)
        return 100.0 * done / len(self.wanted) if self.wanted else 100.0


_recorders: Final[list[Recorder]] = []


def record(event_type: str | None, status: int | None) -> None:
    """
    Count a delivery for `--seamproof-coverage`; without it, do nothing.

    Args:
        event_type: Of the event that was sent; None is not counted.
        status: With which it was answered; None if no answer came.
    """
    if _recorders and event_type:
        test, _, _ = os.environ.get(_RUNNING, "").rpartition(" (")
        _recorders[-1].add(event_type, status, test)


def is_on() -> bool:
    """
    Whether deliveries are counted in this process at present.
    """
    return bool(_recorders)


def begin(recorder: Recorder) -> None:
    """
    Let a recorder count from now on; a run within a run has one of its own.
    """
    _recorders.append(recorder)


def end(recorder: Recorder) -> None:
    """
    Let it count no longer.
    """
    _recorders.remove(recorder)
