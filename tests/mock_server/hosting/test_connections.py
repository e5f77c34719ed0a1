"""
Connections from outside: a limited number, the idle ones are closed first.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from errno import EMFILE
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.mock_server.hosting import web_server
from seamproof.mock_server.hosting.connections import handle_loop_errors
from seamproof.mock_server.hosting.web_server import listen, run_app

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

pytestmark = pytest.mark.anyio


async def application(_: Scope, __: Receive, send: Send) -> None:
    """
    Answer every request.
    """
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


async def test_idle_connections_do_not_lock_others_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The connection that has been idle for longest is closed for a new one.
    """
    monkeypatch.setattr(web_server, "max_connections", lambda: 4)
    with listen("127.0.0.1", 0) as listener:
        async with run_app(application, "127.0.0.1", listener):
            opened = [await asyncio.open_connection(*listener.getsockname()) for _ in range(20)]
            reader, writer = opened[-1]
            writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 204")
            first, _ = opened[0]
            with suppress(ConnectionError):
                assert await first.read(1) == b""
            for _, writer in opened:
                writer.close()


async def test_a_shortage_is_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """
    Asyncio reports each connection that it cannot accept; other errors are reported as before.
    """
    loop, others = asyncio.get_running_loop(), list[Any]()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: others.append(context))
    try:
        handle_loop_errors(loop)
        shortage = {"message": "accept", "exception": OSError(EMFILE, "Too many open files")}
        for _ in range(100):
            loop.call_exception_handler(shortage)
        assert others == []
        loop.call_exception_handler({"message": "another", "exception": ValueError()})
        assert len(others) == 1
    finally:
        loop.set_exception_handler(before)
    assert "Traceback" not in caplog.text
