"""
Handlers that are good, though in ways that a check could take for a bug.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seam.seam_webhook import SeamWebhook
from svix.webhooks import Webhook, WebhookVerificationError

from tests.integration.zoo.core import (
    Event,
    Handler,
    NotGenuineError,
    StoreDownError,
    moment,
    subject,
)
from tests.integration.zoo.frames import (
    aws_lambda,
    aws_rest,
    aws_rest_cautious,
    django_app,
    fastapi_app,
    flask_app,
    starlette_app,
)
from tests.integration.zoo.table import good

if TYPE_CHECKING:
    from collections.abc import Mapping


@good()
class Plain(Handler):
    """
    Nothing is odd: a plain function.
    """


@good()
class RaisesItsOwn(Handler):
    """
    A plain function that refuses by an exception of its own.
    """

    class RefusedError(Exception):
        """
        Whoever calls the function makes an answer of it.
        """

    def receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        """
        Return nothing but success.
        """
        status = self._receive(body, headers)
        if status == 400:
            message = "not from Seam"
            raise self.RefusedError(message)
        return status


@good(frame=starlette_app)
class PlainStarlette(Handler):
    """
    Nothing is odd: Starlette.
    """


@good(frame=fastapi_app)
class PlainFastAPI(Handler):
    """
    Nothing is odd: FastAPI.
    """


@good(frame=flask_app)
class PlainFlask(Handler):
    """
    Nothing is odd: Flask.
    """


@good(frame=django_app)
class PlainDjango(Handler):
    """
    Nothing is odd: Django.
    """


@good(frame=aws_lambda)
class PlainLambda(Handler):
    """
    Nothing is odd: AWS Lambda.
    """


@good(frame=aws_rest)
class PlainRest(Handler):
    """
    Nothing is odd: AWS Lambda behind a REST API.
    """


@good(frame=aws_rest_cautious)
class CautiousRest(Handler):
    """
    AWS Lambda behind a REST API, which refuses what comes in another format.
    """


@good()
class WithSvix(Handler):
    """
    The signature is verified by Svix's library, and whatever it raises is a refusal.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            Webhook(self.secret).verify(body, dict(headers))
        except (WebhookVerificationError, ValueError) as problem:
            raise NotGenuineError from problem


@good(frame=flask_app)
class WithSeam(Handler):
    """
    The signature is verified by Seam's own SDK, and whatever it raises is a refusal.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            SeamWebhook(self.secret).verify(body.decode(), dict(headers))
        except Exception as problem:
            raise NotGenuineError from problem


@good()
class OneResourceOnly(Handler):
    """
    It acts on thermostats only and leaves every other event without a trace.
    """

    def _process(self, message_id: str, event: Event) -> None:
        self.store.connect()
        if str(event.get("event_type")).startswith("thermostat."):
            super()._process(message_id, event)


@good()
class KnownByEventId(Handler):
    """
    A message is known by its event_id, which is the same at each attempt too.
    """

    def _process(self, message_id: str, event: Event) -> None:
        super()._process(str(event.get("event_id") or message_id), event)


@good(frame=fastapi_app)
class NothingToRepeat(Handler):
    """
    It remembers no message: what it does can be done twice without harm.
    """

    def _process(self, message_id: str, event: Event) -> None:
        del message_id
        with self.store.transaction():
            self._act(event)

    def _act(self, event: Event) -> None:
        super()._act(event)
        self.store.notices.clear()


class _Worker(threading.Thread):
    """
    What works off what was taken, one after the other, and tries again until it is done.
    """

    def __init__(self, handler: Handler) -> None:
        super().__init__(daemon=True)
        self.handler = handler
        self.waiting: queue.SimpleQueue[tuple[str, Event]] = queue.SimpleQueue()

    def run(self) -> None:
        """
        Wait a little before each, as a busy worker does.
        """
        while True:
            message_id, event = self.waiting.get()
            time.sleep(0.001)
            try:
                Handler._process(self.handler, message_id, event)
            except StoreDownError:
                self.waiting.put((message_id, event))


@good(frame=flask_app)
class Queued(Handler):
    """
    The event is put into a queue that keeps it, and worked off after the answer.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.worker = _Worker(self)
        self.worker.start()

    def _process(self, message_id: str, event: Event) -> None:
        self.store.connect()
        self.worker.waiting.put((message_id, event))


@good()
class Unauthorised(Handler):
    """
    What is not genuine is answered with 401, as if nobody were logged in.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        status = super()._receive(body, headers)
        return 401 if status == 400 else status


@good(frame=starlette_app)
class Hidden(Handler):
    """
    To whom it does not know it pretends not to be there: 404.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        status = super()._receive(body, headers)
        return 404 if status == 400 else status


@good()
class ClockInTheState(Handler):
    """
    Its state shows the current time and when each record arrived.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.arrived: dict[str, str] = {}
        self.store.look = self._look  # type: ignore[method-assign]  # seen by --state

    def _act(self, event: Event) -> None:
        super()._act(event)
        self.arrived.setdefault(subject(event), datetime.now(UTC).isoformat())

    def _look(self) -> dict[str, Any]:
        with self.store._lock:
            rows = [
                {"number": number, "name": name, "arrived": self.arrived[name], **row}
                for number, (name, row) in enumerate(self.store.records.items(), 1)
            ]
            return {
                "now": datetime.now(UTC).isoformat(),
                "uptime": time.monotonic(),
                "rows": rows,
                "notices": dict(self.store.notices),
            }


@good()
class Journal(Handler):
    """
    It keeps the events themselves, and finds the latest news only when it is asked.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.journal: dict[str, list[Event]] = {}
        self.store.look = self._look  # type: ignore[method-assign]  # seen by --state

    def _act(self, event: Event) -> None:
        self.journal.setdefault(subject(event), []).append(event)

    def _look(self) -> dict[str, Any]:
        with self.store._lock:
            return {
                name: [
                    json.dumps([one.get("occurred_at"), one.get("event_type")])
                    for one in sorted(events, key=lambda one: moment(str(one.get("occurred_at"))))
                ]
                for name, events in self.journal.items()
            }


@good(frame=django_app)
class AuditLog(Handler):
    """
    Its state ends with a list of what came in, in the order in which it came.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.log: list[dict[str, str]] = []
        look = self.store.look
        self.store.look = lambda: {**look(), "log": list(self.log)}  # type: ignore[method-assign]

    def _act(self, event: Event) -> None:
        super()._act(event)
        self.log.append({"type": str(event.get("event_type")), "of": subject(event)})


@good()
class RaisesForTheServer(Handler):
    """
    A failure of the database is not answered but raised: the server makes a 500 of it.
    """

    def _process(self, message_id: str, event: Event) -> None:
        try:
            super()._process(message_id, event)
        except StoreDownError as problem:
            message = "the webhook could not be handled"
            raise RuntimeError(message) from problem


@good()
class StrictAboutIds(Handler):
    """
    An id that does not begin with msg_ is refused.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        super()._verify(body, headers)
        if not self._header(headers, "svix-id").startswith("msg_"):
            raise NotGenuineError


@good(frame=flask_app)
class ReadableAnswer(Handler):
    """
    What is signed and no event is taken with a 204 and dropped: a retry would not help.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        try:
            self._verify(body, headers)
        except NotGenuineError:
            return 403
        status = super()._receive(body, headers)
        return 204 if status == 400 else status


@good()
class OneRowForAll(Handler):
    """
    The latest news of a workspace in one row; of two at one time the greater id wins.
    """

    def _act(self, event: Event) -> None:
        name = str(event.get("workspace_id"))
        news = {"at": str(event.get("occurred_at")), "last": str(event.get("event_type"))}
        known = self.store.records.get(name, {"at": "", "id": ""})
        order = (moment(news["at"]), str(event.get("event_id")))
        if (moment(known["at"]), known["id"]) < order:
            self.store.records[name] = {**news, "id": str(event.get("event_id"))}


@good()
class OneRowForAllStrictly(Handler):
    """
    The latest news of a workspace in one row; of two at one time the first to come stays.
    """

    def _act(self, event: Event) -> None:
        name = str(event.get("workspace_id"))
        known = self.store.records.get(name, {"at": ""})
        if moment(known["at"]) < moment(str(event.get("occurred_at"))):
            at, last = str(event.get("occurred_at")), str(event.get("event_type"))
            self.store.records[name] = {"at": at, "last": last}


@good()
class KeepsAway(Handler):
    """
    After a failure the database is left alone for a while: 503, as the breaker is open.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.closed_at = 0.0

    def _process(self, message_id: str, event: Event) -> None:
        if time.monotonic() < self.closed_at:
            message = "the breaker is open"
            raise StoreDownError(message)
        try:
            super()._process(message_id, event)
        except StoreDownError:
            self.closed_at = time.monotonic() + 0.4
            raise
