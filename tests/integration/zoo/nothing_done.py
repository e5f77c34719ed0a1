"""
Handlers that accept genuine events and do nothing, and right ones that do little.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.integration.zoo.core import Event, Handler, moment
from tests.integration.zoo.frames import django_app, fastapi_app, flask_app, starlette_app
from tests.integration.zoo.table import broken, good

if TYPE_CHECKING:
    from typing import Final

#: What `effect.expected` is run with.
EXPECTED: Final = ("lock.unlocked", "access_code.set_on_device")


def age_by(event: Event, name: str) -> timedelta:
    """
    Compute the age of an event by one of its times; none for what is not a time.
    """
    text = event.get(name)
    return datetime.now(UTC) - moment(text) if isinstance(text, str) else timedelta(0)


@broken("effect.any", frame=fastapi_app)
class UnderPayload(Handler):
    """
    The properties of an event are looked for under a key `payload`.
    """

    def _act(self, event: Event) -> None:
        nested = event.get("payload")
        if isinstance(nested, dict) and nested.get("access_code_id"):
            super()._act({**nested, "event_type": event.get("event_type")})


@broken("effect.any", frame=flask_app)
class BatteryLow(Handler):
    """
    It waits for event types that do not exist.
    """

    def _act(self, event: Event) -> None:
        if event.get("event_type") in ("device.battery.low", "access_code.used"):
            super()._act(event)


@broken("effect.any", frame=django_app)
class TypeAndData(Handler):
    """
    Events are read as those of another service: `type` and `data`.
    """

    def _act(self, event: Event) -> None:
        kind, data = str(event.get("type")), event.get("data")
        if kind.startswith(("access_code.", "lock.")) and isinstance(data, dict):
            super()._act({**data, "event_type": kind})


@broken("effect.any")
class NoSuchDevice(Handler):
    """
    A `KeyError` of each event is caught and answered 2xx.
    """

    def _act(self, event: Event) -> None:
        try:
            super()._act({**event, "device_id": event["device"]["device_id"]})
        except (KeyError, TypeError):
            return


@broken("effect.any", frame=starlette_app)
class TypeInCapitals(Handler):
    """
    Event types are compared with names in capitals.
    """

    def _act(self, event: Event) -> None:
        if event.get("event_type") in ("LOCK_UNLOCKED", "LOCK_LOCKED"):
            super()._act(event)


@broken("effect.any", frame=flask_app)
class OnlyCounted(Handler):
    """
    Events are counted, and nothing is done with them.
    """

    def _act(self, event: Event) -> None:
        self.store.notices["received" if event else "empty"] += 1


@broken("effect.any")
class OnlyLogged(Handler):
    """
    The type and the time of each event are written down, and nothing is done with it.
    """

    def _act(self, event: Event) -> None:
        self.store.notices[f"{event.get('event_type')} at {event.get('occurred_at')}"] += 1


@broken("effect.expected", frame=flask_app)
class Unlock(Handler):
    """
    One event type is misspelt.
    """

    def _act(self, event: Event) -> None:
        if event.get("event_type") in ("lock.locked", "lock.unlock", "access_code.set_on_device"):
            super()._act(event)


@broken("effect.old_event", frame=fastapi_app)
class FiveMinutes(Handler):
    """
    What occurred more than five minutes ago is accepted and dropped.
    """

    def _act(self, event: Event) -> None:
        if age_by(event, "occurred_at") < timedelta(minutes=5):
            super()._act(event)


@broken("effect.old_event", frame=starlette_app)
class CreatedYesterday(Handler):
    """
    What was created more than a day ago is accepted and dropped.
    """

    def _act(self, event: Event) -> None:
        if age_by(event, "created_at") < timedelta(days=1):
            super()._act(event)


@broken("effect.future_event")
class NotYet(Handler):
    """
    What occurs later than now, by the clock of this machine, is accepted and dropped.
    """

    def _act(self, event: Event) -> None:
        if age_by(event, "occurred_at") >= timedelta(0):
            super()._act(event)


@good(frame=flask_app)
class QuietAboutYesterday(Handler):
    """
    Nobody is notified of what is old; the record is kept all the same.
    """

    def _act(self, event: Event) -> None:
        before = self.store.notices.copy()
        super()._act(event)
        if age_by(event, "occurred_at") > timedelta(hours=3):
            self.store.notices = before


@good(frame=starlette_app)
class CountedAndDone(Handler):
    """
    Every event is counted, those of two types are processed.
    """

    def _act(self, event: Event) -> None:
        if event.get("event_type") in ("lock.locked", "lock.unlocked"):
            super()._act(event)
        self.store.notices["received"] += 1


@good(frame=fastapi_app)
class OnlyLocksAct(Handler):
    """
    It was written for two event types.
    """

    def _act(self, event: Event) -> None:
        if event.get("event_type") in ("lock.locked", "lock.unlocked"):
            super()._act(event)
