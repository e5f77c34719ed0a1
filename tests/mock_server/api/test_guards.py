"""
The checks of every request before it is routed: Host, origin, API key, size.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.datastructures import Headers

from seamproof import MockServer
from seamproof.errors import UsageError
from seamproof.mock_server.api.context import Rules
from seamproof.mock_server.api.errors import Refusal
from seamproof.mock_server.api.guards import check_origin, has_key, is_own_host
from seamproof.mock_server.network.address_policy import is_loopback
from seamproof.mock_server.network.incoming import MAX_BODY

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = Rules()
ANYWHERE = Rules(host="0.0.0.0", api_key="seam_1")  # noqa: S104 - nothing is bound
NAMED = Rules(host="mock.example", api_key="seam_1")


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """
    One server for the module.
    """
    with MockServer(schedule="none") as one:
        yield one


@pytest.mark.parametrize(
    ("host", "rules", "own"),
    [
        ("127.0.0.1:8787", LOOPBACK, True),
        ("127.8.8.8", LOOPBACK, True),
        ("localhost:8787", LOOPBACK, True),
        ("LOCALHOST.", LOOPBACK, True),
        ("[::1]:8787", LOOPBACK, True),
        ("evil.example", LOOPBACK, False),
        ("evil.example:8787", LOOPBACK, False),
        ("127.0.0.1.evil.example", LOOPBACK, False),
        ("localhost.evil.example", LOOPBACK, False),
        ("evil.example@127.0.0.1", LOOPBACK, True),
        ("127.0.0.1@evil.example", LOOPBACK, False),
        ("192.168.1.5", LOOPBACK, False),
        ("", LOOPBACK, False),
        ("[::1", LOOPBACK, False),
        ("127.0.0.1:x", LOOPBACK, True),
        ("192.168.1.5:8787", ANYWHERE, True),
        ("mock:8787", ANYWHERE, False),
        ("localhost", ANYWHERE, True),
        (socket.gethostname(), ANYWHERE, True),
        ("evil.example", ANYWHERE, False),
        ("mock.example", NAMED, True),
        ("mock.example.evil.example", NAMED, False),
    ],
)
def test_a_host_header_is_check_origind(host: str, rules: Rules, *, own: bool) -> None:
    """
    Loopback is addressed by loopback; elsewhere addresses pass, and names that are its own.
    """
    assert is_own_host(host, rules) is own


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "Cross-Site"}, False),
        ({"origin": "http://127.0.0.1:8787"}, True),
        ({"origin": "http://127.0.0.1:3000"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://[::1"}, False),
    ],
)
def test_a_page_of_another_site_is_refused(headers: dict[str, str], *, passes: bool) -> None:
    """
    What a browser says of where a request comes from decides; programs say nothing.
    """
    given = Headers({"host": "127.0.0.1:8787", **headers})
    if passes:
        check_origin("/health", given, LOOPBACK)
    else:
        with pytest.raises(Refusal) as raised:
            check_origin("/health", given, LOOPBACK)
        assert (raised.value.status_code, raised.value.kind) == (403, "cross_site_request")


@pytest.mark.parametrize(
    ("path", "authorization", "rules", "passes"),
    [
        ("/webhooks/list", "Bearer seam_x", LOOPBACK, True),
        ("/webhooks/list", "bearer  seam_x", LOOPBACK, True),
        ("/webhooks/list", "", LOOPBACK, False),
        ("/webhooks/list", "Bearer x", LOOPBACK, False),
        ("/nowhere", "", LOOPBACK, False),
        ("/mock/messages", "", LOOPBACK, True),
        ("/mockery", "", LOOPBACK, False),
        ("/health", "", ANYWHERE, True),
        ("/mock/messages", "", ANYWHERE, False),
        ("/mock/messages", "Bearer seam_1", ANYWHERE, True),
        ("/webhooks/list", "Bearer seam_1", ANYWHERE, True),
        ("/webhooks/list", "Bearer seam_2", ANYWHERE, False),
        ("/webhooks/list", "Bearer schlüssel", ANYWHERE, False),
    ],
)
def test_a_key_is_demanded(path: str, authorization: str, rules: Rules, *, passes: bool) -> None:
    """
    Without a key of its own the server takes any of Seam's form, and none at `/mock`.
    """
    assert has_key(path, authorization, rules) is passes


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - as above
        ("192.168.1.5", False),
        ("::", False),
        ("mock.example", False),
    ],
)
def test_a_bound_host_is_loopback_or_not(host: str, *, own: bool) -> None:
    """
    A host that other machines can reach is distinguished from loopback.
    """
    assert is_loopback(host) is own


def test_a_host_that_may_be_sent_to_is_no_name_of_the_server() -> None:
    """
    `allow_hosts` is for sending: a page under such a name still gets 403 (DNS rebinding).
    """
    with MockServer(schedule="none", allow_hosts=["handler.example"]) as one:
        answer = httpx.get(f"{one.url}/mock/messages", headers={"host": "handler.example"})

    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "foreign_host")
    assert "allow the host" not in answer.json()["error"]["message"]


def test_another_host_demands_a_key() -> None:
    """
    A server that others can reach is not even made without a key.
    """
    with pytest.raises(UsageError, match="demands an API key"):
        MockServer(host="0.0.0.0")  # noqa: S104 - it is refused


@pytest.mark.parametrize("path", ["/health", "/mock/messages", "/webhooks/list", "/nowhere"])
@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"host": "evil.example"}, "foreign_host"),
        ({"origin": "https://evil.example"}, "cross_site_request"),
        ({"sec-fetch-site": "cross-site"}, "cross_site_request"),
    ],
)
def test_every_path_is_guarded(
    server: MockServer, path: str, headers: dict[str, str], kind: str
) -> None:
    """
    Over a socket, a foreign host and another site's page get 403 wherever they ask.
    """
    answer = httpx.get(f"{server.url}{path}", headers=headers)

    assert (answer.status_code, answer.json()["error"]["type"]) == (403, kind)
    assert answer.headers["seam-request-id"] == answer.json()["error"]["request_id"]


@pytest.mark.parametrize("path", ["/mock/events", "/webhooks/create", "/health", "/nowhere"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(server: MockServer, path: str, *, chunked: bool) -> None:
    """
    A body of more than 1 MB gets 413 and not a connection that breaks, however it is sent.
    """
    parts = [b"x" * 65_536] * 64
    with httpx.Client(headers={"authorization": "Bearer seam_1"}) as client:
        answer = client.post(
            f"{server.url}{path}", content=iter(parts) if chunked else b"".join(parts)
        )

    assert (answer.status_code, answer.json()["error"]["type"]) == (413, "payload_too_large")


def test_a_body_at_the_limit_is_read(server: MockServer) -> None:
    """
    Exactly 1 MB is still taken: it is malformed, not too large.
    """
    answer = httpx.post(f"{server.url}/mock/events", content=b"x" * MAX_BODY)

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe{\x00",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xc3"}',
        b"{'a': 1}",
        b"[" * 5_000,
        b'{"a": ' * 5_000 + b"1" + b"}" * 5_000,
        b"1" * 5_000,
        b'{"a": 1e999}',
        b"{} {}",
    ],
)
@pytest.mark.parametrize(
    "path", ["/mock/events", "/mock/clock", "/mock/reset", "/webhooks/create", "/events/list"]
)
def test_malformed_json_is_refused(server: MockServer, path: str, body: bytes) -> None:
    """
    What is no JSON, or would lose data in reading, gets 400 on every route that takes a body.
    """
    headers = {"authorization": "Bearer seam_1", "content-type": "application/json"}

    answer = httpx.post(f"{server.url}{path}", content=body, headers=headers)

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "malformed_json")


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"7", b"true"])
@pytest.mark.parametrize("path", ["/mock/events", "/webhooks/create", "/events/list"])
def test_a_body_that_is_no_object_is_refused(server: MockServer, path: str, body: bytes) -> None:
    """
    Every body is an object.
    """
    answer = httpx.post(
        f"{server.url}{path}", content=body, headers={"authorization": "Bearer seam_1"}
    )

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_input")


def request_bytes(line: bytes, *headers: bytes) -> bytes:
    """
    Write a request as it may come over a socket, with whatever is in it.
    """
    usual = (b"Host: localhost", b"Authorization: Bearer seam_1")
    return b"\r\n".join([line + b" HTTP/1.1", *usual, *headers, b"", b""])


HOSTILE = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET /health HTTP/1.0\r\n\r\n",
    b"\x00\x01\x02\r\n\r\n",
    b"GET http://evil.example/health HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    request_bytes(b"GET /mock/messages?before=99999999999999999999"),
    request_bytes(b"GET /mock/messages?limit=%FF%00"),
    request_bytes(b"GET /mock/messages/%00%FF"),
    request_bytes(b"GET /mock/stream", b"Last-Event-ID: " + b"0" * 9_999),
    request_bytes(b"GET /events/list?since=\xff"),
    request_bytes(b"GET /events/list?since=9999-12-31T23:59:59-23:59&limit=1e999"),
    request_bytes(b"GET /events/list?since=0001-01-01&unstable_offset=1e300&limit=1e300"),
    request_bytes(b"GET /events/list?since=2020-01-01&limit=" + b"9" * 5_000),
    request_bytes(b"POST /mock/events", b"Content-Length: -5"),
    request_bytes(b"POST /mock/events", b"Content-Length: abc"),
    request_bytes(b"POST /mock/events", b"Transfer-Encoding: chunked", b"", b"zz"),
    request_bytes(b"OPTIONS *"),
    request_bytes(b"BREW /mock/events"),
    request_bytes(b"GET /" + b"a" * 70_000),
    request_bytes(b"GET /health", b"Upgrade: websocket", b"Connection: Upgrade"),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_makes_the_server_fail(server: MockServer, hostile: bytes) -> None:
    """
    Whatever bytes arrive, the answer is no 5xx, and the server still answers afterwards.
    """
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(hostile)
        connection.settimeout(60)
        first = connection.recv(65_536)

    assert first.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4"))
    assert httpx.get(f"{server.url}/health").status_code == 200


def test_a_client_that_goes_away_midway_is_no_failure(
    server: MockServer, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Half a body and a closed connection leave no trace.
    """
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(b"POST /mock/events HTTP/1.1\r\nHost: localhost\r\n")
        connection.sendall(b'Content-Length: 100\r\n\r\n{"event_')

    assert httpx.get(f"{server.url}/health").status_code == 200
    assert not caplog.records
