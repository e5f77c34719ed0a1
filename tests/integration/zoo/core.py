"""
The good handler that every broken one of the zoo is made of: each bug replaces one step.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Event: TypeAlias = "dict[str, Any]"

TOLERANCE: Final = 300
_FIRST_DAY: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NotGenuineError(Exception):
    """
    The request does not come from Seam: 400.
    """


class NotReadableError(Exception):
    """
    It comes from Seam and is no event: 400.
    """


class StoreDownError(Exception):
    """
    The database does not answer: 503, and Svix tries again.
    """


class Store:
    """
    A database in memory: one transaction at a time, and a switch that takes it down.

    Attributes:
        records: The latest news of each resource.
        notices: How many notices went out, by event type: an effect that no one takes back.
        handled: The ids of the messages that had their effect.
    """

    def __init__(self) -> None:
        self.records: dict[str, dict[str, str]] = {}
        self.notices: Counter[str] = Counter()
        self.handled: set[str] = set()
        self._broken = False
        self._lock = threading.RLock()

    def broken(self, switch: bool) -> None:
        """
        Take the database down, or bring it up again.
        """
        self._broken = switch

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """
        Do all that is done inside, or nothing of it.
        """
        with self._lock:
            self.connect()
            yield

    def connect(self) -> None:
        """
        Fail where the database is down.
        """
        if self._broken:
            message = "the database does not answer"
            raise StoreDownError(message)

    def look(self) -> dict[str, Any]:
        """
        Show what is in it, ready for JSON.
        """
        with self._lock:
            return {
                "records": {name: dict(row) for name, row in self.records.items()},
                "notices": dict(self.notices),
                "handled": sorted(self.handled),
            }


class Handler:
    """
    A good handler, in steps.

    Args:
        secret: The webhook's.
    """

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.key = base64.b64decode(secret.removeprefix("whsec_"))
        self.store = Store()

    def receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        """
        Take a request and return the status of the answer.
        """
        return self._receive(body, headers)

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        event = self.genuine(body, headers)
        if event is None:
            return 400
        try:
            self._process(self._header(headers, "svix-id"), event)
        except StoreDownError:
            return 503
        return 204

    def genuine(self, body: bytes, headers: Mapping[str, str]) -> Event | None:
        """
        Read an event of Seam's; None for whatever is not one.
        """
        try:
            self._verify(body, headers)
            return self._parse(body)
        except (NotGenuineError, NotReadableError):
            return None

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        for given, value in headers.items():
            if given.lower() == name:
                return value
        raise NotGenuineError(name)

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        message_id = self._header(headers, "svix-id")
        timestamp = self._header(headers, "svix-timestamp")
        signatures = self._header(headers, "svix-signature")
        self._check_time(timestamp)
        self._check_signature(self._sign(message_id, timestamp, body), signatures)

    def _check_time(self, timestamp: str) -> None:
        try:
            sent = int(timestamp)
        except ValueError as problem:
            raise NotGenuineError(timestamp) from problem
        if abs(time.time() - sent) > TOLERANCE:
            raise NotGenuineError(timestamp)

    def _sign(self, message_id: str, timestamp: str, body: bytes) -> str:
        content = f"{message_id}.{timestamp}.".encode() + body
        return base64.b64encode(hmac.digest(self.key, content, hashlib.sha256)).decode()

    def _check_signature(self, expected: str, signatures: str) -> None:
        for entry in signatures.split(" "):
            version, _, signature = entry.partition(",")
            if version == "v1" and hmac.compare_digest(signature.encode(), expected.encode()):
                return
        raise NotGenuineError(signatures)

    def _parse(self, body: bytes) -> Event:
        try:
            event = json.loads(body)
        except (ValueError, RecursionError) as problem:
            raise NotReadableError from problem
        if not isinstance(event, dict):
            raise NotReadableError
        return event

    def _process(self, message_id: str, event: Event) -> None:
        with self.store.transaction():
            if message_id not in self.store.handled:
                self._act(event)
                self.store.handled.add(message_id)

    def _act(self, event: Event) -> None:
        """
        Keep the latest event of a resource, in any order of arrival, and report it.
        """
        kind = str(event.get("event_type"))
        name, at = subject(event), str(event.get("occurred_at"))
        known = self.store.records.get(name)
        if known is None or (moment(known["at"]), known["last"]) < (moment(at), kind):
            self.store.records[name] = {"last": kind, "at": at}
        self.store.notices[kind] += 1


def subject(event: Event) -> str:
    """
    Find the id of the resource that an event is about.
    """
    resource = str(event.get("event_type")).partition(".")[0]
    named = {"lock": "device_id", "thermostat": "device_id"}.get(resource, f"{resource}_id")
    return str(event.get(named) or event.get("device_id") or event.get("event_id"))


def moment(text: str) -> datetime:
    """
    Read a time as generously as it may be written.
    """
    try:
        read = datetime.fromisoformat(text.upper())
    except ValueError:
        return _FIRST_DAY
    return read if read.tzinfo else read.replace(tzinfo=UTC)
