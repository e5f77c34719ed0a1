"""
Tests of serving an application for as long as it is needed.
"""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.responses import Response

from seamproof.errors import TargetUnreachable
from seamproof.mock_server import serving

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """
    Answer every request 200.
    """
    if scope["type"] == "http":
        await Response("hello")(scope, receive, send)


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    """
    Say that the start has failed, as an application without its database does.
    """
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})


def listens(url: str) -> bool:
    """
    Whether anything takes connections there.
    """
    parsed = httpx.URL(url)
    try:
        socket.create_connection((parsed.host, parsed.port or 80)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_an_application_answers_while_the_block_lasts() -> None:
    """
    Inside the block the URL works; after it the port is free and the thread has ended.
    """
    before = threading.active_count()

    with serving(app) as url:
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(url).text == "hello"

    assert not listens(url)
    assert threading.active_count() == before


@pytest.mark.parametrize("problem", [RuntimeError, KeyboardInterrupt])
def test_an_application_is_stopped_when_the_block_fails(problem: type[BaseException]) -> None:
    """
    An exception passes through, and leaves neither thread nor listener behind.
    """
    before = threading.active_count()
    urls: list[str] = []

    def fail() -> None:
        with serving(app) as url:
            urls.append(url)
            raise problem

    with pytest.raises(problem):
        fail()

    assert not listens(urls[0])
    assert threading.active_count() == before


def test_several_applications_are_served_side_by_side() -> None:
    """
    Each gets a free port of its own.
    """
    with serving(app) as one, serving(app) as other:
        assert one != other
        assert [httpx.get(one).status_code, httpx.get(other).status_code] == [200, 200]


def test_a_port_can_be_asked_for_again() -> None:
    """
    A port is given back at once, so that the same one can serve the next run.
    """
    with serving(app) as url:
        httpx.get(url)
    port = httpx.URL(url).port
    assert port is not None

    with serving(app, port=port) as again:
        assert again == url
        assert httpx.get(again).text == "hello"


def test_a_port_that_is_taken_is_named() -> None:
    """
    The error says which address cannot be used, and ends a command with status 3.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(TargetUnreachable) as caught, serving(app, port=port):
            pass

    assert caught.value.where == f"127.0.0.1:{port}"
    assert caught.value.exit_status == 3


def test_an_application_that_does_not_start_is_an_error() -> None:
    """
    Where the application fails before its first request, nobody is left waiting for it.
    """
    before = threading.active_count()

    with pytest.raises(TargetUnreachable, match="does not start"), serving(failing):
        pass

    assert threading.active_count() == before
