"""
Operations of access codes, managed and unmanaged.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.calls.rows import UNMANAGED, Emit, delete, planned, update
from seamproof.mock_server.world.calls.verbs import change, check_references
from seamproof.mock_server.world.records import EMPTY, Record
from seamproof.mock_server.world.refusals import CallRefused, invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.world.calls.call import Call
    from seamproof.mock_server.world.calls.rows import Row

#: Seconds that a provider takes to change a code on its device.
ON_DEVICE: Final = 1.0
_DIGITS: Final = 4
_DUPLICATE: Final = "duplicate_access_code"

TIMES: Final = ("starts_at", "ends_at")
_SET: Final = Emit(event="access_code.set_on_device", after=ON_DEVICE, guard=("code", *TIMES))
_TIMED: Final = (
    Emit(event="access_code.set_on_device", after=ON_DEVICE, at="starts_at", guard=TIMES),
    Emit(event="access_code.removed_from_device", after=ON_DEVICE, at="ends_at", guard=TIMES),
)


def _changed(event: str, *paths: str) -> Emit:
    return Emit(event=f"access_code.{event}", changed=paths, change=True)


#: What each change of a code is reported by.
CHANGES: Final = (
    _changed("code_changed", "code"),
    _changed("name_changed", "name"),
    _changed("time_frame_changed", *TIMES),
)


def _create(call: Call) -> None:
    check_references(call)
    make_code(call, call.given["device_id"], call.own_properties())


def make_code(
    call: Call, device_id: str, properties: JsonMapping, links: JsonMapping = EMPTY
) -> Record:
    """
    Make an access code on a device, which is set on it soon, or when its time comes.
    """
    device = call.find("device", {"device_id": device_id})
    check_times(call, properties)
    document: JsonObject = dict(properties)
    document |= {"device_id": device.id, **_timing(call, document)}
    timed = document["type"] == "time_bound"
    if timed and not document.get("starts_at"):
        document["starts_at"] = call.turn.time
    if not document.get("code"):
        document["code"] = new_code(call, device.id)
    _check_code(call, document)
    record = call.create("access_code", document, event="access_code.created", links=links)
    call.emit(_TIMED if timed else (_SET,), EMPTY, record)
    return record


def _timing(call: Call, code: JsonMapping) -> dict[str, str]:
    """
    Find whether a code is bound to times, and whether it has to wait for its start.
    """
    timed = any(code.get(name) is not None for name in TIMES)
    waits = timed and call.seconds(code.get("starts_at")) > call.turn.now + ON_DEVICE
    return {"type": "time_bound" if timed else "ongoing", "status": "unset" if waits else "setting"}


def check_times(call: Call, properties: JsonMapping) -> None:
    """
    Check that an end is in the future, and after the start.

    Raises:
        CallRefused: 400, it is not.
    """
    starts, ends = (properties.get(name) for name in TIMES)
    if ends is not None and call.seconds(ends) <= max(call.seconds(starts), call.turn.now):
        raise invalid({"ends_at": ["ends_at must be in the future, and after starts_at"]})


def _check_code(call: Call, code: JsonMapping) -> None:
    """
    Check that no other code of the device has the same PIN at the same time.
    """
    starts, ends = _period(call, code)
    for other in call.records.referring(("device", code["device_id"]), "access_code"):
        shown = call.show(other)
        first, last = _period(call, shown)
        is_other = other.id != code.get("access_code_id") and shown["code"] == code["code"]
        if is_other and first < ends and starts < last:
            what = f"The device already has an access code {code['code']}"
            raise CallRefused(409, _DUPLICATE, what)


def _period(call: Call, code: JsonMapping) -> tuple[float, float]:
    ends_at = code.get("ends_at")
    return call.seconds(code.get("starts_at")), inf if ends_at is None else call.seconds(ends_at)


def new_code(call: Call, device_id: str) -> str:
    """
    Draw a PIN that the device does not have.
    """
    digits = int(call.given.get("preferred_code_length") or _DIGITS)
    present = call.records.referring(("device", device_id), "access_code")
    taken = {one.document.get("code") for one in present}
    while True:
        code = f"{call.turn.random.randrange(10**digits):0{digits}d}"
        if code not in taken:
            return code


def change_code(call: Call, record: Record, sets: JsonObject) -> None:
    """
    Change an access code: on the device as well, soon or when its time comes.
    """
    if call.given.get("type") == "ongoing":
        sets |= dict.fromkeys(TIMES)
    before = call.show(record)
    after = {**before, **sets}
    timing = _timing(call, after)
    sets["type"] = timing["type"]
    if any(name in sets for name in TIMES):
        check_times(call, after)
    moved = any(after.get(name) != before.get(name) for name in ("code", *TIMES))
    if moved:
        _check_code(call, after)
        sets["status"] = timing["status"]
    call.affect(record, sets=sets)
    call.emit(CHANGES, before, record)
    watched = ("code", "name", *TIMES)
    changed = [
        {"property": name, "from": before.get(name), "to": after.get(name)}
        for name in watched
        if after.get(name) != before.get(name)
    ]
    if changed:
        call.affect(record, "access_code.changed", values={"changed_properties": changed})
    if moved:
        current = call.records.get(*record.key) or record
        call.emit(_TIMED if timing["type"] == "time_bound" else (_SET,), EMPTY, current)


def _create_multiple(call: Call) -> None:
    devices = call.given["device_ids"]
    properties = {n: v for n, v in call.own_properties().items() if n != "device_id"}
    properties.setdefault("code", new_code(call, devices[0] if devices else ""))
    properties["common_code_key"] = call.turn.new_id()
    made = [_make_shared(call, one, properties) for one in devices]
    call.answer[call.operation.key] = [call.show(one) for one in made]


def _make_shared(call: Call, device_id: str, properties: JsonMapping) -> Record:
    try:
        return make_code(call, device_id, properties)
    except CallRefused as refused:
        wanted = call.given.get("behavior_when_code_cannot_be_shared")
        if (refused.kind, wanted) != (_DUPLICATE, "create_random_code"):
            raise
        return make_code(call, device_id, {**properties, "code": None})


def _update_multiple(call: Call) -> None:
    key = call.given["common_code_key"]
    codes = call.records.all("access_code")
    found = [one for one in codes if one.document.get("common_code_key") == key]
    if not found:
        raise not_found(call.row.kind)
    sets = {n: v for n, v in call.own_properties().items() if n != "common_code_key"}
    for one in found:
        change_code(call, one, dict(sets))


def _generate(call: Call) -> None:
    """
    Draw a code for a device, without setting it.
    """
    device = call.find("device")
    document = {
        "device_id": device.id,
        "code": new_code(call, device.id),
        "created_at": call.turn.time,
        "workspace_id": call.turn.workspace,
    }
    drawn = Record("access_code", call.turn.new_id(), 0, document)
    call.answer[call.operation.key] = call.show(drawn)


def _pull_backup(call: Call) -> None:
    record = call.find()
    shown = call.show(record)
    same = {name: shown[name] for name in ("name", *TIMES) if shown[name]}
    made = make_code(call, shown["device_id"], {**same, "is_backup": True})
    call.affect(
        record,
        "access_code.backup_access_code_pulled",
        sets={"pulled_backup_access_code_id": made.id},
        values={"backup_access_code_id": made.id},
    )
    call.answer[call.operation.key] = call.show(made)


def _constraints(call: Call) -> None:
    device = call.find("device")
    lengths = call.given.get("supported_code_lengths")
    least, most = call.given.get("min_code_length"), call.given.get("max_code_length")
    if lengths is None and least is not None and most is not None:
        lengths = list(range(int(least), int(most) + 1))
    if lengths is not None:
        change(call, device, {"properties.supported_code_lengths": lengths})


def _delete(call: Call) -> None:
    record = call.find()
    if call.show(record)["status"] == "set":
        call.affect(record, "access_code.removed_from_device")
    call.affect(record, "access_code.deleted")


def _create_unmanaged(call: Call) -> None:
    device = call.find("device")
    document = {**call.own_properties(), "device_id": device.id, "status": "set"}
    record = call.create("access_code", document, event="access_code.unmanaged.created")
    call.answer[call.operation.key] = call.show(record)


_TO_MANAGED: Final = "access_code.unmanaged.converted_to_managed"

ACCESS_CODES: Final[Mapping[str, Row]] = {
    "/access_codes/create": planned("access_code", _create),
    "/access_codes/create_multiple": planned("access_code", _create_multiple),
    "/access_codes/delete": planned("access_code", _delete),
    "/access_codes/generate_code": planned("access_code", _generate),
    "/access_codes/pull_backup_access_code": planned("access_code", _pull_backup),
    "/access_codes/report_device_constraints": planned("device", _constraints),
    "/access_codes/update": planned(
        "access_code", lambda call: change_code(call, call.find(), call.own_properties())
    ),
    "/access_codes/update_multiple": planned("access_code", _update_multiple),
    "/access_codes/simulate/create_unmanaged_access_code": planned(
        "access_code", _create_unmanaged, where=UNMANAGED
    ),
    "/access_codes/unmanaged/delete": delete(
        "access_code", "access_code.unmanaged.removed", where=UNMANAGED
    ),
    "/access_codes/unmanaged/update": update(
        "access_code", Emit(event=_TO_MANAGED, changed=("is_managed",)), where=UNMANAGED
    ),
    "/access_codes/unmanaged/convert_to_managed": update(
        "access_code", _TO_MANAGED, where=UNMANAGED
    ),
}
