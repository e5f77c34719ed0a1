"""
How messages are delivered: a test for each thing that Seam's service is known to do.

What it does is in Seam's documentation, in Svix's, and in svix-webhooks' worker.
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
from seamproof.signing import Secret, sign, verify
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
DAY = 24 * HOUR
ALL = 27 * HOUR + 35 * 60 + 5


async def emitted(service: Service, event: bytes = EVENT) -> str:
    """
    Emit one event and give the id of its message.
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
        await service.resend(message_id)
        await service.recover(endpoint.webhook_id, since=START)
        assert await service.wait_idle(60)

        assert re.fullmatch(r"msg_[0-9A-Za-z]{27}", message_id)
        assert [one.headers["svix-id"] for one in handler.received] == [message_id] * 10


async def test_the_timestamp_and_the_signature_are_new_each_time() -> None:
    """
    Each attempt is signed anew, with the whole seconds of its own time.
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
    The headers go out in lower case, with nothing in addition that Svix does not send.
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
    Headers of the endpoint's own go out; user and password of the URL become Basic auth.
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
    A body is never written anew, however oddly it is written.
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
    A body may have 350 kB and not one byte more.
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


# Rotation


async def test_a_rotation_signs_with_both_secrets_for_a_day() -> None:
    """
    The new secret's signature comes first, the old one's follows until its grace period ends.
    """
    async with handling() as handler, serving() as service:
        old = await service.endpoints.create(handler.url)
        new = await service.endpoints.rotate_secret(old.webhook_id)
        await attempt(service, await emitted(service))
        await service.advance(DAY)
        await attempt(service, await emitted(service))

    assert new.secret != old.secret
    during, after = handler.received
    first, second = during.headers["svix-signature"].split(" ")
    for secret, signature in ((new.secret, first), (old.secret, second)):
        only = during.headers | {"svix-signature": signature}
        assert verify(during.body, only, secret, now=START)
    assert verify(after.body, after.headers, new.secret, now=START + DAY)
    assert not verify(after.body, after.headers, old.secret, now=START + DAY)


async def test_the_limits_of_a_rotation() -> None:
    """
    A grace period lasts up to 7 days, and up to 10 old secrets go on.
    """
    async with handling() as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url)
        for grace in (-1, 7 * DAY + 1):
            with pytest.raises(UsageError, match="7 days"):
                await service.endpoints.rotate_secret(endpoint.webhook_id, grace=grace)
        given = Secret.generate()
        for _ in range(10):
            await service.endpoints.rotate_secret(endpoint.webhook_id, secret=given, grace=7 * DAY)
        with pytest.raises(UsageError, match="10 old secrets"):
            await service.endpoints.rotate_secret(endpoint.webhook_id)
        await attempt(service, await emitted(service))

    assert len(handler.received[0].headers["svix-signature"].split(" ")) == 11


async def test_a_generated_secret() -> None:
    """
    A secret that nobody gave is `whsec_` and base64 of 24 bytes.
    """
    async with serving() as service:
        endpoint = await service.endpoints.create("http://127.0.0.1:9/")
    text = endpoint.secret.reveal()
    assert text.startswith("whsec_")
    assert len(base64.b64decode(text.removeprefix("whsec_"))) == 24
    assert text not in repr(endpoint)


# Fan-out, order, resend, recover


async def test_every_endpoint_that_wants_a_type_gets_it() -> None:
    """
    A message goes to each endpoint whose types it fits, in parallel, signed with its secret.
    """
    types = [("*",), ("device.connected",), ("device.connected", "lock.locked"), ("lock.locked",)]
    async with handling() as handler, serving() as service:
        ends = [await service.endpoints.create(handler.url, event_types=one) for one in types]
        message_id = await emitted(service)
        found = await attempts(service, message_id)

    wanted = {one.webhook_id for one in ends[:3]}
    assert {one.webhook_id for one in found} == wanted
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


async def test_a_resend_is_one_attempt() -> None:
    """
    A resend that fails is not retried, and leaves the schedule as it is.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await attempt(service, message_id)
        await service.advance(1)
        await service.resend(message_id)
        await service.advance(300)

        made = await attempts(service, message_id)
        assert [(one.kind, one.at - START) for one in made] == [
            *(("schedule", 0), ("resend", 1), ("schedule", 5)),
        ]


async def test_a_resend_that_succeeds_ends_the_schedule() -> None:
    """
    What came through by hand is delivered, and not attempted any more.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await attempt(service, message_id)
        handler.answer = OK
        await service.resend(message_id)
        await service.advance(ALL)

        assert (await service.message(message_id)).status == "delivered"
        assert len(handler.received) == 2


async def test_a_resend_ignores_the_event_types_and_respects_disabling() -> None:
    """
    A resend goes to an endpoint that does not want the type, but to none that is disabled.
    """
    async with handling() as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url, event_types=["lock.locked"])
        message_id = await emitted(service)
        assert (await service.message(message_id)).status == "unmatched"
        await service.resend(message_id, webhook_id=endpoint.webhook_id)
        assert (await attempt(service, message_id)).delivered
        assert (await service.message(message_id)).status == "delivered"

        await service.endpoints.disable(endpoint.webhook_id)
        with pytest.raises(UsageError, match="disabled"):
            await service.resend(message_id, webhook_id=endpoint.webhook_id)
        assert len(handler.received) == 1


async def test_recovering_sends_what_never_came_through() -> None:
    """
    Recovery sends failed messages from a moment on, and none that was delivered.
    """
    async with handling(answer(500)) as handler, serving(schedule=(0.0,)) as service:
        endpoint = await service.endpoints.create(handler.url)
        early = await emitted(service)
        await service.advance(60)
        failed = [await emitted(service), await emitted(service)]
        await service.advance(60)
        handler.answer = OK
        await emitted(service)
        await service.advance(60)

        assert await service.recover(endpoint.webhook_id, since=START + 30) == failed
        assert await service.wait_idle(60)
        for message_id in failed:
            assert (await service.message(message_id)).status == "delivered"
        assert (await service.message(early)).status == "failed"
        assert await service.recover(endpoint.webhook_id, since=START + 30) == []


async def test_recovery_reaches_back_fourteen_days() -> None:
    """
    What is older than 14 days is not recovered.
    """
    async with serving() as service:
        endpoint = await service.endpoints.create("http://127.0.0.1:9/")
        await service.recover(endpoint.webhook_id, since=START - 14 * DAY)
        with pytest.raises(UsageError, match="14 days"):
            await service.recover(endpoint.webhook_id, since=START - 14 * DAY - 1)
