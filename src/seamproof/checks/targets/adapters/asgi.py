"""
ASGI applications, called directly (https://asgi.readthedocs.io/en/latest/specs/www.html).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote

from seamproof.checks.targets.adapters.framework_signals import heard, listen
from seamproof.checks.targets.adapters.handler_thread import LATE, TIMEOUT, hurried
from seamproof.checks.targets.adapters.response import Answer, too_late
from seamproof.checks.targets.base import HOST, PORT, Kind, Place, Standing
from seamproof.checks.targets.tracebacks import escaped
from seamproof.errors import TargetUnreachable
from seamproof.statuses import INTERNAL_SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.json_types import JsonObject

Message: TypeAlias = "JsonObject"

#: Bytes of a body in one message, as servers read them.
_CHUNK: Final = 65_536
_SHUTDOWN: Final = 5.0
#: Seconds of one visit to the application's thread after which it ends.
_VISIT: Final = 1.0


class AsgiTarget(Standing):
    """
    An ASGI application of version 2 or 3. Its lifespan runs from here to `close`.

    Args:
        app: The application.
        place: Where it stands.
        double: Whether it is of version 2: called with a scope, then with the rest.

    Raises:
        TargetUnreachable: The application does not start.
    """

    kind: Kind = "asgi"
    in_process = True

    def __init__(self, app: Callable[..., Any], place: Place, *, double: bool = False) -> None:
        super().__init__(place)
        self._app = app
        self._double = double
        self._state: JsonObject = {}
        self._path, _, query = place.path.partition("?")
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
        place.home.run(self._lifespan.start())
        self._deafen = listen()

    def send(self, request: Request) -> Received:
        """
        Call the application with a request.
        """
        try:
            return self.place.home.run(self._answer(request)).received()
        except TimeoutError as late:
            return too_late(self.place, str(late))

    def send_each(self, requests: Sequence[Request]) -> list[Received]:
        """
        Call the application with one request after the other, in one visit to its thread.

        After a second no more are begun.
        """
        answers: list[Answer] = []

        async def each() -> None:
            until = perf_counter() + _VISIT
            for request in requests:
                # A task each, as servers have it: what a handler puts into its context is gone.
                answers.append(await asyncio.create_task(self._answer(request)))
                if perf_counter() > until:
                    return

        try:
            self.place.home.run(each())
        except TimeoutError as late:
            return [*(one.received() for one in answers), too_late(self.place, str(late))]
        return [one.received() for one in answers]

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Call the application with several requests at the same time.
        """

        async def gather() -> list[Answer]:
            return await asyncio.gather(*(self._answer(request) for request in requests))

        try:
            with hurried():
                answers = self.place.home.run(gather())
        except TimeoutError as late:
            return [too_late(self.place, str(late)) for _ in requests]
        return [answer.received() for answer in answers]

    def close(self) -> None:
        """
        Run the application's shutdown.
        """
        self._deafen()
        with suppress(TimeoutError):
            self.place.home.run(self._lifespan.stop())

    async def call(
        self, scope: Message, receive: Callable[[], Any], send: Callable[[Message], Any]
    ) -> None:
        """
        Call the application as its version wants it.
        """
        scope["asgi"] = {"version": "2.0" if self._double else "3.0", "spec_version": "2.3"}
        if self._double:
            await self._app(scope)(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, request: Request) -> Answer:
        answer = Answer(self.place)
        token = heard.set(answer.heard)
        exchange = Exchange(request.body, answer)
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
        except BaseException as error:  # noqa: BLE001 - whatever leaves the handler is a finding
            if not (isinstance(error, TimeoutError) and limit.expired()):
                answer.error = error
            elif answer.ended is None:
                answer.status, answer.reason = None, LATE
        finally:
            heard.reset(token)
        exchange.finish()
        return answer


class Exchange:
    """
    The two callables of a request, and what is sent through them.
    """

    def __init__(self, body: bytes, answer: Answer) -> None:
        self._body = body
        self._taken = -1
        self._answer = answer
        self._whole: asyncio.Event | None = None

    async def receive(self) -> Message:
        """
        Hand over the body in parts, then wait for the answer to be whole.
        """
        start = max(self._taken, 0)
        if self._taken < len(self._body):
            # An empty body is one message as well.
            self._taken = max(start + _CHUNK, 1)
            more = self._taken < len(self._body)
            chunk = self._body[start : start + _CHUNK]
            return {"type": "http.request", "body": chunk, "more_body": more}
        if self._answer.ended is None:
            self._whole = self._whole or asyncio.Event()
            await self._whole.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """
        Take a part of the answer.
        """
        answer = self._answer
        if message["type"] == "http.response.start":
            answer.status = int(message["status"])
            answer.headers = [
                (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
                for name, value in message.get("headers", ())
            ]
        elif message["type"] == "http.response.body":
            answer.add(message.get("body", b""))
            if not message.get("more_body", False) and answer.ended is None:
                answer.end()
                if self._whole:
                    self._whole.set()

    def finish(self) -> None:
        """
        Say what a server would make of an answer that is not whole.
        """
        answer = self._answer
        if answer.ended is not None or answer.reason:
            return
        if answer.status is None:
            answer.status = INTERNAL_SERVER_ERROR
            answer.reason = "" if answer.error else "the application sent no answer"
        else:
            answer.status, answer.reason = None, "the answer broke off"


class Lifespan:
    """
    Start-up and shutdown, for applications that know of them.
    """

    def __init__(self, target: AsgiTarget) -> None:
        self.state: JsonObject = {}
        self._target = target
        self._asked: asyncio.Queue[Message] | None = None
        self._task: asyncio.Task[Any] | None = None
        self._failed: str | None = None

    async def start(self) -> None:
        """
        Start the application up; one that knows no lifespan is ready as it is.
        """
        self._asked = asyncio.Queue()
        self._asked.put_nowait({"type": "lifespan.startup"})
        self._told = asyncio.Event()
        self._task = asyncio.create_task(self._live())
        waiting = asyncio.create_task(self._told.wait())
        await asyncio.wait({self._task, waiting}, timeout=TIMEOUT, return_when="FIRST_COMPLETED")
        if not self._told.is_set() and not self._task.done():
            what = f"the application does not start up within {TIMEOUT:g} s"
            raise TargetUnreachable(what, where=self._target.name)
        waiting.cancel()
        if self._failed is not None:
            await self._fail()
        self._target.place.home.spare()

    async def stop(self) -> None:
        """
        Shut the application down, if it waits for that.
        """
        if self._asked is None or self._task is None or self._task.done():
            return
        self._asked.put_nowait({"type": "lifespan.shutdown"})
        await asyncio.wait({self._task}, timeout=_SHUTDOWN)

    async def _live(self) -> BaseException | None:
        scope = {"type": "lifespan", "state": self.state}
        assert self._asked is not None  # noqa: S101 - it is started
        try:
            await self._target.call(scope, self._asked.get, self._send)
        except BaseException as error:  # noqa: BLE001 - most say so that they know no lifespan
            return error
        return None

    async def _send(self, message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            self._failed = str(message.get("message", ""))
        self._told.set()

    async def _fail(self) -> None:
        assert self._task is not None  # noqa: S101 - it is started
        await asyncio.wait({self._task}, timeout=1)
        error = self._task.result() if self._task.done() else None
        what, place = "the application does not start up", self._target.place
        lines = (self._failed or "").strip().splitlines()
        if error is not None:
            told = escaped(error, place.root, place.secret)
            raise TargetUnreachable(what, where=told.place, found=f"{told.kind}: {told.message}")
        raise TargetUnreachable(what, where=place.name, found=lines[-1] if lines else "")


def header_pairs(request: Request) -> list[tuple[bytes, bytes]]:
    """
    Write headers as servers hand them on: names in lower case, host and length added.
    """
    pairs = [(_bytes(name.lower()), _bytes(value)) for name, value in request.headers]
    names = {name for name, _ in pairs}
    added = (
        (b"host", f"{HOST}:{PORT}".encode()),
        (b"content-length", str(len(request.body)).encode()),
    )
    return [pair for pair in added if pair[0] not in names] + pairs


def _bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()
