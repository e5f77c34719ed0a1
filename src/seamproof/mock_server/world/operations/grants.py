"""
Operations of access grants and access methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.calls.rows import UNLOCK, Emit, planned
from seamproof.mock_server.world.calls.verbs import change
from seamproof.mock_server.world.operations.access_codes import (
    ON_DEVICE,
    TIMES,
    change_code,
    check_times,
    make_code,
    new_code,
)
from seamproof.mock_server.world.operations.acs import encode
from seamproof.mock_server.world.operations.linking import get_related, records_of
from seamproof.mock_server.world.records import EMPTY, WorldEffect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.world.calls.call import Call
    from seamproof.mock_server.world.calls.rows import Row
    from seamproof.mock_server.world.records import Record

_NAMES: Final = {
    "code": "PIN Code",
    "card": "Card",
    "mobile_key": "Mobile Key",
    "cloud_key": "Cloud Key",
}
#: What of a requested access method is shown.
_DETAILS: Final = ("code", "instant_key_max_use_count")
_GRANTED: Final = "access_grant.access_granted_to_all_doors"
_STARTS: Final = Emit(event=_GRANTED, after=ON_DEVICE, at="starts_at", guard=("starts_at",))


def _create(call: Call) -> None:
    """
    Make an access grant with its access methods, and the codes of those that are PINs.
    """
    document = call.own_properties()
    document.pop("requested_access_methods", None)
    document.setdefault("starts_at", call.turn.time)
    check_times(call, document)
    place, spaces = call.given.get("location", {}), _spaces(call)
    document["space_ids"] = [one.id for one in spaces]
    links: JsonObject = {}
    for kind in ("device", "acs_entrance"):
        name = f"{kind}_ids"
        ids = [*call.given.get(name, ()), *place.get(name, ())]
        members = [one for space in spaces for one in call.records.referring(space.key, kind)]
        found = [*records_of(call, kind, ids), *members]
        links[name] = [*dict.fromkeys(one.id for one in found)]
    if "user_identity_id" in call.given:
        identity = records_of(call, "user_identity", call.given["user_identity_id"])[0]
    else:
        identity = call.create("user_identity", call.given["user_identity"])
    document["user_identity_id"] = identity.id
    grant = call.create("access_grant", document, event="access_grant.created", links=links)
    _request(call, grant)
    call.emit((_STARTS,), EMPTY, call.records.get(*grant.key) or grant)


def _spaces(call: Call) -> list[Record]:
    ids = [*call.given.get("space_ids", ()), *call.given.get("location_ids", ())]
    found = records_of(call, "space", ids)
    for key in call.given.get("space_keys", ()):
        found.append(call.find("space", {"space_key": key}))
    return found


def _request(call: Call, grant: Record) -> None:
    """
    Make the access methods that a call requests.
    """
    current = call.records.get(*grant.key) or grant
    requested = [*current.document.get("requested_access_methods", ())]
    for wanted in call.given["requested_access_methods"]:
        method = _make_method(call, current, wanted)
        requested.append(
            {
                "mode": wanted["mode"],
                "display_name": _NAMES[wanted["mode"]],
                "created_at": call.turn.time,
                "created_access_method_ids": [method.id],
                **{name: wanted[name] for name in _DETAILS if name in wanted},
            }
        )
    call.affect(grant, sets={"requested_access_methods": requested})


def _make_method(call: Call, grant: Record, wanted: JsonMapping) -> Record:
    """
    Make an access method: a card has to be encoded, any other one is issued soon.
    """
    mode, devices = wanted["mode"], grant.links.get("device_ids", [])
    document: JsonObject = {"mode": mode, "display_name": _NAMES[mode]}
    links = {
        "access_grant_ids": [grant.id],
        "acs_entrance_ids": grant.links.get("acs_entrance_ids", []),
        "device_ids": devices,
    }
    if mode == "code":
        document["code"] = wanted.get("code") or new_code(call, devices[0] if devices else "")
    if mode == "mobile_key":
        document["instant_key_url"] = f"https://ik.seam.co/{call.turn.new_id()[:8]}"
    method = call.create("access_method", document, event="access_method.created", links=links)
    for device in devices if mode == "code" else ():
        properties = {"code": document["code"], "name": call.show(grant)["display_name"]}
        times = {name: grant.document[name] for name in TIMES if grant.document.get(name)}
        related = {"access_grant_id": grant.id, "access_method_id": method.id}
        make_code(call, device, {**properties, **times}, related)
    event = "access_method.card_encoding_required" if mode == "card" else "access_method.issued"
    call.emit((Emit(event=event, after=ON_DEVICE),), EMPTY, method)
    _plan_end(call, method, grant.document.get("ends_at"))
    return method


def _plan_end(call: Call, method: Record, ends_at: str | None) -> None:
    """
    Revoke an access method at the end of its grant, unless that is moved meanwhile.
    """
    end = {"ends_at": ends_at}
    call.affect(method, links=end)
    if ends_at is not None:
        call.affect(method, "access_method.revoked", due_at=call.seconds(ends_at), guard=end)


def _update(call: Call) -> None:
    """
    Change an access grant; its codes get its new times.
    """
    grant = call.find()
    sets = call.own_properties()
    if "access_grant_id" not in call.given:
        sets.pop("access_grant_key", None)
    before = call.show(grant)
    if any(name in sets for name in TIMES):
        check_times(call, {**before, **sets})
    change(call, grant, sets)
    after = {name: call.show(grant)[name] for name in TIMES}
    if after != {name: before[name] for name in TIMES}:
        call.affect(grant, "access_grant.access_times_changed")
        for method in call.records.referring(grant.key, "access_method"):
            _plan_end(call, method, after["ends_at"])
        for code in call.records.referring(grant.key, "access_code"):
            change_code(call, code, dict(after))


def _delete_methods(call: Call) -> None:
    """
    Remove an access method, or those of a grant or a reservation.
    """
    if "access_method_id" in call.given:
        found = records_of(call, "access_method", call.given["access_method_id"])
    else:
        grant = call.find("access_grant", call.given)
        found = call.records.referring(grant.key, "access_method")
    for one in found:
        call.affect(one, "access_method.deleted")


def _assign_card(call: Call) -> None:
    method = records_of(call, "access_method", call.given["access_method_id"])[0]
    effect = WorldEffect.on(method, "access_method.issued", links=call.picked("card_number"))
    call.attempt(method, [effect], result_of=method)


GRANTS: Final[Mapping[str, Row]] = {
    "/access_grants/create": planned("access_grant", _create),
    "/access_grants/update": planned("access_grant", _update),
    "/access_grants/request_access_methods": planned(
        "access_grant", lambda call: _request(call, call.find())
    ),
    "/access_grants/get_related": get_related("access_grant"),
    "/access_methods/delete": planned("access_method", _delete_methods),
    "/access_methods/assign_card": planned("access_method", _assign_card),
    "/access_methods/encode": planned("access_method", encode),
    "/access_methods/unlock_door": UNLOCK,
    "/access_methods/get_related": get_related("access_method"),
}
