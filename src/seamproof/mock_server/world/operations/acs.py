"""
Operations of access control systems.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.calls.rows import UNLOCK, Emit, planned, update
from seamproof.mock_server.world.calls.verbs import check_references
from seamproof.mock_server.world.operations.linking import link, records_of, refer, with_link
from seamproof.mock_server.world.records import EMPTY, WorldEffect
from seamproof.mock_server.world.refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import JsonObject
    from seamproof.mock_server.world.calls.call import Call
    from seamproof.mock_server.world.calls.rows import Row

#: Seconds until a system has issued a credential.
ISSUED: Final = 1.0
_HOLDER: Final = ("acs_user_id", "user_identity_id")


def _create_credential(call: Call) -> None:
    """
    Make a credential: a card is issued when it is encoded, any other one soon.
    """
    check_references(call)
    document = call.own_properties()
    user = next(iter(records_of(call, "acs_user", call.given.get("acs_user_id"))), None)
    if user is not None:
        document.setdefault("acs_system_id", user.document["acs_system_id"])
        if user.document.get("user_identity_id"):
            document.setdefault("user_identity_id", user.document["user_identity_id"])
    if "acs_system_id" not in document:
        raise invalid({"acs_system_id": ["Required"]})
    links = {"acs_entrance_ids": call.given.get("allowed_acs_entrance_ids", [])}
    record = call.create("acs_credential", document, links=links)
    if document["access_method"] != "card":
        call.emit((Emit(event="acs_credential.issued", after=ISSUED),), EMPTY, record)


def _create_user(call: Call) -> None:
    check_references(call)
    record = call.create("acs_user", call.own_properties(), event="acs_user.created")
    for group in records_of(call, "acs_access_group", call.given.get("acs_access_group_ids")):
        call.turn.do(with_link(group, "acs_user_ids", record.id, adds=True))


def _simulate(action: str, *, fails: bool) -> Row:
    """
    A call that decides what the next scan or encoding at an encoder comes to.
    """

    def plan(call: Call) -> None:
        encoder = call.find("acs_encoder")
        will = call.picked("error_code", "scenario", "acs_credential_id_on_seam")
        links = {f"next_{action}": {"fails": fails, **will}}
        call.affect(encoder, links=links)

    return planned("acs_encoder", plan)


def _next(call: Call, action: str) -> JsonObject:
    """
    Take what was decided about the next scan or encoding.
    """
    encoder = call.find("acs_encoder")
    will: JsonObject = encoder.links.get(f"next_{action}", {})
    links: JsonObject = {f"next_{action}": {}}
    call.affect(encoder, links=links)
    return will


def _error(will: JsonObject) -> JsonObject | None:
    code = will.get("error_code", "uncategorized_error")
    message = "It failed because the call asked for a failure."
    return {"type": code, "message": message} if will.get("fails") else None


def encode(call: Call) -> None:
    """
    Encode a card: its credential or access method is issued then.
    """
    will = _next(call, "encode")
    kind = "access_method" if "access_method_id" in call.given else "acs_credential"
    found = records_of(call, kind, call.given.get(f"{kind}_id"))
    if not found:
        raise invalid({f"{kind}_id": ["Required"]})
    record = found[0]
    effects = [WorldEffect.on(record, f"{kind}.issued")]
    error, result = _error(will), record
    if kind == "access_method" and error is None:
        # The card has a credential of its own.
        encoder = call.find("acs_encoder")
        system = encoder.document["acs_system_id"]
        result = call.create("acs_credential", {"access_method": "card", "acs_system_id": system})
        effects.append(WorldEffect.on(result, "acs_credential.issued"))
    call.attempt(record, effects, error=error, result_of=result)


def _scan(call: Call) -> None:
    """
    Scan a card: it is empty unless it was decided otherwise.
    """
    will = _next(call, "scan")
    scenario = will.get("scenario", "credential_on_encoder_is_empty")
    seam = call.records.get("acs_credential", will.get("acs_credential_id_on_seam"))
    names = ("card_number", "created_at", "ends_at", "is_issued", "starts_at")
    shown = call.show(seam) if seam is not None else {}
    found = ("acs_credential_on_encoder", "acs_credential_on_seam")
    result: JsonObject = {**dict.fromkeys(found), "warnings": []}
    if scenario != "credential_on_encoder_is_empty":
        result["acs_credential_on_encoder"] = {name: shown.get(name) for name in names}
    if "exists_on_seam" in scenario or "needs_update" in scenario:
        result["acs_credential_on_seam"] = shown or None
    call.attempt(None, [], error=_error(will), result=result)


def _scan_to_assign(call: Call) -> None:
    """
    Scan an unknown card and assign it to a user.
    """
    will = _next(call, "scan")
    encoder = call.find("acs_encoder")
    document = {
        "access_method": "card",
        "acs_system_id": encoder.document["acs_system_id"],
        "card_number": str(call.turn.random.randrange(10**9)),
        **call.picked(*_HOLDER),
    }
    if (error := _error(will)) is not None:
        call.attempt(None, [], error=error)
        return
    made = call.create("acs_credential", document)
    call.attempt(None, [WorldEffect.on(made, "acs_credential.issued")], result_of=made)


def _revoke_all(call: Call) -> None:
    user = call.find()
    call.affect(user, links={"acs_entrance_ids": []})
    for other in call.records.referring(user.key, "acs_credential"):
        call.affect(other, links={"acs_entrance_ids": []})


def _grant_access(call: Call) -> None:
    """
    Let a user open an entrance.
    """
    entrance = call.find()
    user = call.find("acs_user", {n: v for n, v in call.given.items() if n != "acs_entrance_id"})
    call.turn.do(with_link(user, "acs_entrance_ids", entrance.id, adds=True))


def _list_managers(call: Call) -> None:
    shown = map(call.show, call.records.all("acs_system"))
    call.answer[call.operation.key] = [one for one in shown if one["is_credential_manager"]]


_USER: Final = "acs_user"

ACS: Final[Mapping[str, Row]] = {
    "/acs/systems/list_compatible_credential_manager_acs_systems": planned(
        "acs_system", _list_managers
    ),
    "/acs/entrances/grant_access": planned("acs_entrance", _grant_access),
    "/acs/entrances/unlock": UNLOCK,
    "/acs/users/create": planned(_USER, _create_user),
    "/acs/users/suspend": update(_USER, sets={"is_suspended": True}),
    "/acs/users/unsuspend": update(_USER, sets={"is_suspended": False}),
    "/acs/users/add_to_access_group": link("acs_access_group", _USER),
    "/acs/users/remove_from_access_group": link("acs_access_group", _USER, adds=False),
    "/acs/users/revoke_access_to_all_entrances": planned(_USER, _revoke_all),
    "/acs/access_groups/add_user": link("acs_access_group", _USER),
    "/acs/access_groups/remove_user": link("acs_access_group", _USER, adds=False),
    "/acs/credentials/create": planned("acs_credential", _create_credential),
    "/acs/credentials/assign": refer("acs_credential", *_HOLDER),
    "/acs/credentials/unassign": refer("acs_credential", *_HOLDER, removes=True),
    "/acs/encoders/encode_credential": planned("acs_encoder", encode),
    "/acs/encoders/scan_credential": planned("acs_encoder", _scan),
    "/acs/encoders/scan_to_assign_credential": planned("acs_encoder", _scan_to_assign),
    "/acs/encoders/simulate/next_credential_encode_will_fail": _simulate("encode", fails=True),
    "/acs/encoders/simulate/next_credential_encode_will_succeed": _simulate("encode", fails=False),
    "/acs/encoders/simulate/next_credential_scan_will_fail": _simulate("scan", fails=True),
    "/acs/encoders/simulate/next_credential_scan_will_succeed": _simulate("scan", fails=False),
}
