"""
A small handler and its state, in a class: a test overrides what it is to do wrong.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.model.exchange import Escaped, Received
from seamproof.checks.model.options import Settings
from seamproof.checks.model.snapshot import Snapshot
from seamproof.checks.runner.runner import run_battery
from seamproof.signing import Secret, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Report, Result

SECRET: Final = Secret.generate(b"the small secret".ljust)


class Small:
    """
    A good handler: it verifies, handles a message once and keeps the latest of each resource.
    """

    kind = "asgi"
    receives_method = True
    transfers = frozenset(("two segments", "three segments", "chunked", "base64"))
    name = "small"

    sends_in_batches = True

    def __init__(self) -> None:
        self.handled: set[str] = set()
        self.latest: dict[str, list[str]] = {}
        self.counts: Counter[str] = Counter()
        self.is_broken = False
        self.sent: list[Request] = []
        self._lock = threading.Lock()

    def send(self, request: Request) -> Received:
        """
        Answer as a server would: what escapes is a 500.
        """
        self.sent.append(request)
        begun = time.perf_counter()
        try:
            status = self.answer(request, {n.lower(): v for n, v in request.headers})
        except Exception as error:  # noqa: BLE001 - what a server does
            frame = error.__traceback__
            while frame and frame.tb_next:
                frame = frame.tb_next
            place = f"small.py:{frame.tb_lineno if frame else 0}"
            escaped = Escaped(kind=type(error).__name__, message=str(error), place=place, trace="")
            return Received(status=500, escaped=escaped)
        return Received(status=status, milliseconds=(time.perf_counter() - begun) * 1000)

    def send_each(self, requests: Sequence[Request], **_: int) -> list[Received]:
        """
        Answer in turn.
        """
        return [self.send(one) for one in requests]

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Answer in threads.
        """
        received: dict[int, Received] = {}

        def put(place: int, request: Request) -> None:
            received[place] = self.send(request)

        threads = [
            threading.Thread(target=put, args=(place, one)) for place, one in enumerate(requests)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [received[place] for place in range(len(requests))]

    def answer(self, request: Request, headers: dict[str, str]) -> int:
        """
        Handle a request from beginning to end.
        """
        if request.method != "POST":
            return 405
        if not self.is_genuine(request.body, headers):
            return 400
        try:
            event = json.loads(request.body)
        except ValueError:
            return 400
        return self.once(headers["svix-id"], event) if isinstance(event, dict) else 400

    def is_genuine(self, body: bytes, headers: dict[str, str]) -> bool:
        """
        Whether a request is one of Seam's.
        """
        try:
            body.decode()
        except UnicodeDecodeError:
            return False
        return verify(body, headers, SECRET, now=time.time()).valid

    def once(self, message_id: str, event: dict[str, Any]) -> int:
        """
        Act on a message that is new.
        """
        with self._lock:
            if self.is_broken:
                return 503
            if message_id not in self.handled:
                self.act(event)
                self.handled.add(message_id)
        return 204

    def act(self, event: dict[str, Any]) -> None:
        """
        Keep the latest event of a resource, by when it happened.
        """
        name = str(event.get("event_type")).partition(".")[0]
        self.counts[name] += 1
        key = str(event.get(f"{name}_id"))
        now = [str(event.get("occurred_at")), str(event.get("event_type"))]
        self.latest[key] = max(self.latest.get(key, now), now, key=_by_time)

    def look(self) -> Snapshot:
        """
        Show the state.
        """
        data = {"latest": self.latest, "counts": self.counts}
        return Snapshot(json.loads(json.dumps(data)), time.time())

    def switch(self, broken: bool) -> None:
        """
        Break what the handler depends on, or mend it.
        """
        self.is_broken = broken


def _by_time(news: list[str]) -> tuple[datetime, str]:
    """
    Sort news by when they happened, not by how that is written.
    """
    try:
        return datetime.fromisoformat(news[0].upper()).astimezone(UTC), news[1]
    except ValueError:
        return datetime.min.replace(tzinfo=UTC), news[1]


def check(
    handler: Small,
    *select: str,
    events: str = "device.*",
    seen: bool = True,
    **settings: Any,
) -> Report:
    """
    Run checks against a handler, by default with its state, and however long it takes.
    """
    decided = {"secret": SECRET, "seed": 1, "events": events, "select": select, **settings}
    decided.setdefault("thorough", True)
    return run_battery(
        handler,
        Settings(**decided),
        state=handler.look if seen else None,
        breaker=handler.switch if seen else None,
    )


def found(report: Report) -> dict[str, Result]:
    """
    Take the checks that did not pass.
    """
    return {one.check.id: one for one in report.results if one.status in ("failed", "warning")}
