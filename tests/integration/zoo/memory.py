"""
Handlers that forget ids after a while, or do their work in batches; and some that do so rightly.
"""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.integration.zoo.core import Event, Handler, StoreDownError
from tests.integration.zoo.frames import PATH, django_app, fastapi_app, flask_app
from tests.integration.zoo.table import broken, broken_frame, good, good_frame

if TYPE_CHECKING:
    from starlette.requests import Request


@broken("delivery.duplicate_later", "delivery.duplicate_next_day", frame=flask_app)
class ForgottenAfterSeconds(Handler):
    """
    An id is kept for two seconds, as a guard against double clicks; the first retry comes after 5.
    """

    kept = 2.0

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.seen: dict[str, float] = {}

    def _process(self, message_id: str, event: Event) -> None:
        with self.store.transaction():
            now = self._now()
            if now - self.seen.get(message_id, -1e12) > self.kept:
                self._act(event)
                self.seen[message_id] = now

    def _now(self) -> float:
        return time.time()


@broken("delivery.duplicate_next_day", frame=fastapi_app)
class ForgottenAfterMinutes(ForgottenAfterSeconds):
    """
    Ids are in a cache of ten minutes, which counts by a clock that cannot be set.
    """

    kept = 600.0

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.timer = time.monotonic

    def _now(self) -> float:
        return self.timer()


@broken("delivery.duplicate_next_day", frame=django_app)
class ForgottenAfterADay(ForgottenAfterSeconds):
    """
    Ids are removed after a day; the last retry comes after 27 hours.
    """

    kept = 86_400.0

    def _now(self) -> float:
        return datetime.now(UTC).timestamp()


@good(frame=fastapi_app)
class ForgottenAfterThreeDays(ForgottenAfterADay):
    """
    Ids are removed when no retry can come any more.
    """

    kept = 3 * 86_400.0


class _Batches(threading.Thread):
    """
    Does the work of a handler once in a second.
    """

    def __init__(self, handler: Batched) -> None:
        super().__init__(daemon=True)
        self.handler = handler

    def run(self) -> None:
        while True:
            time.sleep(self.handler.period)
            todo, self.handler.waiting = self.handler.waiting, []
            for message_id, event in todo:
                self.handler.work(message_id, event)


@good(frame=flask_app)
class Batched(Handler):
    """
    Events are put into a list, which a thread empties once in a second.
    """

    period = 1.0

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.waiting: list[tuple[str, Event]] = []
        _Batches(self).start()

    def _process(self, message_id: str, event: Event) -> None:
        self.store.connect()
        self.waiting.append((message_id, event))

    def work(self, message_id: str, event: Event) -> None:
        """
        Handle an event that was put into the list.
        """
        if message_id not in self.store.handled:
            self._act(event)
            self.store.handled.add(message_id)


@broken(
    "delivery.duplicate",
    "delivery.duplicate_resigned",
    "delivery.concurrent_duplicates",
    frame=fastapi_app,
)
class BatchedWithoutMemory(Batched):
    """
    What is in the list is handled, however often it is in it.
    """

    def work(self, message_id: str, event: Event) -> None:
        """
        Handle an event again.
        """
        self._act(event)
        self.store.handled.add(message_id)


def _claiming(handler: Handler, busy: int) -> Starlette:
    """
    Claim an id for as long as the work takes, and answer a copy that comes meanwhile.
    """
    claimed: set[str] = set()

    async def receive(request: Request) -> Response:
        event = handler.genuine(await request.body(), request.headers)
        if event is None:
            return Response(status_code=400)
        message_id = request.headers["svix-id"]
        if message_id in claimed:
            return Response(status_code=busy)
        claimed.add(message_id)
        try:
            await asyncio.sleep(0.002)  # the connection
            handler._process(message_id, event)
        except StoreDownError:
            return Response(status_code=503)
        finally:
            claimed.discard(message_id)
        return Response(status_code=200)

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


@broken_frame("delivery.copies_while_failing")
def claimed_is_done(handler: Handler) -> Starlette:
    """
    What is being worked on is answered 200 as if it were done.
    """
    return _claiming(handler, busy=200)


@good_frame()
def claimed_is_busy(handler: Handler) -> Starlette:
    """
    What is being worked on is answered 409, so that it comes again.
    """
    return _claiming(handler, busy=409)
