"""
The listener forwards byte for byte, hands answers back, and bears hostile senders.
"""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from seamproof.errors import UsageError
from seamproof.events import Event
from seamproof.mock_server.hosting.web_server import listen
from seamproof.mock_server.network.address_policy import AddressPolicy
from seamproof.pseudonyms.pseudonymiser import Pseudonymiser
from seamproof.recordings.fixtures import FixtureWriter
from seamproof.recordings.listener.delivery import ReceivedRequest
from seamproof.recordings.listener.forwarder import MAX_ANSWER, Forwarder
from seamproof.recordings.listener.judge import Judge
from seamproof.recordings.listener.server import run_listener
from seamproof.schemas import catalog
from seamproof.signing import Reason
from seamproof.strategies import Sampler
from tests.recordings.listener.listening import listening_to, signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

EVENT = Sampler(1).event("lock.unlocked")
BODY = json.dumps(EVENT, indent=1).encode()
DONE = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.fixture
def anyio_backend() -> str:
    """
    Only asyncio: the listener runs on nothing else.
    """
    return "asyncio"


class Handler:
    """
    A handler that keeps the bytes of its requests, and answers with given ones.
    """

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.received: list[tuple[bytes, bytes]] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """
        Read a request and answer it.
        """
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if b"t-length" in line)
        self.received.append((head, await reader.readexactly(length)))
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def handling(answer: bytes = DONE) -> AsyncIterator[tuple[Handler, str]]:
    """
    Run a handler for as long as the block lasts.
    """
    handler = Handler(answer)
    server = await asyncio.start_server(handler.talk, "127.0.0.1", 0)
    async with server:
        yield handler, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def names_in(directory: Path) -> list[str]:
    """
    List the files of a directory.
    """
    return [one.name for one in directory.iterdir()]


async def post(url: str, body: bytes, headers: Any = None) -> httpx.Response:
    """
    Post a body.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=120) as client:
        return await client.post(url, content=body, headers=headers)


async def test_the_exact_bytes_and_headers_are_forwarded() -> None:
    """
    Body and headers arrive as they were sent, also repeated ones; those of the connection do not.
    """
    sent = [
        *signed(BODY).headers.items(),
        ("user-agent", "Svix-Webhooks/1.2"),
        ("x-list", "a"),
        ("x-list", "b"),
        ("x-name", "Zoë"),
        ("connection", "keep-alive, x-hop"),
        ("x-hop", "1"),
        ("x-forwarded-host", "tunnel.test"),
    ]
    pairs = [(name.encode(), value.encode()) for name, value in sent]
    async with handling() as (handler, url), listening_to(f"{url}/hook?a=1") as one:
        answer = await post(f"{one.url}/anything?b=2", BODY, pairs)
        judgement = await one.judgement()

    ((head, body),) = handler.received
    first, *lines = head.decode().strip().split("\r\n")
    names = {line.partition(":")[0].lower() for line in lines}
    assert answer.status_code == 204
    assert body == BODY
    assert first == "POST /hook?a=1 HTTP/1.1"
    for name, value in sent[: len(sent) - 3]:
        assert f"{name}: {value}".lower() in [line.lower() for line in lines]
    assert {"x-forwarded-host", "accept", "accept-encoding", "host", "content-length"} < names
    assert not {"x-hop", "connection"} & names
    assert judgement.genuine
    assert judgement.deviations == ()


async def test_nothing_is_added_to_a_request() -> None:
    """
    A header that the sender left out is left out.
    """
    async with handling() as (handler, url), listening_to(url) as one:
        host, port = one.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /a/b?c=%2F HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        assert (await reader.readline()).startswith(b"HTTP/1.1 204")
        writer.close()
        await one.judgement()

    ((head, _),) = handler.received
    first, *lines = head.decode().lower().strip().split("\r\n")
    assert first == "post /a/b?c=%2f http/1.1"
    assert {line.partition(":")[0] for line in lines} == {"host", "content-length"}


@pytest.mark.parametrize(
    ("raw", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\n!", 500, b"!"),
        (b"HTTP/1.1 302 F\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, b""),
        (b"HTTP/1.1 404 N\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", 404, b"no"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.1 410 Gone\r\n\r\n", 410, b""),
    ],
)
async def test_the_answer_of_the_handler_is_handed_back(
    raw: bytes, status: int, body: bytes
) -> None:
    """
    Status, headers and body are those of the handler.
    """
    async with handling(raw) as (_, url), listening_to(url) as one:
        answer = await post(one.url, BODY)

    assert (answer.status_code, answer.content) == (status, body)
    assert answer.headers.get("x-a") == ("1" if b"X-A" in raw else None)
    assert answer.headers.get("location") == ("/x" if b"Location" in raw else None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "hung up without an answer"),
        (b"SSH-2.0\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "broke off"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "101"),
    ],
)
async def test_an_answer_that_cannot_be_handed_back_is_502(raw: bytes, reason: str) -> None:
    """
    The sender gets a reason, and will try again.
    """
    async with handling(raw) as (_, url), listening_to(url) as one:
        answer = await post(one.url, BODY)

    assert answer.status_code == 502
    assert reason in answer.text


async def test_a_handler_that_is_not_there_is_502() -> None:
    """
    The reason says that nothing answers.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with listening_to(f"http://127.0.0.1:{port}/") as one:
        answer = await post(one.url, BODY)

    assert (answer.status_code, "no connection" in answer.text) == (502, True)


async def test_a_handler_that_is_silent_is_504() -> None:
    """
    After the time-out the sender gets an answer.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        forwarder = Forwarder(url, AddressPolicy(), 0.1)
        answer = await forwarder.forward(ReceivedRequest(0.0, "/", (), BODY))
        await forwarder.close()

    assert (answer.status, answer.is_own) == (504, True)


async def test_a_large_answer_is_cut() -> None:
    """
    An endless body is handed back up to the limit, and the report says so.
    """
    length = MAX_ANSWER + 50_000
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length
    async with handling(raw) as (_, url), listening_to(url) as one:
        answer = await post(one.url, BODY)
        _, _, reported = await one.report()

    assert (answer.status_code, len(answer.content)) == (200, MAX_ANSWER)
    assert "cut after 1,000,000 bytes" in reported.reason


async def test_another_machine_is_not_sent_to() -> None:
    """
    The address policy holds for each connection.
    """
    forwarder = Forwarder("http://192.0.2.1/", AddressPolicy())
    answer = await forwarder.forward(ReceivedRequest(0.0, "/", (), BODY))
    await forwarder.close()

    assert answer.status == 502
    assert "not on this machine" in answer.reason


@pytest.mark.parametrize("target", ["@192.0.2.1/", "//192.0.2.1/x", "http://192.0.2.1/", "*", ""])
async def test_a_path_leads_to_no_other_host(target: str) -> None:
    """
    Whatever the path of a request is, it goes to the handler.
    """
    async with handling() as (handler, url):
        forwarder = Forwarder(url, AddressPolicy())
        answer = await forwarder.forward(ReceivedRequest(0.0, target, (), BODY))
        await forwarder.close()

    assert answer.status == 204
    assert len(handler.received) == 1


async def test_the_listener_does_not_forward_to_itself() -> None:
    """
    A loop is an error at the start.
    """
    judge = Judge((), catalog(), None)
    listener = listen("127.0.0.1", 0)
    url = f"http://localhost:{listener.getsockname()[1]}/hook"
    with pytest.raises(UsageError, match="forward to itself"):
        async with run_listener(listener, "127.0.0.1", judge, print, forward_to=url):
            pass


async def test_without_a_handler_the_signature_decides() -> None:
    """
    A genuine delivery is answered 204; a forged one 400, with the reason.
    """
    forged = {**signed(BODY).headers, "svix-signature": "v1,AAAA"}
    async with listening_to() as one:
        good = await post(one.url, BODY, dict(signed(BODY).headers))
        bad = await post(one.url, BODY, forged)
        first, second = await one.judgement(), await one.judgement()

    assert (good.status_code, bad.status_code) == (204, 400)
    assert first.verdict is not None
    assert second.verdict is not None
    assert (first.verdict.reason, second.verdict.reason) == (Reason.OK, Reason.OTHER_SECRET)
    assert (first.genuine, second.genuine) == (True, False)


async def test_a_forged_delivery_is_neither_drift_nor_saved(tmp_path: Path) -> None:
    """
    Anybody may send to a public address: only genuine events count, however old they are.
    """
    odd = Event.of({**EVENT, "future_ids": []}).body
    writer = FixtureWriter(tmp_path, Pseudonymiser(b"key"))
    async with listening_to(fixtures=writer) as one:
        await post(one.url, odd)
        forged = await one.judgement()
        assert (forged.genuine, forged.deviations, one.judge.drift.groups()) == (False, (), ())
        assert names_in(tmp_path) == []

        await post(one.url, odd, dict(signed(odd, age=4000).headers))
        stale = await one.judgement()
        await post(one.url, odd, dict(signed(odd).headers))
        again = await one.judgement()

    assert stale.saved is not None
    assert [stale.saved.name] == names_in(tmp_path)
    assert (again.saved, again.not_saved) == (None, "")
    assert stale.verdict is not None
    assert (stale.genuine, stale.verdict.reason) == (True, Reason.STALE)
    drift = [(group.deviation.name, group.events) for group in one.judge.drift.groups()]
    assert drift == [("future_ids", 1)]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"", "not JSON"),
        (b'{"event_type": "lock.locked", "event_type": "a.b"}', "a name twice"),
        (b'{"event_type": 4}', "number instead of string"),
        (b"[]", "array instead of object"),
        (json.dumps({**EVENT, "list": [0] * 2000}).encode(), "more than 2,000 values"),
    ],
)
async def test_garbage_is_forwarded_and_reported(tmp_path: Path, body: bytes, text: str) -> None:
    """
    Without a secret everything is judged; what is no event is not saved.
    """
    writer = FixtureWriter(tmp_path, Pseudonymiser(b"key"))
    async with (
        handling() as (handler, url),
        listening_to(url, verified=False, fixtures=writer) as one,
    ):
        await post(one.url, body)
        judgement = await one.judgement()

    assert handler.received[0][1] == body
    assert text in [found.text for found in judgement.deviations]
    assert bool(judgement.saved) == (text == "a name twice")


async def test_hostile_requests_end_nothing() -> None:
    """
    Other methods, web pages, garbage, huge bodies and endless headers are refused; a sender that
    hangs up is none; a delivery after all of them is received.
    """
    async with listening_to() as one:
        host, port = one.url.removeprefix("http://").split(":")
        async with httpx.AsyncClient(trust_env=False, timeout=120) as client:
            got = await client.get(one.url)
            page = await client.post(one.url, headers={"origin": "https://evil.test"})
            huge = await client.post(one.url, content=b"x" * 1_500_000)
        for raw in (
            b"\x16\x03\x01garbage\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 40_000,
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
        ):
            reader, writer = await asyncio.open_connection(host, int(port))
            with suppress(OSError):  # the listener may hang up while it is sent to
                writer.write(raw)
                writer.write_eof()
                await reader.read()
            writer.close()
        assert one.reports == []
        good = await post(one.url, BODY, dict(signed(BODY).headers))

    assert [one.status_code for one in (got, page, huge, good)] == [405, 403, 413, 204]
    assert got.headers["allow"] == "POST"
