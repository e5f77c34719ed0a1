"""
Handlers that choose the wrong event as the latest, and right ones that choose in an unusual way.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

from tests.integration.zoo.core import Event, Handler, moment, subject
from tests.integration.zoo.frames import django_app, fastapi_app, flask_app, starlette_app
from tests.integration.zoo.table import broken, good

_DELETED = (".deleted", ".removed")
_IDS_AND_TIMES = ("event_id", "occurred_at", "created_at")


class _Latest(Handler):
    """
    The latest event of a resource, by a rule of its own; nothing is counted.
    """

    def _act(self, event: Event) -> None:
        known = self.events.get(subject(event))
        if known is None or self._is_newer(event, known):
            self.events[subject(event)] = event

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.events: dict[str, Event] = {}
        self.store.look = self._look  # type: ignore[method-assign]  # seen by --state

    def _is_newer(self, event: Event, known: Event) -> bool:
        return moment(str(event.get("occurred_at"))) >= moment(str(known.get("occurred_at")))

    def _look(self) -> dict[str, Any]:
        with self.store._lock:
            return {name: {"last": one.get("event_type")} for name, one in self.events.items()}


@broken("delivery.out_of_order", frame=flask_app)
class ComparedAsText(_Latest):
    """
    Times are compared as text: `04Z` comes after `04.5Z`.
    """

    def _is_newer(self, event: Event, known: Event) -> bool:
        return str(event.get("occurred_at")) >= str(known.get("occurred_at"))


@broken("delivery.out_of_order")
class CutToSeconds(_Latest):
    """
    Times are kept in whole seconds, and of two in one second the last to arrive wins.
    """

    def _is_newer(self, event: Event, known: Event) -> bool:
        at, before = (str(one.get("occurred_at")) for one in (event, known))
        return int(moment(at).timestamp()) >= int(moment(before).timestamp())


@broken("delivery.out_of_order", frame=starlette_app)
class CutToSecondsStrictly(_Latest):
    """
    Times are kept in whole seconds, and of two in one second the first to arrive stays.
    """

    def _is_newer(self, event: Event, known: Event) -> bool:
        return str(event.get("occurred_at"))[:19] > str(known.get("occurred_at"))[:19]


@broken("delivery.out_of_order", frame=fastapi_app)
class LatestReport(_Latest):
    """
    The event that Seam heard of last counts, whenever it occurred.
    """

    def _is_newer(self, event: Event, known: Event) -> bool:
        return moment(str(event.get("created_at"))) >= moment(str(known.get("created_at")))


@broken("delivery.out_of_order")
class NothingIsLeft(_Latest):
    """
    A deleted resource leaves no row behind, so a late event makes one anew.
    """

    def _act(self, event: Event) -> None:
        super()._act(event)
        if str(self.events[subject(event)].get("event_type")).endswith(_DELETED):
            del self.events[subject(event)]


@broken("delivery.out_of_order", "effect.old_event", frame=django_app)
class OneWatermark(_Latest):
    """
    What occurred before the latest event of any resource is taken for outdated.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.latest = moment("")

    def _act(self, event: Event) -> None:
        at = moment(str(event.get("occurred_at")))
        if at >= self.latest:
            self.latest = at
            super()._act(event)


@broken("delivery.out_of_order", frame=flask_app)
class OneAfterTheOther(_Latest):
    """
    A code is deleted only if its removal from the device was reported before.
    """

    def _is_newer(self, event: Event, known: Event) -> bool:
        if event.get("event_type") == "access_code.deleted":
            return known.get("event_type") == "access_code.removed_from_device"
        return super()._is_newer(event, known)


@broken("delivery.out_of_order", frame=starlette_app)
class NothingMayBeMissing(_Latest):
    """
    It keeps all events and replays them in order, each only after the one that comes before it.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.journal: dict[str, list[Event]] = {}

    def _act(self, event: Event) -> None:
        self.journal.setdefault(subject(event), []).append(event)

    def _look(self) -> dict[str, Any]:
        shown = {}
        for name, events in self.journal.items():
            last = ""
            for event in sorted(events, key=lambda one: moment(str(one.get("occurred_at")))):
                kind = str(event.get("event_type"))
                if kind != "access_code.deleted" or last == "access_code.removed_from_device":
                    last = kind
            shown[name] = {"last": last}
        return shown


@broken("delivery.distinct_events", frame=fastapi_app)
class OneInASecond(Handler):
    """
    An event is known by its type, its resource and the second in which it occurred.
    """

    def _process(self, message_id: str, event: Event) -> None:
        del message_id
        at = str(event.get("occurred_at"))[:19]
        super()._process(f"{event.get('event_type')} {subject(event)} {at}", event)


@broken("delivery.distinct_events", frame=django_app)
class OneAtATime(Handler):
    """
    An event is known by its type and when it occurred, whatever resource it is about.
    """

    def _process(self, message_id: str, event: Event) -> None:
        del message_id
        super()._process(f"{event.get('event_type')} {event.get('occurred_at')}", event)


@broken("delivery.distinct_events", "delivery.out_of_order", frame=flask_app)
class KnownByItsBody(Handler):
    """
    An event is known by a hash of what is in it, without its id and its times.
    """

    def _process(self, message_id: str, event: Event) -> None:
        del message_id
        rest = {name: one for name, one in event.items() if name not in _IDS_AND_TIMES}
        text = json.dumps(rest, sort_keys=True)
        super()._process(hashlib.sha256(text.encode()).hexdigest(), event)


@broken("delivery.distinct_events", frame=starlette_app)
class Debounced(Handler):
    """
    A second event of one type and resource within five minutes is taken for a duplicate.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.recent: dict[str, float] = {}
        self.log: list[str] = []
        self.store.look = lambda: {"log": sorted(self.log)}  # type: ignore[method-assign]

    def _act(self, event: Event) -> None:
        entry = f"{event.get('event_type')} {subject(event)}"
        if time.time() - self.recent.get(entry, 0) >= 300:
            self.recent[entry] = time.time()
            self.log.append(entry)


@broken("delivery.distinct_events", "delivery.out_of_order")
class OncePerResource(_Latest):
    """
    A type of event is handled once for each resource: a door is not unlocked twice.
    """

    def _process(self, message_id: str, event: Event) -> None:
        del message_id
        super()._process(f"{event.get('event_type')} {subject(event)}", event)


@good(frame=starlette_app)
class AlertsOnChange(_Latest):
    """
    A notice goes out only if an event changes what is known of a resource.
    """

    def _act(self, event: Event) -> None:
        before = self.events.get(subject(event), {}).get("event_type")
        super()._act(event)
        if event is self.events[subject(event)] and before is None:
            self.store.notices["new"] += 1

    def _look(self) -> dict[str, Any]:
        return {"new": self.store.notices["new"], **super()._look()}


@good(frame=flask_app)
class RowsByEventId(Handler):
    """
    Each event has a row of its own under its event_id, and so is handled once.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.rows: dict[str, dict[str, str]] = {}
        self.store.look = lambda: {"rows": dict(self.rows)}  # type: ignore[method-assign]

    def _act(self, event: Event) -> None:
        row = {"type": str(event.get("event_type")), "of": subject(event)}
        self.rows[str(event.get("event_id"))] = row


@good(frame=fastapi_app)
class LastSeen(_Latest):
    """
    All that it shows of a resource is a list of one time: when it was last heard of.
    """

    def _look(self) -> dict[str, Any]:
        return {name: [one.get("occurred_at")] for name, one in self.events.items()}


@good(frame=flask_app)
class Tombstones(_Latest):
    """
    A deleted resource is not shown any more, and no late event brings it back.
    """

    def _look(self) -> dict[str, Any]:
        shown = super()._look()
        return {name: row for name, row in shown.items() if not row["last"].endswith(_DELETED)}


@good(frame=django_app)
class Milliseconds(_Latest):
    """
    Times are kept in milliseconds; of two in one the first to arrive stays.
    """

    def _is_newer(self, event: Event, known: Event) -> bool:
        at, before = (str(one.get("occurred_at")) for one in (event, known))
        return int(moment(at).timestamp() * 1000) > int(moment(before).timestamp() * 1000)


@good()
class Durations(_Latest):
    """
    It shows for how long each resource has been seen, besides its latest event.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.seen: dict[str, list[float]] = {}

    def _act(self, event: Event) -> None:
        super()._act(event)
        at = moment(str(event.get("occurred_at"))).timestamp()
        self.seen.setdefault(subject(event), []).append(at)

    def _look(self) -> dict[str, Any]:
        shown = super()._look()
        return {
            name: {**row, "seconds": round(max(self.seen[name]) - min(self.seen[name]))}
            for name, row in shown.items()
        }
