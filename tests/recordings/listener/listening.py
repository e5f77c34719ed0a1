"""
A listener on a real socket, and what it reports.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seamproof.mock_server.hosting.web_server import listen
from seamproof.recordings.listener.judge import Judge
from seamproof.recordings.listener.server import run_listener
from seamproof.schemas import catalog
from seamproof.signing import Secret, sign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import TypeAlias

    from seamproof.events import Delivery
    from seamproof.recordings.fixtures import FixtureWriter
    from seamproof.recordings.listener.delivery import HandlerAnswer, Judgement, ReceivedRequest

    Reported: TypeAlias = tuple[ReceivedRequest, Judgement, HandlerAnswer]

SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


@dataclass
class Listening:
    """
    A listener, and the deliveries that it has reported.
    """

    url: str
    judge: Judge
    reports: list[Reported] = field(default_factory=list)

    async def report(self) -> Reported:
        """
        Wait for the next report and take it.
        """
        while not self.reports:  # noqa: ASYNC110 - the report comes after the answer
            await asyncio.sleep(0.01)
        return self.reports.pop(0)

    async def judgement(self) -> Judgement:
        """
        Wait for what became known of the next delivery.
        """
        return (await self.report())[1]


@asynccontextmanager
async def listening_to(
    forward_to: str | None = None,
    *,
    verified: bool = True,
    fixtures: FixtureWriter | None = None,
) -> AsyncIterator[Listening]:
    """
    Listen for as long as the block lasts.
    """
    judge = Judge((SECRET,) if verified else (), catalog(), fixtures)
    one = Listening("", judge)

    def report(request: ReceivedRequest, judgement: Judgement, answer: HandlerAnswer) -> None:
        one.reports.append((request, judgement, answer))

    running = run_listener(
        listen("127.0.0.1", 0), "127.0.0.1", judge, report, forward_to=forward_to
    )
    async with running as one.url:
        yield one


def signed(body: bytes, *, age: float = 0.0, message_id: str = "msg_1") -> Delivery:
    """
    Sign a body as Seam does.
    """
    return sign(body, SECRET, message_id=message_id, timestamp=int(time.time() - age))
