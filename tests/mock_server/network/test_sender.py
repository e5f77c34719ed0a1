"""
The sender: a delivery becomes an attempt, over a real socket.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

from seamproof import __version__
from seamproof.mock_server import Sender, serving
from seamproof.signing import Secret, sign
from tests.mock_server.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request

    from seamproof.events import Delivery
    from tests.mock_server.receiver import Receiver

SECRET = Secret.generate(bytes)


def delivery(body: bytes = b'{"a": 1}') -> Delivery:
    """
    Sign a body.
    """
    return sign(body, SECRET, message_id="msg_1", timestamp=1_700_000_000)


def test_a_delivery_arrives_as_svix_sends_it(receiver: Receiver) -> None:
    """
    A handler sees a POST with Svix's headers and the body that was signed.
    """
    sent = delivery()

    with Sender() as sender:
        attempt = sender.send(sent, f"{receiver.url}/webhooks/seam")

    (received,) = receiver.received
    assert (received.method, received.path, received.body) == ("POST", "/webhooks/seam", sent.body)
    assert received.headers.items() >= sent.headers.items()
    assert received.headers["user-agent"] == f"Svix-Webhooks/1.0 (seamproof {__version__})"
    assert received.headers["accept"] == "*/*"
    assert (attempt.delivery, attempt.status, attempt.reason) == (sent, 204, "")
    assert attempt.delivered
    assert attempt.reached
    assert attempt.milliseconds > 0


def test_every_body_arrives_byte_for_byte() -> None:
    """
    What is signed is what arrives, for any bytes at all.
    """
    with receiving() as receiver, Sender() as sender:

        @given(st.binary())
        def arrives(body: bytes) -> None:
            assert sender.send(delivery(body), receiver.url).delivered
            assert receiver.bodies[-1] == body

        arrives()


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_an_answer_from_200_to_299_is_a_success(receiver: Receiver, status: int) -> None:
    """
    Svix counts 200-299 as delivered.
    """
    with Sender() as sender:
        attempt = sender.send(delivery(), f"{receiver.url}/status/{status}")

    assert (attempt.status, attempt.delivered, attempt.reason) == (status, True, "")


FAILURES = {
    300: "expected 200-299",
    301: "trailing slash",
    302: "login page",
    307: "trailing slash",
    308: "trailing slash",
    400: "is its secret the same",
    401: "is its secret the same",
    403: "CSRF",
    404: "nothing is at this path",
    405: "does not take POST",
    410: "expected 200-299",
    413: "size of a body",
    500: "the handler fails",
    503: "the handler fails",
}


@pytest.mark.parametrize(("status", "hint"), FAILURES.items())
def test_any_other_answer_is_a_failure_with_a_hint(
    receiver: Receiver, status: int, hint: str
) -> None:
    """
    The reason names the status and what it usually means for a webhook.
    """
    with Sender() as sender:
        attempt = sender.send(delivery(), f"{receiver.url}/status/{status}")

    assert (attempt.status, attempt.delivered, attempt.reached) == (status, False, True)
    assert attempt.reason.startswith(f"answered {status}, expected 200-299")
    assert hint in attempt.reason


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(receiver: Receiver, status: int) -> None:
    """
    The reason says where the redirect leads, and nothing goes there.
    """
    with Sender() as sender:
        attempt = sender.send(delivery(), f"{receiver.url}/status/{status}")

    assert "redirects to /elsewhere are not followed" in attempt.reason
    assert [one.path for one in receiver.received] == [f"/status/{status}"]


def test_a_refused_connection_never_reached_anything() -> None:
    """
    Where nothing listens, the attempt has no status and says so.
    """
    with socket.socket() as bound, Sender() as sender:
        bound.bind(("127.0.0.1", 0))
        attempt = sender.send(delivery(), f"http://127.0.0.1:{bound.getsockname()[1]}/")

    assert (attempt.status, attempt.delivered, attempt.reached) == (None, False, False)
    assert attempt.reason.startswith("no connection: ")


def test_a_handler_that_does_not_answer_is_given_up(receiver: Receiver) -> None:
    """
    After the time-out the attempt has failed, though something was there.
    """
    with Sender(timeout=0.2) as sender:
        # An open connection: on a slow machine, opening one may take longer than the time-out.
        while not sender.send(delivery(), receiver.url).delivered:
            pass
        attempt = sender.send(delivery(), f"{receiver.url}/silence")

    assert (attempt.status, attempt.delivered, attempt.reached) == (None, False, True)
    assert attempt.reason == "no answer within 0.2 s"


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """
    Listen, take one request, answer these bytes and hang up.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "the connection broke: the handler hung up without an answer"),
        (b"HTTP/1.1 20", "the connection broke: "),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the answer is not HTTP: "),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", "the answer broke off: "),
    ],
    ids=["nothing", "half a line", "another protocol", "half a body"],
)
def test_a_connection_that_breaks_is_a_failure(answer: bytes, reason: str) -> None:
    """
    A response that is not complete is not a success, and not a crash either.
    """
    with answering(answer) as url, Sender() as sender:
        attempt = sender.send(delivery(), url)

    assert (attempt.status, attempt.delivered, attempt.reached) == (None, False, True)
    assert attempt.reason.startswith(reason)


def test_a_connection_that_is_not_accepted_reached_nothing() -> None:
    """
    A time-out while connecting is distinguished from one while waiting for the response.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):  # more than the queue of the listener holds
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003 - the name says what it is
            waiting.connect_ex(listener.getsockname())
        sender = stack.enter_context(Sender(timeout=0.5))
        attempt = sender.send(delivery(), f"http://127.0.0.1:{listener.getsockname()[1]}/")

    assert (attempt.status, attempt.reached) == (None, False)
    assert attempt.reason == "no answer within 0.5 s"


@pytest.mark.anyio
async def test_a_sender_works_while_a_loop_runs() -> None:
    """
    The sender is synchronous, also in a function that runs in an event loop.
    """
    with receiving() as receiver, Sender() as sender:
        assert sender.send(delivery(), receiver.url).delivered


def test_a_body_that_never_ends_is_not_waited_for() -> None:
    """
    The headers decide: what comes after them is read only as far as it is of use.
    """

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"more " * 1000
            await asyncio.sleep(0)

    async def answer(_: Request) -> StreamingResponse:
        return StreamingResponse(endless())

    app = Starlette(routes=[Route("/", answer, methods=["POST"])])
    with serving(app) as url, Sender() as sender:
        attempt = sender.send(delivery(), url)

    assert (attempt.status, attempt.delivered) == (200, True)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """
    An event goes where the user said, also where a proxy is set that would swallow it.
    """
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with receiving() as proxy:
        monkeypatch.setenv(name, proxy.url)
        with Sender() as sender:
            attempt = sender.send(delivery(), receiver.url)

        assert attempt.delivered
        assert len(receiver.received) == 1
        assert proxy.received == []
