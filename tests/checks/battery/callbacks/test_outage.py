"""
The check of an outage, at handlers that catch up by themselves: each way to do it, right and wrong.
"""

from __future__ import annotations

import sys
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.runner.resolve import resolve
from seamproof.checks.runner.session import open_session
from tests.checks.battery.callbacks.caller import SECRET, Caller, check

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from seamproof.checks.model.results import Result


class AtNextDelivery(Caller):
    """
    A good handler: after a pause it lists what it has missed, page by page, before it goes on.
    """

    page = 50

    def __init__(self) -> None:
        super().__init__()
        self.listed_until = datetime.now(UTC)
        self.mails: list[str] = []

    def state(self) -> object:
        """
        Show the mails as well.
        """
        return {"devices": self.devices, "mails": self.mails}

    def fetch(self, device_id: str, event: dict[str, Any]) -> bool | None:
        """
        Go by the event alone, and send a mail.
        """
        self.mails.append(f"{event['event_type']} {device_id}")
        return bool(event["event_type"] == "device.connected")

    def answer(self, event: dict[str, Any], message_id: str) -> int:
        """
        Catch up first.
        """
        if datetime.now(UTC) - self.listed_until > timedelta(minutes=10):
            self.catch_up()
        return super().answer(event, message_id)

    def close(self) -> None:
        """
        Make no more calls.
        """
        self.seam.client.close()

    def since(self) -> datetime:
        """
        From when on events are missed: with an overlap.
        """
        return self.listed_until - timedelta(minutes=1)

    def catch_up(self) -> None:
        """
        List everything, and only then note up to when.
        """
        since, now, offset = self.since(), datetime.now(UTC), 0
        while events := self.list_page(since, offset):
            for event in events:
                self.once(vars(event))
            offset += len(events)
            if len(events) < self.page:
                break
        self.listed_until = now

    def list_page(self, since: datetime, offset: int) -> list[Any]:
        """
        List some events.
        """
        return self.seam.events.list(
            since=since.isoformat(), limit=self.page, unstable_offset=offset
        )


class ListsTwentyHours(AtNextDelivery):
    """
    Only what occurred within some hours is listed.
    """

    def since(self) -> datetime:
        """
        Do it wrong.
        """
        return datetime.now(UTC) - timedelta(hours=20)


class ListsOnePage(AtNextDelivery):
    """
    Only the first page is listed.
    """

    def list_page(self, since: datetime, offset: int) -> list[Any]:
        """
        Do it wrong.
        """
        return super().list_page(since, 0) if not offset else []


class FetchesAgain(AtNextDelivery):
    """
    An event that is fetched is not looked for among those that were delivered.
    """

    def once(self, event: dict[str, Any]) -> None:
        """
        Do it wrong.
        """
        if event["event_id"] in self.handled and "svix" not in event:
            self.handled.discard(event["event_id"])
        super().once(event)

    def answer(self, event: dict[str, Any], message_id: str) -> int:
        """
        Know a redelivery by its message.
        """
        if message_id in self.handled:
            return 204
        self.handled.add(message_id)
        return super().answer(event, message_id)


class NotesTooEarly(AtNextDelivery):
    """
    Up to when events are known is noted although the call fails.
    """

    def catch_up(self) -> None:
        """
        Do it wrong.
        """
        since = self.since()
        self.listed_until = datetime.now(UTC)
        for event in self.list_page(since, 0):
            self.once(vars(event))


class NeverAsks(AtNextDelivery):
    """
    Nothing is fetched.
    """

    def catch_up(self) -> None:
        """
        Do it wrong.
        """


class CatchesUpOnce(AtNextDelivery):
    """
    After the first outage, that there may be another one is forgotten.
    """

    outages = 0

    def catch_up(self) -> None:
        """
        Do it wrong.
        """
        self.outages += 1
        if self.outages == 1:
            super().catch_up()
        self.listed_until = datetime.now(UTC)


class Polls(AtNextDelivery):
    """
    A thread lists events, several times in a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lock, self.ended = RLock(), Event()
        self.thread = Thread(target=self.poll, daemon=True)

    def close(self) -> None:
        """
        End the thread.
        """
        self.ended.set()
        self.thread.join()
        super().close()

    def poll(self) -> None:
        """
        List until the end; where the call fails, the next one lists it all.
        """
        while not self.ended.wait(0.2):
            with suppress(Exception):
                self.catch_up()

    def once(self, event: dict[str, Any]) -> None:
        """
        Take turns with the thread.
        """
        with self.lock:
            super().once(event)

    def answer(self, event: dict[str, Any], message_id: str) -> int:
        """
        Leave what was missed to the thread.
        """
        return Caller.answer(self, event, message_id)


class AtStart:
    """
    An ASGI application around a handler that catches up at its startup, and only there.
    """

    def __init__(self, handler: AtNextDelivery) -> None:
        self.handler = handler

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """
        Serve requests, and the lifespan.
        """
        while scope["type"] == "lifespan":
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await send({"type": "lifespan.shutdown.complete"})
                return
            self.handler.catch_up()
            await send({"type": "lifespan.startup.complete"})
        body = b""
        while (message := await receive()).get("more_body", False):
            body += message["body"]
        body += message.get("body", b"")
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        status = AtNextDelivery.__call__(self.handler, body, headers)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


#: A handler that catches up when it is imported; its state is in a file.
IMPORTED = """
import json, os, sqlite3, time
import httpx
from seamproof.signing import verify

db = sqlite3.connect(PATH, isolation_level=None)
db.execute("create table if not exists events(id primary key, device, type, at)")

def once(event):
    columns = ("event_id", "device_id", "event_type", "created_at")
    row = [event.get(one) for one in columns]
    db.execute("insert or ignore into events values(?, ?, ?, ?)", row)

def handler(body, headers):
    if not verify(body, headers, os.environ["SEAM_WEBHOOK_SECRET"], now=time.time()).valid:
        return 401
    try:
        once(json.loads(body))
    except ValueError:
        return 400
    return 204

def state():
    return {"devices": dict(db.execute("select device, type from events"))}

(since,) = db.execute("select max(at) from events").fetchone()
if since:
    url, headers = os.environ["SEAM_ENDPOINT"] + "/events/list", {"authorization": "Bearer seam_1"}
    answer = httpx.get(url, params={"since": since}, headers=headers).raise_for_status()
    for event in answer.json()["events"][FIRST:]:
        once(event)
"""


def run(handler: AtNextDelivery, target: Any = None, **options: Any) -> Result:
    """
    Run the check alone, without the option.
    """
    given = {"catch_up": None, "quick": False, **options}
    if target is None:
        (result,) = check(handler, "outage.catch_up", **given).results
    else:
        given = {
            "secret": SECRET,
            "seed": 1,
            "events": "device.*,lock.*",
            "select": ("outage.catch_up",),
            "world": "hotel",
            **given,
        }
        with open_session(resolve(target, **given)) as session, closing(handler):
            (result,) = session.run().results
    return result


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (AtNextDelivery, ""),
        pytest.param(ListsTwentyHours, "has caught up", marks=pytest.mark.slow),
        pytest.param(ListsOnePage, "after 50 others", marks=pytest.mark.slow),
        pytest.param(FetchesAgain, "fetches it as well", marks=pytest.mark.slow),
        pytest.param(NotesTooEarly, "its first call 500", marks=pytest.mark.slow),
    ],
)
def test_a_handler_that_lists_at_the_next_delivery(
    handler: type[AtNextDelivery], expected: str
) -> None:
    """
    The good one passes without an option, each other one fails for its bug.
    """
    result = run(handler())
    if not expected:
        assert result.status == "passed", result
    else:
        (failure,) = result.failures
        assert expected in f"{failure.expected}; {failure.context}"


def test_a_handler_that_never_asks_is_named_as_one() -> None:
    """
    Nothing is proved of it, and the note says which option would.
    """
    result = run(NeverAsks(), quick=True)
    assert result.status == "inconclusive", result
    assert "never called /events/list" in result.note


def test_a_handler_that_catches_up_once_has_not_passed() -> None:
    """
    What it does after a further outage, when Seam's first answer is an error, was not seen.
    """
    result = run(CatchesUpOnce(), quick=True)
    assert result.status == "inconclusive", result
    assert "after a further outage" in result.note


@pytest.mark.parametrize("is_good", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_handler_that_lists_when_it_starts(is_good: bool) -> None:
    """
    It is started anew after the outage, in this process.
    """
    handler = AtNextDelivery() if is_good else ListsTwentyHours()
    result = run(handler, AtStart(handler), state=handler.state, kind="asgi", quick=True)
    assert result.status == ("passed" if is_good else "failed"), result


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 1])
def test_a_handler_that_lists_when_it_is_imported(tmp_path: Path, first: int) -> None:
    """
    Its modules are imported again; the one that leaves out the first event fails.
    """
    source = IMPORTED.replace("PATH", repr(str(tmp_path / "state.db"))).replace("FIRST", str(first))
    (tmp_path / "imported_handler.py").write_text(source)
    name = "imported_handler"
    result = run(
        AtNextDelivery(),
        f"{name}:handler",
        state=f"{name}:state",
        app_dir=str(tmp_path),
        quick=True,
    )
    assert name not in sys.modules
    assert result.status == ("failed" if first else "passed"), result


@pytest.mark.slow
@pytest.mark.parametrize("is_good", [True, False])
def test_a_handler_that_polls(is_good: bool) -> None:
    """
    The next poll is waited for; the one that lists too few hours fails.
    """

    class Lists(Polls):
        def since(self) -> datetime:
            return super().since() if is_good else datetime.now(UTC) - timedelta(hours=20)

    handler = Lists()

    def target(body: bytes, headers: Mapping[str, str]) -> int:
        if not handler.thread.is_alive():
            handler.thread.start()
        return handler(body, headers)

    result = run(handler, target, state=handler.state, quick=True)
    assert result.status == ("passed" if is_good else "failed"), result
