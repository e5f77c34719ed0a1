"""
Makes the events of a run, with new ids and later times each time.

A plain event holds nothing that another check is about: ASCII text, times with three digits,
no null, nothing empty.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.renewal import IdRenewer, is_blank_id, is_placeholder, new_id
from seamproof.checks.generation.well_known import renown
from seamproof.errors import UnknownProperty
from seamproof.formats import (
    TIME,
    WHOLE_SECONDS,
    format_time,
)
from seamproof.schemas import catalog
from seamproof.strategies import Sampler, apply_override, parse_override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seamproof.checks.model.options import Settings
    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas import Catalogue, EventSchema
    from seamproof.strategies import Override, Presence

#: Events of a run occurred within this time before it, one after the other. A handler that leaves
#: out what is older than an hour treats all of them in the same way.
_EARLIER: Final = timedelta(minutes=55)
_STEP: Final = timedelta(milliseconds=1)
_SECOND: Final = timedelta(seconds=1)
#: How many values are drawn for one that is not empty.
_DRAWS: Final = 20


class EventSource:
    """
    Makes the events of a run.

    Args:
        settings: The options of the run: its event types, and what is set in each event.
        now: Seconds since the epoch when the run began.

    Attributes:
        clock: Seconds since the epoch, where events have to have occurred just now; else None.

    Raises:
        UnknownEventType: The pattern fits none.
        UnknownProperty: An override is of a property that no event type has.
    """

    def __init__(self, settings: Settings, now: float) -> None:
        self.settings = settings
        self.catalogue: Catalogue = settings.catalogue or catalog()
        self.schemas = self.catalogue.match(settings.events, undocumented=True)
        self._sampler = Sampler(settings.seed, catalogue=self.catalogue)
        self._next = datetime.fromtimestamp(now, UTC) - _EARLIER
        self.clock: Callable[[], float] | None = None
        self.workspace = new_id()
        self._placeholders_sent: set[tuple[object, str, str]] = set()
        self._templates: dict[tuple[str, Presence], JsonObject] = {}
        self._overrides = self._overrides_by_type(map(parse_override, settings.overrides))
        self.fixed_ids = frozenset(
            one.text.strip('"') for several in self._overrides.values() for one in several
        )

    def _overrides_by_type(self, overrides: Iterable[Override]) -> dict[str, list[Override]]:
        """
        Find the event types that each override suits.

        Raises:
            UnknownProperty: It suits none.
        """
        by_type: dict[str, list[Override]] = {one.event_type: [] for one in self.schemas}
        for override in overrides:
            wrong = None
            for schema in self.schemas:
                trial = Sampler(0, catalogue=self.catalogue)
                try:
                    apply_override(trial.event(schema.event_type), override, schema, trial)
                except UnknownProperty as problem:
                    wrong = problem
                else:
                    by_type[schema.event_type].append(override)
            if wrong is not None and not any(override in one for one in by_type.values()):
                wrong.cure = "name a property that an event type of this run has"
                raise wrong
        return by_type

    @property
    def event_types(self) -> tuple[str, ...]:
        """
        Those of the run, sorted.
        """
        return tuple(one.event_type for one in self.schemas)

    @property
    def families(self) -> dict[str, list[EventSchema]]:
        """
        The event types by the resource that they are about, the well-known ones first.
        """
        found: dict[str, list[EventSchema]] = {}
        for schema in sorted(self.schemas, key=lambda one: renown(one.event_type)):
            found.setdefault(schema.resource, []).append(schema)
        return found

    def plain(self, event_type: str, presence: Presence = "all", *, digits: int = 3) -> JsonObject:
        """
        Make a plain event of a type, with new ids, later than those before it.
        """
        return self.fresh(self._template(event_type, presence), digits=digits)

    def template(self, event_type: str, presence: Presence = "all") -> JsonObject:
        """
        Copy the plain event of a type as all of them are, with the user's overrides.
        """
        event = deepcopy(self._template(event_type, presence))
        self._override(event)
        return event

    def _template(self, event_type: str, presence: Presence) -> JsonObject:
        key = (event_type, presence)
        if key not in self._templates:
            # What is not, or no longer, documented can be sent all the same.
            sample = self._sampler.event(event_type, presence=presence, undocumented=True)
            properties = self.catalogue[event_type].properties
            template = {
                name: _filled(value, properties.get(name, {}), self._sampler, name)
                for name, value in sample.items()
            }
            if presence != "all":
                # The values are those of the full event: an event with fewer properties that is
                # rejected is not rejected because of a value.
                full = self._template(event_type, "all")
                template = {name: full.get(name, value) for name, value in template.items()}
            self._templates[key] = template
        return self._templates[key]

    def refilled(self, event: JsonMapping) -> JsonObject:
        """
        Copy an event with a sampled value for each that is null, empty or 0.
        """
        schema = self.catalogue[event["event_type"]]
        sampler = Sampler(self.settings.seed, catalogue=self.catalogue)
        sampled = sampler.event(schema.event_type, undocumented=True)
        return {
            name: _filled(sampled.get(name), schema.properties.get(name, {}), sampler, name)
            if value in (None, [], {}, "", 0)
            else value
            for name, value in event.items()
        }

    def fresh(
        self,
        event: JsonMapping,
        *,
        digits: int | None = None,
        until: datetime | None = None,
        held_ids: frozenset[str] = frozenset(),
    ) -> JsonObject:
        """
        Copy an event with new ids, but for held ones, a later time and the user's overrides.
        """
        return self.fresh_all([event], digits=digits, until=until, held_ids=held_ids)[0]

    def fresh_again(self, sent: JsonMapping) -> JsonObject:
        """
        Copy an event that was sent and not accepted; an id that is a placeholder stays.
        """
        kept = {name: value for name, value in sent.items() if is_placeholder(name, value)}
        return self.fresh(sent) | kept

    def fresh_all(
        self,
        events: Iterable[JsonMapping],
        *,
        digits: int | None = None,
        until: datetime | None = None,
        held_ids: frozenset[str] = frozenset(),
    ) -> list[JsonObject]:
        """
        Copy events that belong together: equal ids stay equal, times keep their distance.

        Args:
            events: In the order in which they occurred.
            digits: How many fraction digits times get; None leaves them.
            until: When the last one occurred; by default later than all before it.
            held_ids: Ids that stay as they are.
        """
        listed = [dict(event) for event in events]
        shift = self._shift(listed, until)
        renew = IdRenewer(shift, digits, self.fixed_ids | held_ids)
        copied: list[JsonObject] = [renew(event) for event in listed]
        for event in copied:
            self._renew_placeholders(event)
            if "workspace_id" in event:
                event["workspace_id"] = self.workspace
            self._override(event)
        return copied

    def _renew_placeholders(self, event: JsonObject) -> None:
        """
        Send a placeholder id once for each type; after that it would name a known record.
        """
        for name, value in event.items():
            if not is_blank_id(value):
                continue
            if name == "event_id":
                event[name] = new_id()
            elif is_placeholder(name, value):
                key = (event.get("event_type"), name, value)
                if key in self._placeholders_sent:
                    event[name] = new_id()
                self._placeholders_sent.add(key)

    def _shift(self, events: list[JsonObject], until: datetime | None) -> timedelta | None:
        occurred = self.time_of(events[-1]) if events else None
        if occurred is None:
            return None
        if until is None:
            self._next += _STEP
            if self.clock is not None:
                self._next = max(self._next, datetime.fromtimestamp(self.clock(), UTC))
            until = self._next
        return until - occurred

    def next_second(self) -> datetime:
        """
        Let the next events occur from the beginning of the next second on; return that time.
        """
        self._next = self._next.replace(microsecond=0) + _SECOND
        return self._next

    def another(self, event: JsonMapping, *, after: timedelta) -> JsonObject:
        """
        Make another event of the same record, equal but for `event_id` and the time.

        Args:
            event: The first event.
            after: How much later the other one occurs.
        """
        copied = dict(event)
        for name in ("occurred_at", "created_at"):
            text = event.get(name)
            if isinstance(text, str) and TIME.fullmatch(text):
                moment = datetime.fromisoformat(text) + after
                copied[name] = format_time(moment, len(text) - WHOLE_SECONDS - 1)
        copied["event_id"] = new_id()
        self._override(copied)
        occurred = self.time_of(copied)
        self._next = max(self._next, occurred) if occurred else self._next
        return copied

    @staticmethod
    def time_of(event: JsonMapping) -> datetime | None:
        """
        Read when an event occurred, if that is in Seam's format.
        """
        text = event.get("occurred_at")
        is_time = isinstance(text, str) and TIME.fullmatch(text)
        return datetime.fromisoformat(str(text)) if is_time else None

    def _override(self, event: JsonObject) -> None:
        event_type = event["event_type"]
        if event_type not in self.catalogue:
            return
        schema = self.catalogue[event_type]
        for override in self._overrides.get(event_type, ()):
            if override.path[0] in event:
                apply_override(event, override, schema, self._sampler)

    def journey(self, name: str) -> list[JsonObject]:
        """
        Sample a journey as it is; `fresh_all` makes a new one of it.
        """
        return self._sampler.journey(name, undocumented=True)


def _filled(value: Json, shape: JsonMapping, sampler: Sampler, name: str) -> Json:
    """
    Draw a value in place of null, an empty text, an empty list or an empty object.
    """
    if value not in (None, [], {}, ""):
        return value
    if "additionalProperties" in shape:
        return {"internal_account_id": "user-1234"}
    for _ in range(_DRAWS):
        drawn = sampler.value(name, shape)
        if drawn not in (None, [], {}, ""):
            return drawn
    return value
