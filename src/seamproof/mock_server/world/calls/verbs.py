"""
Interpreter: does what the row of a call says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.calls import parameters as reading
from seamproof.mock_server.world.calls.call import Call
from seamproof.mock_server.world.calls.filters import chosen, page
from seamproof.mock_server.world.kinds import KIND_OF_ID, KINDS
from seamproof.mock_server.world.records import EMPTY, Record, WorldEffect
from seamproof.mock_server.world.troubles import refused_by_given

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import JsonObject
    from seamproof.mock_server.world.calls.rows import Row
    from seamproof.mock_server.world.data import Operation
    from seamproof.mock_server.world.turn import Turn


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
    refused = refused_by_given(turn.records, given, operation.path)
    if refused is not None:
        raise refused
    call = Call(turn, operation, row, both_units(given), base)
    _VERBS[row.verb](call)
    _complete(call)
    return call.answer


def _complete(call: Call) -> None:
    """
    Answer with what the operation's answer has, and its verb or plan has not given yet.
    """
    operation, subject = call.operation, call.subject
    also = {name: str(one["resource"]) for name, one in operation.also.items()}
    named = {operation.key: operation.resource} if operation.key else {}
    for name, resource in {**named, **also}.items():
        if name in call.answer:
            continue
        same = call.answer.get(operation.key)
        if resource == "action_attempt":
            about = call.records.get(*subject.key) if subject is not None else None
            made = call.attempted or call.attempt(
                about, [], result_of=about, result_name=call.row.kind
            )
            call.answer[name] = call.show(made)
        elif resource == operation.resource and same is not None:
            call.answer[name] = same
        elif subject is not None:
            call.answer[name] = call.show(subject)


def _get(call: Call) -> None:
    call.answer[call.operation.key] = call.show(call.find())


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
    record = call.create(call.row.kind, call.own_properties())
    call.emit(call.row.emits, EMPTY, record)


def _update(call: Call) -> None:
    record = call.find()
    change(call, record, call.own_properties())


def change(call: Call, record: Record, sets: JsonObject) -> None:
    """
    Change a record by a call, with the events of its row.
    """
    before = call.show(record)
    if "custom_metadata" in sets:
        kept = {**before["custom_metadata"], **sets["custom_metadata"]}
        sets["custom_metadata"] = {name: one for name, one in kept.items() if one is not None}
    call.affect(record, sets=sets)
    call.emit(call.row.emits, before, record)


def _delete(call: Call) -> None:
    record = call.find()
    call.emit(call.row.emits, call.show(record), record)
    if call.records.get(*record.key) is not None:
        call.affect(record, deletes=True)


def _act(call: Call) -> None:
    record = call.find()
    sets = call.filled(call.row.sets)
    effects = [
        WorldEffect.on(record, one.event, sets=sets, values=call.filled(one.values))
        for one in call.row.emits
    ] or [WorldEffect.on(record, sets=sets)]
    call.attempt(record, effects)


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
    for name, value in call.given.items():
        kind = KIND_OF_ID.get(name.removesuffix("s"), call.row.kind)
        for one in value if isinstance(value, list) else (value,):
            if kind != call.row.kind and isinstance(one, str):
                call.find(kind, {KINDS[kind].id_name: one})
