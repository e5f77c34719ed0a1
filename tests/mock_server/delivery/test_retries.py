"""
Retries: schedule, time-outs, Retry-After and disabling, as Seam, Svix and its worker document.
"""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from seamproof.mock_server.model.clocks import RealClock
from seamproof.mock_server.model.records import AttemptRecord
from seamproof.mock_server.model.retry_schedule import SEAM
from tests.mock_server.workbench import (
    EVENT,
    OK,
    START,
    Handler,
    Request,
    answer,
    attempt,
    attempts,
    handling,
    listening,
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
    Emit one event and return the id of its message.
    """
    (message_id,) = await service.emit(event=event)
    return message_id


async def moments(service: Service, message_id: str) -> list[float]:
    """
    Return when the attempts were made, in seconds from the start.
    """
    return [one.at - START for one in await attempts(service, message_id)]


def failing(times: int) -> Handler:
    """
    Fail some times, then accept everything.
    """
    left = [times]

    async def respond(_: Request) -> bytes:
        left[0] -= 1
        return answer(500) if left[0] >= 0 else OK

    return Handler(respond)


# The schedule


async def test_eight_attempts_on_the_schedule() -> None:
    """
    An endpoint that always fails gets 8 attempts within 27 h 35 min 5 s, then no more.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await service.advance(ALL)

        assert await moments(service, message_id) == [sum(SEAM[: n + 1]) for n in range(8)]
        detail = await service.message(message_id)
        assert (detail.status, detail.sendings[0].state) == ("failed", "failed")
        assert [one.ordinal for one in detail.attempts] == list(range(1, 9))
        await service.advance(10 * DAY)
        assert len(handler.received) == 8


async def test_three_failures_and_a_success() -> None:
    """
    What fails three times and then succeeds is delivered 35 min 5 s after the first attempt.
    """
    async with handling(failing(3).answer) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await service.advance(35 * 60 + 4)
        assert (await service.message(message_id)).status == "pending"
        await service.advance(1)

        assert await moments(service, message_id) == [0, 5, 305, 2105]
        assert (await service.message(message_id)).status == "delivered"


async def test_each_attempt_states_when_the_next_one_is_due() -> None:
    """
    A failed attempt states when the next one is due; the last one states none.
    """
    async with handling(answer(500)) as handler, serving(schedule=(0.0, 5.0)) as service:
        await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await service.advance(60)

        first, last = await attempts(service, message_id)
        assert (first.next_at, last.next_at) == (START + 5, None)


async def test_the_clock_stands_at_each_attempt_when_that_is_due() -> None:
    """
    An advance over several attempts signs each of them with the time at which it is due.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        await emitted(service)
        await service.advance(310)

        seen = [int(one.headers["svix-timestamp"]) for one in handler.received]
        assert seen == [START, START + 5, START + 305]
        assert service.clock.now() == START + 310


async def test_the_schedule_runs_by_itself_on_the_real_clock() -> None:
    """
    On the machine's clock retries need no call.
    """
    settings = {"schedule": (0.0, 0.05, 0.05)}
    async with (
        handling(failing(2).answer) as handler,
        serving(RealClock(), **settings) as service,
    ):
        await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        async with asyncio.timeout(60):
            async for entry in service.subscribe(0):
                if isinstance(entry, AttemptRecord) and entry.delivered:
                    break
        assert len(await attempts(service, message_id)) == 3


async def test_jitter_spreads_each_delay_by_up_to_a_fifth() -> None:
    """
    Delays lie within a fifth of the schedule, differ, and are the same for the same seed.
    """
    seen = []
    for _ in range(2):
        async with handling(answer(500)) as handler, serving(jitter=0.2, seed=7) as service:
            await service.endpoints.create(handler.url)
            ids = await service.emit(event=EVENT, count=20)
            await service.advance(6.1)
            seen.append([(await moments(service, one))[1] for one in ids])

    assert all(4 <= one <= 6 for one in seen[0])
    assert len(set(seen[0])) > 10
    assert seen[0] == seen[1]


# Time-outs


@pytest.mark.parametrize(("like", "seconds"), [("cloud", 15.0), ("server", 30.0)])
async def test_the_time_out_of_either_service(like: str, seconds: float) -> None:
    """
    An attempt times out after 15 s in the hosted service, after 30 s in the open-source server.
    """
    async with serving(like=like, timeout=None) as service:
        assert service.lifecycle.transport.timeout == seconds


async def test_after_a_time_out_the_next_attempt_waits_a_minute() -> None:
    """
    After a time-out the next attempt is made 60 s later, not 5 s.
    """

    async def never(_: Request) -> bytes:
        await asyncio.sleep(60)
        return OK

    async with handling(never) as handler, serving(timeout=0.1) as service:
        await service.endpoints.create(handler.url)
        only = await attempt(service, await emitted(service))

        assert (only.status, only.reason) == (None, "no answer within 0.1 s")
        assert only.next_at == START + 60


async def test_the_time_out_is_for_the_headers_as_a_whole() -> None:
    """
    The time-out applies to the headers as a whole, however slowly they arrive, not to the body.
    """

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in OK * 10:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.02)

    async with listening(dripping) as url, serving(timeout=0.2) as service:
        await service.endpoints.create(url)
        only = await attempt(service, await emitted(service))

    assert only.reason == "no answer within 0.2 s"


# What a receiver asks for


async def test_a_receiver_aborts_a_message() -> None:
    """
    `webhook-delivery: abort-message` stops the retries of that message alone.
    """
    async with (
        handling(answer(500, webhook_delivery="abort-message")) as handler,
        serving() as service,
    ):
        await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        only = await attempt(service, message_id)
        assert only.next_at is None
        assert (await service.message(message_id)).status == "failed"
        handler.answer = answer(500)
        other = await attempt(service, await emitted(service))
        assert other.next_at == START + 5


@pytest.mark.parametrize("status", [204, 500])
async def test_a_receiver_disables_its_endpoint(status: int) -> None:
    """
    `webhook-delivery: disable` disables the endpoint, whatever the status.
    """
    async with (
        handling(answer(status, webhook_delivery="Disable")) as handler,
        serving() as service,
    ):
        endpoint = await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        only = await attempt(service, message_id)
        assert only.next_at is None
        found = await service.endpoints.get(endpoint.webhook_id)
        assert found.disabled == "by its answer: webhook-delivery: disable"
        expected = "delivered" if status == 204 else "stopped"
        assert (await service.message(message_id)).status == expected


# Success, redirects, 410


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
async def test_200_to_299_is_a_success(status: int) -> None:
    """
    Any status from 200 to 299 is a success.
    """
    async with handling(answer(status)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        only = await attempt(service, await emitted(service))

    assert (only.status, only.delivered, only.next_at) == (status, True, None)


@pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 410, 418, 429, 500, 503, 599])
async def test_anything_else_is_a_failure(status: int) -> None:
    """
    Any other status is retried on the schedule, also 410.
    """
    async with handling(answer(status)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        only = await attempt(service, await emitted(service))

    assert (only.status, only.delivered, only.next_at) == (status, False, START + 5)
    assert only.reason.startswith(f"answered {status}, expected 200-299")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_never_followed(status: int) -> None:
    """
    A redirect is a failure: nothing is sent to its target.
    """
    async with handling() as elsewhere, serving() as service:
        async with handling(answer(status, location=elsewhere.url)) as handler:
            await service.endpoints.create(handler.url)
            only = await attempt(service, await emitted(service))

        assert not only.delivered
        assert f"redirects to {elsewhere.url} are not followed" in only.reason
        assert elsewhere.received == []


@pytest.mark.parametrize("disables", [False, True])
async def test_410_disables_the_endpoint_when_that_is_asked_for(disables: bool) -> None:
    """
    An option disables the endpoint at 410, as Standard Webhooks suggests.
    """
    async with handling(answer(410)) as handler, serving(gone_disables=disables) as service:
        endpoint = await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await attempt(service, message_id)

        assert bool((await service.endpoints.get(endpoint.webhook_id)).disabled) == disables
        assert (await service.message(message_id)).status == ("stopped" if disables else "pending")


# Retry-After


@pytest.mark.parametrize(
    ("requested", "delay"),
    [("7", 7), ("6.2", 7), ("1", 5), ("100", 10), ("soon", 5), ("-1", 5)],
)
@pytest.mark.parametrize("status", [429, 503, 400, 302])
async def test_retry_after_in_seconds(requested: str, delay: float, status: int) -> None:
    """
    Retry-After counts on any failure, between the scheduled delay and twice it.
    """
    async with handling(answer(status, retry_after=requested)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        only = await attempt(service, await emitted(service))

    assert only.next_at == START + delay


@pytest.mark.parametrize(("ahead", "delay"), [(8, 8), (2, 5), (1000, 10), (-1000, 5)])
async def test_retry_after_as_a_date(ahead: float, delay: float) -> None:
    """
    Retry-After may be an HTTP date as well.
    """
    date = formatdate(START + ahead, usegmt=True)
    async with handling(answer(503, retry_after=date)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        only = await attempt(service, await emitted(service))

    assert only.next_at == START + delay


async def test_retry_after_of_a_success_means_nothing() -> None:
    """
    A delivered message is not sent again, whatever Retry-After requests.
    """
    async with handling(answer(200, retry_after="7")) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        assert (await attempt(service, await emitted(service))).next_at is None


# Disabling


async def test_five_days_of_failures_disable_an_endpoint() -> None:
    """
    An endpoint that failed for five days is disabled, and its pending deliveries are stopped.
    """
    async with handling(answer(500)) as handler, serving(schedule=(0.0, 2 * DAY)) as service:
        endpoint = await service.endpoints.create(handler.url)
        last = ""
        for _ in range(12):
            last = await emitted(service)
            await service.advance(12 * HOUR)
        now = await service.endpoints.get(endpoint.webhook_id)

        assert now.disabled == "every attempt failed for five days"
        assert (await service.message(last)).status in ("stopped", "unmatched")
        sent = len(handler.received)
        await emitted(service)
        await service.advance(3 * DAY)
        assert len(handler.received) == sent


async def test_one_success_resets_the_five_days() -> None:
    """
    An endpoint that accepts a message now and then is not disabled.
    """
    async with handling(answer(500)) as handler, serving(schedule=(0.0,)) as service:
        endpoint = await service.endpoints.create(handler.url)
        for turn in range(30):
            handler.answer = OK if turn % 8 == 7 else answer(500)
            await emitted(service)
            await service.advance(12 * HOUR)

        assert not (await service.endpoints.get(endpoint.webhook_id)).disabled


@pytest.mark.parametrize("way", ["disable", "delete"])
async def test_disabling_or_removing_stops_pending_attempts(way: str) -> None:
    """
    The pending deliveries of a disabled or removed endpoint are never attempted.
    """
    async with handling(answer(500)) as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url)
        message_id = await emitted(service)
        await attempt(service, message_id)
        await getattr(service.endpoints, way)(endpoint.webhook_id)
        await service.advance(ALL)

        assert (await service.message(message_id)).status == "stopped"
        assert len(handler.received) == 1


async def test_enabling_lets_new_messages_pass_and_not_the_stopped_ones() -> None:
    """
    An enabled endpoint gets new messages, not the stopped ones.
    """
    async with handling(answer(500)) as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url)
        old = await emitted(service)
        await attempt(service, old)
        await service.endpoints.disable(endpoint.webhook_id)
        await service.endpoints.enable(endpoint.webhook_id)
        handler.answer = OK
        await attempt(service, await emitted(service))
        await service.advance(ALL)

        assert (await service.message(old)).status == "stopped"
        assert len(handler.received) == 2
