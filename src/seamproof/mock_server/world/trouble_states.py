"""
Starts and ends troubles, and lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.errors import Conflict, NotFound, UsageError, nearest_names
from seamproof.mock_server.world.kinds import KIND_OF_ID, KINDS, view
from seamproof.mock_server.world.records import Record, WorldEffect, value_at
from seamproof.mock_server.world.troubles import LINK, TROUBLES, owners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.mock_server.world.records import Records
    from seamproof.mock_server.world.troubles import TroubleStep
    from seamproof.mock_server.world.turn import Turn

#: The properties that name what has a trouble.
TARGETS: Final = ("device_id", "connected_account_id")
_ANY_PATH: Final = "*"


@dataclass(frozen=True, slots=True)
class TroubleState:
    """
    A trouble that lasts, or that is to start.

    Attributes:
        name: One of `troubles.TROUBLES`.
        device_id: The device that has it; empty if another record has.
        connected_account_id: The account that has it; without both, the whole world has.
        path: The calls that it is about, as a glob; of use for those that refuse calls.
    """

    name: str
    device_id: str = ""
    connected_account_id: str = ""
    path: str = _ANY_PATH

    def __post_init__(self) -> None:
        """
        Check the name, and that this can have the trouble.

        Raises:
            UsageError: There is no such trouble.
            Conflict: It is not possible for this kind of record.
        """
        if self.name not in TROUBLES:
            what = f"no trouble is called {self.name!r}"
            near = nearest_names(self.name, TROUBLES, limit=2, cutoff=0.5)
            cure = f"did you mean {' or '.join(near)}?" if near else f"one of {', '.join(TROUBLES)}"
            raise UsageError(what, where="name", cure=cure)
        given = [name for name in TARGETS if getattr(self, name)]
        kind = KIND_OF_ID[given[0]] if given else "workspace"
        allowed = TROUBLES[self.name].targets
        if len(given) > 1 or kind not in allowed:
            expected = " or ".join(
                "nothing, for the whole world" if one == "workspace" else KINDS[one].id_name
                for one in allowed
            )
            what = f"{self.name} is not possible for this"
            found = ", ".join(given) or "neither of them"
            raise Conflict(what, where="trouble", expected=expected, found=found)


def begin(turn: Turn, state: TroubleState) -> None:
    """
    Start a trouble, with what happens then; one that lasts already goes on.

    Raises:
        NotFound: There is no such device or account.
    """
    record = _target(turn, state)
    entry = {"name": state.name, "path": state.path}
    before = list(record.links.get(LINK, ()))
    if entry not in before:
        record = turn.records.put(record.with_values({}, {LINK: [*before, entry]}))
        _take(turn, record, TROUBLES[state.name].starts)


def end(turn: Turn, state: TroubleState) -> None:
    """
    End a trouble, with what happens then.

    Raises:
        NotFound: There is no such device or account, or it has no such trouble.
    """
    record = _target(turn, state)
    before = list(record.links.get(LINK, ()))
    after = [one for one in before if one["name"] != state.name]
    if len(after) == len(before):
        what = f"this has no trouble called {state.name}"
        found = ", ".join(one["name"] for one in before) or "none"
        raise NotFound(what, where="trouble", found=found)
    record = turn.records.put(record.with_values({}, {LINK: after}))
    _take(turn, record, TROUBLES[state.name].ends)


def lasting(records: Records) -> Iterator[TroubleState]:
    """
    List the troubles that last.
    """
    for kind in ("workspace", "connected_account", "device"):
        for record in records.all(kind):
            own = {} if kind == "workspace" else {KINDS[kind].id_name: record.id}
            for one in record.links.get(LINK, ()):
                yield TroubleState(one["name"], path=one["path"], **own)


def _target(turn: Turn, state: TroubleState) -> Record:
    for name in TARGETS:
        record_id = getattr(state, name)
        if record_id:
            kind = KIND_OF_ID[name]
            found = turn.records.get(kind, record_id)
            if found is None:
                what = f"there is no {kind.replace('_', ' ')} with this id"
                raise NotFound(what, where=name, found=record_id)
            return found
    for one in turn.records.all("workspace"):
        return one
    number = turn.records.next_number()
    return Record("workspace", turn.workspace, number, {"workspace_id": turn.workspace})


def _take(turn: Turn, target: Record, steps: Iterable[TroubleStep]) -> None:
    """
    Let happen what a trouble does to a record and to those that belong to it.
    """
    for step in steps:
        for record in turn.records.all(step.kind):
            every = target.kind == "workspace"
            if every or any(one.key == target.key for one in owners(turn.records, record)):
                _take_one(turn, record, step)


def _take_one(turn: Turn, record: Record, step: TroubleStep) -> None:
    shown = view(turn.records, record)
    event = step.event
    if shown.get("is_managed") is False and ".unmanaged." not in event:
        kind, _, rest = event.partition(".")
        event = f"{kind}.unmanaged.{rest}"
    fits = all(value_at(shown, path) == value for path, value in step.guard.items())
    has = not step.needs or value_at(shown, step.needs) is not None
    if fits and has and event in turn.catalogue:
        turn.happen(
            WorldEffect(
                kind=step.kind, id=record.id, event=event, sets=step.sets, values=step.values
            )
        )
