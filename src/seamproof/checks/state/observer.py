"""
Observes the changes that deliveries make to the handler's state.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.well_known import renown
from seamproof.checks.model.causes import path_text
from seamproof.checks.model.tuning import (
    LATE,
    LATE_BUDGET,
    LATE_BUDGET_IF_QUICK,
    LATE_CHANGE_PATIENCE,
    LONGEST_LAG,
    SLOW_READING,
    SNAPSHOT_MAX_AGE,
    VERY_SLOW_READING,
    WATCH_PAUSE,
    WORK_PATIENCE,
)
from seamproof.checks.probe.sending.sender import OutOfTime
from seamproof.checks.state.diff import diff, numbered_properties
from seamproof.checks.targets.work.pending_work import WorkLeft

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.checks.model.observation import Observation
    from seamproof.checks.model.snapshot import Snapshot
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.targets.work.pending_work import PendingWork

NO_STATE: Final = "the handler's state has to be read to decide this"
NO_CHANGE: Final = "no event that was sent changes the handler's state"
NOT_REPRODUCIBLE: Final = "the state is not reproducible: equivalent events changed it differently"


@dataclass(frozen=True, slots=True)
class StateObserver:
    """
    Takes snapshots of the handler's state and compares them.

    Attributes:
        probe: Sends the requests of the run.
        observation: What the run has found out about the state.
        masks_ids: Whether ids in the state that no event has are all equal.
    """

    probe: Probe
    observation: Observation
    masks_ids: bool = True

    def read(self) -> Snapshot:
        """
        Take a snapshot now.
        """
        if self.probe.read_state is None:
            raise RuntimeError(NO_STATE)
        return self.probe.read_state()

    def snapshot(self) -> Snapshot:
        """
        Take a snapshot once the work of earlier deliveries is done.

        A snapshot is reused for a moment while nothing is sent.
        """
        known = self.observation
        last = known.snapshot
        is_current = known.sent_before == self.probe.sent
        if last and is_current and time.time() - last.at < SNAPSHOT_MAX_AGE:
            return last
        if known.lag and not (last and is_current):
            queued = self.probe.accepted - known.accepted_before
            backlog = max(0.0, known.busy_until - time.monotonic())
            if known.lag + backlog > LONGEST_LAG:
                return self._read_when_idle(queued)
            if queued > 1 and known.lag_per_delivery and not known.period:
                return self._read_when_quiet(backlog)
            self.wait(known.lag + backlog)
        return self.read_now()

    def _read_when_idle(self, queued: int) -> Snapshot:
        """
        Take a snapshot once a worker of this process is idle: it may have ignored most deliveries.
        """
        work: PendingWork | None = getattr(self.probe.target, "pending_work", None)
        begun = time.monotonic()
        patience = max(0.0, min(LONGEST_LAG, self._patience_left))
        left = WorkLeft.BUSY if work is None else work.wait(patience)
        self.probe.budget.prolong(time.monotonic() - begun)
        if left is WorkLeft.BUSY:
            each = f"{self.observation.lag_per_delivery:.1f} s for each of {queued} deliveries"
            message = f"not looked at: a worker takes {each}"
            raise OutOfTime(message)
        return self.read_now()

    def _read_when_quiet(self, backlog: float) -> Snapshot:
        """
        Take a snapshot once a worker has emptied its queue: it may take longer than was measured.

        Args:
            backlog: How long that takes as far as is known, in seconds.
        """
        self.wait(backlog)
        until = time.monotonic() + LATE_CHANGE_PATIENCE + backlog
        while True:
            before = self.read_now()
            self.wait(self.observation.lag)
            after = self.read_now()
            if time.monotonic() > until or not self.changes_between(before, after):
                return after

    def finish_work(self) -> WorkLeft:
        """
        Wait until no thread, task or timer of the handler is at work, where that can be seen.

        Where changes are known to come late, a snapshot waits for them.

        Returns:
            What may still change the state.
        """
        work: PendingWork | None = getattr(self.probe.target, "pending_work", None)
        if work is not None and not self.is_late:
            begun = time.monotonic()
            work.wait(WORK_PATIENCE)
            self.probe.budget.prolong(time.monotonic() - begun)
        return self.work_left

    @property
    def work_left(self) -> WorkLeft:
        """
        What may still change the state.
        """
        work: PendingWork | None = getattr(self.probe.target, "pending_work", None)
        if work is not None:
            return work.left
        last = self.observation.snapshot
        return WorkLeft.NOTHING if last and last.is_final else WorkLeft.WORKER

    def read_now(self) -> Snapshot:
        """
        Take a snapshot without waiting, and keep it.
        """
        known = self.observation
        begun = time.perf_counter()
        known.snapshot = snapshot = self.read()
        known.sent_before, known.accepted_before = self.probe.sent, self.probe.accepted
        known.reading_seconds = time.perf_counter() - begun
        return snapshot

    def wait(self, seconds: float) -> None:
        """
        Wait for late changes, on top of the time budget of the run.

        Raises:
            OutOfTime: The run has waited long enough for a handler that is so late.
        """
        if self.is_long_late and seconds > self._patience_left:
            message = f"not looked at: {self.lag_text}"
            raise OutOfTime(message)
        self.probe.budget.wait_for_work(seconds)

    @property
    def _patience_left(self) -> float:
        """
        How many seconds late changes may still be waited for in this run.
        """
        probe, settings = self.probe, self.probe.settings
        if settings.settle is not None or settings.max_time or settings.thorough:
            return inf
        budget = LATE_BUDGET_IF_QUICK if probe.quick else LATE_BUDGET
        return budget - probe.budget.waited_for_work

    def changes_of(
        self,
        action: Callable[[], object],
        roles: Mapping[str, str] | None = None,
        expected: StateDiff = (),
    ) -> StateDiff:
        """
        Perform an action and return the changes that it made; wait for those that are expected.
        """
        before = self.snapshot()
        action()
        return self.changes_since(before, roles, expected)

    def changes_since(
        self,
        before: Snapshot,
        roles: Mapping[str, str] | None = None,
        expected: StateDiff = (),
        *,
        patience: float = LATE_CHANGE_PATIENCE,
    ) -> StateDiff:
        """
        Return the changes since a snapshot.

        Args:
            before: The snapshot.
            roles: By id of the events that were sent, its role.
            expected: Changes to wait for, where changes come late.
            patience: How long to wait for them, in seconds: a worker may be delayed.
        """
        changes = self.changes_between(before, self.snapshot(), roles)
        if self.observation.period and not changes:
            # It is certain that nothing changes only after a whole period more.
            self.wait(self.observation.period)
            discard_snapshot(self.probe)
            changes = self.changes_between(before, self.read_now(), roles)
        begun = last = time.monotonic()
        missing = Counter(expected) - Counter(changes)
        while missing and (
            (self.is_late and time.monotonic() < last + patience) or self.is_at_work_since(begun)
        ):
            self.probe.budget.wait_for_work(WATCH_PAUSE)
            discard_snapshot(self.probe)
            changes = self.changes_between(before, self.snapshot(), roles)
            left = Counter(expected) - Counter(changes)
            # A worker that has done some of it goes on with the rest.
            last = time.monotonic() if left.total() < missing.total() else last
            missing = left
        return changes

    def is_at_work_since(self, begun: float) -> bool:
        """
        Whether a worker of this process is still at work, and was not waited for too long.

        Args:
            begun: Since when it is waited for, by `time.monotonic`.
        """
        is_patient = time.monotonic() < begun + WORK_PATIENCE
        return is_patient and self.work_left is WorkLeft.BUSY

    def changes_between(
        self,
        before: Snapshot,
        after: Snapshot,
        roles: Mapping[str, str] | None = None,
        *,
        with_noise: bool = False,
    ) -> StateDiff:
        """
        Compare two snapshots, without the background noise.
        """
        known = self.observation
        # A property that has numbered items once numbers them in every list.
        known.numbered |= numbered_properties(after.data, known.searched)
        known.searched = after.data
        changes = diff(before, after, roles, known.numbered, masks_ids=self.masks_ids)
        return tuple(one for one in changes if with_noise or one.path not in known.noise)

    @property
    def is_late(self) -> bool:
        """
        Whether changes come after the response to the delivery that makes them.
        """
        return self.observation.lag > 0

    @property
    def is_long_late(self) -> bool:
        """
        Whether they come so late that a run can wait for them only a few times.
        """
        return self.observation.lag >= LATE and (
            bool(self.observation.period) or self.probe.settings.settle is not None
        )

    @property
    def lag_text(self) -> str:
        """
        Say how late changes come, and how long the run has waited for them.
        """
        known = self.observation
        shortest, longest = (
            f"{one:.1f}" for one in (min(known.lags, default=0), max(known.lags, default=0))
        )
        late = f"{longest} s" if shortest == longest else f"{shortest} to {longest} s"
        measured = f"the state changes {late} after a delivery; " if known.lags else ""
        return f"{measured}waited {self.probe.budget.waited_for_work:.0f} s in all"

    @property
    def no_change_reason(self) -> str:
        """
        Why no event could serve as a reference: none changes the state, as far as is known.
        """
        seconds = self.observation.unchanged_seconds or self.observation.lag
        return f"{NO_CHANGE} within {seconds:.0f} s" if seconds >= 1 else NO_CHANGE

    @property
    def is_slow(self) -> bool:
        """
        Whether a snapshot takes too long for one after each event.
        """
        return self.observation.reading_seconds + self.observation.lag > SLOW_READING

    @property
    def is_very_slow(self) -> bool:
        """
        Whether a snapshot takes so long that a run can afford few of them.
        """
        return self.observation.reading_seconds > VERY_SLOW_READING

    @property
    def is_hasty(self) -> bool:
        """
        Whether one sample of each kind has to be enough: a quick run, and changes come late.
        """
        return self.is_late and self.probe.quick

    @property
    def undecided_reason(self) -> str:
        """
        Why no event could serve as a reference.
        """
        known = self.observation
        if not known.changes_by_type:
            return self.no_change_reason
        if known.differing_path is None:
            return NOT_REPRODUCIBLE
        return f"{NOT_REPRODUCIBLE}; they differ in {path_text(known.differing_path)}"

    def most_changing_types(self, count: int) -> list[str]:
        """
        Choose event types that change the most; those that change different paths come first.

        Of types that change as much the best known comes first.
        """
        changes = self.observation.changes_by_type
        chosen: dict[tuple[str, ...], str] = {}
        for event_type in sorted(changes, key=lambda one: (-len(changes[one]), renown(one), one)):
            paths = tuple(one.path for one in changes[event_type])
            chosen.setdefault(paths, event_type)
        rest = [one for one in changes if one not in chosen.values()]
        return [*chosen.values(), *rest][:count]


def discard_snapshot(probe: Probe) -> None:
    """
    Take a new snapshot next time, even if this run sends nothing in between.
    """
    if probe.state.observation is not None:
        probe.state.observation.snapshot = None
