"""
Tests of sending to ASGI applications.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from seamproof.checks.targets import handler_thread
from seamproof.checks.targets.adapters import asgi as asgi_module
from seamproof.checks.targets.adapters import response
from seamproof.checks.targets.adapters import response as response_module
from seamproof.checks.targets.adapters.asgi import AsgiTarget
from seamproof.checks.targets.base import TargetContext
from seamproof.checks.targets.handler_thread import HandlerThread
from seamproof.errors import TargetUnreachable
from tests.checks.requests import SECRET, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from concurrent.futures import Future

    from starlette.requests import Request as HttpRequest

    from seamproof.checks.model.exchange import Transfer

    Open: TypeAlias = Callable[..., AsgiTarget]

HERE = Path(__file__).name


@pytest.fixture
def aim() -> Iterator[Open]:
    """
    Open targets, and close them after the test.
    """
    opened: list[AsgiTarget] = []

    def open_one(app: Callable[..., Any], *, double: bool = False, path: str = "/w") -> AsgiTarget:
        home = HandlerThread()
        place = TargetContext(
            name="app", thread=home, secret=SECRET, path=path, root=Path(__file__).parent
        )
        opened.append(AsgiTarget(app, place, version=2 if double else 3))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
        one.context.thread.close()


def starlette(endpoint: Callable[..., Any], **options: Any) -> Starlette:
    """
    Make an application of one endpoint.
    """
    return Starlette(routes=[Route("/w", endpoint, methods=["POST", "GET"])], **options)


def test_what_an_application_sees(aim: Open) -> None:
    """
    Names come in lower case, host and length are added, the path and query are given apart.
    """

    async def endpoint(http: HttpRequest) -> Response:
        body = (await http.body()).decode()
        seen = {"headers": http.headers.raw, "path": http.url.path, "query": http.url.query}
        text = {"method": http.method, "body": body, **seen}
        text["headers"] = [(name.decode(), value.decode()) for name, value in http.headers.raw]
        return JSONResponse(text, headers={"X-Seen": "Yes"})

    target = aim(starlette(endpoint), path="/w?a=1")
    headers = (("Svix-Id", "msg_1"), ("X-Two", "a"), ("X-Two", "b"))

    received = target.send(request(b"{} ", method="GET", headers=headers))

    assert received.status == 200
    assert received.headers["x-seen"] == "Yes"
    assert received.milliseconds > 0
    assert b'"method":"GET"' in received.body
    assert b'"body":"{} "' in received.body
    assert b'"path":"/w","query":"a=1"' in received.body
    assert b'["svix-id","msg_1"],["x-two","a"],["x-two","b"]' in received.body
    assert b'["host","localhost:8000"],["content-length","3"]' in received.body


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 350_000])
def test_a_body_comes_in_parts(aim: Open, size: int) -> None:
    """
    A long body comes in several messages, as servers read it, and comes whole.
    """
    parts = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        more = True
        while more:
            message = await receive()
            parts.append(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})
        assert (await receive())["type"] == "http.disconnect"

    received = aim(app).send(request(b"x" * size))

    assert (received.status, received.escaped) == (204, None)
    assert b"".join(parts) == b"x" * size
    assert len(parts) == max(1, -(-size // 65_536))


@pytest.mark.parametrize(
    ("transfer", "parts", "length"),
    [
        ("whole", [b"0123456"], b"content-length"),
        ("two segments", [b"0123", b"456"], b"content-length"),
        ("three segments", [b"012", b"345", b"6"], b"content-length"),
        ("chunked", [b"0123", b"456"], b"transfer-encoding"),
    ],
)
def test_a_small_body_may_be_split(
    aim: Open, transfer: Transfer, parts: list[bytes], length: bytes
) -> None:
    """
    The parts of a body are messages; only in chunks it comes without its length.
    """
    came: list[bytes] = []
    names: set[bytes] = set()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        names.update(name for name, _ in scope["headers"])
        more = True
        while more:
            message = await receive()
            came.append(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    assert aim(app).send(replace(request(b"0123456"), transfer=transfer)).status == 204
    assert came == parts
    assert names & {b"content-length", b"transfer-encoding"} == {length}


def test_an_exception_that_escapes(aim: Open) -> None:
    """
    An exception is a 500 with its class, its place in the handler and its traceback.
    """

    async def endpoint(http: HttpRequest) -> Response:
        del http
        raise KeyError(SECRET.reveal())

    line = endpoint.__code__.co_firstlineno + 2
    received = aim(starlette(endpoint)).send(request())

    assert received.status == 500
    assert received.escaped is not None
    assert (received.escaped.kind, received.escaped.place) == ("KeyError", f"{HERE}:{line}")
    assert "Traceback" in received.escaped.trace
    assert SECRET.reveal() not in str(received)


def test_an_exception_from_behind_middleware(aim: Open) -> None:
    """
    A group that middleware puts around an exception does not hide it.
    """

    async def passing(http: HttpRequest, call_next: Any) -> Response:
        answer: Response = await call_next(http)
        return answer

    async def endpoint(http: HttpRequest) -> Response:
        del http
        message = "deep"
        raise sqlite3.OperationalError(message)

    middleware = [Middleware(BaseHTTPMiddleware, dispatch=passing)]
    received = aim(starlette(endpoint, middleware=middleware)).send(request())

    assert received.escaped is not None
    assert received.escaped.kind == "sqlite3.OperationalError"


def test_a_handler_that_exits(aim: Open) -> None:
    """
    `sys.exit` ends the request, not the run.
    """

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del receive, send
        if scope["type"] == "http":
            sys.exit(3)

    target = aim(app)

    for _ in range(2):
        received = target.send(request())
        assert received.escaped is not None
        assert (received.status, received.escaped.kind) == (500, "SystemExit")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """
    The time by which answers are measured, in seconds: it passes only where a test lets it.
    """
    now = [100.0]
    monkeypatch.setattr(response, "perf_counter", lambda: now[0])
    recorder = response.ResponseRecorder
    monkeypatch.setattr(
        asgi_module, "begin_response", lambda context, _: recorder(context, started=now[0])
    )
    return now


def test_work_after_the_answer(aim: Open, clock: list[float]) -> None:
    """
    Work after an answer is done when the answer is handed back, and is not its time.
    """
    done = []

    async def later() -> None:
        await asyncio.sleep(0.01)
        clock[0] += 0.2
        done.append(1)

    async def endpoint(http: HttpRequest) -> Response:
        del http
        return Response(status_code=202, background=BackgroundTask(later))

    target = aim(starlette(endpoint))
    received = target.send(request())

    assert done == [1]
    assert received.milliseconds == 0


def test_work_that_fails_after_the_answer(aim: Open) -> None:
    """
    What goes wrong after the answer is seen beside the status that the sender saw.
    """

    async def endpoint(http: HttpRequest) -> Response:
        del http
        return Response(status_code=202, background=BackgroundTask(int, "no number"))

    received = aim(starlette(endpoint)).send(request())

    assert received.status == 202
    assert received.escaped is not None
    assert received.escaped.kind == "ValueError"


def test_tasks_left_behind(aim: Open) -> None:
    """
    A task that an answer leaves behind goes on, and can be waited for.
    """
    done: list[int] = []
    tasks = set()

    async def later() -> None:
        await asyncio.sleep(0.05)
        done.append(1)

    async def endpoint(http: HttpRequest) -> Response:
        del http
        tasks.add(asyncio.create_task(later()))
        return Response(status_code=202)

    target = aim(starlette(endpoint))
    assert target.send(request()).status == 202
    target.context.thread.wait_for_tasks()

    assert done == [1]


def test_tasks_that_did_not_end_are_waited_for_once(
    aim: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Another task that stands at the same place is left alone, one that stands elsewhere is not.
    """
    done: list[int] = []
    tasks: set[asyncio.Task[None]] = set()

    async def long() -> None:
        await asyncio.sleep(3600)

    async def short() -> None:
        await asyncio.sleep(0.05)
        done.append(1)

    async def endpoint(http: HttpRequest) -> Response:
        del http
        tasks.update(asyncio.create_task(one()) for one in ((long, short) if tasks else (long,)))
        return Response(status_code=202)

    target = aim(starlette(endpoint))
    monkeypatch.setattr(handler_thread, "_TASKS_TIMEOUT", 0.05)
    target.send(request())
    target.context.thread.wait_for_tasks()
    monkeypatch.setattr(handler_thread, "_TASKS_TIMEOUT", 3600)
    target.send(request())
    target.context.thread.wait_for_tasks()

    assert done == [1]
    assert target.send(request()).status == 202, "the thread still waits"


def test_the_lifespan_runs(aim: Open) -> None:
    """
    Start-up comes before the first request, shutdown after the last; its state is handed on.
    """
    calls = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, str]]:
        calls.append("up")
        yield {"name": "kept"}
        calls.append("down")

    async def endpoint(http: HttpRequest) -> Response:
        calls.append(http.state.name)
        return Response(status_code=204)

    target = aim(starlette(endpoint, lifespan=lifespan))
    target.send(request())
    target.close()

    assert calls == ["up", "kept", "down"]


def test_a_start_up_that_fails(aim: Open) -> None:
    """
    An application that does not start is unreachable, and the error names the line that failed.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await asyncio.open_connection("127.0.0.1", 1)
        yield

    with pytest.raises(TargetUnreachable, match="does not start up") as caught:
        aim(starlette(Response, lifespan=lifespan))

    assert caught.value.where.startswith(HERE)
    assert caught.value.found.startswith("ConnectionRefusedError: ")


def test_applications_without_a_lifespan(aim: Open) -> None:
    """
    An application that knows no lifespan is taken as it is, and so is one of ASGI 2.
    """

    class Double:
        def __init__(self, scope: Any) -> None:
            assert scope["type"] == "http"

        async def __call__(self, receive: Any, send: Any) -> None:
            del receive
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    assert aim(Double, double=True).send(request()).status == 204


@pytest.mark.parametrize(
    ("messages", "status", "reason"),
    [
        ([], 500, "no answer"),
        ([{"type": "http.response.start", "status": 200}], None, "broke off"),
    ],
)
def test_answers_that_are_not_whole(
    aim: Open, messages: list[dict[str, Any]], status: int | None, reason: str
) -> None:
    """
    What a server would make of an answer that never begins or never ends is said.
    """

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        for message in messages:
            await send(message)

    received = aim(app).send(request())

    assert received.status == status
    assert reason in received.reason


def test_a_handler_that_never_answers(aim: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A handler that hangs is given up, and the next request finds it as it was.
    """

    async def endpoint(http: HttpRequest) -> Response:
        if await http.body() == b"hang":
            await asyncio.Event().wait()
        return Response(status_code=204)

    target = aim(starlette(endpoint))

    with monkeypatch.context() as patch:
        patch.setattr(asgi_module, "TIMEOUT", 0.05)
        assert target.send(request(b"hang")).status is None
        assert "no answer within" in target.send(request(b"hang")).reason
    assert target.send(request()).status == 204


def test_requests_one_after_the_other(aim: Open) -> None:
    """
    In one visit each has a context of its own, as from a server; the answers come in their order.
    """
    known: ContextVar[bytes] = ContextVar("known", default=b"nothing")

    async def endpoint(http: HttpRequest) -> Response:
        before = known.get()
        known.set(await http.body())
        return Response(before + b" then " + known.get())

    received = aim(starlette(endpoint)).send_each([request(b"%d" % n) for n in range(3)])

    assert [one.body for one in received] == [b"nothing then %d" % n for n in range(3)]


def test_a_visit_ends_with_a_request_that_takes_long(
    aim: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What comes after it is left to the next visit.
    """
    monkeypatch.setattr(response_module, "BATCH_SECONDS", 0.0)

    async def endpoint(http: HttpRequest) -> Response:
        return Response(await http.body())

    received = aim(starlette(endpoint)).send_each([request(b"a"), request(b"b")])

    assert [one.body for one in received] == [b"a"]


def test_a_request_that_hangs_ends_a_visit(aim: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The answers before it are kept, it has none, and those after it are not sent.
    """
    hangs, released = threading.Event(), threading.Event()
    bodies, now = [], [0.0]

    async def endpoint(http: HttpRequest) -> Response:
        bodies.append(await http.body())
        if bodies[-1] == b"hang":
            now[0] += 10
            hangs.set()
            released.wait()
        return Response(status_code=204)

    def wait(thread: HandlerThread, job: Future[Any], timeout: float) -> object:
        del timeout
        hangs.wait()
        return waiting(thread, job, 0.01)

    target = aim(starlette(endpoint))
    waiting = HandlerThread._wait
    monkeypatch.setattr(response_module, "perf_counter", lambda: now[0])
    with monkeypatch.context() as patch:
        patch.setattr(HandlerThread, "_wait", wait)
        received = target.send_each([request(), request(b"hang"), request(b"after")])
    monkeypatch.setattr(handler_thread, "_STUCK", 60.0)
    released.set()

    assert [one.status for one in received] == [204, None]
    assert target.send(request()).status == 204
    assert bodies == [b"{}", b"hang", b"{}"]


def test_requests_at_the_same_time(aim: Open) -> None:
    """
    All requests are in the application at once; the answers come in their order.
    """
    inside: list[int] = []
    all_there = asyncio.Event()

    async def endpoint(http: HttpRequest) -> Response:
        inside.append(1)
        if len(inside) == 20:
            all_there.set()
        await all_there.wait()
        return Response(await http.body())

    received = aim(starlette(endpoint)).send_all([request(str(n).encode()) for n in range(20)])

    assert [int(one.body) for one in received] == list(range(20))


def test_long_answers_are_cut(aim: Open) -> None:
    """
    No more than 4 kB of an answer are kept, and the secret is not in them.
    """

    async def endpoint(http: HttpRequest) -> Response:
        del http
        return Response(SECRET.reveal() + "x" * 10_000)

    received = aim(starlette(endpoint)).send(request())

    assert len(received.body) <= 4096
    assert SECRET.reveal().encode() not in received.body


def test_everything_in_one_thread(tmp_path: Path) -> None:
    """
    A connection that is made at import can be used in the handler and in a look at the state.
    """
    from seamproof.checks.state.sources import open_state  # noqa: PLC0415 - likewise
    from seamproof.checks.targets.open import open_target  # noqa: PLC0415 - this test's own
    from tests.checks.requests import write  # noqa: PLC0415 - likewise

    write(
        tmp_path,
        "one_thread",
        """
        import sqlite3
        from starlette.applications import Starlette
        from starlette.responses import Response
        from starlette.routing import Route

        database = sqlite3.connect(":memory:")
        database.execute("create table seen (id)")

        async def receive(request):
            database.execute("insert into seen values (1)")
            return Response(status_code=204)

        def state():
            return database.execute("select count(*) from seen").fetchone()[0]

        app = Starlette(routes=[Route("/webhooks/seam", receive, methods=["POST"])])
        """,
    )

    with open_target("one_thread:app", app_dir=tmp_path) as target:
        look = open_state("one_thread:state", target)
        assert target.send(request()).status == 204
        assert look().data == 1


def test_inside_a_running_loop(aim: Open) -> None:
    """
    A target can be used where an event loop runs already.
    """

    async def endpoint(http: HttpRequest) -> Response:
        del http
        return Response(status_code=204)

    async def main() -> int | None:
        return aim(starlette(endpoint)).send(request()).status

    assert asyncio.run(main()) == 204


def test_a_handler_that_blocks(aim: Open, clock: list[float]) -> None:
    """
    The time that a handler takes before it answers is measured.
    """

    async def endpoint(http: HttpRequest) -> Response:
        del http
        clock[0] += 0.05
        return Response(status_code=204)

    assert aim(starlette(endpoint)).send(request()).milliseconds == pytest.approx(50)
