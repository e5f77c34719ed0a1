"""
The account of a run: every message delivered, given up, lost or unknown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from seamproof.load.accounting.states import Fate, MessageStates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.load.accounting.ledger import Processed
    from seamproof.load.messages.ids import RunIds

#: Messages that are named in each group.
_NAMED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Named:
    """
    A message that is named in the account.

    Attributes:
        message_id: The `svix-id`.
        event_id: The `event_id`.
        why: The reason, or how often it was processed.
    """

    message_id: str
    event_id: str
    why: str = ""


@dataclass(slots=True)
class WorkerRecord:
    """
    What is known of the messages of one worker.

    Attributes:
        states: As the worker reported them.
        unreported: How many messages more it may have sent before it was lost.
    """

    states: MessageStates = field(default_factory=MessageStates)
    unreported: int = 0

    @property
    def size(self) -> int:
        """
        The number of messages.
        """
        return len(self.states) + self.unreported


@dataclass(slots=True)
class Account:
    """
    The sums of a run, and the messages that need a look.

    Attributes:
        messages: All of them; the sum of the four that follow.
        delivered: Acknowledged with 2xx, and not lost.
        given_up: Failed in every attempt.
        lost: Acknowledged with 2xx, and not in the ledger; None without a ledger.
        unknown: Of a worker that was lost, or in flight when the run was interrupted.
        twice: Processed more than once, as the ledger says; None without one.
        late: Processed, although an attempt had timed out before.
        given_up_processed: Of those given up, the ones that the ledger has.
        reasons: Why messages were given up.
        total_only: Whether the ledger has only a total, in which losses and repeats can cancel out.
        named: By the name of a group, its messages, not more than 10,000.
    """

    messages: int = 0
    delivered: int = 0
    given_up: int = 0
    lost: int | None = None
    unknown: int = 0
    twice: int | None = None
    late: int = 0
    given_up_processed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    total_only: bool = False
    named: dict[str, list[Named]] = field(default_factory=dict)

    @property
    def proved(self) -> bool:
        """
        Whether every message was delivered and, with a ledger, processed once; none proves nothing.
        """
        return 0 < self.messages == self.delivered and not self.twice

    @classmethod
    def of(
        cls, records: Mapping[int, WorkerRecord], ids: RunIds, processed: Processed | None = None
    ) -> Account:
        """
        Sum up the records of the workers against the ledger.
        """
        account = cls()
        exact = processed if processed is not None and processed.total is None else None
        if exact is not None:
            account.lost = account.twice = 0
        for worker, record in records.items():
            account._add(worker, record, ids, exact)
        if processed is not None and processed.total is not None:
            account._compare_total(processed.total)
        return account

    def _add(self, worker: int, record: WorkerRecord, ids: RunIds, exact: Processed | None) -> None:
        states = record.states
        self.messages += record.size
        self.unknown += record.unreported
        for number in range(record.size):
            times = exact.count(worker, number) if exact is not None else None
            if times is not None and times > 1:
                self.twice = (self.twice or 0) + 1
                self._name("twice", worker, number, ids, f"{times} times")
            if number >= len(states):
                continue
            fate = states.fate(number)
            if fate is Fate.PENDING:
                self.unknown += 1
                self._name("unknown", worker, number, ids, states.reason(number))
            elif fate is Fate.GIVEN_UP:
                self.given_up += 1
                self.reasons[states.reason(number)] += 1
                self.given_up_processed += bool(times)
                self._name("given_up", worker, number, ids, states.reason(number))
            elif times == 0:
                self.lost = (self.lost or 0) + 1
                self._name("lost", worker, number, ids, "acknowledged, but not in the ledger")
            else:
                self.delivered += 1
            if states.timed_out(number) and (times or fate is Fate.DELIVERED) and times != 0:
                self.late += 1

    def _compare_total(self, total: int) -> None:
        """
        Compare with a total, which shows how many, not which.
        """
        self.total_only = True
        acknowledged = self.delivered
        # What is not known to be acknowledged may have been processed.
        self.lost = max(acknowledged - total, 0)
        self.delivered -= self.lost
        self.twice = max(total - self.messages, 0)
        if not self.given_up and not self.unknown:
            self.twice = max(total - acknowledged, 0)

    def _name(self, group: str, worker: int, number: int, ids: RunIds, why: str) -> None:
        named = self.named.setdefault(group, [])
        if len(named) < _NAMED:
            named.append(Named(ids.message_id(worker, number), ids.event_id(worker, number), why))

    def first(self, group: str, count: int) -> Iterator[Named]:
        """
        List the first messages of a group.
        """
        return islice(self.named.get(group, ()), count)
