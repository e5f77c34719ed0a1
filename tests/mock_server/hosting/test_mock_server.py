"""
The mock server inside a test, for code that waits and for code that awaits.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from svix.webhooks import Webhook

import seamproof
from seamproof import MockServer
from seamproof.errors import NotFound, RemoteTarget, TargetUnreachable, UnknownEventType, UsageError
from seamproof.mock_server import serving
from seamproof.mock_server.model.clocks import ManualClock
from seamproof.signing import Secret, verify

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from tests.mock_server.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_whole_way(receiver: Receiver) -> None:
    """
    Register, emit, wait, look: what arrives is signed with the server's secret.
    """
    with MockServer() as server:
        server.register(f"{receiver.url}/hook", event_types=["lock.locked"])
        (message_id,) = server.emit("lock.locked")
        assert server.wait_idle(timeout=60)
        (message,) = server.messages

    (got,) = receiver.received
    assert got.headers["svix-id"] == message.message.message_id == message_id
    assert message.status == "delivered"
    (attempt,) = message.attempts
    assert verify(got.body, got.headers, server.secret, now=attempt.at).valid


def test_messages_are_read_without_holding_up_the_loop() -> None:
    """
    While messages are read, what else the loop has to do goes on.
    """
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    async def play() -> None:
        async with MockServer() as server:
            await server.emit("lock.locked", count=20)
            ticking = asyncio.create_task(tick())
            listed = await server.list_messages()
            ticking.cancel()
            assert len(listed) == 20
            assert listed == server.messages

    asyncio.run(play())
    assert ticks > 0


def test_the_whole_way_while_awaiting(receiver: Receiver) -> None:
    """
    The same for a test that awaits: its loop is never held up.
    """

    async def play() -> None:
        async with MockServer(clock="manual", jitter=0) as server:
            await server.register(f"{receiver.url}/status/500")
            (message_id,) = await server.emit("lock.locked")
            assert await server.wait_idle(timeout=60)
            await server.advance("35m 5s")
            await server.resend(message_id)
            assert await server.wait_idle(timeout=60)
            (message,) = server.messages
            assert len(message.attempts) == 5
            assert server.secret.startswith("whsec_")
            assert server.url in repr(server)
            await server.reset()
            assert server.messages == []

    asyncio.run(play())


def test_a_clock_is_advanced_by_seconds_or_words(receiver: Receiver) -> None:
    """
    The whole schedule of Seam is eight attempts within 27 h 35 min.
    """
    with MockServer(clock="manual", jitter=0) as server:
        server.register(f"{receiver.url}/status/500")
        server.emit("lock.locked")
        assert server.wait_idle(timeout=60)
        server.advance(4.9)
        assert len(receiver.received) == 1
        server.advance(0.2)
        assert len(receiver.received) == 2
        server.advance("27h 35m")
        assert len(receiver.received) == 8


def test_a_handler_that_verifies_takes_what_a_manual_clock_lets_it_have() -> None:
    """
    However far a clock is put forward, an attempt is signed at the time when it arrives.
    """
    failures = [500, 500, 500]

    async def handler(request: Request) -> Response:
        Webhook(SECRET).verify(await request.body(), dict(request.headers))
        return Response(status_code=failures.pop() if failures else 200)

    app = Starlette(routes=[Route("/", handler, methods=["POST"])])
    with serving(app) as url, MockServer(clock="manual", jitter=0, secret=SECRET) as server:
        server.register(url)
        server.emit("lock.locked")
        server.advance("35m5s")
        (message,) = server.messages

    assert [one.status for one in message.attempts] == [500, 500, 500, 200]
    assert message.status == "delivered"
    assert message.attempts[3].at - message.attempts[0].at == pytest.approx(35 * 60 + 5)


def test_a_manual_clock_is_kept(tmp_path: Path) -> None:
    """
    The next start carries on at the time that the clock showed, not before it.
    """
    file = str(tmp_path / "mock.sqlite3")
    start = 1_800_000_000
    with MockServer(clock=ManualClock(start), database=file) as server:
        server.advance("3h")

    clock = ManualClock(start)
    with MockServer(clock=clock, database=file) as server:
        assert clock.now() == start + 3 * 3600
        server.emit("lock.locked")
        (message,) = server.messages
        assert message.message.created_at == clock.now()

    later = ManualClock(start + 86_400)
    with MockServer(clock=later, database=file):
        assert later.now() == start + 86_400


def test_a_clock_of_ones_own_is_taken() -> None:
    """
    A clock can be handed in, to begin at a chosen moment.
    """
    with MockServer(clock=ManualClock(1_800_000_000)) as server:
        server.emit("lock.locked")
        server.advance(60)
        (message,) = server.messages

    assert message.message.created_at == 1_800_000_000


def test_messages_stand_in_the_order_of_their_emission() -> None:
    """
    The first that was emitted comes first, over more than one page.
    """
    with MockServer(schedule="none") as server:
        ids = server.emit("lock.locked", count=501)
        found = server.messages

    assert [one.message.message_id for one in found] == ids


def test_the_secret_can_be_given_for_all_and_for_one(receiver: Receiver) -> None:
    """
    An endpoint's own secret goes before that of the server.
    """
    with MockServer(secret=SECRET) as server:
        assert server.secret == SECRET
        assert server.register(f"{receiver.url}/a").secret == Secret(SECRET)
        own = Secret.generate()
        assert server.register(f"{receiver.url}/b", secret=own.reveal()).secret == own


def test_faults_are_given_by_name(receiver: Receiver) -> None:
    """
    A fault at an endpoint and one at an emission, in words.
    """
    with MockServer(secret=SECRET) as server:
        server.register(f"{receiver.url}/hook", faults=["wrong_secret"], headers={"x-a": "b"})
        server.emit("lock.locked", faults=["unknown_field:x1"])
        assert server.wait_idle(timeout=60)
        (message,) = server.messages

    assert receiver.received[0].headers["x-a"] == "b"
    fault = message.attempts[0].fault
    assert "wrong_secret" in fault
    assert "unknown_field" in fault


def test_errors_come_through() -> None:
    """
    What the service refuses is raised where it was asked for.
    """
    with MockServer() as server:
        with pytest.raises(UnknownEventType):
            server.emit("lock.lokced")
        with pytest.raises(RemoteTarget):
            server.register("http://192.0.2.1/")
        with pytest.raises(UsageError):
            server.register("no url")
        with pytest.raises(NotFound):
            server.resend("msg_none")
        with pytest.raises(UsageError, match="manual"):
            server.advance(5)


@pytest.mark.parametrize(
    ("name", "value"),
    [("schedule", "sometimes"), ("clock", "sundial"), ("secret", "mySecret")],
)
def test_a_wrong_argument_is_told_at_once(name: str, value: str) -> None:
    """
    A slip shows where the server is made.
    """
    with pytest.raises(seamproof.SeamproofError):
        MockServer(**{name: value})  # type: ignore[arg-type] # that is what is refused


def test_a_server_that_does_not_run_says_so() -> None:
    """
    Outside of its `with` block a server has neither a URL nor messages.
    """
    server = MockServer()

    with pytest.raises(UsageError, match="does not run"):
        _ = server.url
    with pytest.raises(UsageError, match="does not run"):
        server.emit("lock.locked")
    assert "not running" in repr(server)


def test_a_server_runs_once_at_a_time_and_again_later() -> None:
    """
    The same object serves one block after the other, not two at once.
    """
    server = MockServer()
    with server, pytest.raises(UsageError, match="runs already"):
        server.__enter__()
    with server:
        assert httpx.get(f"{server.url}/health").status_code == 200


def test_nothing_is_left_of_a_server() -> None:
    """
    When the block ends, its thread has ended and its port is free.
    """
    with MockServer() as server:
        url = server.url
    assert not [one for one in threading.enumerate() if one.name == "seamproof"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


@pytest.mark.parametrize("port", [65_536, 99_999, -1])
def test_a_port_that_cannot_be_is_told(port: int) -> None:
    """
    Rather than another one taken.
    """
    with pytest.raises(UsageError, match="no such port"), MockServer(port=port):
        pass


def test_a_port_that_is_taken_is_told() -> None:
    """
    Two servers cannot have one port.
    """
    with MockServer() as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(TargetUnreachable, match="port"), MockServer(port=port):
            pass


def test_a_database_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """
    A file that is no database is an error of the block's beginning, and is left as it was.
    """
    file = tmp_path / "notes.txt"
    file.write_text("no database", encoding="utf-8")

    with pytest.raises(UsageError), MockServer(database=str(file)):
        pass
    assert file.read_text(encoding="utf-8") == "no database"


def test_a_database_is_kept(tmp_path: Path) -> None:
    """
    With a file, what one server took in the next one has.
    """
    file = str(tmp_path / "mock.sqlite3")
    with MockServer(database=file, schedule="none") as server:
        ids = server.emit("lock.locked", count=2)

    with MockServer(database=file, schedule="none") as server:
        assert [one.message.message_id for one in server.messages] == ids
