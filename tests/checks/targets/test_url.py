"""
Tests of sending to a URL, over a real socket.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from seamproof.checks.targets.open import open_target
from seamproof.errors import TargetUnreachable
from seamproof.mock_server import serving
from tests.checks.requests import SECRET, request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request as HttpRequest

    from seamproof.checks.model.exchange import Transfer
    from seamproof.checks.targets.base import Target


async def echo(http: HttpRequest) -> Response:
    """
    Tell what came.
    """
    return JSONResponse({"method": http.method, "length": len(await http.body())})


async def headers(http: HttpRequest) -> Response:
    """
    Tell which headers came.
    """
    return JSONResponse({**http.headers, "body": (await http.body()).decode()})


async def elsewhere(_: HttpRequest) -> Response:
    """
    Lead away.
    """
    return RedirectResponse("/echo")


async def gather(http: HttpRequest) -> Response:
    """
    ResponseRecorder when twenty are there.
    """
    state = http.app.state
    state.inside += 1
    if state.inside == 20:
        state.all_there.set()
    await state.all_there.wait()
    return Response(await http.body())


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """
    The URL of an application that listens.
    """
    routes = [
        Route(f"/{one.__name__}", one, methods=["GET", "POST"])
        for one in (echo, headers, elsewhere, gather)
    ]
    app = Starlette(routes=routes)
    app.state.inside, app.state.all_there = 0, asyncio.Event()
    with serving(app) as url:
        yield url


@contextmanager
def aimed(url: str, **options: str) -> Iterator[Target]:
    """
    Aim at a URL.
    """
    with open_target(url, secret=SECRET, path=options.get("path")) as target:
        yield target


def test_an_answer(served: str) -> None:
    """
    Status, headers and body come back, for each method.
    """
    with aimed(f"{served}/echo") as target:
        received = target.send(request(b"x" * 350_000))
        got = target.send(request(b"", method="GET"))

    assert (received.status, received.headers["content-type"]) == (200, "application/json")
    assert json.loads(received.body) == {"method": "POST", "length": 350_000}
    assert json.loads(got.body)["method"] == "GET"
    assert received.milliseconds > 0


def test_a_path_may_be_apart(served: str) -> None:
    """
    `--path` completes a URL that has none.
    """
    with aimed(served, path="/echo") as target:
        assert target.send(request()).status == 200


def test_redirects_are_not_followed(served: str) -> None:
    """
    A redirect is what came back.
    """
    with aimed(f"{served}/elsewhere") as target:
        received = target.send(request())

    assert (received.status, received.headers["location"]) == (307, "/echo")


def test_requests_at_the_same_time(served: str) -> None:
    """
    Requests go out together, and the answers come in their order.
    """
    with aimed(f"{served}/gather") as target:
        received = target.send_all([request(str(n).encode()) for n in range(20)])

    assert [int(one.body) for one in received] == list(range(20))


def free_port() -> int:
    """
    Find a port where nothing listens.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def test_nothing_there() -> None:
    """
    A URL where nothing listens is unreachable, with exit status 3.
    """
    url = f"http://127.0.0.1:{free_port()}/"
    with aimed(url) as target, pytest.raises(TargetUnreachable, match="nothing answers") as caught:
        target.send(request())

    assert (caught.value.where, caught.value.exit_status) == (url, 3)
    assert caught.value.found == "connection refused"


def test_a_handler_that_goes_away() -> None:
    """
    A handler that dies on the way is a finding, not the end of the run.
    """
    with serving(Starlette(routes=[Route("/", echo, methods=["POST"])])) as url:
        stack = aimed(f"{url}/")
        target = stack.__enter__()
        assert target.send(request()).status == 200
    received = target.send(request())
    stack.__exit__(None, None, None)

    assert received.status is None
    assert "connection" in received.reason


@contextmanager
def answering(raw: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """
    ResponseRecorder one request with given bytes, and keep what came.
    """
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                came.append(connection.recv(65_536))
                connection.sendall(raw)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/w", came
        thread.join(5)


def test_headers_go_out_as_they_are() -> None:
    """
    Names keep their case and order, and nothing is added but what HTTP needs.
    """
    headers = (("Svix-ID", "msg_1"), ("svix-TIMESTAMP", "1"), ("X-two", "a"), ("X-two", "b"))
    with (
        answering(b"HTTP/1.1 204 No Content\r\n\r\n") as (url, came),
        aimed(url) as target,
    ):
        assert target.send(request(b"{}", headers=headers)).status == 204

    head, _, body = came[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    names = [line.partition(":")[0] for line in lines[1:]]
    assert lines[0] == "POST /w HTTP/1.1"
    assert body in (b"{}", b"")
    assert [name for name in names if name not in ("Host", "Content-Length")] == [
        "Svix-ID",
        "svix-TIMESTAMP",
        "X-two",
        "X-two",
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "connection broke"),
        (b"no HTTP at all\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "connection broke"),
    ],
)
def test_answers_that_are_none(raw: bytes, reason: str) -> None:
    """
    A connection that breaks, or an answer that is none, is no status and a reason.
    """
    with answering(raw) as (url, _), aimed(url) as target:
        received = target.send(request())

    assert received.status is None
    assert reason in received.reason


@contextmanager
def answering_in_turn(*turns: tuple[bytes, ...]) -> Iterator[tuple[str, list[bytes]]]:
    """
    Answer the requests of each connection with given bytes, and close it at the one after.
    """
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            for answers in turns:
                connection, _ = listener.accept()
                with connection:
                    for raw in (*answers, b""):
                        came.append(connection.recv(65_536))
                        connection.sendall(raw)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/w", came


OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_a_reused_connection_that_breaks_is_replaced() -> None:
    """
    A server may close an idle connection: the request is sent again over a new one.
    """
    with answering_in_turn((OK,), (OK,), (OK,)) as (url, came), aimed(url) as target:
        statuses = [target.send(request(str(n).encode())).status for n in range(3)]

    assert statuses == [200, 200, 200]
    assert [one.rpartition(b"\n")[2] for one in came if one] == [b"0", b"1", b"1", b"2"]


def test_a_new_connection_that_breaks_is_no_answer() -> None:
    """
    A request that breaks its new connection as well is not sent a third time.
    """
    with answering_in_turn((OK,), (), (OK,)) as (url, came), aimed(url) as target:
        received = [target.send(request()) for _ in range(3)]

    assert [one.status for one in received] == [200, None, 200]
    assert "connection broke" in received[1].reason
    assert len([one for one in came if one]) == 4


@pytest.mark.parametrize(
    "transfer", ["two segments", "three segments", "divided letter", "chunked"]
)
def test_a_body_in_parts_arrives_as_one(served: str, transfer: Transfer) -> None:
    """
    A body may be split into segments, with its length, and into chunks, without it.
    """
    one = replace(request(b"0123456789"), transfer=transfer)
    with aimed(f"{served}/headers") as target:
        assert transfer in target.transfers
        seen = json.loads(target.send(one).body)

    lengths = (
        {"content-length": "10"} if transfer != "chunked" else {"transfer-encoding": "chunked"}
    )
    assert seen["body"] == "0123456789"
    assert {name: seen[name] for name in seen if name in {"content-length", *lengths}} == lengths


def test_headers_that_cannot_be_sent(served: str) -> None:
    """
    A header that HTTP does not allow is reported, and the run goes on.
    """
    with aimed(f"{served}/echo") as target:
        received = target.send(request(headers=(("a", "b\r\nc: d"),)))

    assert received.status is None
    assert received.reason
