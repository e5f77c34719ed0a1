"""
ASGI applications, called directly (https://asgi.readthedocs.io/en/latest/specs/www.html).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote

from seamproof.checks.targets.adapters.application import modules_of
from seamproof.checks.targets.adapters.body_parts import SPLIT, parts_of
from seamproof.checks.targets.adapters.framework_signals import connect_signals, signalled
from seamproof.checks.targets.adapters.response import (
    ResponseRecorder,
    begin_response,
    receive_concurrently,
    receive_in_turn,
    timed_out,
)
from seamproof.checks.targets.base import HOST, PORT, Target, TargetContext, header_bytes
from seamproof.checks.targets.handler_thread import LATE, LIFESPAN, TIMEOUT, fast_thread_switching
from seamproof.checks.targets.tracebacks import escaped_exception
from seamproof.errors import TargetUnreachable
from seamproof.statuses import INTERNAL_SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.checks.model.exchange import Received, Request, Transfer
    from seamproof.json_types import JsonObject

Message: TypeAlias = "JsonObject"

#: The version of an application that is called in two steps.
_CURRIED: Final = 2
#: Seconds for the shutdown of the application.
_SHUTDOWN_TIMEOUT: Final = 5.0


class AsgiTarget(Target):
    """
    An ASGI application of version 2 or 3. Its lifespan runs from here to `close`.

    Args:
        app: The application.
        context: What a target of any kind needs.
        version: 2 is called with a scope, and its result with the rest.

    Raises:
        TargetUnreachable: The application does not start.
    """

    kind = "asgi"
    in_process = True
    sends_in_batches = True

    def __init__(
        self, app: Callable[..., Any], context: TargetContext, *, version: int = 3
    ) -> None:
        super().__init__(context)
        self._app = app
        self._version = version
        self._state: JsonObject = {}
        self._path, _, query = context.path.partition("?")
        self._scope = {
            "type": "http",
            "http_version": "1.1",
            "scheme": "http",
            "path": unquote(self._path),
            "raw_path": self._path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "client": ("127.0.0.1", 50_000),
            "server": (HOST, PORT),
        }
        self._lifespan = Lifespan(self)
        context.thread.run(self._lifespan.start())
        self._has_lifespan = self._lifespan.is_supported
        self._disconnect = connect_signals()

    @property
    def transfers(self) -> frozenset[Transfer]:
        """
        In several messages, with the length of the body and without.
        """
        return SPLIT

    @property
    def application_modules(self) -> tuple[str, ...]:
        """
        Those of the application, and of what it wraps.
        """
        return modules_of(self._app)

    def send(self, request: Request) -> Received:
        """
        Call the application with a request.
        """
        try:
            return self.context.thread.run(self._respond(request)).received()
        except TimeoutError as late:
            return timed_out(self.context, str(late))

    def send_each(self, requests: Sequence[Request], *, at_once: int = 1) -> list[Received]:
        """
        Call the application with several requests, in one call of its thread.
        """
        return receive_in_turn(self.context, self._respond, requests, at_once)

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Call the application with several requests at the same time.
        """
        with fast_thread_switching():
            return receive_concurrently(self.context, self._respond, requests)

    @property
    def restarts(self) -> Sequence[Callable[[], object]]:
        """
        Its shutdown and its startup, where it has them.
        """
        return (self._restart,) if self._has_lifespan else ()

    def _restart(self) -> None:
        with suppress(TimeoutError):
            self.context.thread.run(self._lifespan.stop())
        self._lifespan = Lifespan(self)
        self.context.thread.run(self._lifespan.start())

    def close(self) -> None:
        """
        Run the application's shutdown.
        """
        self._disconnect()
        with suppress(TimeoutError):
            self.context.thread.run(self._lifespan.stop())

    async def call(
        self, scope: Message, receive: Callable[[], Any], send: Callable[[Message], Any]
    ) -> None:
        """
        Call the application in the way of its version.
        """
        scope["asgi"] = {"version": f"{self._version}.0", "spec_version": "2.3"}
        if self._version == _CURRIED:
            await self._app(scope)(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _respond(self, request: Request) -> ResponseRecorder:
        response = begin_response(self.context, request)
        token = signalled.set(response.signalled)
        exchange = AsgiExchange(parts_of(request.body, request.transfer), response)
        scope = {
            **self._scope,
            "method": request.method,
            "headers": header_pairs(request),
            "state": dict(self._lifespan.state),
        }
        try:
            async with asyncio.timeout(TIMEOUT) as limit:
                await self.call(scope, exchange.receive, exchange.send)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if not (isinstance(error, TimeoutError) and limit.expired()):
                response.error = error
            elif response.ended is None:
                response.status, response.reason = None, LATE
        finally:
            signalled.reset(token)
        exchange.finish()
        return response


class AsgiExchange:
    """
    The `receive` and `send` of one request.
    """

    def __init__(self, parts: Sequence[bytes], response: ResponseRecorder) -> None:
        self._parts = parts
        self._sent = 0
        self._response = response
        self._complete: asyncio.Event | None = None

    async def receive(self) -> Message:
        """
        Return the body in its parts, then wait until the response is complete.
        """
        if self._sent < len(self._parts):
            part = self._parts[self._sent]
            self._sent += 1
            more = self._sent < len(self._parts)
            return {"type": "http.request", "body": part, "more_body": more}
        if self._response.ended is None:
            self._complete = self._complete or asyncio.Event()
            await self._complete.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """
        Record a part of the response.
        """
        response = self._response
        if message["type"] == "http.response.start":
            response.status = int(message["status"])
            response.headers = [
                (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
                for name, value in message.get("headers", ())
            ]
        elif message["type"] == "http.response.body":
            response.add(message.get("body", b""))
            if not message.get("more_body", False) and response.ended is None:
                response.end()
                if self._complete:
                    self._complete.set()

    def finish(self) -> None:
        """
        Record what a server sends for a response that is not complete.
        """
        response = self._response
        if response.ended is not None or response.reason:
            return
        if response.status is None:
            response.status = INTERNAL_SERVER_ERROR
            response.reason = "" if response.error else "the application sent no answer"
        else:
            response.status, response.reason = None, "the answer broke off"


class Lifespan:
    """
    Startup and shutdown of an application that supports the lifespan protocol.
    """

    def __init__(self, target: AsgiTarget) -> None:
        self.state: JsonObject = {}
        self._target = target
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._reported = asyncio.Event()
        self._task: asyncio.Task[BaseException | None] | None = None
        self._failed: str | None = None

    @property
    def is_supported(self) -> bool:
        """
        Whether the application has answered the startup.
        """
        return self._reported.is_set()

    async def start(self) -> None:
        """
        Start the application; one without the lifespan protocol is ready as it is.

        Raises:
            TargetUnreachable: It reports that it failed, or does not start in time.
        """
        self._events.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.create_task(self._run(), name=LIFESPAN)
        waiting = asyncio.create_task(self._reported.wait())
        await asyncio.wait({self._task, waiting}, timeout=TIMEOUT, return_when="FIRST_COMPLETED")
        if not self._reported.is_set() and not self._task.done():
            what = f"the application does not start up within {TIMEOUT:g} s"
            raise TargetUnreachable(what, where=self._target.name)
        waiting.cancel()
        if self._failed is not None:
            await self._raise_failure(self._task, self._failed)
        self._target.context.thread.keep_running_tasks()

    async def stop(self) -> None:
        """
        Shut the application down, if it supports that.
        """
        if self._task is None or self._task.done():
            return
        self._events.put_nowait({"type": "lifespan.shutdown"})
        await asyncio.wait({self._task}, timeout=_SHUTDOWN_TIMEOUT)

    async def _run(self) -> BaseException | None:
        scope = {"type": "lifespan", "state": self.state}
        try:
            await self._target.call(scope, self._events.get, self._send)
        except BaseException as error:
            return error
        return None

    async def _send(self, message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            self._failed = str(message.get("message", ""))
        self._reported.set()

    async def _raise_failure(self, task: asyncio.Task[BaseException | None], reason: str) -> None:
        await asyncio.wait({task}, timeout=1)
        error = task.result() if task.done() else None
        what, context = "the application does not start up", self._target.context
        lines = reason.strip().splitlines()
        if error is not None:
            escaped = escaped_exception(error, context.root, context.secret)
            raise TargetUnreachable(
                what, where=escaped.place, found=f"{escaped.kind}: {escaped.message}"
            )
        raise TargetUnreachable(what, where=context.name, found=lines[-1] if lines else "")


def header_pairs(request: Request) -> list[tuple[bytes, bytes]]:
    """
    Make the headers as servers do: names in lower case, host and length added.
    """
    chunked = request.transfer == "chunked"
    length = b"transfer-encoding" if chunked else b"content-length"
    pairs = [(header_bytes(name.lower()), header_bytes(value)) for name, value in request.headers]
    names = {name for name, _ in pairs}
    added = (
        (b"host", f"{HOST}:{PORT}".encode()),
        (length, b"chunked" if chunked else str(len(request.body)).encode()),
    )
    return [pair for pair in added if pair[0] not in names] + pairs
