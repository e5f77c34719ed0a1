"""
What a run has found out about the handler's state, and about whether it still works.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import BackgroundFailure, LoggedException, Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.model.snapshot import Snapshot
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.json_types import Json


@dataclass
class Observation:
    """
    What a run has found out about the handler's state; `checks.state` alone sets it.

    Attributes:
        lag: Seconds to wait before a snapshot, where changes come late; else 0.
        lag_per_delivery: Seconds that one worker takes for each delivery: it processes them one
            after the other, duplicates too, although they change nothing.
        busy_until: When that worker has processed all of them, by `time.monotonic`.
        period: Seconds more until it is certain that nothing changes: a worker that flushes once in
            a period may have done so just before; 0 where changes come at once or soon.
        lags: The lags that were measured, in seconds, where they are long.
        is_irregular: Whether they differ so much that the longest one is not known.
        unchanged_seconds: How long a first change was waited for in vain.
        noise: Paths that change while nothing is sent.
        reading_seconds: How long the last snapshot took.
        changes_by_type: By event type, what a plain event of it changes; only types that change
            something.
        ignored_types: Event types of which a plain event was accepted and changes nothing.
        logged: Changes that events of types that do not exist make as well, and that hold no data.
        has_looked_for_log: Whether such events were sent.
        only_logs: Whether events of types that do not exist make all the changes that others make.
        log_is_of_records: Whether that is so because each event is stored under the id of its
            record.
        first_deliveries: By event type, a message that was delivered once and has had its effect;
            only where waiting for that takes long.
        numbered: Names of properties that have numbered the items of lists.
        searched: The state that was last searched for them.
        has_looked_for_more: Whether second effects were looked for that come later.
        is_recalibrated: Whether late work and clocks were looked for once more.
        differing_path: The path at which equivalent events changed the state differently, the
            last time they did; None if they never did.
        snapshot: The last one; None where it may be outdated.
        sent_before: How many requests had been sent before it.
        accepted_before: How many of them had been accepted.
    """

    lag: float = 0.0
    lag_per_delivery: float = 0.0
    busy_until: float = 0.0
    period: float = 0.0
    lags: tuple[float, ...] = ()
    is_irregular: bool = False
    unchanged_seconds: float = 0.0
    noise: frozenset[str] = frozenset()
    reading_seconds: float = 0.0
    changes_by_type: dict[str, StateDiff] = field(default_factory=dict)
    ignored_types: set[str] = field(default_factory=set)
    logged: StateDiff = ()
    has_looked_for_log: bool = False
    only_logs: bool = False
    log_is_of_records: bool = False
    first_deliveries: dict[str, Request] = field(default_factory=dict)
    numbered: frozenset[str] = frozenset()
    searched: Json = None
    has_looked_for_more: bool = False
    is_recalibrated: bool = False
    differing_path: str | None = None
    snapshot: Snapshot | None = None
    sent_before: int = -1
    accepted_before: int = 0

    def queue(self, at: float) -> None:
        """
        Note that a delivery was accepted, which a worker processes after those before it.
        """
        self.busy_until = max(self.busy_until, at) + self.lag_per_delivery


@dataclass
class Liveness:
    """
    What is known about whether the handler still works; `state.liveness` alone sets it.

    Attributes:
        undecided: Why it is not looked at: the handler did not work at the beginning, or does not
            recover from a failure of its dependency, which another check reports.
        effects: By event type, what a plain event of it changes, each time.
        failure: How the handler stopped working; None while it works.
        background: The exceptions of background work that were found.
        logged: The exceptions that the handler has caught and logged.
        accepted: By the id of a message, whether each of its deliveries was accepted.
        proven_at: How many requests had been sent when it was last known to work.
        has_watched: Whether another check has run.
    """

    undecided: str = "the handler did not work at the beginning"
    effects: dict[str, StateDiff] = field(default_factory=dict)
    failure: Failure | None = None
    background: list[BackgroundFailure] = field(default_factory=list)
    logged: list[LoggedException] = field(default_factory=list)
    accepted: dict[str, bool] = field(default_factory=dict)
    proven_at: int = 0
    has_watched: bool = False
