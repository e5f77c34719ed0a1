"""
Handlers that take each delivery for the only one, or the last word.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.integration.zoo.core import (
    Event,
    Handler,
    NotGenuineError,
    StoreDownError,
    subject,
)
from tests.integration.zoo.frames import (
    PATH,
    django_app,
    fastapi_app,
    flask_app,
    starlette_app,
)
from tests.integration.zoo.table import broken, broken_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

ALL_DUPLICATES = (
    "delivery.duplicate",
    "delivery.duplicate_resigned",
    "delivery.concurrent_duplicates",
)


@broken(*ALL_DUPLICATES, frame=flask_app)
class NoMemory(Handler):
    """
    Every delivery has its effect, the second of a message too.
    """

    def _process(self, message_id: str, event: Event) -> None:
        with self.store.transaction():
            self._act(event)
            self.store.handled.add(message_id)


@broken("delivery.duplicate", "delivery.duplicate_resigned")
class LastMessageOnly(Handler):
    """
    Only the id of the last message is remembered.
    """

    def _process(self, message_id: str, event: Event) -> None:
        with self.store.transaction():
            if message_id not in self.store.handled:
                self._act(event)
                self.store.handled = {message_id}


@broken(
    "delivery.duplicate",
    "delivery.duplicate_resigned",
    "delivery.duplicate_later",
    frame=starlette_app,
)
class ForgottenSoon(Handler):
    """
    The last ten ids are remembered, and a retry may come a day later.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.last: deque[str] = deque(maxlen=10)

    def _process(self, message_id: str, event: Event) -> None:
        with self.store.transaction():
            if message_id not in self.last:
                self._act(event)
                self.last.append(message_id)


@broken("delivery.duplicate")
class ReplayRefused(Handler):
    """
    A signature that was seen before is refused as a replay, and so is a retry.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.signatures: set[str] = set()

    def _check_signature(self, expected: str, signatures: str) -> None:
        super()._check_signature(expected, signatures)
        if signatures in self.signatures:
            raise NotGenuineError(signatures)
        self.signatures.add(signatures)


@broken("delivery.duplicate", frame=django_app)
class DuplicateIsAConflict(Handler):
    """
    A duplicate is answered with 409, so Svix sends it again and again.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        duplicate = headers.get("svix-id") in self.store.handled
        return super()._receive(body, headers) if not duplicate else 409


@broken("delivery.duplicate_resigned", frame=fastapi_app)
class SignatureIsTheIdentity(Handler):
    """
    A message is known by its signature, which is another one at each attempt.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        self.current = headers.get("svix-signature", "")
        return super()._receive(body, headers)

    def _process(self, message_id: str, event: Event) -> None:
        super()._process(f"{message_id} {self.current}", event)


@broken("delivery.duplicate_resigned")
class IdAndTimestamp(Handler):
    """
    A message is known by its id and its timestamp, which is taken anew at each attempt.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        super()._verify(body, headers)
        self.attempted_at = self._header(headers, "svix-timestamp")

    def _process(self, message_id: str, event: Event) -> None:
        super()._process(f"{message_id}:{self.attempted_at}", event)


@broken("delivery.concurrent_duplicates", frame=flask_app)
class LookedUpThenInserted(Handler):
    """
    Whether a message is new is asked before the work, and written down after it.
    """

    def _process(self, message_id: str, event: Event) -> None:
        self.store.connect()
        if message_id in self.store.handled:
            return
        time.sleep(0.0001)  # the work
        self._act(event)
        self.store.handled.add(message_id)


@broken_frame("delivery.concurrent_duplicates")
def awaited_in_between(handler: Handler) -> Starlette:
    """
    Between the look for a duplicate and the insert there is an await.
    """
    store = handler.store

    async def receive(request: Request) -> Response:
        event = handler.genuine(await request.body(), request.headers)
        if event is None:
            return Response(status_code=400)
        if request.headers["svix-id"] in store.handled:
            return Response(status_code=200)
        await asyncio.sleep(0.002)  # the work
        try:
            with store.transaction():
                handler._act(event)
                store.handled.add(request.headers["svix-id"])
        except StoreDownError:
            return Response(status_code=503)
        return Response(status_code=200)

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


@broken("delivery.out_of_order", frame=starlette_app)
class LastWordCounts(Handler):
    """
    The event that arrives last is handled as the latest one.
    """

    def _act(self, event: Event) -> None:
        super()._act(event)
        row = {"last": event.get("event_type"), "at": event.get("occurred_at")}
        self.store.records[subject(event)] = {name: str(value) for name, value in row.items()}


@broken("delivery.out_of_order")
class LastWordForAll(Handler):
    """
    The latest news of a workspace are in one row, and whatever arrives last is written there.
    """

    def _act(self, event: Event) -> None:
        row = {"last": event.get("event_type"), "at": event.get("occurred_at")}
        name = str(event.get("workspace_id"))
        self.store.records[name] = {name: str(value) for name, value in row.items()}


@broken("delivery.out_of_order")
class DeletedAndForgotten(Handler):
    """
    A row is deleted with its resource, and news that come late bring it back.
    """

    def _act(self, event: Event) -> None:
        super()._act(event)
        if str(event.get("event_type")).endswith((".deleted", ".removed")):
            del self.store.records[subject(event)]


@broken("delivery.out_of_order", frame=django_app)
class OnlyAfterTheFirst(Handler):
    """
    News of an access code that is not known yet are thrown away, with a 204.
    """

    def _act(self, event: Event) -> None:
        kind = str(event.get("event_type"))
        late = kind.startswith("access_code.") and subject(event) not in self.store.records
        if kind == "access_code.created" or not late:
            super()._act(event)


@broken("delivery.journey")
class ConnectedOnce(Handler):
    """
    The day on which a device was connected is a unique row; it may connect again.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.connected: set[str] = set()

    def _act(self, event: Event) -> None:
        if event.get("event_type") == "device.connected":
            if subject(event) in self.connected:
                message = "UNIQUE constraint failed"
                raise RuntimeError(message)
            self.connected.add(subject(event))
        super()._act(event)


@broken_frame("delivery.concurrent_burst")
def pool_of_twenty(handler: Handler) -> Starlette:
    """
    There are 20 connections to the database, and nobody waits for one.
    """
    free = 20

    async def receive(request: Request) -> Response:
        nonlocal free
        if free == 0:
            message = "QueuePool limit of size 20 overflow 0 reached"
            raise TimeoutError(message)
        free -= 1
        try:
            await asyncio.sleep(0)  # the query
            status = handler.receive(await request.body(), request.headers)
        finally:
            free += 1
        return Response(status_code=status)

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


@broken("delivery.concurrent_burst", frame=flask_app)
class CountedTogether(Handler):
    """
    How often anything was unlocked is read, counted up and written back, without a lock.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.inside: set[str] = set()

    def _process(self, message_id: str, event: Event) -> None:
        is_new = message_id not in self.store.handled
        self.inside.add(message_id)
        try:
            super()._process(message_id, event)
            if is_new and event.get("event_type") == "lock.unlocked":
                count = self.store.notices["all unlocked"]
                # The query. With others at work it takes longer, so that the bug shows on a busy
                # machine, too.
                time.sleep(0.1 if len(self.inside) > 1 else 0.002)
                self.store.notices["all unlocked"] = count + 1
        finally:
            self.inside.discard(message_id)


@broken("delivery.concurrent_burst", frame=flask_app)
class DatabaseIsLocked(Handler):
    """
    Who finds the database locked by ten others gives up: 500.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.inside: list[str] = []
        self.count = threading.Lock()

    def _process(self, message_id: str, event: Event) -> None:
        with self.count:
            self.inside.append(message_id)
            crowd = len(self.inside)
        try:
            if crowd > 10:
                message = "database is locked"
                raise RuntimeError(message)
            # With others at work it takes longer, so that the bug shows on a busy machine, too.
            time.sleep(0.1 if len(set(self.inside)) > 1 else 0.001)
            super()._process(message_id, event)
        finally:
            with self.count:
                self.inside.remove(message_id)


@broken("delivery.concurrent_burst", frame=flask_app)
class LostUpdate(Handler):
    """
    The counts are read, added to and written back; what another wrote meanwhile is lost.
    """

    def _process(self, message_id: str, event: Event) -> None:
        with self.store.transaction():
            if message_id in self.store.handled:
                return
            self.store.handled.add(message_id)
        counts = Counter(self.store.notices)
        time.sleep(0.0001)  # the work
        counts[str(event.get("event_type"))] += 1
        self.store.notices = counts
