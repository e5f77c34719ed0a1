"""
Compiles an event type into a base event and the list of possible edits to it.

An event is drawn in two steps: a seed determines ids and times, a list of edits
determines the rest. The base event is the documented payload with its
placeholders filled in. So drawing is fast, and an example shrinks to the edits
that matter.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.errors import UsageError
from seamproof.formats import UUID, format_milliseconds
from seamproof.schemas.validation.contract import Contract
from seamproof.strategies.generators.edge_values import TIMES, edge_values
from seamproof.strategies.generators.edits import (
    Edit,
    content_id,
    distinct_edits,
    distinctive_values,
    fill_in,
    join,
    template,
)
from seamproof.strategies.sampling.draw import ANCHOR, SPAN, Draw
from seamproof.strategies.sampling.property_values import SENT_WITH
from seamproof.strategies.sampling.value_makers import event_maker, sampled_document, value_maker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hypothesis.strategies import SearchStrategy

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import EventSchema
    from seamproof.strategies.sampling.value_makers import Make, Presence

Values: TypeAlias = Literal["realistic", "edge"]

#: The most edits of one event; the average is half of that.
MOST_EDITS: Final = 10
#: The number of samples from which the usual values of a property are taken.
_SAMPLES: Final = 16
_FEW: Final = 2
_START: Final = int(ANCHOR.timestamp() * 1000)
#: Documented values of these would contradict the values that replace placeholders.
_AGREEING: Final = ("battery_status", "is_via_bluetooth", "is_via_nfc")

#: Groups of properties whose values must come from the same sample to be consistent.
_AGREE: Final = (
    re.compile(r"\w+_(celsius|fahrenheit)"),
    re.compile(r"(device_)?battery_(level|status)"),
    re.compile(r"device_errors|error_code"),
    re.compile(r"noise_level_\w+"),
    re.compile(r"minut_metadata|noiseaware_metadata"),
    re.compile(r"access_grant_(ids|keys)"),
    re.compile(r"from|to"),
)

#: Unknown properties, such as a later version of the contract may add.
EXTRAS: Final[JsonMapping] = {
    "future_property": "new",
    "future_object": {"depth": {"list": [1, None, True, {}]}},
    "future_list": [],
    "future_null": None,
    "Future-Property": 0.5,
    "🔮": "🔑",
    "__class__": "x",
    "": "",
}


class EventPlan:
    """
    The base event and the edits from which the events of one type are generated.

    Args:
        schema: The schema of the event type.
        presence: Which optional properties the events have.
        values: Whether edits have realistic or edge values.
        extra: Whether the events have unknown properties.
        undocumented: Whether the events have undocumented properties.

    Attributes:
        drawn: From each property that the sampler does not support to its strategy.

    Raises:
        UsageError: A property's schema is not supported.
    """

    def __init__(
        self,
        schema: EventSchema,
        presence: Presence,
        values: Values,
        *,
        extra: bool = False,
        undocumented: bool = False,
    ) -> None:
        self.schema = schema
        self.presence = presence
        self.values = values
        self.extra = extra
        document = sampled_document(schema, undocumented=undocumented)
        self.drawn = {
            name: _strategy(schema, name)
            for name, shape in document["properties"].items()
            if not _is_supported(name, shape)
        }
        self._document = _only(document, document["properties"].keys() - self.drawn.keys())

    @cached_property
    def base(self) -> JsonMapping:
        """
        The documented payload, with placeholders replaced by values and times relative.
        """
        sample, examples = self._first_sample, self.schema.document.get("examples")
        example = examples[0] if examples else sample
        names = {
            "all": sample.keys(),
            "required": self.schema.required,
            "mixed": {*example, *self.schema.required},
        }[self.presence]
        chosen = {n: _filled(n, example, value) for n, value in sample.items() if n in names}
        return {**chosen, **dict([next(iter(EXTRAS.items()))] if self.extra else [])}

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """
        All edits that an event can have, the simplest first.
        """
        absences = tuple(self._presence_edits())
        changes = [Edit(fine=True)]
        changes += self._usual_edits() if self.values == "realistic" else self._edge_edits()
        if self.extra:
            changes += [Edit(put={name: value}) for name, value in EXTRAS.items()]
        # Twice as likely, because a missing property breaks more handlers than any value does.
        return (*absences, *distinct_edits(changes, self.base), *absences)

    def has(self, name: str) -> bool:
        """
        Return whether all events have a property.
        """
        return self.presence == "all" or name in self.schema.required

    def event(self, seed: int, edits: Iterable[int]) -> JsonObject:
        """
        Build an event.

        Args:
            seed: Determines ids and times.
            edits: The edits to make, by their indexes in `edits`.
        """
        random = Random(seed)
        edit = join(self.edits[place] for place in edits)
        occurred = _START + random.randrange(SPAN)
        micros, delay = random.randrange(1000), random.randrange(30, 3000)
        # The whole base first, so that an edit does not change the other ids.
        event = {name: fill_in(value, occurred, random) for name, value in self.base.items()}
        event |= {name: fill_in(value, occurred, random) for name, value in edit.put.items()}
        orphans = {name for name, other in SENT_WITH.items() if other in edit.drop}
        for name in (edit.drop | orphans) & event.keys():
            del event[name]
        # A second more if the fraction may be cut off, so that `created_at` is not too early.
        delay += 1000 * ("created_at" in edit.write)
        for name, offset in (("occurred_at", 0), ("created_at", delay)):
            if isinstance(event.get(name), str) and name in edit.write:
                moment = datetime.fromtimestamp((occurred + offset) / 1000, UTC)
                event[name] = edit.write[name](moment)
            elif isinstance(event.get(name), str):
                fraction = micros if edit.fine else None
                event[name] = format_milliseconds(occurred + offset, fraction)
        return event

    def identify(self, event: JsonObject, seed: int, edits: Iterable[int]) -> None:
        """
        Set the id of an event, if it has one, to one that depends on its content.
        """
        if UUID.fullmatch(str(event.get("event_id"))):
            write = join(self.edits[place] for place in edits).write.get("event_id", str)
            event["event_id"] = write(content_id(seed, event))

    @cached_property
    def _samples(self) -> tuple[JsonObject, ...]:
        return (self._first_sample, *(self._sample(number) for number in range(1, _SAMPLES)))

    @cached_property
    def _first_sample(self) -> JsonObject:
        return self._sample(0)

    @cached_property
    def _make(self) -> Make:
        return event_maker(self.schema.event_type, self._document, 1.0)

    def _sample(self, number: int) -> JsonObject:
        draw = Draw(Random(f"{self.schema.event_type} {number}"))
        sample = self._make(draw)
        return {name: template(value, draw.occurred) for name, value in sample.items()}

    def _presence_edits(self) -> Iterator[Edit]:
        if self.presence == "mixed":
            optional = self._document["properties"].keys() - {*self.schema.required}
            for name in sorted(optional & self.base.keys()):
                yield Edit(drop=frozenset({name}))
            for name in sorted(optional - self.base.keys()):
                yield Edit(put={name: self._first_sample[name]})

    def _editable(self) -> Iterator[tuple[str, JsonMapping]]:
        for name, shape in self._document["properties"].items():
            kept = self.presence != "required" or name in self.schema.required
            if kept and "const" not in shape and name not in _ENVELOPE:
                yield name, shape

    def _usual_edits(self) -> Iterator[Edit]:
        shapes = dict(self._editable())
        done: set[str] = set()
        for name, shape in shapes.items():
            group = next((one for one in _AGREE if one.fullmatch(name)), None)
            names = [one for one in shapes if group and group.fullmatch(one)] or [name]
            for value in distinctive_values(shape, [sample[name] for sample in self._samples]):
                # A list of ids and the list of the keys of the same things have the same length.
                alone = isinstance(value, list) and "access_grant_ids" not in names
                if len(names) == 1 or value is None or alone:
                    same = _same_quantity(name, names) if value is None else [name]
                    yield Edit(put=dict.fromkeys(same, value))
            if name not in done:
                done.update(names)
                for sample in self._most_different(names):
                    yield Edit(put={one: sample[one] for one in names})

    def _most_different(self, names: list[str]) -> Iterable[JsonMapping]:
        """
        Select the samples whose values of some properties become edits.

        For numbers these are the least, the median and the greatest, because any
        threshold may matter. For an enum, one sample of each value; for anything
        else, the samples with the longest values.
        """
        properties, first = self.schema.properties, self._samples[0]
        listed = [name for name in names if "enum" in properties[name]]
        if listed:
            return {repr(sample[listed[0]]): sample for sample in self._samples}.values()
        if not all(isinstance(first[name], int | float) for name in names):
            return sorted(
                self._samples, key=lambda sample: -sum(len(repr(sample[n])) for n in names)
            )[:_FEW]
        places = range(_SAMPLES)
        ordered = [sorted(places, key=lambda at: self._samples[at][name]) for name in names]
        chosen = {order[at] for order in ordered for at in (0, _SAMPLES // 2, -1)}
        return [self._samples[at] for at in sorted(chosen)]

    def _edge_edits(self) -> Iterator[Edit]:
        for name, shape in self._editable():
            usual = fill_in(self._first_sample[name], _START, Random(0))
            valid = Contract(shape)
            for value in edge_values(shape, usual):
                if valid.is_valid(value):
                    yield Edit(put={name: value})
        for write in TIMES:
            for name in ("occurred_at", "created_at"):
                yield Edit(write={name: write})
            yield Edit(write=dict.fromkeys(("occurred_at", "created_at"), write))
        yield Edit(write={"event_id": str.upper})


_ENVELOPE: Final = frozenset({"event_id", "occurred_at", "created_at"})


def _same_quantity(name: str, names: list[str]) -> list[str]:
    """
    Return the properties of a group that are the same quantity in different units.
    """
    stem = name.rpartition("_")[0]
    return [one for one in names if one == name or one.rpartition("_")[0] == stem != ""]


def _is_supported(name: str, shape: JsonMapping) -> bool:
    try:
        value_maker(name, shape, 1.0)
    except UsageError:
        return False
    return True


def _strategy(schema: EventSchema, name: str) -> SearchStrategy[Json]:
    from seamproof.strategies.json_schema.compile import from_schema

    definitions = {"$defs": schema.document.get("$defs", {})}
    try:
        return from_schema({**definitions, **schema.properties[name]})
    except UsageError as problem:
        problem.where = f"{schema.event_type}, {name}, {problem.where}"
        raise


def _only(document: JsonMapping, names: Iterable[str]) -> JsonObject:
    kept = set(names)
    return {
        **document,
        "properties": {n: s for n, s in document["properties"].items() if n in kept},
        "required": [name for name in document.get("required", ()) if name in kept],
    }


def _filled(name: str, example: JsonMapping, value: Json) -> Json:
    """
    Return the documented value, or the sampled one if the documented one is a placeholder.
    """
    given = example.get(name)
    if name not in _AGREEING and (isinstance(given, bool) or given in ([], {})):
        return given
    is_word = isinstance(given, str) and given and isinstance(value, str)
    return given if is_word and name not in _AGREEING else value


_PLANS: Final[dict[tuple[int, Presence, Values, bool, bool], EventPlan]] = {}


def plan_of(
    schema: EventSchema,
    presence: Presence,
    values: Values,
    *,
    extra: bool,
    undocumented: bool = False,
) -> EventPlan:
    """
    Return the plan of an event type; it is compiled on first use.
    """
    # By identity. The plan refers to its schema, so that the id is not reused.
    key = (id(schema), presence, values, extra, undocumented)
    if key not in _PLANS:
        _PLANS[key] = EventPlan(schema, presence, values, extra=extra, undocumented=undocumented)
    return _PLANS[key]
