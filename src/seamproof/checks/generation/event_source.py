"""
Specimens: the events that checks are made of, new each time in their ids and times.

A plain event holds nothing that another check is about: ASCII text, times with three
digits, no null, nothing empty, all properties or those that the run's style says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Final

from seamproof.errors import UnknownProperty
from seamproof.formats import (
    TIME,
    UUID_IN_ANY_CASE,
    UUID_LENGTH,
    WHOLE_SECONDS,
    format_time,
    format_uuid,
)
from seamproof.schemas import catalog
from seamproof.strategies import Sampler, apply_override, parse_override

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.model.options import Settings
    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas import Catalogue, EventSchema
    from seamproof.strategies import Override

#: Where a UUID tells its version.
_VERSION: Final = 14
_DIGITS: Final = 6
#: Events of a run happened within the hour before it, one after the other.
_HOUR: Final = timedelta(hours=1)
_STEP: Final = timedelta(milliseconds=1)

#: How long the two forms of a time are that Seam writes.
_TIMES: Final = (WHOLE_SECONDS + 4, WHOLE_SECONDS + 7)

#: Ids are drawn by the million, and are no secrets.
_random: Final = Random(SystemRandom().getrandbits(256))  # noqa: S311


@dataclass
class Freshener:
    """
    Gives values new ids, the same one for the same one, and moves their times.

    Attributes:
        shift: By how much times move; None leaves them.
        digits: How many fraction digits times get; None leaves them.
        kept: Ids that the user has set.
        ids: By old id, the new one.
    """

    shift: timedelta | None = None
    digits: int | None = None
    kept: frozenset[str] = frozenset()
    ids: dict[str, str] = field(default_factory=dict)

    def __call__(self, value: Json) -> Json:
        """
        Copy a value with new ids and times in place of the old ones.
        """
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            # Most members are texts: each call less counts where events are made by the thousand.
            return {
                name: self._text(member) if type(member) is str else self(member)
                for name, member in value.items()
            }
        if isinstance(value, list):
            return [self(member) for member in value]
        return value

    def _text(self, text: str) -> str:
        size = len(text)
        if size == UUID_LENGTH and UUID_IN_ANY_CASE.fullmatch(text):
            if text in self.kept:
                return text
            if text not in self.ids:
                self.ids[text] = renewed(text)
            return self.ids[text]
        if size in _TIMES and self.shift is not None and TIME.fullmatch(text):
            there = datetime.fromisoformat(text) + self.shift
            return format_time(there, self.digits or size - WHOLE_SECONDS - 1)
        return text


def fresh_id() -> str:
    """
    Make an id that no run ever had.
    """
    return format_uuid(_random.getrandbits(128))


def is_plain(value: object) -> bool:
    """
    Whether an id is all zeros or all ones.
    """
    # Most ids end otherwise than they begin.
    return isinstance(value, str) and value[:1] == value[-1:] and len({*value} - {"-"}) == 1


def is_placeholder(name: str, value: object) -> bool:
    """
    Whether a property holds such an id in the place of one of a record.
    """
    return name.endswith("_id") and name != "event_id" and is_plain(value)


def renewed(text: str) -> str:
    """
    Make a new id of the same version and case; that of all zeros or ones stays itself.
    """
    if is_plain(text):
        return text
    fresh = fresh_id()
    fresh = fresh[:_VERSION] + text[_VERSION] + fresh[_VERSION + 1 :]
    return fresh.upper() if text.upper() == text else fresh


class Specimens:
    """
    The events of a run.

    Args:
        settings: Say which event types there are, and what is set in each event.
        now: Seconds since the epoch when the run began.

    Raises:
        UnknownEventType: The pattern fits none.
        UnknownProperty: An override is of a property that no event type has.
    """

    def __init__(self, settings: Settings, now: float) -> None:
        self.settings = settings
        self.catalogue: Catalogue = settings.catalogue or catalog()
        self.schemas = self.catalogue.match(settings.events, undocumented=True)
        self._sampler = Sampler(settings.seed, catalogue=self.catalogue)
        self._next = datetime.fromtimestamp(now, UTC) - _HOUR
        self.workspace = fresh_id()
        self._spent: set[tuple[object, str, str]] = set()
        self._templates: dict[tuple[str, str], JsonObject] = {}
        self._overrides = self._fitting([parse_override(text) for text in settings.overrides])
        self.kept = frozenset(
            one.text.strip('"') for several in self._overrides.values() for one in several
        )

    def _fitting(self, overrides: list[Override]) -> dict[str, list[Override]]:
        """
        Find which overrides go with which event type; each has to go with one at least.
        """
        fitting: dict[str, list[Override]] = {one.event_type: [] for one in self.schemas}
        for override in overrides:
            wrong = None
            for schema in self.schemas:
                trial = Sampler(0, catalogue=self.catalogue)
                try:
                    apply_override(trial.event(schema.event_type), override, schema, trial)
                except UnknownProperty as problem:
                    wrong = problem
                else:
                    fitting[schema.event_type].append(override)
            if wrong is not None and not any(override in one for one in fitting.values()):
                wrong.cure = "name a property that an event type of this run has"
                raise wrong
        return fitting

    @property
    def event_types(self) -> tuple[str, ...]:
        """
        Those that are sent, sorted.
        """
        return tuple(one.event_type for one in self.schemas)

    @property
    def families(self) -> dict[str, list[EventSchema]]:
        """
        The event types by the resource that they are about.
        """
        found: dict[str, list[EventSchema]] = {}
        for schema in self.schemas:
            found.setdefault(schema.resource, []).append(schema)
        return found

    def plain(self, event_type: str, presence: str = "all", *, digits: int = 3) -> JsonObject:
        """
        Make a plain event of a type, new in its ids, later than those before it.
        """
        key = (event_type, presence)
        if key not in self._templates:
            self._templates[key] = self._template(event_type, presence)
        return self.fresh(self._templates[key], digits=digits)

    def _template(self, event_type: str, presence: str) -> JsonObject:
        sample = self._sampler.event(event_type, presence=presence)  # type: ignore[arg-type]
        schema = self.catalogue[event_type]
        template = {
            name: filled(value, schema.properties.get(name, {}), self._sampler, name)
            for name, value in sample.items()
        }
        if presence == "all":
            return template
        # With fewer properties an event is the same otherwise: what is refused of one of them is
        # not for want of another.
        full = self._templates.setdefault((event_type, "all"), self._template(event_type, "all"))
        return {name: full.get(name, value) for name, value in template.items()}

    def fresh(
        self,
        event: JsonMapping,
        *,
        digits: int | None = None,
        until: datetime | None = None,
    ) -> JsonObject:
        """
        Copy an event with new ids and a later time, and with what the user sets.
        """
        return self.fresh_all([event], digits=digits, until=until)[0]

    def fresh_all(
        self,
        events: Iterable[JsonMapping],
        *,
        digits: int | None = None,
        ids: dict[str, str] | None = None,
        until: datetime | None = None,
    ) -> list[JsonObject]:
        """
        Copy events that belong together: ids agree and times keep their distance.

        Args:
            events: In the order in which they happen.
            digits: How many fraction digits times get; None leaves them.
            ids: Gets the new id of each old one.
            until: When the last one happened; by default later than all before it.
        """
        listed = [dict(event) for event in events]
        freshen = Freshener(
            self._shift(listed, until), digits, self.kept, ids if ids is not None else {}
        )
        copied: list[JsonObject] = [freshen(event) for event in listed]
        for event in copied:
            self._renew_plain_ids(event)
            if "workspace_id" in event:
                event["workspace_id"] = self.workspace
            self._override(event)
        return copied

    def _renew_plain_ids(self, event: JsonObject) -> None:
        """
        Let an id of all zeros or ones come once for each type: twice, it is a record known already.
        """
        for name, value in event.items():
            if not is_plain(value):
                continue
            if name == "event_id":
                event[name] = fresh_id()
            elif is_placeholder(name, value):
                spot = (event.get("event_type"), name, value)
                if spot in self._spent:
                    event[name] = fresh_id()
                self._spent.add(spot)

    def _shift(self, events: list[JsonObject], until: datetime | None) -> timedelta | None:
        happened = self.time_of(events[-1]) if events else None
        if happened is None:
            return None
        if until is None:
            until = self._next = self._next + _STEP
        return until - happened

    @staticmethod
    def time_of(event: JsonMapping) -> datetime | None:
        """
        Tell when an event happened, if it says so as Seam does.
        """
        text = event.get("occurred_at")
        is_time = isinstance(text, str) and TIME.fullmatch(text)
        return datetime.fromisoformat(str(text)) if is_time else None

    def _override(self, event: JsonObject) -> None:
        schema = self.catalogue[event["event_type"]] if event["event_type"] in self else None
        for override in self._overrides.get(event["event_type"], ()) if schema else ():
            if override.path[0] in event and schema is not None:
                apply_override(event, override, schema, self._sampler)

    def __contains__(self, event_type: object) -> bool:
        return event_type in self.catalogue

    def journey(self, name: str) -> list[JsonObject]:
        """
        Sample a life cycle, as it is; `fresh_all` makes a new one of it.
        """
        return self._sampler.journey(name)


def filled(
    value: Json,
    shape: JsonMapping,
    sampler: Sampler,
    name: str,
) -> Json:
    """
    Put something in place of null, of an empty list or of an empty object.
    """
    if value not in (None, [], {}, ""):
        return value
    if "additionalProperties" in shape:
        return {"internal_account_id": "user-1234"}
    for _ in range(20):
        drawn = sampler.value(name, shape)
        if drawn not in (None, [], {}, ""):
            return drawn
    return value
