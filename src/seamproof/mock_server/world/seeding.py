"""
Puts records into a world without events, and schedules what is to happen with them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from seamproof.errors import UsageError
from seamproof.formats import parse_timestamp
from seamproof.mock_server.world.calls.call import Call
from seamproof.mock_server.world.calls.verbs import interpret
from seamproof.mock_server.world.data import operations, properties_of
from seamproof.mock_server.world.kinds import KINDS
from seamproof.mock_server.world.operations.climate import plan_schedule
from seamproof.mock_server.world.operations.table import ROWS
from seamproof.mock_server.world.records import Record, WorldEffect
from seamproof.mock_server.world.refusals import CallRefused
from seamproof.mock_server.world.trouble_states import begin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.world.trouble_states import TroubleState
    from seamproof.mock_server.world.turn import Turn

#: By kind of record: events that come when a time of the record comes.
_PLANNED: Final = (
    ("access_code", "access_code.set_on_device", "starts_at"),
    ("access_code", "access_code.removed_from_device", "ends_at"),
)
_SCHEDULE: Final = "/thermostats/schedules/create"
#: What follows a call within these seconds has happened when the world begins.
_SOON: Final = 2.0


def plant(
    turn: Turn,
    documents: Mapping[str, Sequence[JsonMapping]],
    calls: Iterable[tuple[str, JsonObject]] = (),
    troubles: Iterable[TroubleState] = (),
) -> None:
    """
    Add records, make calls, and start troubles. The events of the turn are to be left out.

    Args:
        turn: The turn.
        documents: By kind, such as `device`. Each may leave out what its kind typically has, and
            its id; `links` has what Seam does not show.
        calls: Paths of operations, each with its parameters.
        troubles: What goes wrong from the start.

    Raises:
        NotFound: What has a trouble is not there.
        UsageError: A call is refused, or a schedule has no preset.
    """
    for kind, members in documents.items():
        for one in members:
            add_record(turn, kind, one)
    for index, record in enumerate(turn.records.all("thermostat_schedule")):
        call = Call(turn, operations()[_SCHEDULE], ROWS[_SCHEDULE], {})
        with _explained("the schedule is not possible", f"thermostat_schedules.{index}"):
            if call.seconds(record.document.get("starts_at")) > turn.now:
                plan_schedule(call, record)
    planned, turn.later = turn.later, []
    for index, (path, given) in enumerate(calls):
        with _explained(f"the call of {path} is refused", f"calls.{index}"):
            interpret(turn, operations()[path], ROWS[path], given)
    _settle(turn)
    turn.later += planned
    for trouble in troubles:
        begin(turn, trouble)


@contextmanager
def _explained(what: str, where: str) -> Iterator[None]:
    try:
        yield
    except CallRefused as refused:
        found = refused.message or "; ".join(
            f"{name}: {text}" for name, texts in refused.fields.items() for text in texts
        )
        raise UsageError(what, where=where, found=found) from None


def _settle(turn: Turn) -> None:
    """
    Let happen now what follows the calls at once: the world begins at rest.
    """
    soon = turn.now + _SOON
    while effects := [one for one in turn.later if one.due_at <= soon]:
        turn.later = [one for one in turn.later if one.due_at > soon]
        for effect in sorted(effects, key=lambda one: one.due_at):
            turn.happen(effect)


def add_record(turn: Turn, kind: str, given: JsonMapping) -> Record:
    """
    Add a record without an event, and schedule what is to happen with it.

    Args:
        turn: The turn.
        kind: Such as `device`.
        given: Its properties. It may leave out what its kind typically has, and its id; `links`
            has what Seam does not show.
    """
    document = dict(given)
    links = document.pop("links", {})
    record_id = document.setdefault(KINDS[kind].id_name, turn.new_id())
    for name, value in (("created_at", turn.time), ("workspace_id", turn.workspace)):
        if name in properties_of(kind):
            document.setdefault(name, value)
    number = turn.records.next_number()
    record = turn.records.put(Record(kind, record_id, number, document, links))
    _plan(turn, record)
    return record


def _plan(turn: Turn, record: Record) -> None:
    for kind, event, at in _PLANNED:
        moment = record.document.get(at) if record.kind == kind else None
        if isinstance(moment, str) and (due := parse_timestamp(moment)) > turn.now:
            guard = {at: moment}
            turn.do(WorldEffect(kind=kind, id=record.id, event=event, guard=guard, due_at=due))
