"""
Tests of sending to WSGI applications.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import flask
import pytest
from django.core.signals import got_request_exception

from seamproof.checks.targets.adapters.wsgi import WsgiTarget, environ
from seamproof.checks.targets.base import TargetContext
from seamproof.checks.targets.handler_thread import HandlerThread
from tests.checks.requests import SECRET, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Open: TypeAlias = Callable[..., WsgiTarget]

HERE = Path(__file__).name


@pytest.fixture
def aim() -> Iterator[Open]:
    """
    Open targets, and close them after the test.
    """
    opened: list[WsgiTarget] = []

    def open_one(app: Callable[..., Any]) -> WsgiTarget:
        place = TargetContext(
            name="app", thread=HandlerThread(), secret=SECRET, path="/w?a=1", root=HERE_DIRECTORY
        )
        opened.append(WsgiTarget(app, place))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
        one.context.thread.close()


HERE_DIRECTORY = Path(__file__).parent


def test_the_environ_is_as_servers_make_it() -> None:
    """
    Names are in upper case with underscores, several values are joined, odd names are dropped.
    """
    headers = (
        ("Svix-Id", "msg_1"),
        ("x-two", "a"),
        ("X-Two", "b"),
        ("svix_id", "forged"),
        ("content-type", "application/json"),
        ("x-text", "é and €"),
    )

    made = environ(request(b"{}", headers=headers), "/a%20b/c?d=%20")

    assert made["REQUEST_METHOD"] == "POST"
    assert (made["PATH_INFO"], made["QUERY_STRING"]) == ("/a b/c", "d=%20")
    assert (made["CONTENT_TYPE"], made["CONTENT_LENGTH"]) == ("application/json", "2")
    assert (made["HTTP_SVIX_ID"], made["HTTP_X_TWO"]) == ("msg_1", "a,b")
    assert made["HTTP_X_TEXT"].encode("latin-1").decode() == "é and €"
    assert made["wsgi.input"].read() == b"{}"
    assert "HTTP_CONTENT_TYPE" not in made


def test_an_answer_of_flask(aim: Open) -> None:
    """
    Status, headers and body come back as Flask gives them.
    """
    app = flask.Flask("handler")

    @app.post("/w")
    def receive() -> tuple[dict[str, Any], int, dict[str, str]]:
        body = flask.request.get_data(as_text=True)
        return {"body": body, "a": flask.request.args["a"]}, 201, {"X-Seen": "Yes"}

    received = aim(app).send(request(b"{} "))

    assert (received.status, received.headers["x-seen"]) == (201, "Yes")
    assert json.loads(received.body) == {"body": "{} ", "a": "1"}
    assert received.escaped is None


def test_an_exception_that_escapes(aim: Open) -> None:
    """
    What leaves an application is a 500, as servers answer, with its place.
    """

    def app(environ: Any, start_response: Any) -> Any:
        del environ, start_response
        message = "no"
        raise RuntimeError(message)

    received = aim(app).send(request())

    assert received.escaped is not None
    assert received.status == 500
    assert received.escaped.place == f"{HERE}:{app.__code__.co_firstlineno + 3}"


def test_an_exception_that_flask_answers(aim: Open) -> None:
    """
    Flask itself answers 500, and yet two different bugs are distinguished.
    """
    app = flask.Flask("handler")

    @app.post("/w")
    def receive() -> str:
        parts = flask.request.get_data(as_text=True).split("=")
        return {"a": "first"}[parts[0]] + parts[1]

    target = aim(app)
    first, second = target.send(request(b"b")), target.send(request(b"a"))
    several = target.send_all([request(b"b"), request(b"a")])

    for received, kind in zip(
        (first, second, *several), ["KeyError", "IndexError"] * 2, strict=True
    ):
        assert received.escaped is not None
        assert (received.status, received.escaped.kind) == (500, kind)


def test_an_exception_that_flask_makes_a_refusal_of(aim: Open) -> None:
    """
    An exception that an error handler answers with 400 is no crash.
    """
    app = flask.Flask("handler")

    @app.errorhandler(KeyError)
    def refuse(problem: KeyError) -> tuple[str, int]:
        return str(problem), 400

    @app.post("/w")
    def receive() -> str:
        return str(flask.request.environ["no such key"])

    received = aim(app).send(request())

    assert (received.status, received.escaped) == (400, None)


def test_an_exception_that_django_answers(aim: Open) -> None:
    """
    Django reports exceptions by a signal, and they are collected.
    """

    def app(environ: Any, start_response: Any) -> Any:
        try:
            int(environ["wsgi.input"].read())
        except ValueError:
            got_request_exception.send(sender=None, request=None)
        start_response("500 Internal Server Error", [])
        return [b"oh"]

    received = aim(app).send(request(b"x"))

    assert received.escaped is not None
    assert received.escaped.kind == "ValueError"


def test_answers_of_every_make(aim: Open) -> None:
    """
    A body may be written, yielded and closed.
    """
    closed = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            yield b"two"

        def close(self) -> None:
            closed.append(1)

    def app(environ: Any, start_response: Any) -> Any:
        del environ
        start_response("202 Accepted", [("X-A", "b")])(b"one ")
        return Parts()

    received = aim(app).send(request())

    assert (received.status, received.body, closed) == (202, b"one two", [1])


def test_no_answer(aim: Open) -> None:
    """
    An application that answers nothing is a 500, as servers have it.
    """

    def app(environ: Any, start_response: Any) -> Any:
        del environ, start_response
        return []

    received = aim(app).send(request())

    assert (received.status, received.reason) == (500, "the application sent no answer")


def test_requests_at_the_same_time(aim: Open) -> None:
    """
    All requests are in the application at once, each in a thread; answers come in their order.
    """
    together = threading.Barrier(30)

    def app(environ: Any, start_response: Any) -> Any:
        together.wait(60)
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    received = aim(app).send_all([request(str(n).encode()) for n in range(30)])

    assert [int(one.body) for one in received] == list(range(30))


def test_races_show(aim: Open) -> None:
    """
    What looks first and writes afterwards is caught at it.
    """
    seen: set[str] = set()
    effects: list[str] = []

    def app(environ: Any, start_response: Any) -> Any:
        name = environ["HTTP_SVIX_ID"]
        if name not in seen:
            effects.append(str(sum(range(2_000))))
            seen.add(name)
        start_response("200 OK", [])
        return []

    target = aim(app)
    rounds = 0
    while rounds < 500 and len(effects) == rounds:
        target.send_all([request(headers=(("svix-id", str(rounds)),)) for _ in range(10)])
        rounds += 1

    assert len(effects) > rounds
