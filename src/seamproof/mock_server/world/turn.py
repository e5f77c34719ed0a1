"""
A turn of the world: effects happen, now or later, and are reported by events.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from seamproof.formats import format_timestamp, format_uuid
from seamproof.mock_server.world.data import properties_of
from seamproof.mock_server.world.events.event_builder import make_event
from seamproof.mock_server.world.events.observation import observe
from seamproof.mock_server.world.events.problems import row_values
from seamproof.mock_server.world.events.removal import belongings, remove
from seamproof.mock_server.world.events.table import event_row
from seamproof.mock_server.world.kinds import KIND_OF_ID, KINDS, WORKSPACE_ID, view
from seamproof.mock_server.world.records import Record, WorldEffect, value_at
from seamproof.mock_server.world.troubles import effect_in_trouble, following

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.world.records import Records
    from seamproof.schemas import Catalogue
    from seamproof.strategies import Sampler


@dataclass(slots=True)
class Turn:
    """
    One turn of the world: what happens at one moment, in one transaction.

    Attributes:
        records: Of the world; changed in place.
        now: In seconds since the epoch.
        random: The only source of randomness.
        catalogue: The contract of the events.
        sampler: Gives what samples what no record knows; made when it is needed.
        events: The events that are to be emitted, in their order.
        later: The effects that are to happen later.
    """

    records: Records
    now: float
    random: Random
    catalogue: Catalogue
    sampler: Callable[[], Sampler]
    events: list[JsonObject] = field(default_factory=list)
    later: list[WorldEffect] = field(default_factory=list)

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

    def do(self, effect: WorldEffect) -> None:
        """
        Let an effect happen now, or later if it is due later.
        """
        late, _, _ = effect_in_trouble(self.records, effect)
        if effect.due_at:
            self.later.append(replace(effect, due_at=effect.due_at + late))
        else:
            self.happen(effect)

    def happen(self, effect: WorldEffect) -> None:
        """
        Let an effect happen: change its record, and emit its event.
        """
        _, event, silent = effect_in_trouble(self.records, effect)
        record = self.records.get(effect.kind, effect.id)
        if record is None:
            if not effect.creates:
                return
            record = self._new(effect)
        elif self._outdated(effect, record):
            return
        sets = dict(effect.sets) if event == effect.event else {}
        row = event_row(event)
        values = {"error_code": row.error, **effect.values} if row.error else effect.values
        sets |= row_values(record, row, self.time, values)
        if "result_of" in record.links and sets.get("status") == "success":
            sets |= self._result(record.links["result_of"])
        record = self.records.put(record.with_values(sets, effect.links))
        deletes = effect.deletes or row.deletes
        for other in belongings(self.records, record) if deletes else ():
            if self.records.get(*other.key) is not None:
                gone = KINDS[other.kind].removed
                self.happen(WorldEffect.on(other, gone, deletes=True))
        if event in self.catalogue and not silent:
            self._emit(event, record, values)
        if deletes:
            remove(self.records, record)
        for next_event, seconds in following(self.records, record, event):
            self.later.append(WorldEffect.on(record, next_event, due_at=self.now + seconds))

    def _outdated(self, effect: WorldEffect, record: Record) -> bool:
        """
        Whether a record has changed since an effect was scheduled, or what it comes from is gone.
        """
        present = {**record.links, **view(self.records, record)} if effect.guard else {}
        return any(value_at(present, path) != value for path, value in effect.guard.items()) or any(
            isinstance(value, str) and self.records.get(KIND_OF_ID[name], value) is None
            for name, value in effect.values.items()
            if name in KIND_OF_ID
        )

    def _result(self, of: JsonMapping) -> JsonObject:
        """
        Take the result of an action attempt; it fails if the record is gone meanwhile.
        """
        found = self.records.get(of["kind"], of["result_id"])
        if found is None:
            return dict(event_row("action_attempt.lock_door.failed").sets)
        shown = view(self.records, found)
        return {"result": {of["name"]: shown} if of["name"] else shown}

    def _new(self, effect: WorldEffect) -> Record:
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
                sampled.append(self.sampler().event(event))
            return sampled[0]

        schema = self.catalogue[event]
        made = make_event(self.records, record, schema, {**own, **values}, sample)
        self.events.append(made)
        if sampled and not event_row(event).deletes:
            # What no record knew, the records now have of the event.
            observe(self.records, made, self.time)
