"""
Interpreter: does what the row of a call says, and collects the events and the later effects.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from seamproof.formats import format_timestamp, format_uuid, parse_timestamp
from seamproof.mock_server.world import parameters as reading
from seamproof.mock_server.world.agreement import belongings, make_event, remove, row_values
from seamproof.mock_server.world.data import Operation, properties_of
from seamproof.mock_server.world.event_table import event_row
from seamproof.mock_server.world.filters import chosen, page
from seamproof.mock_server.world.kinds import KINDS, WORKSPACE_ID, category, view
from seamproof.mock_server.world.records import EMPTY, UNSET, Effect, Record, value_at
from seamproof.mock_server.world.refusals import invalid, not_found
from seamproof.mock_server.world.troubles import (
    TROUBLES,
    effect_in_trouble,
    refusal,
    troubles_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from random import Random

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.mock_server.world.records import Records
    from seamproof.mock_server.world.rows import Emit, Row
    from seamproof.schemas import Catalogue
    from seamproof.strategies import Sampler

#: What a call does that is not about the properties of its record.
_NO_PROPERTIES: Final = frozenset({"sync", "limit", "page_cursor"})


@dataclass(slots=True)
class Turn:
    """
    One turn of the world: what happens at one moment, in one transaction.

    Attributes:
        records: Of the world; changed in place.
        now: In seconds since the epoch.
        random: The only source of randomness.
        catalogue: The contract of the events.
        sampler: Samples what no record knows.
        events: The events that are to be emitted, in their order.
        later: The effects that are to happen later.
    """

    records: Records
    now: float
    random: Random
    catalogue: Catalogue
    sampler: Sampler
    events: list[JsonObject] = field(default_factory=list)
    later: list[Effect] = field(default_factory=list)

    @property
    def time(self) -> str:
        """
        The present as Seam writes it.
        """
        return format_timestamp(self.now)

    def new_id(self) -> str:
        """
        Make an id.
        """
        return format_uuid(self.random.getrandbits(128))

    def do(self, effect: Effect) -> None:
        """
        Let an effect happen now, or later if it is due later.
        """
        late, _, _ = effect_in_trouble(self.records, effect)
        if effect.due_at:
            self.later.append(replace(effect, due_at=effect.due_at + late))
        else:
            self.happen(effect)

    def happen(self, effect: Effect) -> None:
        """
        Let an effect happen: change its record, and emit its event.
        """
        _, event, silent = effect_in_trouble(self.records, effect)
        record = self.records.get(effect.kind, effect.id)
        if record is None:
            if not effect.creates:
                return
            record = self._new(effect)
        elif any(value_at(view(self.records, record), path) != value
                 for path, value in effect.guard.items()):
            return
        sets = dict(effect.sets) if event == effect.event else {}
        row = event_row(event)
        sets |= row_values(record, row, self.time)
        record = self.records.put(record.with_values(sets, effect.links))
        deletes = effect.deletes or row.deletes
        for other in belongings(self.records, record) if deletes else ():
            if self.records.get(*other.key) is not None:
                gone = KINDS[other.kind].removed
                self.happen(Effect(kind=other.kind, id=other.id, event=gone, deletes=True))
        if event in self.catalogue and not silent:
            self._emit(event, record, effect.values)
        if deletes:
            remove(self.records, record)

    def _new(self, effect: Effect) -> Record:
        document: JsonObject = {KINDS[effect.kind].id_name: effect.id}
        for name, value in (("created_at", self.time), ("workspace_id", self.workspace)):
            if name in properties_of(effect.kind):
                document[name] = value
        return Record(effect.kind, effect.id, self.records.next_number(), document)

    @property
    def workspace(self) -> str:
        """
        The id of the workspace.
        """
        return next((one.id for one in self.records.all("workspace")), WORKSPACE_ID)

    def _emit(self, event: str, record: Record, values: JsonMapping) -> None:
        own = {
            "event_id": self.new_id(),
            "event_type": event,
            "created_at": self.time,
            "occurred_at": self.time,
            "workspace_id": record.document.get("workspace_id", self.workspace),
        }
        sampled: list[JsonObject] = []

        def sample() -> JsonObject:
            if not sampled:
                sampled.append(self.sampler.event(event))
            return sampled[0]

        schema = self.catalogue[event]
        made = make_event(self.records, record, schema, {**own, **values}, sample)
        self.events.append(made)


@dataclass(slots=True)
class Call:
    """
    A call of an operation.

    Attributes:
        turn: In which it is made.
        operation: What is called.
        row: Its row.
        given: The parameters.
        answer: What it is answered with.
        base: The address of the server.
    """

    turn: Turn
    operation: Operation
    row: Row
    given: JsonObject
    base: str = ""
    answer: JsonObject = field(default_factory=dict)

    @property
    def records(self) -> Records:
        """
        The records of the world.
        """
        return self.turn.records

    def seconds(self, moment: Json) -> float:
        """
        Read a time as seconds since the epoch; without one, it is now.

        Raises:
            CallRefused: 400, it is no time.
        """
        if not isinstance(moment, str):
            return self.turn.now
        try:
            return parse_timestamp(moment)
        except (ValueError, OverflowError):
            raise invalid({"": [f"Invalid date: {moment}"]}) from None

    def find(self, kind: str = "", given: JsonMapping | None = None) -> Record:
        """
        Find the record that the parameters name.

        Raises:
            CallRefused: 404, there is none.
        """
        row = self.row
        if kind and kind != row.kind:
            row = replace(row, kind=kind, where={}, category="")
        wanted = self._naming(row.kind) if given is None else given
        if row.kind == "workspace" and not wanted:
            return self.workspace()
        found = next(chosen(self.records, row, wanted), None) if wanted else None
        if found is None:
            raise not_found(row.kind)
        refused = refusal(troubles_of(self.records, found), self.operation.path)
        if refused is not None:
            raise refused
        return found

    def _naming(self, kind: str) -> JsonMapping:
        """
        List the parameters that name a record: its id, or whatever is given to a `get`.
        """
        own = KINDS[kind].id_name
        if self.row.verb == "get":
            return self.given
        if own in self.given:
            return {own: self.given[own]}
        if f"{kind}_key" in self.given:
            return {f"{kind}_key": self.given[f"{kind}_key"]}
        return {name: value for name, value in self.given.items() if name.endswith("_id")}

    def workspace(self) -> Record:
        """
        Find the workspace, which every world has.
        """
        found = next(iter(self.records.all("workspace")), None)
        if found is not None:
            return found
        self.turn.do(Effect(kind="workspace", id=WORKSPACE_ID, creates=True))
        return next(iter(self.records.all("workspace")))

    def create(
        self,
        kind: str,
        document: JsonMapping,
        *,
        event: str = "",
        links: JsonMapping = EMPTY,
        values: JsonMapping = EMPTY,
    ) -> Record:
        """
        Make a record.
        """
        record_id = self.turn.new_id()
        made = Effect(
            kind=kind, id=record_id, event=event, sets=document, links=links,
            values=values, creates=True,
        )
        self.turn.do(made)
        return self.records.get(kind, record_id) or Record(kind, record_id, 0, document)

    def show(self, record: Record) -> JsonObject:
        """
        Serialise a record.
        """
        return view(self.records, self.records.get(*record.key) or record)

    def emit(self, emits: tuple[Emit, ...], before: JsonMapping, record: Record) -> None:
        """
        Emit the events of a row, now or later.
        """
        now = self.show(record)
        for one in emits:
            if one.changed and value_at(before, one.changed) == value_at(now, one.changed):
                continue
            if (one.given and not self.given.get(one.given)) or (
                one.absent and self.given.get(one.absent)
            ):
                continue
            due = self.turn.now + one.after if one.after else 0.0
            if one.at:
                moment = now.get(one.at)
                if not isinstance(moment, str):
                    continue
                due = max(parse_timestamp(moment), self.turn.now + one.after)
            values = self.filled(one.values)
            if one.change:
                values |= _difference(before, now, one.changed)
            self.turn.do(
                Effect(
                    kind=record.kind, id=record.id, event=one.event, sets=self.filled(one.sets),
                    values=values, guard={path: value_at(now, path) for path in one.guard},
                    due_at=due,
                )
            )

    def filled(self, values: JsonMapping) -> JsonObject:
        """
        Replace `$name` by the parameter of that name; leave out what is not given.
        """
        found: JsonObject = {}
        for path, value in values.items():
            if not (isinstance(value, str) and value.startswith("$")):
                found[path] = value
            elif value[1:] in self.given:
                found[path] = self.given[value[1:]]
        return found

    def own_properties(self) -> JsonObject:
        """
        List the parameters that are properties of the row's kind.
        """
        known = properties_of(self.row.kind)
        taken = _NO_PROPERTIES | {KINDS[self.row.kind].id_name}
        properties: JsonObject = {}
        for name, value in self.given.items():
            if name in known and name not in taken:
                if name == "properties":
                    properties |= {f"{name}.{member}": one for member, one in value.items()}
                    continue
                properties[name] = value
                if known[name].get("format") == "date-time" and isinstance(value, str):
                    properties[name] = _time(value)
        return {**properties, **self.row.where, **self.filled(self.row.sets)}

    def attempt(self, record: Record | None, effects: list[Effect], **links: Json) -> Record:
        """
        Make an action attempt; the effects happen right after the call if it succeeds.
        """
        action = self.operation.action_type
        about = {} if record is None else {KINDS[record.kind].id_name: record.id}
        if record is not None and "device_id" in record.document:
            about["device_id"] = record.document["device_id"]
        made = self.create("action_attempt", {"action_type": action}, links={**about, **links})
        fails = record is not None and self._fails(record)
        name = f"action_attempt.{action.lower()}.{'failed' if fails else 'succeeded'}"
        soon = self.turn.now
        for effect in effects if not fails else ():
            values = {**effect.values, "action_attempt_id": made.id}
            self.turn.do(replace(effect, values=values, due_at=soon))
        status = event_row(f"action_attempt.lock_door.{'failed' if fails else 'succeeded'}").sets
        owner = self._device_of(record)
        self.turn.do(
            Effect(
                kind="action_attempt", id=made.id, event=name, sets=status, due_at=soon,
                values=owner,
            )
        )
        return made

    def _device_of(self, record: Record | None) -> JsonObject:
        if record is None:
            return {}
        names = ("device_id", "connected_account_id")
        document = self.show(record)
        return {name: document[name] for name in names if name in document}

    def _fails(self, record: Record) -> bool:
        troubled = any(TROUBLES[one["name"]].fails for one in troubles_of(self.records, record))
        return troubled or value_at(self.show(record), "properties.online") is False


def _difference(before: JsonMapping, now: JsonMapping, path: str) -> JsonObject:
    names = ("starts_at", "ends_at") if path in ("starts_at", "ends_at") else (path,)
    return {
        "from": {name: value_at(before, name) for name in names},
        "to": {name: value_at(now, name) for name in names},
        "description": f"Changed by a call: {', '.join(names)}.",
    }


def _time(text: str) -> str:
    try:
        return format_timestamp(parse_timestamp(text))
    except (ValueError, OverflowError):
        return text


def both_units(given: JsonObject) -> JsonObject:
    """
    Give each temperature in both units.
    """
    result = dict(given)
    for name, value in given.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            if name.endswith("_celsius"):
                result.setdefault(f"{name[:-8]}_fahrenheit", round(value * 9 / 5 + 32, 2))
            elif name.endswith("_fahrenheit"):
                result.setdefault(f"{name[:-11]}_celsius", round((value - 32) * 5 / 9, 2))
    return result


def interpret(
    turn: Turn, operation: Operation, row: Row, given: JsonObject, base: str = ""
) -> JsonObject:
    """
    Make a call.

    Args:
        turn: Gets the events and the later effects.
        operation: What is called.
        row: Its row.
        given: The parameters.
        base: The address of the server, for links to the next page.

    Returns:
        The answer, without `ok`.

    Raises:
        CallRefused: Seam would not do that.
    """
    reading.validate(operation.path, given)
    everywhere = next(iter(turn.records.all("workspace")), None)
    if everywhere is not None:
        refused = refusal(troubles_of(turn.records, everywhere), operation.path)
        if refused is not None:
            raise refused
    call = Call(turn, operation, row, both_units(given), base)
    _VERBS[row.verb](call)
    return call.answer


def _get(call: Call) -> None:
    record = call.find()
    call.answer[call.operation.key] = call.show(record)


def _list(call: Call) -> None:
    found = [*chosen(call.records, call.row, call.given)]
    if not call.operation.paginated:
        call.answer[call.operation.key] = [call.show(one) for one in found]
        return
    default = reading.default_of(call.operation.path, "limit")
    part, cursor = page(found, call.given, default)
    call.answer[call.operation.key] = [call.show(one) for one in part]
    url = f"{call.base}{call.operation.path}?page_cursor={cursor}"
    call.answer["pagination"] = {
        "has_next_page": cursor is not None,
        "next_page_cursor": cursor,
        "next_page_url": url if cursor is not None else None,
    }


def _create(call: Call) -> None:
    check_references(call)
    links = call.filled(call.row.links)
    record = call.create(call.row.kind, call.own_properties(), links=links)
    finish(call, record, EMPTY)


def _update(call: Call) -> None:
    record = call.find()
    change(call, record, call.own_properties(), call.filled(call.row.links))


def change(call: Call, record: Record, sets: JsonObject, links: JsonMapping = EMPTY) -> None:
    """
    Change a record by a call, with the events of its row.
    """
    before = call.show(record)
    if "custom_metadata" in sets:
        kept = {**before["custom_metadata"], **sets["custom_metadata"]}
        sets["custom_metadata"] = {name: one for name, one in kept.items() if one is not None}
    effect = Effect(kind=record.kind, id=record.id, sets=sets, links=links)
    call.turn.do(effect)
    finish(call, record, before)


def finish(call: Call, record: Record, before: JsonMapping) -> None:
    """
    Emit the events of a row, and answer with the record and an action attempt if there is one.
    """
    call.emit(call.row.emits, before, record)
    attempt = None
    if call.operation.action_type:
        links = {"result_of": [record.kind, record.id]}
        attempt = call.attempt(record, [], **links)
    for name in (call.operation.key, *call.operation.also):
        if name == "action_attempt" and attempt is not None:
            call.answer[name] = call.show(attempt)
        elif name:
            call.answer[name] = call.show(record)


def _delete(call: Call) -> None:
    record = call.find()
    call.emit(call.row.emits, call.show(record), record)
    attempt = None
    if call.operation.action_type:
        attempt = call.attempt(record, [])
    if call.records.get(*record.key) is not None:
        call.turn.do(Effect(kind=record.kind, id=record.id, deletes=True))
    for name in (call.operation.key, *call.operation.also):
        if name == "action_attempt" and attempt is not None:
            call.answer[name] = call.show(attempt)


def _act(call: Call) -> None:
    record = call.find()
    sets = call.filled(call.row.sets)
    events = call.row.emits
    effects = [
        Effect(kind=record.kind, id=record.id, event=one.event, sets={**sets, **one.sets},
               values=call.filled(one.values))
        for one in events
    ] or [Effect(kind=record.kind, id=record.id, sets=sets)]
    attempt = call.attempt(record, effects)
    call.answer[call.operation.key] = call.show(attempt)


def _plan(call: Call) -> None:
    assert call.row.plan is not None  # noqa: S101 - for the type checker
    call.row.plan(call)


_VERBS: Final[Mapping[str, Callable[[Call], None]]] = {
    "get": _get,
    "list": _list,
    "create": _create,
    "update": _update,
    "delete": _delete,
    "act": _act,
    "plan": _plan,
}


def check_references(call: Call) -> None:
    """
    Check that the records exist that the parameters name.

    Raises:
        CallRefused: 404, one does not.
    """
    for kind, record_id in named(call.given):
        if kind != call.row.kind and call.records.get(kind, record_id) is None:
            raise not_found(kind)


def named(given: JsonMapping) -> Iterator[tuple[str, str]]:
    """
    List the records that parameters name, by kind and id.
    """
    from seamproof.mock_server.world.kinds import KIND_OF_ID

    for name, value in given.items():
        kind = KIND_OF_ID.get(name.removesuffix("s"))
        if kind is not None:
            for one in value if isinstance(value, list) else (value,):
                if isinstance(one, str):
                    yield kind, one
