"""
A handler that calls Seam, by the official SDK: a test overrides what it is to do wrong.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from seam.exceptions import SeamHttpApiError
from seam.seam import Seam

from seamproof.checks.runner.resolve import resolve
from seamproof.checks.runner.session import open_session
from seamproof.signing import Secret, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.checks.model.results import Report

SECRET = Secret.generate(b"the secret of the caller".ljust)


class Caller:
    """
    A good handler: it keeps each device as Seam returns it, and fetches what it has missed.
    """

    def __init__(self) -> None:
        self.handled: set[str] = set()
        self.devices: dict[str, bool | None] = {}
        self.counts: dict[str, int] = {}
        self.known_until = "2020-01-01T00:00:00.000Z"
        self._seam: Seam | None = None

    @property
    def seam(self) -> Seam:
        """
        The client, which reads SEAM_ENDPOINT and SEAM_API_KEY.
        """
        self._seam = self._seam or Seam()
        return self._seam

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        """
        Handle a delivery.
        """
        if not verify(body, headers, SECRET, now=time.time()).valid:
            return 401
        try:
            event = json.loads(body)
        except ValueError:
            return 400
        return self.answer(event, headers["svix-id"])

    def answer(self, event: dict[str, Any], message_id: str) -> int:
        """
        Act on an event once; an exception becomes a 500.
        """
        del message_id
        self.once(event)
        return 204

    def once(self, event: dict[str, Any]) -> None:
        """
        Act on an event that is new, wherever it comes from.
        """
        if event["event_id"] in self.handled:
            return
        if "device_id" in event:
            self.devices[event["device_id"]] = self.fetch(event["device_id"], event)
            self.counts[event["event_type"]] = self.counts.get(event["event_type"], 0) + 1
        self.handled.add(event["event_id"])
        self.known_until = max(self.known_until, event["created_at"])

    def fetch(self, device_id: str, event: dict[str, Any]) -> bool | None:
        """
        Ask Seam whether a device is online; None where it is gone.
        """
        del event
        try:
            found: Any = self.seam.devices.get(device_id=device_id)
            return bool(found.properties.online)
        except SeamHttpApiError as problem:
            if problem.status_code == 404:
                return None
            raise

    def catch_up(self) -> None:
        """
        Fetch what was missed.
        """
        for event in self.seam.events.list(since=self.known_until):
            self.once(vars(event))

    def state(self) -> object:
        """
        Show what was done.
        """
        return {"devices": self.devices, "counts": self.counts}


def check(handler: Caller, *select: str, **options: Any) -> Report:
    """
    Run checks on a handler that has a hotel to ask for.
    """
    given = {
        "secret": SECRET,
        "seed": 1,
        "events": "device.*,lock.*,connected_account.*",
        "select": select,
        "state": handler.state,
        "catch_up": handler.catch_up,
        "world": "hotel",
        "quick": True,
        **options,
    }
    with open_session(resolve(handler, **given)) as session, handler.seam.client:
        return session.run()
