"""
The side of the master: directs the workers through the steps, and keeps the records of all.

Only a process that runs Locust imports this module.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import gevent
from locust.runners import STATE_MISSING, LocalRunner, MasterRunner

from seamproof.errors import UsageError
from seamproof.load.accounting.account import WorkerRecord
from seamproof.load.run.arrivals import arrivals_until
from seamproof.load.run.driver import DONE, PART, PLAN, PROGRESS, READY, STEP, STOP
from seamproof.load.run.latencies import Latencies

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.rpc.protocol import Message

    from seamproof.load.run.plan import Plan, RateStep

_TICK: Final = 0.05
#: Seconds between two copies of the plan for a worker that has not answered.
_REPEAT: Final = 1.0
#: Seconds without a heartbeat after which a worker is lost: those of Locust, and these.
_MISSING: Final = 5.0
#: Seconds for the workers to hand in what they have after an interruption.
_HAND_IN: Final = 15.0

#: Whether a process has ended; without an id, whether any has that this process started.
Ended: TypeAlias = Callable[[int | None], bool]


@dataclass(frozen=True, slots=True)
class StepProgress:
    """
    How far a step is.

    Attributes:
        step: The step.
        seconds: Since it began.
        sent: Messages.
        answered: Of these, delivered or given up.
        failed: Attempts.
        waiting: Messages that wait for their next attempt.
    """

    step: RateStep
    seconds: float
    sent: int
    answered: int
    failed: int
    waiting: int


@dataclass(slots=True)
class StepResult:
    """
    What a step came to.

    Attributes:
        step: The step.
        sent: Messages.
        latencies: Of all attempts, from the intended time of sending.
        half: Messages without a response when half of the step was over.
        end: Likewise when the last had arrived.
        lag: The most seconds by which a message was sent late by the load generator.
        seconds: How long it took until every message was answered.
        lost: Workers that were lost in it.
        reached: Whether a connection to the handler was ever opened.
    """

    step: RateStep
    sent: int = 0
    latencies: Latencies = field(default_factory=Latencies)
    half: int = 0
    end: int = 0
    lag: float = 0.0
    seconds: float = 0.0
    lost: tuple[int, ...] = ()
    reached: bool = False


class Conductor:
    """
    Directs the workers of a run.

    Args:
        runner: Of Locust: local, or a master.
        plan: Of the run.
        ended: Whether the process of a worker has ended.
        show: Is called with the progress twice a second.
    """

    def __init__(
        self,
        runner: LocalRunner | MasterRunner,
        plan: Plan,
        ended: Ended,
        show: Callable[[StepProgress], None],
    ) -> None:
        self.records = {worker: WorkerRecord() for worker in range(plan.workers)}
        self.lost: dict[int, float] = {}
        self.interrupted = False
        self._runner = runner
        self._plan = plan
        self._ended = ended
        self._show = show
        self._clients: list[str] = []
        self._ready: dict[int, str] = {}
        self._pids: dict[int, int] = {}
        self._done: dict[int, dict[str, Any]] = {}
        self._progress: dict[int, dict[str, Any]] = {}
        self._missing: dict[int, float] = {}
        self._complete: dict[int, int] = {}
        listeners = ((READY, self._on_ready), (PROGRESS, self._on_progress))
        for name, listener in (*listeners, (PART, self._on_part), (DONE, self._on_done)):
            runner.register_message(name, listener)

    def interrupt(self) -> None:
        """
        Let the workers send nothing more, and hand in what they have.
        """
        self.interrupted = True
        self._send_all(STOP, None)

    def prepare(self) -> None:
        """
        Wait for the workers, and give each the plan.

        Raises:
            UsageError: A worker cannot follow the plan.
        """
        if isinstance(self._runner, MasterRunner):
            while len(self._runner.clients.ready) < self._plan.workers and not self.interrupted:
                self._check_started()
                gevent.sleep(_TICK)
            runner = self._runner
            clients = sorted(
                runner.clients.ready, key=lambda client: int(runner.get_worker_index(client.id))
            )
            self._clients = [one.id for one in clients[: self._plan.workers]]
        given = 0.0
        while len(self._ready) < self._plan.workers and not self.interrupted:
            if time.monotonic() - given >= _REPEAT:
                given = time.monotonic()
                for worker in range(self._plan.workers):
                    if worker not in self._ready:
                        self._send(worker, PLAN, self._plan.as_message(worker))
            gevent.sleep(_TICK)
            self._check_started()
            for worker, problem in self._ready.items():
                if problem:
                    what = f"worker {worker} cannot take part: {problem}"
                    raise UsageError(what)
        if not self.interrupted:
            self._runner.start(self._plan.workers, self._plan.workers)

    def run_step(self, step: RateStep) -> StepResult:
        """
        Run a step on every worker that is not lost, until each has handed in its part.
        """
        self._done, self._progress = {}, {}
        began, shown, stopped = time.monotonic(), 0.0, 0.0
        lost_before = {*self.lost}
        workers = [one for one in self.records if one not in self.lost]
        for worker in workers:
            self._send(worker, STEP, asdict(step))
        while any(one not in self._done and one not in self.lost for one in workers):
            gevent.sleep(_TICK)
            now = time.monotonic()
            self._note_lost(step, now - began)
            if now - shown >= 10 * _TICK:
                shown = now
                self._show(self._progress_of(step, now - began))
            if self.interrupted:
                stopped = stopped or now
                if now - stopped > _HAND_IN:
                    for one in workers:
                        if one not in self._done and one not in self.lost:
                            self._give_up(one, self.records[one], step, now - began)
        return self._result(step, tuple({*self.lost} - lost_before), time.monotonic() - began)

    def _progress_of(self, step: RateStep, seconds: float) -> StepProgress:
        sums = (
            sum(one[name] for one in self._progress.values())
            for name in ("sent", "answered", "failed", "waiting")
        )
        return StepProgress(step, seconds, *sums)

    def _result(self, step: RateStep, lost: tuple[int, ...], seconds: float) -> StepResult:
        result = StepResult(step, lost=lost, seconds=seconds)
        for done in self._done.values():
            result.sent += done["sent"]
            result.half += done["half"]
            result.end += done["end"]
            result.lag = max(result.lag, done["lag"])
            result.reached = result.reached or done["reached"]
            result.latencies.merge(done["buckets"], done["longest"])
        return result

    def _note_lost(self, step: RateStep, seconds: float) -> None:
        """
        Count the messages that a lost worker may have sent in this step as unknown.
        """
        for worker, record in self.records.items():
            if worker in self._done or worker in self.lost or not self._is_lost(worker):
                continue
            self._give_up(worker, record, step, seconds)

    def _give_up(self, worker: int, record: WorkerRecord, step: RateStep, seconds: float) -> None:
        self.lost[worker] = seconds
        reported = self._progress.get(worker, {}).get("sent", 0)
        record.unreported = max(reported, arrivals_until(self._plan, step, worker, seconds))
        # A part without the report that completes it says nothing.
        complete = self._complete.get(worker, 0)
        del record.states.states[complete:], record.states.reasons[complete:]

    def _is_lost(self, worker: int) -> bool:
        pid = self._pids.get(worker)
        if pid is not None and self._ended(pid):
            return True
        if not isinstance(self._runner, MasterRunner):
            return False
        client = self._runner.clients.get(self._clients[worker])
        if client is not None and client.state != STATE_MISSING:
            self._missing.pop(worker, None)
            return False
        since = self._missing.setdefault(worker, time.monotonic())
        return time.monotonic() - since > _MISSING

    def _check_started(self) -> None:
        if self._ended(None):
            what = "the process of a worker ended before the run began"
            raise UsageError(what)

    def _send(self, worker: int, kind: str, data: dict[str, Any] | None) -> None:
        client = self._clients[worker] if self._clients else None
        self._runner.send_message(kind, data, client)

    def _send_all(self, kind: str, data: dict[str, Any] | None) -> None:
        for worker in range(len(self._clients) or 1):
            if worker not in self.lost:
                self._send(worker, kind, data)

    def _on_ready(self, environment: Environment, msg: Message) -> None:
        del environment
        self._ready[msg.data["worker"]] = msg.data["problem"]
        self._pids[msg.data["worker"]] = msg.data["pid"]

    def _on_progress(self, environment: Environment, msg: Message) -> None:
        del environment
        self._progress[msg.data["worker"]] = msg.data

    def _on_part(self, environment: Environment, msg: Message) -> None:
        del environment
        states = self.records[msg.data["worker"]].states
        # Parts come in their order; a worker that was lost may still send some.
        if msg.data["worker"] not in self.lost and msg.data["start"] == len(states):
            states.states += msg.data["states"]
            states.reasons += msg.data["reasons"]

    def _on_done(self, environment: Environment, msg: Message) -> None:
        del environment
        worker = msg.data["worker"]
        if worker not in self.lost:
            self.records[worker].states.table = msg.data["table"]
            self._complete[worker] = msg.data["messages"]
            self._done[worker] = msg.data
