"""
Plans: an event type compiled into a base event and a list of edits to it.

Two draws make an event. A seed decides ids and times. A list of edits decides
all the rest, and no edits leave the documented payload, its placeholders filled
in. So an example is drawn fast, and it shrinks to the edits that matter.
"""

from __future__ import annotations

import re
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from seamproof.errors import UsageError
from seamproof.formats import UUID
from seamproof.schemas.validation.contract import Contract
from seamproof.strategies.generators.edge_values import TIMES, edge_values
from seamproof.strategies.generators.edits import (
    Edit,
    content_id,
    differing,
    join,
    listed_values,
    settled,
    template,
    write_moment,
)
from seamproof.strategies.json_schema.compile import from_schema
from seamproof.strategies.sampling.draw import ANCHOR, SPAN, Draw
from seamproof.strategies.sampling.property_values import ALONG_WITH
from seamproof.strategies.sampling.value_makers import described, event_maker, value_maker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hypothesis.strategies import SearchStrategy

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import EventSchema
    from seamproof.strategies.sampling.sampler import Presence

Values: TypeAlias = Literal["realistic", "edge"]

#: How many samples the usual values of a property are taken from.
_SAMPLES: Final = 16
_FEW: Final = 2
_START: Final = int(ANCHOR.timestamp() * 1000)
#: Documented values of these would contradict the values that stand for placeholders.
_AGREEING: Final = ("battery_status", "is_via_bluetooth", "is_via_nfc")

#: Properties whose values are taken from one and the same sample, since they agree there.
_AGREE: Final = (
    re.compile(r"\w+_(celsius|fahrenheit)"),
    re.compile(r"battery_(level|status)"),
    re.compile(r"device_errors|error_code"),
    re.compile(r"noise_level_\w+"),
    re.compile(r"minut_metadata|noiseaware_metadata"),
    re.compile(r"access_grant_(ids|keys)"),
    re.compile(r"from|to"),
)

#: Unknown properties, as a later version of the contract may add them.
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


class Plan:
    """
    What the events of one type are drawn from.

    Args:
        schema: The contract of the event type.
        presence: Which of its optional properties there are.
        values: Of which kind the edits are.
        extra: Whether there are unknown properties too.

    Attributes:
        drawn: By property that the vocabulary has no way to make, what draws it.

    Raises:
        UsageError: There is no way to draw a property.
    """

    def __init__(
        self, schema: EventSchema, presence: Presence, values: Values, *, extra: bool = False
    ) -> None:
        self.schema = schema
        self.presence = presence
        self.values = values
        self.extra = extra
        document = described(schema)
        self.drawn = {
            name: _drawn(schema, name)
            for name, shape in document["properties"].items()
            if not _is_makable(name, shape)
        }
        self._document = _only(document, document["properties"].keys() - self.drawn.keys())

    @cached_property
    def base(self) -> JsonMapping:
        """
        The documented payload with its placeholders filled in, its times as moments.
        """
        sample, examples = self._samples[0], self.schema.document.get("examples")
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
        Every change that an event can have; the sooner, the simpler.
        """
        absences = tuple(self._presence_edits())
        changes = [Edit(fine=True)]
        changes += self._usual_edits() if self.values == "realistic" else self._edge_edits()
        if self.extra:
            changes += [Edit(put={name: value}) for name, value in EXTRAS.items()]
        # What is missing breaks more handlers than any value does: it is twice as likely.
        return (*absences, *differing(changes, self.base), *absences)

    def has(self, name: str) -> bool:
        """
        Say whether a property is in every event.
        """
        return self.presence == "all" or name in self.schema.required

    def event(self, seed: int, edits: Iterable[int]) -> JsonObject:
        """
        Make an event.

        Args:
            seed: Decides ids and times.
            edits: Which edits to make, by their places in `edits`.
        """
        random = Random(seed)  # noqa: S311 - not for secrets
        edit = join(self.edits[place] for place in edits)
        occurred = _START + random.randrange(SPAN)
        micros, delay = random.randrange(1000), random.randrange(30, 3000)
        # The base first, whatever becomes of it: an edit must not shift the other ids.
        event = {name: settled(value, occurred, random) for name, value in self.base.items()}
        event |= {name: settled(value, occurred, random) for name, value in edit.put.items()}
        alone = {name for name, other in ALONG_WITH.items() if other in edit.drop}
        for name in (edit.drop | alone) & event.keys():
            del event[name]
        # A second more where the fraction may be cut off, so that no event precedes its cause.
        delay += 1000 * ("created_at" in edit.write)
        for name, offset in (("occurred_at", 0), ("created_at", delay)):
            if isinstance(event.get(name), str):
                event[name] = write_moment(
                    occurred + offset, micros if edit.fine else None, edit.write.get(name)
                )
        return event

    def identify(self, event: JsonObject, seed: int, edits: Iterable[int]) -> None:
        """
        Give an event, if it has an id, one that no other content has.
        """
        if UUID.fullmatch(str(event.get("event_id"))):
            write = join(self.edits[place] for place in edits).write.get("event_id", str)
            event["event_id"] = write(content_id(seed, event))

    @cached_property
    def _samples(self) -> tuple[JsonObject, ...]:
        return tuple(self._sample(number) for number in range(_SAMPLES))

    def _sample(self, number: int) -> JsonObject:
        draw = Draw(Random(f"{self.schema.event_type} {number}"))  # noqa: S311 - not for secrets
        sample = event_maker(self.schema.event_type, self._document, 1.0)(draw)
        return {name: template(value, draw.occurred) for name, value in sample.items()}

    def _presence_edits(self) -> Iterator[Edit]:
        if self.presence == "mixed":
            optional = self._document["properties"].keys() - {*self.schema.required}
            for name in sorted(optional & self.base.keys()):
                yield Edit(drop=frozenset({name}))
            for name in sorted(optional - self.base.keys()):
                yield Edit(put={name: self._samples[0][name]})

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
            for value in listed_values(shape, [sample[name] for sample in self._samples]):
                # Ids and keys of the same things are as many as each other.
                alone = isinstance(value, list) and "access_grant_ids" not in names
                if len(names) == 1 or value is None or alone:
                    same = _twins(name, names) if value is None else [name]
                    yield Edit(put=dict.fromkeys(same, value))
            if name not in done:
                done.update(names)
                for sample in self._telling(names):
                    yield Edit(put={one: sample[one] for one in names})

    def _telling(self, names: list[str]) -> Iterable[JsonMapping]:
        """
        Choose the samples whose values of a few properties are worth an edit.

        Of numbers the least, the greatest and one between: any threshold may matter.
        Of a list of values each one. Of anything else the few with the most in them.
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
            usual = settled(self._samples[0][name], _START, Random(0))  # noqa: S311
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


def _twins(name: str, names: list[str]) -> list[str]:
    """
    Find the properties of a group that tell the same in another unit, and the property itself.
    """
    stem = name.rpartition("_")[0]
    return [one for one in names if one == name or one.rpartition("_")[0] == stem != ""]


def _is_makable(name: str, shape: JsonMapping) -> bool:
    try:
        value_maker(name, shape, 1.0)
    except UsageError:
        return False
    return True


def _drawn(schema: EventSchema, name: str) -> SearchStrategy[Any]:
    shared = {key: schema.document[key] for key in ("$defs",) if key in schema.document}
    try:
        return from_schema({**shared, **schema.properties[name]})
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
    Keep a documented value unless it is only a placeholder, or agrees with others.
    """
    given = example.get(name)
    if name not in _AGREEING and (isinstance(given, bool) or given in ([], {})):
        return given
    is_word = isinstance(given, str) and given and isinstance(value, str)
    return given if is_word and name not in _AGREEING else value


_PLANS: Final[dict[tuple[int, Presence, Values, bool], Plan]] = {}


def plan_of(schema: EventSchema, presence: Presence, values: Values, *, extra: bool) -> Plan:
    """
    Compile a plan when it is first needed.
    """
    # By identity: the plan keeps its schema alive, so that no other one takes its number.
    key = (id(schema), presence, values, extra)
    if key not in _PLANS:
        _PLANS[key] = Plan(schema, presence, values, extra=extra)
    return _PLANS[key]
