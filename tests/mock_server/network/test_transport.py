"""
Transport: handlers that answer late, never, in pieces, with garbage, or not at all.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
from errno import ECONNREFUSED, EMFILE
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.errors import RemoteTarget, UsageError
from seamproof.mock_server.network.address_policy import AddressPolicy
from seamproof.mock_server.network.resolver import Address
from seamproof.mock_server.network.transport import KEPT, Transport
from seamproof.mock_server.network.truncated import send_truncated
from tests.mock_server.workbench import (
    EVENT,
    OK,
    Request,
    answer,
    attempt,
    attempts,
    handling,
    listening,
    serving,
)

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.mock_server.model.records import AttemptRecord

LOCAL = AddressPolicy()

pytestmark = pytest.mark.anyio


async def delivered_to(url: str) -> AttemptRecord:
    """
    Send one message to a URL and give the only attempt.
    """
    async with serving() as service:
        await service.endpoints.create(url)
        (message_id,) = await service.emit(event=EVENT)
        return await attempt(service, message_id)


async def answered(*pieces: bytes, pause: float = 0.0, then_hang: bool = False) -> AttemptRecord:
    """
    Send one message to a handler that answers with these pieces of bytes.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if then_hang:
            await asyncio.sleep(60)

    async with listening(talk) as url:
        return await delivered_to(url)


async def test_an_answer_that_comes_late_still_counts() -> None:
    """
    Late is not too late, as long as it is within the time-out.
    """

    async def respond(_: Request) -> bytes:
        await asyncio.sleep(0.3)
        return OK

    async with handling(respond) as handler:
        only = await delivered_to(handler.url)
    assert only.delivered
    assert only.milliseconds >= 250


async def test_an_answer_in_pieces() -> None:
    """
    An answer that comes byte by byte is as good as one that comes whole.
    """
    whole = answer(200, b"thanks", x_one="1")
    only = await answered(*(bytes([byte]) for byte in whole), pause=0.001)
    assert (only.status, only.reason, only.response_body) == (200, "", b"thanks")
    assert only.response_headers["x-one"] == "1"


@pytest.mark.parametrize(
    ("garbage", "reason"),
    [
        (b"", "the connection broke: the handler hung up without an answer"),
        (b"HTTP/1.1 2", "the connection broke"),
        (b"HTTP/1.1 200 OK\r\ncontent-le", "the connection broke"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the answer is not HTTP"),
        (b"\x16\x03\x01\x00\xff\x00\x01", "the answer is not HTTP"),
        (b"HTTP/1.1 banana\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"a" * 100_000, "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", "the answer is not HTTP"),
    ],
)
async def test_garbage_is_a_failure_with_a_plain_reason(garbage: bytes, reason: str) -> None:
    """
    What is no answer is an attempt that failed, and says so.
    """
    only = await answered(garbage)
    assert (only.status, only.delivered) == (None, False)
    assert only.reason.startswith(reason)
    assert "\n" not in only.reason
    assert len(only.reason) < 200


async def test_a_long_header_is_read() -> None:
    """
    A policy or a cookie of some kilobytes is no failure.
    """
    only = await answered(answer(200, b"", x_policy="a" * 10_000))
    assert (only.status, only.reason) == (200, "")


async def test_a_location_in_latin_1_is_readable() -> None:
    """
    Bytes of a header that are not UTF-8 are read as Latin-1, so that they can be stored.
    """
    only = await answered(b"HTTP/1.1 302 Found\r\nLocation: /caf\xe9\r\ncontent-length: 0\r\n\r\n")
    assert (only.status, only.delivered) == (302, False)
    assert "/café" in only.reason
    assert only.response_headers["location"] == "/café"


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhal",
    ],
)
async def test_an_answer_that_breaks_off_is_a_failure(broken: bytes) -> None:
    """
    An answer that is shorter than it says was not given in full.
    """
    only = await answered(broken)
    assert (only.status, only.delivered) == (200, False)
    assert only.reason.startswith("the answer broke off: it is not whole")


async def test_a_body_that_never_ends_changes_nothing() -> None:
    """
    The headers have decided: a body is read up to a bound, and 4 kB of it are kept.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
        while True:
            writer.write(b"more " * 1000)
            await writer.drain()

    async with listening(talk) as url:
        only = await delivered_to(url)
    assert (only.status, only.reason) == (200, "")
    assert only.response_body == (b"more " * 1000)[:KEPT]


async def test_a_body_that_stalls_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A body that does not come to its end is not waited for longer than a while.
    """
    monkeypatch.setattr("seamproof.mock_server.network.transport._BODY", 0.1)
    only = await answered(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", then_hang=True)
    assert (only.status, only.reason, only.response_body) == (200, "", b"{")


async def test_a_compressed_answer_is_kept_as_it_came() -> None:
    """
    Nothing is unpacked, so that no answer can blow up.
    """
    packed = b"\x1f\x8b not really gzip"
    only = await answered(answer(200, packed, content_encoding="gzip"))
    assert (only.delivered, only.response_body) == (True, packed)


async def test_no_cookie_is_ever_sent_back() -> None:
    """
    What one handler sets does not reach the next attempt.
    """
    async with handling(answer(500, set_cookie="a=1; Path=/")) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        await service.emit(event=EVENT)
        await service.advance(400)
        assert len(handler.received) == 3
        assert all("cookie" not in one.headers for one in handler.received)


async def test_nothing_listens() -> None:
    """
    Where nothing listens there is no connection.
    """
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        only = await delivered_to(f"http://127.0.0.1:{bound.getsockname()[1]}/")
    assert only.status is None
    assert only.reason == f"no connection: [Errno {ECONNREFUSED}] {os.strerror(ECONNREFUSED)}"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
async def test_proxies_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """
    An event goes where the user said, also where a proxy is set that would swallow it.
    """
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with handling() as proxy, handling() as handler:
        monkeypatch.setenv(name, proxy.url)
        assert (await delivered_to(handler.url)).delivered
        assert (len(handler.received), proxy.received) == (1, [])


async def test_a_connection_is_kept_for_the_next_message() -> None:
    """
    Messages in quick succession share a connection.
    """
    connections = 0

    async with handling() as handler:

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            await handler.serve(reader, writer)

        async with listening(talk) as url, serving() as service:
            await service.endpoints.create(url)
            for _ in range(5):
                (message_id,) = await service.emit(event=EVENT)
                assert (await attempt(service, message_id)).delivered
    assert connections == 1


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """
    A certificate for localhost that nobody trusts, and its key.
    """
    directory = tmp_path_factory.mktemp("tls")
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    try:
        subprocess.run(
            [*command, "-keyout", str(key), "-out", str(certificate)],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("there is no openssl to make a certificate with")
    return certificate, key


def identity(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """
    Make what a server identifies itself with.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


async def test_a_certificate_that_is_not_trusted(certificate: tuple[Path, Path]) -> None:
    """
    Nothing is sent to a handler whose certificate is not trusted, and the reason says so.
    """
    async with handling() as handler, listening(handler.serve, tls=identity(certificate)) as url:
        only = await delivered_to(url.replace("127.0.0.1", "localhost"))
    assert only.status is None
    assert only.reason.startswith("TLS failed, the certificate is not trusted: ")
    assert handler.received == []


async def test_a_certificate_that_is_trusted(certificate: tuple[Path, Path]) -> None:
    """
    A handler may speak TLS, with a certificate that is trusted, whole requests and cut ones.
    """
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    async with handling() as handler, listening(handler.serve, tls=identity(certificate)) as url:
        address = Address.of(url.replace("127.0.0.1", "localhost"), LOCAL)
        transport = Transport(5.0, LOCAL, trusted=trusted)
        assert not (await transport.post(address, {}, b"{}")).reason
        broken = await send_truncated(transport, address, {}, b"{}", reset=False)
        await transport.close()
    assert "on purpose" in broken.reason
    assert [one.body for one in handler.received] == [b"{}", b"{"]


async def test_tls_where_there_is_none() -> None:
    """
    A handler that speaks no TLS is a failure with a plain reason.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer(400))

    async with listening(talk) as url:
        only = await delivered_to(url.replace("http:", "https:"))
    assert only.reason.startswith("TLS failed: ")


# Other machines


def test_an_address_of_ipv4_may_be_written_as_ipv6() -> None:
    """
    Loopback is loopback in either notation.
    """
    assert not Address.of("http://[::ffff:127.0.0.1]:9/", LOCAL).refusal


REMOTE = ["http://10.0.0.1/", "http://0.0.0.0/", "http://[::ffff:10.0.0.1]/", "http://8.8.8.8:9/"]


@pytest.mark.parametrize("url", REMOTE)
async def test_other_machines_are_refused(url: str) -> None:
    """
    An endpoint on another machine is refused when it is registered, and again when it is sent to.
    """
    async with serving() as service:
        with pytest.raises(RemoteTarget) as caught:
            await service.endpoints.create(url)
        assert caught.value.cure.startswith("allow the host ")
        transport = Transport(1.0, LOCAL)
        sent = await transport.post(Address.of(url, LOCAL), {}, b"{}")
        await transport.close()
    assert sent.reason.startswith("not sent: ")


async def test_a_name_is_judged_each_time_by_what_it_resolves_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    A name that led here when it was registered, and elsewhere since, is not sent to.
    """
    where = "127.0.0.1"

    async def resolve(self: object, host: str, port: int, **_: object) -> list[object]:
        del self
        assert host == "handler.test"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    monkeypatch.setattr("seamproof.mock_server.network.transport._KEEP_ALIVE", 0.05)
    monkeypatch.setattr(
        "seamproof.mock_server.network.address_policy.socket.getaddrinfo",
        lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, 80))],
    )
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url.replace("127.0.0.1", "handler.test"))
        (here,) = await service.emit(event=EVENT)
        assert (await attempt(service, here)).delivered
        where = "10.0.0.1"
        await asyncio.sleep(0.1)  # longer than an idle connection is kept
        (away,) = await service.emit(event=EVENT)
        only = await attempt(service, away)
    assert only.reason.startswith("not sent: handler.test is 10.0.0.1")
    assert len(handler.received) == 1


async def test_a_host_that_was_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A host that is named may be on another machine, in whatever case it is written.
    """

    async def resolve(self: object, host: str, port: int, **_: object) -> list[object]:
        del self, host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.255.255.1", port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    allowed = frozenset({"handler.test"})
    async with serving(allow_hosts=allowed, timeout=0.2) as service:
        await service.endpoints.create("http://Handler.Test:9/")
        (message_id,) = await service.emit(event=EVENT)
        only = await attempt(service, message_id)
    assert not only.reason.startswith("not sent")


@pytest.mark.parametrize("fault", ["truncated_body", "reset_mid_body"])
async def test_what_is_cut_off_on_purpose_is_judged_as_well(fault: str) -> None:
    """
    A fault is no way around the rules of where events may go.
    """
    transport = Transport(1.0, LOCAL)
    address = Address.of("http://10.0.0.1/", LOCAL)
    reset = fault == "reset_mid_body"
    sent = await send_truncated(transport, address, {}, b"{}", reset=reset)
    await transport.close()
    assert sent.reason.startswith("not sent: ")


@pytest.mark.parametrize(
    "url",
    [
        *("", "handler", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/"),
        *("http://127.0.0.1\\@evil.example/", "http://xn--/"),
    ],
)
async def test_what_is_no_url_of_a_handler(url: str) -> None:
    """
    A URL that cannot be sent to is refused when it is registered.
    """
    async with serving() as service:
        with pytest.raises(UsageError, match="the target is not a URL"):
            await service.endpoints.create(url)


async def test_a_url_of_an_earlier_release_stops_no_server() -> None:
    """
    One that cannot be read any more, in a database of before, is not sent to, and says so.
    """
    address = Address.of("http://127.0.0.1\\@evil.example/", LOCAL)
    transport = Transport(1.0, LOCAL)
    sent = await transport.post(address, {}, b"{}")
    await transport.close()
    assert sent.reason == "not sent: the URL cannot be read"


@pytest.mark.parametrize(
    "headers",
    [{"svix-id": "1"}, {"Host": "x"}, {"content-length": "1"}, {"a b": "1"}, {"x": "a\r\nb: c"}],
)
async def test_headers_that_cannot_be_added(headers: dict[str, str]) -> None:
    """
    A header that is the server's own, or none at all, is refused.
    """
    async with serving() as service:
        with pytest.raises(UsageError):
            await service.endpoints.create("http://127.0.0.1:9/", headers=headers)


async def test_values_of_headers_are_not_shown() -> None:
    """
    What authenticates at a handler goes out under any name, but is not kept with the attempt.
    """
    secrets = {"Authorization": "Bearer s3cret", "X-Api-Key": "k3y", "X-Signed-By": "h1dden"}
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url, headers=secrets)
        (message_id,) = await service.emit(event=EVENT)
        (only,) = await attempts(service, message_id)
    assert handler.received[0].headers["authorization"] == "Bearer s3cret"
    assert only.request_headers["x-signed-by"] == "…"
    assert only.request_headers["content-type"] == "application/json"
    assert not any(text in str(only) for text in secrets.values())


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n", "more than 32 interim responses (1xx)"),
        (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", "more than 32 interim"),
        (b"x: " + b"a" * 1000 + b"\r\n", "the answer is not HTTP"),
    ],
)
async def test_a_response_that_never_comes_to_its_body_is_cut_off(sent: bytes, reason: str) -> None:
    """
    Interim responses and headers are limited in all: neither occupies the server until a time-out.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if sent.startswith(b"x"):
            writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(sent * 100)
            await writer.drain()

    async with listening(talk) as url:
        only = await delivered_to(url)
    assert (only.status, only.delivered) == (None, False)
    assert reason in only.reason


async def test_some_interim_responses_are_no_failure() -> None:
    """
    A server may send hints before its answer.
    """
    only = await answered(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 10, OK)
    assert (only.status, only.reason) == (204, "")


async def test_a_connection_with_more_responses_than_requests_is_not_used_again() -> None:
    """
    What a receiver sends unasked is no answer to the next request.
    """
    async with handling(OK + answer(500) * 3) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        ids = [*await service.emit(event=EVENT), *await service.emit(event=EVENT)]
        for one in ids:
            assert (await attempt(service, one)).status == 204


async def test_sixteen_receivers_that_send_interim_responses_do_not_slow_another_one() -> None:
    """
    The seventeenth endpoint gets its messages while sixteen send 1xx as fast as they can.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 4000)
            await writer.drain()

    async with listening(talk) as evil, handling() as good, serving() as service:
        for number in range(16):
            await service.endpoints.create(f"{evil}/{number}")
        await service.endpoints.create(good.url)
        for _ in range(20):
            await service.emit(event=EVENT)
        assert await service.wait_idle(60)
        assert len(good.received) == 20


async def test_a_shortage_of_descriptors_is_no_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What this machine cannot open is not counted against the receiver: the request waits.
    """
    monkeypatch.setattr("seamproof.mock_server.network.transport._OWN_FAULT_PAUSE", 0.01)
    real, failures = socket.socket, [EMFILE] * 3

    class Short(socket.socket):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            if failures:
                raise OSError(failures.pop(), "Too many open files")
            super().__init__(*arguments, **more)

    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url)
        monkeypatch.setattr(socket, "socket", Short)
        (message,) = await service.emit(event=EVENT)
        only = await attempt(service, message)
        monkeypatch.setattr(socket, "socket", real)
    assert (only.status, only.ordinal, failures) == (204, 1, [])
