"""
Handlers that limit the rate of requests: the limit proves nothing, and is no mistake.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import fastapi
import flask

from tests.integration.zoo.core import Handler, StoreDownError
from tests.integration.zoo.frames import PATH, fastapi_app, flask_app
from tests.integration.zoo.table import good, good_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Requests in a second.
_LIMIT: Final = 100


class FixedWindow:
    """
    Counts the requests of each second.
    """

    def __init__(self) -> None:
        self._second = 0
        self._count = 0

    def admits(self) -> bool:
        """
        Count a request, and tell whether it is one too many.
        """
        second = int(time.monotonic())
        self._count = self._count + 1 if second == self._second else 1
        self._second = second
        return self._count <= _LIMIT


class TokenBucket:
    """
    Refills slowly what requests take.
    """

    def __init__(self) -> None:
        self._tokens = float(_LIMIT)
        self._at = time.monotonic()

    def admits(self) -> bool:
        """
        Take a token, if there is one.
        """
        now = time.monotonic()
        self._tokens = min(_LIMIT, self._tokens + (now - self._at) * _LIMIT)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def limited_fastapi(handler: Handler) -> fastapi.FastAPI:
    """
    Write it with FastAPI, behind a limit that says when to come back.
    """
    app, limit = fastapi_app(handler), FixedWindow()

    @app.middleware("http")
    async def check(request: fastapi.Request, proceed: Callable[..., Any]) -> Any:
        if limit.admits():
            return await proceed(request)
        return fastapi.Response("slow down", 429, headers={"Retry-After": "1"})

    return app


def limited_flask(handler: Handler) -> flask.Flask:
    """
    Write it with Flask, behind a limit that does not say when to come back.
    """
    app, limit = flask_app(handler), TokenBucket()

    @app.before_request
    def check() -> flask.Response | None:
        return None if limit.admits() else flask.Response(status=429)

    return app


@good(frame=limited_fastapi)
class AHundredASecond(Handler):
    """
    More than a hundred requests a second are answered 429, with Retry-After.
    """


@good(frame=limited_flask)
class ABucketOfAHundred(Handler):
    """
    Requests are answered 429 for as long as the bucket is empty.
    """


@good(frame=flask_app)
class OtherTypesRefused(Handler):
    """
    What is not JSON is refused before it is verified: 415.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        given = {name.lower(): value for name, value in headers.items()}
        if not given.get("content-type", "").startswith("application/json"):
            return 415
        return super()._receive(body, headers)


@good_frame()
def one_copy_at_a_time(handler: Handler) -> fastapi.FastAPI:
    """
    Copies of a message that is being worked on are put off: 503, with Retry-After.
    """
    app, working = fastapi.FastAPI(), set[str]()

    @app.post(PATH)
    async def receive(request: fastapi.Request) -> fastapi.Response:
        event = handler.genuine(await request.body(), request.headers)
        if event is None:
            return fastapi.Response(status_code=400)
        message_id = request.headers["svix-id"]
        if message_id in working:
            return fastapi.Response(status_code=503, headers={"Retry-After": "5"})
        working.add(message_id)
        try:
            await asyncio.sleep(0.002)  # the work
            handler._process(message_id, event)
        except StoreDownError:
            return fastapi.Response(status_code=503)
        finally:
            working.discard(message_id)
        return fastapi.Response(status_code=200)

    return app
