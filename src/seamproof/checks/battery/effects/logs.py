"""
Finds out whether the state is a log: events of unknown types change it in the same way.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.arrivals import (
    ArrivalMarks,
    is_without_data,
    may_be_logged,
    of_any_message,
    without_removals,
)
from seamproof.checks.model.tuning import EFFECT_SNAPSHOTS, LOGGED_TYPES
from seamproof.checks.probe.presence import accepted_event
from seamproof.checks.state.effects import observe_types
from seamproof.checks.state.normaliser import roles_of
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from seamproof.checks.model.state_changes import StateChange, StateDiff
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import Json, JsonMapping

#: A type that Seam does not send, of no resource that it has.
_UNKNOWN_TYPE: Final = "seamproof.unknown"
#: What shows that a record is of one event: its type, its id, that of its message.
_OF_ONE_EVENT: Final = re.compile(r"‹(?:event_type|event_id \d+|message \d+)›")
#: An id of a record, a time or the like instead of a value of the handler's own.
_ROLES: Final = re.compile(r"(?:‹[^‹›]*›)+")
#: Stands for a type or a part of it.
_TYPE: Final = "‹event_type›"
#: Keys of the events that have no id of the record.
_NO_ID: Final = ("None", "null", "undefined", "")


def find_log(observer: StateObserver) -> None:
    """
    Note, once in a run, whether events of unknown types change the state in the same way.

    A handler that rejects unknown types is sent events under the name of another known type.
    """
    known = observer.observation
    if known.has_looked_for_log or not known.changes_by_type:
        return
    known.has_looked_for_log = True
    work_in = ArrivalMarks.of(known).work_in
    work = {name: work_in(one) for name, one in known.changes_by_type.items()}
    suspects = {name for name, one in work.items() if any(may_be_logged(known, c) for c in one)}
    ordered = [one for one in observer.most_changing_types(len(work)) if one in suspects]
    is_log = all(may_be_logged(known, one) for changes in work.values() for one in changes)
    for event_type in ordered[: 1 if observer.is_late else LOGGED_TYPES]:
        plain, other = _compared(observer, event_type)
        known.logged += tuple(one for one in plain if one in other and is_without_data(one))
        is_log = is_log and bool(plain) and plain == other
    known.only_logs = bool(ordered) and is_log
    known.log_is_of_records = not known.only_logs and _is_log_of_records(observer)
    known.only_logs |= known.log_is_of_records


def _is_log_of_records(observer: StateObserver) -> bool:
    """
    Whether each event is only stored, under the id of its record: the last one, or a list of all.

    Whatever any type does besides, or writes into such a record that is not of the event, is work.
    """
    known, probe = observer.observation, observer.probe
    if not _are_copied_events(observer):
        return False
    by_roots: dict[frozenset[str], str] = {}
    for event_type in observer.most_changing_types(len(known.changes_by_type)):
        # Events without a record may share one, in which not each of them changes the same.
        changes = ArrivalMarks.of(known).work_in(known.changes_by_type[event_type])
        own = frozenset(one for one in _roots(changes) if _ROLES.search(one))
        if own:
            by_roots.setdefault(own, event_type)
    few = [*by_roots.values()][: 1 if observer.is_late else LOGGED_TYPES]
    pairs = [_compared(observer, one) for one in few]
    # What is copied of two events differs in lists and texts.
    places = [[{(one.path, one.op) for one in changes} for changes in pair] for pair in pairs]
    if not places or not all(plain and plain == other for plain, other in places):
        return False
    # The type that has work may be one that was not looked at.
    observe_types(observer, probe.events.event_types, snapshots=EFFECT_SNAPSHOTS, together=True)
    return _are_copied_events(observer)


def _are_copied_events(observer: StateObserver) -> bool:
    """
    Whether all changes that are known only copy an event: its properties, ids and times.
    """
    known, catalogue = observer.observation, observer.probe.events.catalogue
    work_in = ArrivalMarks.of(known).work_in
    work = {name: work_in(changes) for name, changes in known.changes_by_type.items()}
    roots = frozenset(root for changes in work.values() for root in _roots(changes))
    return bool(roots) and all(
        _is_copied(one, roots, catalogue[name].properties)
        for name, changes in work.items()
        for one in changes
    )


def _roots(changes: StateDiff) -> Iterator[str]:
    """
    List the paths of records that hold the type or the id of the event.
    """
    for one in changes:
        if in_path := _OF_ONE_EVENT.search(one.path):
            yield one.path[: in_path.end()]
        elif _OF_ONE_EVENT.search(one.value):
            is_record = one.value.startswith(("{", "["))
            yield from filter(None, [one.path if is_record else one.path.rpartition(".")[0]])


def _is_copied(change: StateChange, roots: Collection[str], properties: Collection[str]) -> bool:
    root = _root_of(change.path, roots)
    if change.op in ("remove", "unset") or not root:
        return bool(root)
    if change.path != root:
        name = change.path[len(root) + 1 :].partition(".")[0]
        return name in properties or bool(_ROLES.fullmatch(change.value.strip('"')))
    if change.op == "increment":
        return False
    value = parse_json(change.value)
    members = value.items() if isinstance(value, dict) else [("", value)]
    return all(name in properties or _is_of_roles(one) for name, one in members)


def _root_of(path: str, roots: Collection[str]) -> str:
    """
    Find the record that a path leads into; empty if it leads into none.

    Beside records of devices is that of the events without one, under "None" or the like.
    """
    around = max((one for one in roots if f"{path}.".startswith(f"{one}.")), key=len, default="")
    if around:
        return around
    for table in {one.rpartition(".")[0] for one in roots if one.endswith("›")}:
        start = f"{table}." if table else ""
        name = path[len(start) :].partition(".")[0]
        # Beside records at the root there may be tables.
        if path.startswith(start) and (table or name in _NO_ID):
            return start + name
    return ""


def _is_of_roles(value: Json) -> bool:
    if isinstance(value, list):
        return all(map(_is_of_roles, value))
    return value is None or (isinstance(value, str) and bool(_ROLES.fullmatch(value)))


def _compared(observer: StateObserver, event_type: str) -> tuple[StateDiff, StateDiff]:
    """
    Return what an event adds to the state, and what it adds under another type.
    """
    probe = observer.probe
    event = accepted_event(probe, probe.events.catalogue[event_type])
    plain = _changes(observer, event) or ()
    others = [one for one in probe.events.event_types if one != event_type]
    for name in (_UNKNOWN_TYPE, *others[:LOGGED_TYPES]):
        changes = _changes(observer, {**probe.events.fresh(event), "event_type": name}, plain)
        if changes is not None:
            of_types = _of_any_type(event_type, plain), _of_any_type(name, changes)
            return of_types if of_types[0] == of_types[1] else (plain, changes)
    return plain, ()


def _changes(
    observer: StateObserver, event: JsonMapping, expected: StateDiff = ()
) -> StateDiff | None:
    """
    Deliver an event; return what it adds to the state, or None if it is not accepted.
    """
    request = observer.probe.signed(event)
    before = observer.snapshot()
    if not observer.probe.is_accepted(observer.probe.send(request)):
        return None
    changes = observer.changes_since(before, roles_of([event], [request]), expected)
    return tuple(map(of_any_message, without_removals(changes)))


def _of_any_type(event_type: str, changes: StateDiff) -> StateDiff:
    """
    Make changes equal for every type: a log may be kept under the resource of each type.
    """
    parts = "|".join(map(re.escape, (event_type, *event_type.split(".", 1))))
    in_path = re.compile(rf"(?<![^.])(?:{parts})(?![^.])")
    in_value = re.compile(rf'(?<=")(?:{parts})(?=")')

    def of_any_type(change: StateChange) -> StateChange:
        path, value = in_path.sub(_TYPE, change.path), in_value.sub(_TYPE, change.value)
        return replace(change, path=path, value=value)

    return tuple(sorted(map(of_any_type, changes)))
