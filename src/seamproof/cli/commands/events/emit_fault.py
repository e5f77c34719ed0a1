"""
`seamproof emit --fault`: sends events with faults, through the service of the mock server.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Final

from yarl import URL

from seamproof.cli.commands.events.emit_output import EmittedAttempt
from seamproof.errors import TargetUnreachable
from seamproof.mock_server.faults.catalogue import FAULTS, is_expected
from seamproof.mock_server.model.clocks import RealClock
from seamproof.mock_server.model.records import AttemptRecord, MessageFilter
from seamproof.mock_server.model.settings import ServerSettings
from seamproof.mock_server.service.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.cli.commands.events.emit_output import EmitOutput
    from seamproof.events import Event
    from seamproof.mock_server.model.records import FaultSpec
    from seamproof.signing import Secret

#: Seconds until the second attempt of a message whose first one is dropped on purpose.
_RETRY: Final = 0.5
_POLL: Final = 0.05
_CONNECT: Final = 5.0


def emit_with_faults(
    events: Iterable[Event],
    keys: tuple[Secret, ...],
    url: str,
    faults: tuple[FaultSpec, ...],
    seed: str | None,
    output: EmitOutput,
    *,
    allow_remote: bool = False,
) -> None:
    """
    Send events with faults, through the service of the mock server.

    Args:
        events: What to send.
        keys: The secrets, the current one first.
        url: Of the handler; checked already.
        faults: Those requested.
        seed: Decides which events they apply to.
        output: Prints each attempt.
        allow_remote: Whether the URL may lead to another machine.

    Raises:
        TargetUnreachable: Nothing listens at the URL.
    """
    target = URL(url)
    _check_listening(target)
    dropped = any(FAULTS[one.name].transmission == "dropped" for one in faults)
    settings = ServerSettings(
        schedule=(0.0, _RETRY) if dropped else (0.0,),
        jitter=0.0,
        seed=seed,
        allow_hosts=frozenset({target.host or ""} if allow_remote else ()),
    )
    asyncio.run(_emit(settings, events, keys, url, faults, output))


def _check_listening(url: URL) -> None:
    try:
        socket.create_connection((url.host, url.port), timeout=_CONNECT).close()
    except OSError as problem:
        what = f"nothing answers: {problem.strerror or problem}"
        cure = "is the handler running there?"
        raise TargetUnreachable(what, where=str(url), cure=cure) from problem


async def _emit(
    settings: ServerSettings,
    events: Iterable[Event],
    keys: tuple[Secret, ...],
    url: str,
    faults: tuple[FaultSpec, ...],
    output: EmitOutput,
) -> None:
    service = Service(settings, RealClock())
    await service.lifecycle.start()
    printing = asyncio.create_task(_print_attempts(service, output))
    try:
        await asyncio.sleep(0)  # so that the subscription has begun
        webhook_id = await _register(service, keys, url, faults)
        for event in events:
            await service.emit(event=event.body)
            output.events += 1
        await _wait_for_attempts(service, webhook_id)
    finally:
        await service.lifecycle.stop()
        await printing


async def _register(
    service: Service, keys: tuple[Secret, ...], url: str, faults: tuple[FaultSpec, ...]
) -> str:
    """
    Register the handler, and rotate its secrets until all of them sign.
    """
    oldest, *newer = reversed(keys)
    endpoint = await service.endpoints.create(url, secret=oldest, faults=faults)
    for secret in newer:
        await service.endpoints.rotate_secret(endpoint.webhook_id, secret=secret)
    return endpoint.webhook_id


async def _wait_for_attempts(service: Service, webhook_id: str) -> None:
    """
    Wait until no attempt is delayed, in progress or to be retried.
    """
    waiting = MessageFilter(status="pending", endpoint=webhook_id)
    while True:
        await service.wait_idle(_CONNECT)
        page = await service.messages(waiting, limit=1)
        if not page.messages:
            return
        await asyncio.sleep(_POLL)


async def _print_attempts(service: Service, output: EmitOutput) -> None:
    async for attempt in service.subscribe(0):
        if isinstance(attempt, AttemptRecord):
            output.print_attempt(
                EmittedAttempt(
                    status=attempt.status,
                    milliseconds=attempt.milliseconds,
                    event_type=attempt.event_type,
                    message_id=attempt.message_id,
                    reason=attempt.reason,
                    good=is_expected(attempt.status, attempt.fault),
                    fault=attempt.fault,
                )
            )
