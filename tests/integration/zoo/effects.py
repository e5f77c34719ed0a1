"""
Handlers that lose what failed, do what they refuse, or take their time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.routing import Route

from tests.integration.zoo.core import (
    Event,
    Handler,
    NotGenuineError,
    NotReadableError,
    StoreDownError,
)
from tests.integration.zoo.frames import PATH, fastapi_app, flask_app, starlette_app
from tests.integration.zoo.table import broken, broken_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


@broken("delivery.retry_after_failure", frame=flask_app)
class FailureIsLogged(Handler):
    """
    What fails is logged and answered with 204: the event is lost.
    """

    def _process(self, message_id: str, event: Event) -> None:
        try:
            super()._process(message_id, event)
        except StoreDownError as problem:
            self.log = f"could not handle {message_id}: {problem}"


@broken("delivery.retry_after_failure")
class ClaimedAndNotReleased(Handler):
    """
    The id is written down before the work and stays when that fails: the retry does nothing.
    """

    def _process(self, message_id: str, event: Event) -> None:
        with self.store._lock:
            if message_id in self.store.handled:
                return
            self.store.handled.add(message_id)
            self.store.connect()
            self._act(event)


@broken("delivery.retry_after_failure", frame=fastapi_app)
class FailsForEver(Handler):
    """
    After a failure the connection is never opened anew.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.dead: StoreDownError | None = None

    def _process(self, message_id: str, event: Event) -> None:
        if self.dead:
            raise self.dead
        try:
            super()._process(message_id, event)
        except StoreDownError as problem:
            self.dead = problem
            raise


@broken_frame("delivery.retry_after_failure")
def answered_before_the_work(handler: Handler) -> Starlette:
    """
    The work is a background task that begins when the answer is out; nobody hears it fail.
    """

    async def work(message_id: str, event: Event) -> None:
        try:
            handler._process(message_id, event)
        except StoreDownError:
            return

    async def receive(request: Request) -> Response:
        event = handler.genuine(await request.body(), request.headers)
        if event is None:
            return Response(status_code=400)
        task = BackgroundTask(work, request.headers["svix-id"], event)
        return Response(status_code=202, background=task)

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


@broken_frame("delivery.retry_after_failure")
def fails_after_the_answer(handler: Handler) -> Starlette:
    """
    The background task lets its failure out: the server logs it, and the sender has its 202.
    """

    async def receive(request: Request) -> Response:
        event = handler.genuine(await request.body(), request.headers)
        if event is None:
            return Response(status_code=400)
        task = BackgroundTask(handler._process, request.headers["svix-id"], event)
        return Response(status_code=202, background=task)

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


@broken("delivery.no_effect_when_rejected")
class RefusedIsHandled(Handler):
    """
    Whatever was answered is remembered as handled: a forgery uses the id up.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        status = super()._receive(body, headers)
        if status == 400:
            self.store.handled.add(headers.get("svix-id", ""))
        return status


@broken("delivery.no_effect_when_rejected", frame=starlette_app)
class HandledThenVerified(Handler):
    """
    The event is handled, then its signature is checked for the answer.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        try:
            event = self._parse(body)
            self._process(self._header(headers, "svix-id"), event)
        except (NotGenuineError, NotReadableError):
            return 400
        except StoreDownError:
            return 503
        return super()._receive(body, headers)


@broken("delivery.response_time")
class ColdStart(Handler):
    """
    The first event after a start waits for what the work needs to be loaded.
    """

    loaded = False

    def _act(self, event: Event) -> None:
        if not self.loaded:
            time.sleep(5.1)
            self.loaded = True
        super()._act(event)
