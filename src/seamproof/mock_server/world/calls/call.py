"""
A call: the record that it names, what it makes and changes, the events that it emits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from seamproof.formats import format_timestamp, parse_timestamp
from seamproof.mock_server.world.calls.filters import PAGING, chosen
from seamproof.mock_server.world.data import Operation, failure_type, properties_of
from seamproof.mock_server.world.events.table import event_row
from seamproof.mock_server.world.kinds import KINDS, WORKSPACE_ID, view
from seamproof.mock_server.world.records import EMPTY, Record, WorldEffect, value_at
from seamproof.mock_server.world.refusals import CallRefused, invalid, not_found
from seamproof.mock_server.world.troubles import TROUBLES, refusal, troubles_of

if TYPE_CHECKING:
    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.mock_server.world.calls.rows import Emit, Row
    from seamproof.mock_server.world.records import Records
    from seamproof.mock_server.world.turn import Turn

#: They are times, although Seam's document calls some of them texts.
_TIMES: Final = {name: {"format": "date-time"} for name in ("starts_at", "ends_at")}


@dataclass(slots=True)
class Call:
    """
    A call of an operation.

    Attributes:
        turn: In which it is made.
        operation: What is called.
        row: Its row.
        given: The parameters.
        subject: The record that it is about, once that was found or made.
        attempted: Its action attempt, once that was made.
        answer: What it is answered with; what is missing at the end is taken from these two.
        base: The address of the server.
    """

    turn: Turn
    operation: Operation
    row: Row
    given: JsonObject
    base: str = ""
    subject: Record | None = None
    attempted: Record | None = None
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
        return _seconds(moment) if isinstance(moment, str) else self.turn.now

    def find(self, kind: str = "", given: JsonMapping | None = None) -> Record:
        """
        Find the record that the parameters name.

        Raises:
            CallRefused: 404, there is none.
        """
        row = self.row
        if kind and kind != row.kind:
            row = replace(row, kind=kind, where={})
        wanted = self._naming(row.kind) if given is None else given
        if row.kind == "workspace" and not wanted:
            return self.workspace()
        if not wanted:
            names = self.operation.at_least_one or (KINDS[row.kind].id_name,)
            raise invalid({"": [f"An argument for {' or '.join(names)} is required"]})
        found = next(chosen(self.records, row, wanted), None)
        if found is None:
            raise not_found(row.kind)
        refused = refusal(troubles_of(self.records, found), self.operation.path)
        if refused is not None:
            raise refused
        if found.kind == self.row.kind:
            self.subject = found
        return found

    def _naming(self, kind: str) -> JsonMapping:
        """
        List the parameters that name a record: its id, or whatever is given to a `get`.
        """
        own = KINDS[kind].id_name
        if self.row.verb == "get":
            return self.given
        return (
            self.picked(own)
            or self.picked(f"{kind}_key")
            or {name: value for name, value in self.given.items() if name.endswith("_id")}
        )

    def workspace(self) -> Record:
        """
        Find the workspace, which every world has.
        """
        found = next(iter(self.records.all("workspace")), None)
        if found is not None:
            return found
        self.turn.do(WorldEffect(kind="workspace", id=WORKSPACE_ID, creates=True))
        return next(iter(self.records.all("workspace")))

    def create(
        self,
        kind: str,
        document: JsonMapping,
        *,
        event: str = "",
        links: JsonMapping = EMPTY,
    ) -> Record:
        """
        Make a record.

        Raises:
            CallRefused: 409, another one has its key.
        """
        key = f"{kind}_key"
        known = [one.document.get(key) for one in self.records.all(kind) if key in document]
        if document.get(key) is not None and document[key] in known:
            what = f"Another {kind.replace('_', ' ')} has this {key}"
            raise CallRefused(409, "conflict", what)
        record_id = self.turn.new_id()
        system = self.records.get("acs_system", document.get("acs_system_id"))
        if system is not None and "connected_account_id" in KINDS[kind].parents:
            account = system.document.get("connected_account_id")
            document = {"connected_account_id": account, **document}
        record = Record(kind, record_id, 0, document)
        self.affect(record, event, sets=document, links=links, creates=True)
        record = self.records.get(kind, record_id) or record
        if kind == self.row.kind and self.subject is None:
            self.subject = record
        return record

    def affect(self, record: Record, event: str = "", **more: Any) -> None:
        """
        Change a record, now or later, and emit an event if one is named: see `WorldEffect`.
        """
        self.turn.do(WorldEffect.on(record, event, **more))

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
            if one.changed and all(value_at(before, p) == value_at(now, p) for p in one.changed):
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
            guard = {path: value_at(now, path) for path in one.guard}
            self.affect(record, one.event, values=values, guard=guard, due_at=due)

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

    def picked(self, *names: str) -> JsonObject:
        """
        Choose the parameters of some names that are given.
        """
        return {name: self.given[name] for name in names if name in self.given}

    def own_properties(self) -> JsonObject:
        """
        List the parameters that are properties of the row's kind.
        """
        known = properties_of(self.row.kind)
        taken = PAGING | {KINDS[self.row.kind].id_name}
        properties: JsonObject = {}
        for name, value in self.given.items():
            if name in known and name not in taken:
                if name == "properties":
                    properties |= {f"{name}.{member}": one for member, one in value.items()}
                else:
                    schema = {**known[name], **_TIMES.get(name, EMPTY)}
                    properties[name] = _fitting(value, schema, self.turn.time)
        made = self.row.where if self.row.verb in ("create", "plan") else EMPTY
        return {**properties, **made, **self.filled(self.row.sets)}

    def attempt(
        self,
        record: Record | None,
        effects: list[WorldEffect],
        *,
        error: JsonMapping | None = None,
        result: JsonMapping | None = None,
        result_of: Record | None = None,
        result_name: str = "",
    ) -> Record:
        """
        Make an action attempt; the effects happen right after the call if it succeeds.

        Args:
            record: What it is about.
            effects: What it brings about.
            error: Why it fails; otherwise it fails only if the device is in trouble.
            result: What it results in.
            result_of: The record that is its result.
            result_name: The property of the result that has that record; empty if it is all.
        """
        action = self.operation.action_type
        links: JsonObject = {} if record is None else {KINDS[record.kind].id_name: record.id}
        if record is not None and "device_id" in record.document:
            links["device_id"] = record.document["device_id"]
        if result_of is not None:
            found = {"kind": result_of.kind, "result_id": result_of.id}
            links["result_of"] = {**found, "name": result_name}
        made = self.create("action_attempt", {"action_type": action}, links=links)
        self.attempted = made
        fails = error is not None or (record is not None and self._fails(record))
        end = "failed" if fails else "succeeded"
        sets = dict(event_row(f"action_attempt.lock_door.{end}").sets)
        if fails:
            sets["error"] = error or {**sets["error"], "type": failure_type(action)}
        elif result:
            sets["result"] = result
        soon = self.turn.now
        for effect in effects if not fails else ():
            values = {**effect.values, "action_attempt_id": made.id}
            self.turn.do(replace(effect, values=values, due_at=soon))
        event = f"action_attempt.{action.lower()}.{end}"
        values = self._device_of(record)
        self.affect(made, event, sets=sets, due_at=soon, values=values)
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


def _difference(before: JsonMapping, now: JsonMapping, names: tuple[str, ...]) -> JsonObject:
    return {
        "from": {name: value_at(before, name) for name in names},
        "to": {name: value_at(now, name) for name in names},
        "description": f"Changed by a call: {', '.join(names)}.",
    }


def _seconds(moment: str) -> float:
    try:
        return parse_timestamp(moment)
    except (ValueError, OverflowError):
        raise invalid({"": [f"Invalid date: {moment}"]}) from None


def _fitting(value: Json, schema: JsonMapping, now: str) -> Json:
    """
    Write a given value as a property has it: times in UTC, objects with what they require.
    """
    if schema.get("format") == "date-time" and isinstance(value, str):
        return format_timestamp(_seconds(value))
    members = schema.get("properties", {})
    if not isinstance(value, dict) or not members:
        return value
    nullable = {name for name, one in members.items() if "null" in one.get("type", ())}
    given = {name: one for name, one in value.items() if one is not None or name in nullable}
    for name in schema.get("required", ()):
        given.setdefault(name, None if name in nullable else now)
    return {name: _fitting(one, members.get(name, {}), now) for name, one in given.items()}
