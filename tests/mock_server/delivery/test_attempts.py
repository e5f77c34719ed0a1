"""
Attempts: ids, signatures, headers and bodies, as Seam, Svix and svix-webhooks' worker document.
"""

from __future__ import annotations

import asyncio
import base64
import re
from typing import TYPE_CHECKING

import pytest

from seamproof import __version__
from seamproof.errors import UsageError
from seamproof.mock_server.model.clocks import ManualClock
from seamproof.signing import sign, verify
from tests.mock_server.workbench import (
    EVENT,
    OK,
    START,
    Request,
    answer,
    attempt,
    attempts,
    handling,
    serving,
)

if TYPE_CHECKING:
    from seamproof.mock_server.service.service import Service

pytestmark = pytest.mark.anyio

HOUR = 3600.0
ALL = 27 * HOUR + 35 * 60 + 5


async def emitted(service: Service, event: bytes = EVENT) -> str:
    """
    Emit one event and return the id of its message.
    """
    (message_id,) = await service.emit(event=event)
    return message_id


# What goes out


async def test_the_message_id() -> None:
    """
    An id is `msg_` and a KSUID, and the same for every attempt, resend and recovery.
    """
    async with handling(answer(500)) as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await service.advance(ALL)
        await service.redelivery.resend(message_id)
        await service.redelivery.recover(endpoint.webhook_id, since=START)
        assert await service.wait_idle(60)

        assert re.fullmatch(r"msg_[0-9A-Za-z]{27}", message_id)
        assert [one.headers["svix-id"] for one in handler.received] == [message_id] * 10


async def test_the_timestamp_and_the_signature_are_new_each_time() -> None:
    """
    Each attempt has a new signature, over the whole seconds of its time.
    """
    async with (
        handling(answer(500)) as handler,
        serving(ManualClock(START + 0.9)) as service,
    ):
        endpoint = await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await service.advance(5)

        for request, moment in zip(handler.received, (START, START + 5), strict=True):
            timestamp = int(moment)
            delivery = sign(EVENT, endpoint.secret, message_id=message_id, timestamp=timestamp)
            sent = {name: request.headers[name] for name in delivery.headers}
            assert sent == dict(delivery.headers)


async def test_the_headers_are_those_of_svix() -> None:
    """
    The headers are sent in lower case, and Svix sends each of them.
    """
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url)
        await attempt(service, await emitted(service))

    (request,) = handler.received
    assert request.line == "POST /webhooks/seam HTTP/1.1"
    assert {name for name in request.names if name not in ("Host", "Content-Length")} == {
        *("svix-id", "svix-timestamp", "svix-signature", "user-agent", "content-type", "accept")
    }
    assert request.headers["user-agent"] == f"Svix-Webhooks/1.0 (seamproof {__version__})"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "*/*"


async def test_custom_headers_and_basic_authentication() -> None:
    """
    Custom headers are sent; user and password of the URL become Basic authentication.
    """
    async with handling() as handler, serving() as service:
        url = handler.url.replace("http://", "http://us%40er:p%3Ass@")
        await service.endpoints.create(url, headers={"X-Tenant": "hotel-9"})
        only = await attempt(service, await emitted(service))

    (request,) = handler.received
    assert request.headers["x-tenant"] == "hotel-9"
    scheme, pair = request.headers["authorization"].split()
    assert (scheme, base64.b64decode(pair)) == ("Basic", b"us@er:p:ss")
    assert request.headers["host"] == handler.url.split("/")[2]
    assert only.url == handler.url
    assert "p:ss" not in str(only)
    assert pair not in str(only)


@pytest.mark.parametrize(
    "event",
    [
        EVENT,
        b' {"event_type" : "a", "a":1, "a" : 2 }\n',
        '{"event_type":"a","text":"\\u00e9 é 🔑","n":1E+30}'.encode(),
    ],
)
async def test_the_body_goes_out_exactly_as_it_came_in(event: bytes) -> None:
    """
    A body is never encoded again, however unusual its formatting is.
    """
    async with handling() as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url)
        only = await attempt(service, await emitted(service, event))

    (request,) = handler.received
    assert request.body == only.request_body == event
    assert verify(request.body, request.headers, endpoint.secret, now=START)


@pytest.mark.parametrize("size", [350_000, 350_001])
async def test_the_size_limit(size: int) -> None:
    """
    A body may have 350,000 bytes and no more.
    """
    event = b'{"event_type":"large","text":"%s"}'
    event %= b"x" * (size - len(event) + 2)
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url)
        if size > 350_000:
            with pytest.raises(UsageError, match="too large"):
                await emitted(service, event)
        else:
            assert (await attempt(service, await emitted(service, event))).delivered
            assert len(handler.received[0].body) == size


# Fan-out


async def test_every_endpoint_that_wants_a_type_gets_it() -> None:
    """
    A message is sent to each endpoint that subscribes to its type, signed with its secret.
    """
    types = [("*",), ("device.connected",), ("device.connected", "lock.locked"), ("lock.locked",)]
    async with handling() as handler, serving() as service:
        ends = [await service.endpoints.create(handler.url, event_types=one) for one in types]
        message_id = await emitted(service)
        found = await attempts(service, message_id)

    subscribed = {one.webhook_id for one in ends[:3]}
    assert {one.webhook_id for one in found} == subscribed
    assert {one.headers["svix-id"] for one in handler.received} == {message_id}
    assert len({one.headers["svix-signature"] for one in handler.received}) == 3


async def test_attempts_run_concurrently() -> None:
    """
    A message does not wait for the one before it.
    """
    together = asyncio.Event()

    async def respond(_: Request) -> bytes:
        if len(handler.received) == 5:
            together.set()
        await together.wait()
        return OK

    async with handling(respond) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        ids = await service.emit(event=EVENT, count=5)
        assert await service.wait_idle(60)
        assert handler.at_once == 5
        assert len(set(ids)) == 5
