"""
`seamproof emit --fault`: signed events at a handler, with something going wrong on the way.
"""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from seamproof.cli.support.output import one_line, paint, plural
from seamproof.errors import TargetUnreachable
from seamproof.statuses import CLIENT_ERROR, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.events import Event
    from seamproof.json_types import JsonObject
    from seamproof.mock_server.model.fault_spec import FaultSpec
    from seamproof.mock_server.model.records import AttemptRecord
    from seamproof.mock_server.service.service import Service
    from seamproof.signing import Secret

#: Seconds until the second attempt of a message whose first one is lost on purpose.
_RETRY: Final = 0.5
_LOOK: Final = 0.05
_CONNECT: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """
    What is to be sent, and how.
    """

    events: Iterable[Event]
    keys: tuple[Secret, ...]
    url: str
    faults: tuple[FaultSpec, ...]
    seed: str | None
    style: str


@dataclass
class Tally:
    """
    How many attempts there were, and how many were answered as a good handler answers.
    """

    events: int = 0
    attempts: int = 0
    good: int = 0

    def __str__(self) -> str:
        wrong = f"{self.attempts - self.good:,} not"
        told = paint(wrong, "red") if self.attempts > self.good else wrong
        return (
            f"{plural(self.events, 'event')} sent in {plural(self.attempts, 'attempt')}, "
            f"{self.good:,} answered as by a good handler, {told}"
        )

    def as_json(self) -> str:
        """
        Write the summary for a machine.
        """
        counts = {
            "events": self.events,
            "attempts": self.attempts,
            "good": self.good,
            "wrong": self.attempts - self.good,
        }
        return json.dumps({"summary": counts})


def emit_faulty(sent: Sent) -> bool:
    """
    Send events with faults, by the mock server's own engine, and print each attempt.

    Returns:
        Whether every answer was that of a good handler.

    Raises:
        TargetUnreachable: Nothing listens there.
    """
    _knock(sent.url)
    tally = Tally()
    try:
        asyncio.run(_play(sent, tally))
    finally:
        click.echo(tally.as_json() if sent.style == "json" else str(tally))
    return tally.good == tally.attempts


def is_good(attempt: AttemptRecord) -> bool:
    """
    Whether an attempt was answered as a good handler answers, given what went wrong with it.
    """
    from seamproof.mock_server.faults.catalogue import FAULTS

    faults = [FAULTS[name] for name in attempt.fault.split(",") if name]
    if any(fault.incomplete for fault in faults):
        return True
    refused = any(fault.answer.startswith("4xx") for fault in faults)
    return attempt.status in (CLIENT_ERROR if refused else SUCCESS)


def _knock(url: str) -> None:
    from httpx import URL

    parsed = URL(url)
    where = (parsed.host, parsed.port or (443 if parsed.scheme == "https" else 80))
    try:
        socket.create_connection(where, timeout=_CONNECT).close()
    except OSError as problem:
        what = f"nothing answers: {problem.strerror or problem}"
        cure = "is the handler running there?"
        raise TargetUnreachable(what, where=url, cure=cure) from problem


async def _play(sent: Sent, tally: Tally) -> None:
    from httpx import URL

    from seamproof.mock_server.faults.catalogue import FAULTS
    from seamproof.mock_server.model.clocks import RealClock
    from seamproof.mock_server.model.settings import ServerSettings
    from seamproof.mock_server.service.service import Service

    retried = any(FAULTS[one.name].transmission == "dropped" for one in sent.faults)
    settings = ServerSettings(
        schedule=(0.0, _RETRY) if retried else (0.0,),
        jitter=0.0,
        seed=sent.seed,
        # Whether it may be another machine has been asked already.
        allow_hosts=frozenset({URL(sent.url).host}),
    )
    service = Service(settings, RealClock())
    await service.start()
    watching = asyncio.create_task(_watch(service, sent.style, tally))
    try:
        await asyncio.sleep(0)  # so that the watching has begun
        endpoint = await _endpoint(service, sent)
        for event in sent.events:
            await service.emit(event=event.body)
            tally.events += 1
        await _settled(service, endpoint)
    finally:
        await service.stop()
        await watching


async def _endpoint(service: Service, sent: Sent) -> str:
    """
    Register the handler, with the secrets of a rotation as a rotation leaves them.
    """
    current, *old = sent.keys
    first = old[-1] if old else current
    made = await service.endpoints.create(sent.url, secret=first, faults=sent.faults)
    for secret in [*reversed(old[:-1]), *([current] if old else [])]:
        await service.endpoints.rotate_secret(made.webhook_id, secret=secret)
    return made.webhook_id


async def _settled(service: Service, webhook_id: str) -> None:
    """
    Wait until nothing is held back, under way or to be tried again.
    """
    while True:
        await service.wait_idle(_CONNECT)
        page = await service.messages(status="pending", endpoint=webhook_id, limit=1)
        if not page.messages:
            return
        await asyncio.sleep(_LOOK)


async def _watch(service: Service, style: str, tally: Tally) -> None:
    async for entry in service.subscribe(0):
        if entry.attempt is not None:
            tally.attempts += 1
            tally.good += is_good(entry.attempt)
            click.echo(_json_line(entry.attempt) if style == "json" else _line(entry.attempt))


def _line(attempt: AttemptRecord) -> str:
    status = paint(f"{attempt.status or '---':>3}", "green" if is_good(attempt) else "red")
    head = f"{status}  {attempt.milliseconds:8.1f} ms  {one_line(attempt.event_type)}"
    line = f"{head}  {attempt.message_id}  [{attempt.fault or 'no fault'}]"
    return f"{line}  {one_line(attempt.reason)}" if attempt.reason else line


def _json_line(attempt: AttemptRecord) -> str:
    told: JsonObject = {
        "status": attempt.status,
        "milliseconds": round(attempt.milliseconds, 3),
        "event_type": attempt.event_type,
        "message_id": attempt.message_id,
        "delivered": attempt.delivered,
        "reason": attempt.reason or None,
        "fault": attempt.fault or None,
        "good": is_good(attempt),
    }
    return json.dumps(told)
