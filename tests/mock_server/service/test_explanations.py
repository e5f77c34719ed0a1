"""
Explanations of messages, statistics of endpoints, and the forms in which a message is saved.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from seamproof.errors import Conflict, UsageError
from seamproof.mock_server.model.records import FaultSpec
from seamproof.mock_server.service.explanations import disables_at, explain_message, statistics
from seamproof.mock_server.service.saved_forms import save_message
from tests.mock_server.workbench import EVENT, START, answer, attempt, handling, serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

DAY = 86_400.0


async def test_the_attempts_to_come() -> None:
    """
    After the first failure seven are left, at the times of the schedule, within their jitter.
    """
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        (message_id,) = await service.emit(event=EVENT)
        await attempt(service, message_id)
        (upcoming,) = (await explain_message(service, message_id)).upcoming

        assert [(one.ordinal, one.at - START) for one in upcoming.attempts] == [
            *((2, 5), (3, 305), (4, 2105), (5, 9305), (6, 27305), (7, 63305), (8, 99305)),
        ]
        await service.advance(28 * 3600)
        assert (await explain_message(service, message_id)).upcoming == ()


async def test_a_verdict_on_each_attempt() -> None:
    """
    A genuine attempt verifies; that of a fault says why it does not.
    """
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url)
        found = []
        for fault in ("", "wrong_secret", "stale", "missing_header"):
            faults = [FaultSpec(fault, seed=1)] if fault else []
            (message_id,) = await service.emit(event=EVENT, faults=faults)
            await attempt(service, message_id)
            (verdict,) = (await explain_message(service, message_id)).verdicts
            assert verdict is not None
            found.append(verdict.reason)

    assert found == ["ok", "other_secret", "stale", "missing_header"]


async def test_violations_of_the_payload() -> None:
    """
    Each violation is listed with its place; an unknown event type is judged by its envelope.
    """
    async with serving() as service:
        event = {"event_type": "lock.locked", "event_id": 1}
        (first,) = await service.emit(event=event)
        (second,) = await service.emit(event={"event_type": "lock.melted"})
        found = (await explain_message(service, first)).violations
        assert "/event_id" in {one.path for one in found}
        assert (await explain_message(service, second)).violations


async def test_statistics() -> None:
    """
    Attempts are counted by intervals, failures since the last success.
    """
    async with handling() as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url)
        await service.emit(event=EVENT)
        await service.advance(60)
        handler.answer = answer(500)
        await service.emit(event=EVENT)
        await service.advance(6)
        found = await statistics(service, endpoint.webhook_id, since=START, interval=60.0)

        assert found.consecutive_failures == 2
        assert [(one.at - START, one.delivered, one.failed) for one in found.intervals] == [
            *((0, 1, 0), (60, 0, 2)),
        ]
        assert all(0 < one.median <= one.p95 for one in found.intervals)
        with pytest.raises(UsageError, match="up to 1,000 intervals"):
            await statistics(service, endpoint.webhook_id, since=0.0, interval=1.0)


async def test_when_an_endpoint_is_disabled() -> None:
    """
    It is known once failures are twelve hours apart, and five days ahead.
    """
    async with handling(answer(500)) as handler, serving() as service:
        made = await service.endpoints.create(handler.url)
        await service.emit(event=EVENT)
        await service.advance(3600)
        assert disables_at(await service.endpoints.get(made.webhook_id)) is None
        await service.advance(24 * 3600)
        at = disables_at(await service.endpoints.get(made.webhook_id))
        assert at is not None
        assert 5 * DAY < at - START < 7 * DAY


async def test_a_message_as_a_fixture() -> None:
    """
    The payload is indented, in a file named after the event type.
    """
    async with serving() as service:
        (message_id,) = await service.emit(event=EVENT)
        saved = await save_message(service, message_id, "fixture")

    assert saved.name == f"{json.loads(EVENT)['event_type']}.json"
    assert json.loads(saved.text) == json.loads(EVENT)


async def test_a_message_as_a_curl_command() -> None:
    """
    The command sends the message with a signature that verifies now.
    """
    async with handling() as handler, serving() as service:
        (message_id,) = await service.emit(event=EVENT)
        with pytest.raises(Conflict, match="no endpoint"):
            await save_message(service, message_id, "curl")
        endpoint = await service.endpoints.create(handler.url)
        saved = await save_message(service, message_id, "curl")

    assert saved.text.startswith("curl --request POST")
    assert message_id in saved.text
    assert endpoint.secret.reveal() not in saved.text


TRAP = '"""\nimport os\nos.abort()\nr"""'


@pytest.mark.parametrize("text", ["plain", TRAP, "\\", "{event}", "\\u0022" * 3])
async def test_a_message_as_a_test(text: str) -> None:
    """
    The file compiles to one test, whatever the payload contains, and has the payload unchanged.
    """
    event = {**json.loads(EVENT), "note": text, "event_type": f"lock.{text}"}
    async with handling(answer(500)) as handler, serving() as service:
        await service.endpoints.create(handler.url)
        (message_id,) = await service.emit(event=event)
        await attempt(service, message_id)
        saved = await save_message(service, message_id, "pytest")
    names: dict[str, object] = {}
    exec(compile(saved.text, saved.name, "exec"), names)  # noqa: S102 - the file under test

    assert names["EVENT"] == event
    assert sum(name.startswith("test_") for name in names) == 1
    assert saved.name.startswith("test_lock_")


@pytest.mark.slow
async def test_a_saved_test_fails_as_the_handler_did(tmp_path: Path) -> None:
    """
    The file is a test that fails at the same handler, and passes once the handler is mended.
    """
    async with handling(answer(500)) as handler, serving() as service:
        endpoint = await service.endpoints.create(handler.url)
        (message_id,) = await service.emit(event=EVENT)
        await attempt(service, message_id)
        saved = await save_message(service, message_id, "pytest")
        (tmp_path / saved.name).write_text(saved.text, "utf-8")
        outcomes = []
        for status in (500, 204):
            handler.answer = answer(status)
            process = await _run(tmp_path, endpoint.secret.reveal())
            outcomes.append(process)

    assert "500" in outcomes[0][1]
    assert [one[0] for one in outcomes] == [1, 0]


async def _run(folder: Path, secret: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)),
        cwd=folder,
        env={**os.environ, "SEAM_WEBHOOK_SECRET": secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_a_fault_that_a_test_cannot_send() -> None:
    """
    The error names the fault; a forgery becomes a test that wants it refused.
    """
    async with handling() as handler, serving() as service:
        await service.endpoints.create(handler.url)
        for name in ("burst", "stale"):
            faults = [FaultSpec(name)]
            (message_id,) = await service.emit(event=EVENT, faults=faults)
            assert await service.wait_idle(60)
            if name == "burst":
                with pytest.raises(Conflict, match="this fault"):
                    await save_message(service, message_id, "pytest")
            else:
                saved = await save_message(service, message_id, "pytest")
                assert "seam_post.refused(client, seam_delivery(EVENT).stale(), URL)" in saved.text
