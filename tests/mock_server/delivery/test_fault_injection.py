"""
Fault injection: what each fault does to the attempts of a message.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.mock_server.model.clocks import ManualClock
from seamproof.mock_server.model.records import FaultSpec
from seamproof.schemas import catalog, is_valid
from seamproof.signing import Reason, Secret, Verdict, verify
from tests.mock_server.workbench import OK, START, Handler, Request, answer, handling, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from seamproof.mock_server.model.records import MessageDetail
    from seamproof.mock_server.service.service import Service

pytestmark = pytest.mark.anyio

SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
OPTIONAL = "access_code.created"


class Bench:
    """
    A service and a handler that receives messages with faults.
    """

    def __init__(self, service: Service, handler: Handler) -> None:
        self.service = service
        self.handler = handler

    async def send(self, *names: str, advance: float = 60) -> MessageDetail:
        """
        Emit one event with faults and let a minute pass.
        """
        faults = [FaultSpec(name) for name in names]
        (message_id,) = await self.service.emit(event_type=OPTIONAL, faults=faults)
        assert await self.service.wait_idle(60)
        await self.service.advance(advance)
        return await self.service.message(message_id)

    def verdicts(self) -> list[Verdict]:
        """
        Verify the requests that arrived.
        """
        return [verify(one.body, one.headers, SECRET, now=START) for one in self.handler.received]

    def payload(self) -> dict[str, Any]:
        """
        Decode the only event that arrived.
        """
        (only,) = self.handler.received
        assert verify(only.body, only.headers, SECRET, now=START)
        read: dict[str, Any] = json.loads(only.body)
        return read


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """
    A service with one endpoint that accepts everything.
    """
    async with handling() as handler, serving(ManualClock(START)) as service:
        await service.endpoints.create(handler.url, secret=SECRET)
        yield Bench(service, handler)


# Order


async def test_duplicate(bench: Bench) -> None:
    """
    The identical request arrives twice.
    """
    detail = await bench.send("duplicate")
    first, second = bench.handler.received
    assert first == second
    assert [one.kind for one in detail.attempts] == ["schedule", "copy"]


async def test_duplicate_resigned(bench: Bench) -> None:
    """
    The message arrives twice, with the same id and a later timestamp.
    """
    await bench.send("duplicate_resigned")
    first, second = bench.handler.received
    assert first.headers["svix-id"] == second.headers["svix-id"]
    assert int(second.headers["svix-timestamp"]) > int(first.headers["svix-timestamp"])
    assert all(bench.verdicts())


@pytest.mark.parametrize(("name", "seconds"), [("reorder", 2), ("delay", 30)])
async def test_reorder_and_delay(bench: Bench, name: str, seconds: float) -> None:
    """
    A delayed message arrives after those that were emitted later.
    """
    fault = [FaultSpec(name)]
    (held,) = await bench.service.emit(event_type=OPTIONAL, faults=fault)
    (later,) = await bench.service.emit(event_type=OPTIONAL)
    await bench.service.advance(seconds - 0.1)
    assert [one.headers["svix-id"] for one in bench.handler.received] == [later]
    await bench.service.advance(0.1)
    assert [one.headers["svix-id"] for one in bench.handler.received] == [later, held]


async def test_burst(bench: Bench) -> None:
    """
    The message arrives ten times at once.
    """
    met = asyncio.Event()

    async def respond(_: Request) -> bytes:
        if len(bench.handler.received) == 10:
            met.set()
        await met.wait()
        return OK

    bench.handler.answer = respond
    detail = await bench.send("burst")
    assert bench.handler.at_once == 10
    assert len({one.headers["svix-id"] for one in bench.handler.received}) == 1
    assert (detail.status, len(detail.attempts)) == ("delivered", 10)


async def test_a_copy_decides_nothing(bench: Bench) -> None:
    """
    Whether a message counts as delivered depends on the attempt, not on its copies.
    """

    async def respond(_: Request) -> bytes:
        return OK if len(bench.handler.received) == 1 else answer(500)

    bench.handler.answer = respond
    detail = await bench.send("duplicate", advance=600)
    assert (detail.status, len(bench.handler.received)) == ("delivered", 2)


# Signatures


REFUSED = {
    "bad_signature": Reason.OTHER_SECRET,
    "wrong_secret": Reason.OTHER_SECRET,
    "stale": Reason.STALE,
    "future": Reason.FUTURE,
    "missing_header": Reason.MISSING_HEADER,
    "tampered_body": Reason.OTHER_SECRET,
    "reserialised_body": Reason.BODY_RESERIALISED,
}


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
async def test_what_a_handler_has_to_refuse(bench: Bench, name: str, reason: Reason) -> None:
    """
    The first attempt is not genuine, for the reason that the fault has; the retry is.
    """

    async def respond(request: Request) -> bytes:
        genuine = verify(request.body, request.headers, SECRET, now=bench.service.clock.now())
        return OK if genuine else answer(401)

    bench.handler.answer = respond
    detail = await bench.send(name)
    assert bench.verdicts()[0].reason is reason
    assert [one.status for one in detail.attempts] == [401, 204]
    assert [one.fault for one in detail.attempts] == [name, ""]


@pytest.mark.parametrize(
    "name", ["two_signatures", "old_signature_first", "unknown_version_signature"]
)
async def test_what_a_handler_has_to_accept(bench: Bench, name: str) -> None:
    """
    One of several signatures is correct, at any position.
    """
    await bench.send(name)
    (request,) = bench.handler.received
    signatures = request.headers["svix-signature"].split(" ")
    assert len(signatures) == 2
    right = [
        bool(verify(request.body, request.headers | {"svix-signature": one}, SECRET, now=START))
        for one in signatures
    ]
    assert right == ([True, False] if name == "two_signatures" else [False, True])
    assert bench.verdicts()[0]


# The wire


async def test_drop_then_retry(bench: Bench) -> None:
    """
    The first attempt is lost, the second one arrives.
    """
    detail = await bench.send("drop_then_retry")
    assert len(bench.handler.received) == 1
    assert [one.reason for one in detail.attempts] == ["lost on its way, on purpose", ""]


@pytest.mark.parametrize("name", ["truncated_body", "reset_mid_body"])
async def test_truncated_and_reset_bodies(bench: Bench, name: str) -> None:
    """
    Of the first attempt half a body arrives, of the second all of it.
    """
    detail = await bench.send(name)
    assert [one.delivered for one in detail.attempts] == [False, True]
    assert "mid-body, on purpose" in detail.attempts[0].reason
    assert detail.status == "delivered"
    halves = [one for one in bench.handler.received if not one.whole]
    if name == "truncated_body":
        assert len(halves) == 1
    assert all(len(one.body) < len(detail.message.body) for one in halves)


async def test_the_answer_to_half_a_request_is_recorded(bench: Bench) -> None:
    """
    The response to a truncated body is recorded, and is no success.
    """

    async def respond(request: Request) -> bytes:
        return OK if request.whole else answer(400)

    bench.handler.answer = respond
    detail = await bench.send("truncated_body")
    assert [one.status for one in detail.attempts] == [400, 204]


async def test_slow_body(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A body that arrives in pieces is the same body.
    """
    monkeypatch.setattr("seamproof.mock_server.delivery.fault_injection._PAUSE", 0.01)
    detail = await bench.send("slow_body")
    (request,) = bench.handler.received
    assert request.body == detail.message.body
    assert request.headers["content-length"] == str(len(request.body))
    assert bench.verdicts()[0]


# Bodies


async def test_unknown_event_type(bench: Bench) -> None:
    """
    The type is undocumented, of a documented resource.
    """
    await bench.send("unknown_event_type")
    event_type = bench.payload()["event_type"]
    assert event_type.startswith("access_code.")
    assert event_type not in catalog()


async def test_unknown_field(bench: Bench) -> None:
    """
    The event is valid and has an undocumented property.
    """
    await bench.send("unknown_field")
    payload = bench.payload()
    assert is_valid(payload)
    assert {*payload} - {*catalog()[OPTIONAL].properties}


async def test_missing_optional(bench: Bench) -> None:
    """
    The event is valid and has its required properties only.
    """
    await bench.send("missing_optional")
    payload = bench.payload()
    assert is_valid(payload)
    assert {*payload} == {*catalog()[OPTIONAL].required}


async def test_null_optional(bench: Bench) -> None:
    """
    Every optional property is present and null.
    """
    await bench.send("null_optional")
    schema, payload = catalog()[OPTIONAL], bench.payload()
    optional = {*schema.properties} - {*schema.required}
    assert optional
    assert {name for name, value in payload.items() if value is None} == optional


async def test_microseconds(bench: Bench) -> None:
    """
    Times have six digits of a second, as some pages of Seam's documentation show them.
    """
    await bench.send("microseconds")
    payload = bench.payload()
    assert is_valid(payload)
    for name in ("created_at", "occurred_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", payload[name])


async def test_unicode(bench: Bench) -> None:
    """
    Texts contain characters of many scripts, unescaped.
    """
    await bench.send("unicode")
    text = bench.payload()["event_description"]
    assert {"🔑", "م", "\u0301", "\u202e"} <= {*text}


async def test_large(bench: Bench) -> None:
    """
    The event is valid and nearly as large as Svix allows.
    """
    await bench.send("large")
    assert len(bench.handler.received[0].body) == 340_000
    assert is_valid(bench.payload())


async def test_a_fault_of_the_body_stays_the_same_over_all_attempts(bench: Bench) -> None:
    """
    Retries of a message have the same bytes as its first attempt.
    """
    bench.handler.answer = answer(500)
    await bench.send("unknown_field", "microseconds", advance=400)
    bodies = {one.body for one in bench.handler.received}
    assert (len(bench.handler.received), len(bodies)) == (3, 1)


# Choosing


async def test_a_fault_of_an_endpoint_applies_to_its_messages_alone() -> None:
    """
    One endpoint gets faulty messages, another one gets the same messages without faults.
    """
    async with handling() as faulty, handling() as healthy, serving() as service:
        fault = FaultSpec("bad_signature", count=3)
        await service.endpoints.create(faulty.url, secret=SECRET, faults=[fault])
        await service.endpoints.create(healthy.url, secret=SECRET)
        await service.emit(event_type=OPTIONAL, count=5)
        assert await service.wait_idle(60)
    good = [
        [bool(verify(one.body, one.headers, SECRET, now=START)) for one in handler.received]
        for handler in (faulty, healthy)
    ]
    assert (good[0].count(False), good[1].count(False)) == (3, 0)
