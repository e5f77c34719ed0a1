"""
Tests of reading a handler's state and of switching its dependency off.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from seamproof.checks.state import sources
from seamproof.checks.state.sources import open_state, open_switch
from seamproof.checks.targets.open import open_target
from seamproof.errors import RemoteTarget, SeamproofError, TargetUnreachable, UsageError
from seamproof.mock_server import serving
from tests.checks.requests import SECRET, request, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from starlette.requests import Request as HttpRequest

    from seamproof.checks.targets.base import Target

SHOP = """
    import asyncio
    import threading
    from collections import deque
    from datetime import datetime

    seen, broken, ticks, sets = [], [], iter(range(10**9)), {1, 2}

    def handler(body, headers):
        if broken and broken[-1]:
            return 503
        seen.append(body.decode())
        return 204

    def state():
        return {"seen": seen}

    async def asynchronous():
        await asyncio.sleep(0)
        return state()

    def restless():
        return {"tick": next(ticks), "seen": seen}

    def not_ready():
        return {"seen": sets}

    def failing():
        return {}["no such key"]

    def takes(it):
        return it

    def switch(value):
        broken.append(value)

    async def later(value):
        broken.append(value)

    number = 3

    # Every look finds one more done, as if a worker were at it.
    done = [0]
    threading.Thread(target=threading.Event().wait, daemon=True).start()

    def counted():
        if seen and done[0] < 20:
            done[0] += 1
        return {"done": done[0]}
"""


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    """
    A handler with each kind of state and switch.
    """
    write(tmp_path, "shop", SHOP)
    with open_target("shop:handler", app_dir=tmp_path, secret=SECRET) as one:
        yield one


@pytest.mark.parametrize("name", ["state", "asynchronous"])
def test_a_snapshot_is_a_copy(target: Target, name: str) -> None:
    """
    A snapshot does not change when the handler changes its state.
    """
    read = open_state(f"shop:{name}", target)

    before = read()
    target.send(request(b"a"))
    after = read()

    assert (before.data, after.data) == ({"seen": []}, {"seen": ["a"]})
    assert after.at >= before.at


def test_a_state_that_never_settles(target: Target) -> None:
    """
    A state that contains a clock can be read.
    """
    read = open_state("shop:restless", target)

    assert read().data["tick"] < read().data["tick"]


def test_a_worker_with_a_backlog_is_waited_for(target: Target) -> None:
    """
    A state that has settled before is read when it settles again.
    """
    read = open_state("shop:counted", target)
    read()
    target.send(request(b"work"))

    assert read().data == {"done": 20}


@pytest.mark.parametrize("name", ["switch", "later"])
def test_a_switch(target: Target, name: str) -> None:
    """
    A switch gets the boolean itself.
    """
    switch = open_switch(f"shop:{name}", target)
    statuses = []

    for broken in (True, False):
        switch(broken)
        statuses.append(target.send(request()).status)

    assert statuses == [503, 204]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("not_ready", "JSON-ready"),
        ("failing", "shop.py:29"),
        ("takes", "missing 1 required positional argument"),
    ],
)
def test_readings_that_fail(target: Target, name: str, message: str) -> None:
    """
    The error names the line in the user's code.
    """
    read = open_state(f"shop:{name}", target)

    with pytest.raises(UsageError) as caught:
        read()

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("shop", UsageError, "state="),
        ("shop:number", UsageError, "not a function"),
        ("shop:stat", TargetUnreachable, "state"),
        ("http://192.0.2.1/state", RemoteTarget, "allow_remote="),
    ],
)
def test_invalid_sources(
    target: Target, text: str, error: type[SeamproofError], message: str
) -> None:
    """
    A source that cannot be opened is an error before anything is sent.
    """
    with pytest.raises(error) as caught:
        open_state(text, target)

    assert message in str(caught.value)


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """
    The URL of a handler with a state and a switch.
    """
    kept: deque[Any] = deque()

    async def state(_: HttpRequest) -> Response:
        return JSONResponse({"kept": list(kept)})

    async def switch(http: HttpRequest) -> Response:
        kept.append((await http.json())["broken"])
        return Response(status_code=204)

    async def text(_: HttpRequest) -> Response:
        return PlainTextResponse("fine")

    routes = [
        Route("/state", state),
        Route("/text", text),
        Route("/switch", switch, methods=["POST"]),
    ]
    # Like many servers it compresses what may be compressed.
    compressed = [Middleware(GZipMiddleware, minimum_size=0)]
    with serving(Starlette(routes=routes, middleware=compressed)) as url:
        yield url


def test_by_url(target: Target, served: str) -> None:
    """
    The state is read by GET, and the switch gets a POST of a boolean.
    """
    read, switch = open_state(f"{served}/state", target), open_switch(f"{served}/switch", target)

    for broken in (True, False):
        switch(broken)

    assert read().data == {"kept": [True, False]}


def test_urls_that_fail(target: Target, served: str) -> None:
    """
    An answer that is not JSON, not 2xx or missing is an error that names the option.
    """
    with pytest.raises(UsageError, match="not JSON"):
        open_state(f"{served}/text", target)()
    with pytest.raises(UsageError, match="not answered 2xx"):
        open_state(f"{served}/nowhere", target)()
    broken = True
    with pytest.raises(UsageError, match="breaker="):
        open_switch(f"{served}/state", target)(broken)
    with pytest.raises(TargetUnreachable, match="nothing answers"):
        open_state("http://127.0.0.1:1/state", target)()


@pytest.fixture(scope="module")
def endless() -> Iterator[str]:
    """
    The URL of a state that never ends: `/dripping` has a little of it at a time, `/deep` ends.
    """

    async def drip(piece: bytes, pause: float) -> AsyncIterator[bytes]:
        yield b"["
        while True:
            yield piece
            await asyncio.sleep(pause)

    async def dripping(_: HttpRequest) -> Response:
        return StreamingResponse(drip(b"1,", 0.05))

    async def endless(_: HttpRequest) -> Response:
        return StreamingResponse(drip(b"1," * 1000, 0))

    async def deep(_: HttpRequest) -> Response:
        return PlainTextResponse("[" * 100_000)

    routes = [Route("/dripping", dripping), Route("/endless", endless), Route("/deep", deep)]
    with serving(Starlette(routes=routes)) as url:
        yield url


def test_urls_that_do_not_end(
    target: Target, endless: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    An answer that drips or that has no end is an error, and so is one that is nested too deeply.
    """
    with pytest.raises(UsageError, match="not JSON"):
        open_state(f"{endless}/deep", target)()
    monkeypatch.setattr(sources, "SOURCE_MAX_BYTES", 10_000)
    with pytest.raises(UsageError, match="the answer is too large"):
        open_state(f"{endless}/endless", target)()
    monkeypatch.setattr(sources, "SOURCE_TIMEOUT", 0.5)
    with pytest.raises(UsageError, match="the answer does not end"):
        open_state(f"{endless}/dripping", target)()
