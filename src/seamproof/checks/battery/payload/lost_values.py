"""
Payload check: 0, false, empty texts and letters beyond ASCII have the effect of any other value.

A handler that leaves a value out by `if value:`, or decodes text as Latin-1, accepts the event and
loses what is in it. Several events of one record show which of its changes follow a value.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.generation.renewal import new_id
from seamproof.checks.model.results import Inconclusive
from seamproof.checks.model.state_changes import StateChange, StateDeviation
from seamproof.checks.model.tuning import FEW_CALIBRATED_TYPES
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.probe.presence import accepted_event, accepted_presence, schemas_to_send
from seamproof.checks.state.calibration import observer_of
from seamproof.checks.state.normaliser import roles_of
from seamproof.checks.state.observer import NO_CHANGE, NO_STATE
from seamproof.formats import format_time
from seamproof.schemas.payload_mutations import text_paths
from seamproof.schemas.validation.contract import Contract
from seamproof.schemas.validation.keywords import stated_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas import EventSchema

#: Text that every wrong decoding changes, and another one that none changes.
_LETTERS: Final = "Zoë Łódź"
_PLAIN_TEXT: Final = "Zoe Lodz"
#: What is left of the text after each wrong decoding.
_MANGLED: Final = tuple(
    {
        _LETTERS.encode().decode("latin-1"),
        _LETTERS.encode().decode("cp1252", errors="replace"),
        _LETTERS.encode().decode("ascii", errors="replace"),
        _LETTERS.encode("ascii", errors="replace").decode(),
        _LETTERS.encode("ascii", errors="ignore").decode(),
        _LETTERS.encode("latin-1", errors="replace").decode("latin-1"),
    }
)
#: Values next to 0: what depends on a threshold treats them as it treats 0.
_NEXT_TO_ZERO: Final = (0.01, 1)
#: In how many event types each property is tried.
_TYPES: Final = 3
#: Event types in a quick pass at a handler that takes long to answer.
_TYPES_IF_BRIEF: Final = 2
#: Between the events of one record.
_STEP: Final = timedelta(seconds=2)
#: Roles in the path of a record that each event makes anew.
_NEW: Final = ("‹event_id", "‹message")
#: Endings of properties that are no value of a record: an empty one names no record.
_NAMES: Final = ("_id", "_ids", "_key", "_keys")


class _Case(NamedTuple):
    """
    A property with three values.

    Attributes:
        name: Of the property.
        first: A usual value.
        second: Another one.
        tried: The one that may be lost.
        may_be_absent: Whether a handler may keep nothing instead of it: an empty text is no text.
    """

    name: str
    first: Json
    second: Json
    tried: Json
    may_be_absent: bool


class _Effect(NamedTuple):
    """
    What an event changed.

    Attributes:
        request: With the event.
        accepted: Whether it was accepted.
        leaves: By path, also within a value that was set or added, the operation and the value.
        texts: All texts with their paths; a list has several at one path.
    """

    request: Request
    accepted: bool
    leaves: Mapping[str, tuple[str, Json]]
    texts: tuple[tuple[str, str], ...]


def lost_values(probe: Probe) -> Iterator[Finding]:
    """
    An event with 0, false, an empty text or unusual letters has the effect of a usual one.
    """
    if probe.read_state is None:
        yield Inconclusive(reason=NO_STATE, option="state")
        return
    observer = observer_of(probe)
    changing = observer.observation.changes_by_type
    if not changing:
        yield Inconclusive(reason=NO_CHANGE, is_about_state=True)
        return
    schemas = [one for one in _schemas(probe) if accepted_presence(probe, one.event_type)]
    few = observer.is_late or observer.is_slow or probe.is_brief
    if few:
        schemas = [one for one in schemas if one.event_type in changing]
        schemas.sort(key=lambda one: -_count_of_numbers(one))
    # A property is tried in a few types: where those are ignored, nothing shows its loss.
    schemas.sort(key=lambda one: one.event_type not in changing)
    tried: Counter[str] = Counter()
    reported: set[tuple[str, str]] = set()
    most = _TYPES_IF_BRIEF if probe.is_brief else FEW_CALIBRATED_TYPES if few else None
    for schema in schemas[:most]:
        search = _LossSearch(observer, schema, tried)
        for case, failure in search.run():
            if (case.name, repr(case.tried)) not in reported:
                reported.add((case.name, repr(case.tried)))
                yield failure


def _schemas(probe: Probe) -> list[EventSchema]:
    """
    Choose all event types, or in a quick pass one of each resource, with the most numbers.
    """
    chosen = schemas_to_send(probe)
    if not probe.quick:
        return [*chosen]
    changing = observer_of(probe).observation.changes_by_type
    return [
        max(family, key=lambda one: (one.event_type in changing, _count_of_numbers(one)))
        for family in probe.events.families.values()
    ]


def _count_of_numbers(schema: EventSchema) -> int:
    numbers = {"number", "integer", "boolean"}
    return sum(not numbers.isdisjoint(stated_types(one)) for one in schema.properties.values())


@dataclass(frozen=True, slots=True)
class _LossSearch:
    """
    The search for values of one event type that are lost.

    Attributes:
        observer: Observes what the events change.
        schema: Of the event type.
        tried: In how many event types each property was tried; a few are enough.
    """

    observer: StateObserver
    schema: EventSchema
    tried: Counter[str]

    def run(self) -> Iterator[tuple[_Case, Failure]]:
        """
        Try all properties at once; each alone, if something is lost.
        """
        event = accepted_event(self.observer.probe, self.schema)
        cases = [one for one in _cases(self.schema, event) if self.tried[one.name] < _TYPES]
        self.tried.update(one.name for one in cases)
        if cases and self._failure(event, cases) is not None:
            for case in cases:
                failure = self._failure(event, [case])
                if failure is not None:
                    yield case, failure
        for path in text_paths(self.schema.document, event):
            name, key = str(path[0]), f"letters in {path[0]}"
            if len(path) > 1 or self.tried[key] >= _TYPES:
                continue
            self.tried[key] += 1
            case = _Case(name, _PLAIN_TEXT, _PLAIN_TEXT, _LETTERS, may_be_absent=False)
            failure = self._mangled(event, case)
            if failure is not None:
                yield case, failure

    def _failure(self, event: JsonObject, cases: list[_Case]) -> Failure | None:
        first, second, tried = ({case.name: case[at] for case in cases} for at in (1, 2, 3))
        order = (first, first, second, tried, first, tried)
        effects = self._deliver([event | values for values in order])
        if not all(one.accepted for one in effects):
            return None
        lost = _lost(effects, cases)
        if not lost:
            return None
        missing = tuple(
            StateChange(path, "set", json.dumps(effects[2].leaves[path][1], ensure_ascii=False))
            for path in sorted(lost)
        )
        context = ", ".join(f"{one.name} is {json.dumps(one.tried)}" for one in cases)
        return failure_of(
            [one.request for one in effects[:4]],
            None,
            f"as with another value: in the last event {context}",
            context=context,
            deviation=StateDeviation(missing=missing),
            severity="warning",
        )

    def _mangled(self, event: JsonObject, case: _Case) -> Failure | None:
        """
        Find text in the state that was decoded or encoded wrongly.
        """
        (effect,) = self._deliver([event | {case.name: case.tried}])
        found = [
            StateChange(path, "set", json.dumps(value, ensure_ascii=False))
            for path, value in effect.texts
            if any(one in value for one in _MANGLED)
        ]
        if not effect.accepted or not found:
            return None
        expected = "text is kept as it was sent"
        context = f"letters beyond ASCII in {case.name}"
        deviation = StateDeviation(unexpected=tuple(sorted(found)))
        return failure_of(
            effect.request,
            None,
            expected,
            context=context,
            deviation=deviation,
            severity="warning",
        )

    def _deliver(self, events: list[JsonObject]) -> list[_Effect]:
        """
        Deliver events of one record, one after the other, and observe what each of them changes.
        """
        observer = self.observer
        probe = observer.probe
        effects = []
        for event in probe.events.fresh_all(
            _later(one, at * _STEP) for at, one in enumerate(events)
        ):
            request = probe.signed(event)
            before = observer.snapshot()
            received = probe.send(request)
            changes = observer.changes_since(before, roles_of([event]))
            found = [(path, one.op, value) for one in changes for path, value in _leaves(one)]
            leaves = {path: (op, value) for path, op, value in found}
            texts = tuple((path, value) for path, _, value in found if isinstance(value, str))
            effects.append(_Effect(request, probe.is_accepted(received), leaves, texts))
        return effects


def _later(event: JsonMapping, shift: timedelta) -> JsonObject:
    later = {**event, "event_id": new_id()}
    for name in ("occurred_at", "created_at"):
        if isinstance(event.get(name), str):
            later[name] = format_time(datetime.fromisoformat(event[name]) + shift, 3)
    return later


def _cases(schema: EventSchema, event: JsonMapping) -> Iterator[_Case]:
    """
    List the properties of an event that can have a value which counts as false in most languages.
    """
    for name, value in event.items():
        shape = schema.properties.get(name, {})
        valid = Contract(shape)
        if isinstance(value, bool):
            yield _Case(name, first=False, second=True, tried=False, may_be_absent=False)
        elif isinstance(value, int | float) and valid.is_valid(0):
            near = next(
                (one for one in _NEXT_TO_ZERO if valid.is_valid(one) and one != value), None
            )
            if near is not None and value:
                yield _Case(name, first=value, second=near, tried=0, may_be_absent=False)
        elif isinstance(value, str) and _may_be_empty(name, shape) and valid.is_valid(""):
            yield _Case(name, first=value, second=_PLAIN_TEXT, tried="", may_be_absent=True)


def _may_be_empty(name: str, shape: JsonMapping) -> bool:
    # An address or a time may not be empty, and an enum has its own values.
    return not name.endswith(_NAMES) and not {"enum", "const", "format"} & shape.keys()


def _leaves(change: StateChange) -> Iterator[tuple[str, Json]]:
    if change.op in ("add", "set"):
        yield from change.members()
    else:
        yield change.path, change.value or None


def _lost(effects: list[_Effect], cases: list[_Case]) -> set[str]:
    """
    Find the changes that follow the values, and that the tried values do not make.

    Args:
        effects: Of the first values twice, the second, the tried, the first, the tried.
        cases: The properties with their values.
    """
    _, again, second, tried, back, tried_again = (one.leaves for one in effects)
    flags = all(case.second is True for case in cases)
    may_be_absent = all(case.may_be_absent for case in cases)
    if again and second and back and not tried and not tried_again and not flags:
        return set(second)
    lost = set()
    for path, (op, value) in second.items():
        follows = value is not None and op != "unset" and again.get(path) != (op, value)
        # Whether a flag is counted, or leads to something else, is the handler's own business.
        if not follows or (flags and value is not True):
            continue
        is_new = op == "add" or any(one in path for one in _NEW)
        # The record has to follow its values to the end.
        if not is_new and path not in back and not flags:
            continue
        found = [one[path] for one in (tried, tried_again) if path in one]
        if may_be_absent:
            is_lost = not found and not is_new
        else:
            is_lost = not found or any(kept is None for _, kept in found)
        if is_lost:
            lost.add(path)
    return lost
