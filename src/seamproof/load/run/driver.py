"""
The sending part of a run, in each process that sends: an open model over a pool of greenlets.

A message is sent when it is due, however many are still in flight; its latency counts from then.
Only a process that runs Locust imports this module.
"""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, Any, Final

import gevent
from gevent.pool import Pool

from seamproof.load.accounting.retries import SLOT, RetryCalendar
from seamproof.load.accounting.states import Fate, MessageStates
from seamproof.load.run.arrivals import arrivals
from seamproof.load.run.latencies import Latencies
from seamproof.load.sending import CONNECTIONS, NotDelivered
from seamproof.mock_server.model.retry_schedule import next_delay

if TYPE_CHECKING:
    from collections.abc import Callable

    from locust.env import Environment

    from seamproof.load.messages.stream import EventStream, SignableMessage
    from seamproof.load.run.plan import Plan, RateStep
    from seamproof.load.sending import Sent, SignedSender

#: The types of messages between the master and its workers.
PLAN, READY, STEP, STOP = (f"seamproof_{one}" for one in ("plan", "ready", "step", "stop"))
PROGRESS, PART, DONE = (f"seamproof_{one}" for one in ("progress", "part", "done"))

#: Set in the calendar for a redelivery of a message that was acknowledged.
_REDELIVERY: Final = 1 << 48
#: Seconds from an acknowledgement to the redelivery.
_REDELIVERED_AFTER: Final = 1.0
#: Seconds for requests in flight when a run is interrupted.
_GRACE: Final = 5.0
#: Messages of which the states are sent in one part.
_PART: Final = 250_000
_REPORT: Final = 0.5
_JITTER: Final = 0.2
INTERRUPTED: Final = "the run was interrupted before the next attempt"


class Driver:
    """
    Sends the messages of one worker, and records what happens to each.

    Args:
        environment: Whose events Locust counts.
        plan: Of the run.
        stream: The messages of this worker.
        sender: Sends an attempt.
        report: Sends a message to the master: its type and its data.
    """

    def __init__(
        self,
        environment: Environment,
        plan: Plan,
        stream: EventStream,
        sender: SignedSender,
        report: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._environment = environment
        self._plan = plan
        self._stream = stream
        self._sender = sender
        self._report = report
        self._states = MessageStates()
        self._calendar = RetryCalendar()
        self._pool = Pool(CONNECTIONS)
        self._random = Random(f"{plan.seed}/{stream.worker}/jitter")
        self._stopping = False
        self._latencies = Latencies()
        self._answered = self._sent = self._failed = 0
        self._lag = 0.0
        self._reached = self._running = False

    def stop(self) -> None:
        """
        Send no further message; attempts in flight are waited for.
        """
        self._stopping = True

    def wait_and(self, act: Callable[[], None]) -> None:
        """
        Do something once no step is running.
        """
        while self._running:
            gevent.sleep(SLOT)
        act()

    def run_step(self, step: RateStep) -> None:
        """
        Send the messages of a step, retry what failed, and report the result to the master.
        """
        self._running = True
        first = len(self._states)
        self._latencies, self._lag = Latencies(), 0.0
        self._answered = self._sent = self._failed = 0
        begin = time.perf_counter()
        reporter = gevent.spawn(self._report_progress)
        retries = gevent.spawn(self._send_due_again)
        backlogs = self._send_arrivals(step, begin)
        self._drain()
        retries.kill()
        reporter.kill()
        self._report_progress(once=True)
        self._hand_in(step, first, backlogs, time.perf_counter() - begin)
        self._running = False

    def _send_arrivals(self, step: RateStep, begin: float) -> tuple[int, int]:
        """
        Send each message when it is due; return the backlogs at half time and at the end.
        """
        half, backlog = step.seconds / 2, -1
        for at in arrivals(self._plan, step, self._stream.worker):
            due = begin + max(at, step.held)
            wait = due - time.perf_counter()
            if wait > 0:
                gevent.sleep(wait)
            if self._stopping:
                break
            if backlog < 0 and at >= half:
                backlog = self._sent - self._answered
            self._lag = max(self._lag, time.perf_counter() - due)
            number = self._states.begin()
            self._sent += 1
            # Waits for a free connection when all are in use.
            self._pool.spawn(self._attempt, number, due, first=True)
        rest = begin + step.seconds - time.perf_counter()
        if rest > 0 and not self._stopping:
            gevent.sleep(rest)
        return max(backlog, 0), self._sent - self._answered

    def _drain(self) -> None:
        """
        Wait until nothing is in flight and nothing is due later, or until the run is interrupted.
        """
        while (len(self._pool) or len(self._calendar)) and not self._stopping:
            gevent.sleep(SLOT)
        if self._stopping:
            self._pool.join(timeout=_GRACE)
            for number in self._calendar.take_all():
                if not number & _REDELIVERY and self._states.fate(number) is Fate.PENDING:
                    self._states.give_up(number, INTERRUPTED)
            self._pool.kill(timeout=1)

    def _send_due_again(self) -> None:
        while True:
            gevent.sleep(SLOT)
            for number, due in self._calendar.take(time.perf_counter()):
                if self._stopping:
                    self._calendar.add(number, due)
                    break
                if number & _REDELIVERY:
                    self._pool.spawn(self._copy, number ^ _REDELIVERY, due)
                else:
                    self._pool.spawn(self._attempt, number, due)

    def _attempt(self, number: int, due: float, *, first: bool = False) -> None:
        message = self._stream.message(number)
        if first and message.duplicated:
            gevent.spawn(self._copy, number, due)
        sent = self._send(message, due)
        if not sent.reason:
            self._states.deliver(number)
            self._answered += 1
            if message.redelivered and first:
                again = time.perf_counter() + _REDELIVERED_AFTER
                self._calendar.add(number | _REDELIVERY, again)
            return
        attempts = self._states.fail(number, sent.reason, timed_out=sent.timed_out)
        self._failed += 1
        delay = next_delay(
            self._plan.schedule,
            attempts,
            random=self._random,
            jitter=_JITTER,
            retry_after=sent.retry_after,
            timed_out=sent.timed_out,
        )
        if self._states.fate(number) is Fate.DELIVERED:
            self._answered += 1
        elif delay is None:
            self._states.give_up(number)
            self._answered += 1
        elif self._stopping:
            self._states.give_up(number, INTERRUPTED)
        else:
            self._calendar.add(number, time.perf_counter() + delay)

    def _copy(self, number: int, due: float) -> None:
        """
        Send a message once more; what the handler answers to a copy is only counted.
        """
        if not self._send(self._stream.message(number), due).reason:
            self._states.deliver(number)

    def _send(self, message: SignableMessage, due: float) -> Sent:
        sent = self._sender.send(message.message_id, message.body)
        latency = time.perf_counter() - due
        self._latencies.add(latency)
        self._reached = self._reached or sent.reached
        self._environment.events.request.fire(
            request_type="POST",
            name=message.event_type,
            response_time=latency * 1000,
            response_length=sent.length,
            exception=NotDelivered(sent.reason) if sent.reason else None,
            context={},
            response=None,
            start_time=time.time() - latency,
            url=self._plan.url,
        )
        return sent

    def _report_progress(self, *, once: bool = False) -> None:
        while True:
            self._report(
                PROGRESS,
                {
                    "worker": self._stream.worker,
                    "sent": self._sent,
                    "answered": self._answered,
                    "failed": self._failed,
                    "waiting": len(self._calendar),
                },
            )
            if once:
                return
            gevent.sleep(_REPORT)

    def _hand_in(
        self, step: RateStep, first: int, backlogs: tuple[int, int], seconds: float
    ) -> None:
        """
        Report what happened to the messages of a step.
        """
        worker, states = self._stream.worker, self._states
        for start in range(first, len(states), _PART):
            end = min(start + _PART, len(states))
            part = {"states": bytes(states.states[start:end]), "start": start}
            reasons = bytes(states.reasons[start:end])
            self._report(PART, {"worker": worker, **part, "reasons": reasons})
        self._report(
            DONE,
            {
                "worker": worker,
                "step": step.ordinal,
                "messages": len(states),
                "sent": self._sent,
                "table": states.table,
                "buckets": self._latencies.buckets,
                "longest": self._latencies.longest,
                "half": backlogs[0],
                "end": backlogs[1],
                "lag": self._lag,
                "seconds": seconds,
                "reached": self._reached,
            },
        )
