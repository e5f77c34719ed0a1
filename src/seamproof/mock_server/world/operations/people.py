"""
Operations of user identities, spaces, client sessions, instant keys and phones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.formats import format_timestamp
from seamproof.mock_server.world.calls.rows import delete, planned, update
from seamproof.mock_server.world.operations.linking import (
    get_related,
    join,
    link,
    records_of,
    space_members,
)
from seamproof.mock_server.world.records import UNSET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import JsonObject
    from seamproof.mock_server.world.calls.call import Call
    from seamproof.mock_server.world.calls.rows import Row
    from seamproof.mock_server.world.records import Record

_WEEK: Final = 7 * 86_400.0


def _create_identity(call: Call) -> None:
    """
    Make a user identity, with a user in each of the given systems.
    """
    record = call.create("user_identity", call.own_properties())
    shown = call.show(record)
    for system in records_of(call, "acs_system", call.given.get("acs_system_ids")):
        names = ("full_name", "email_address", "phone_number")
        details = {name: shown[name] for name in names if shown[name] is not None}
        user = {**details, "acs_system_id": system.id, "user_identity_id": record.id}
        call.create("acs_user", user, event="acs_user.created")


def _user(call: Call, identity_id: object) -> None:
    user = records_of(call, "acs_user", call.given["acs_user_id"])[0]
    call.affect(user, sets={"user_identity_id": identity_id})


def _add_user(call: Call) -> None:
    wanted = {n: v for n, v in call.given.items() if n.startswith("user_identity")}
    _user(call, call.find("user_identity", wanted).id)


def _remove_user(call: Call) -> None:
    call.find()
    _user(call, UNSET)


def _create_space(call: Call) -> None:
    record = call.create("space", call.own_properties())
    members = records_of(call, "device", call.given.get("device_ids"))
    members += records_of(call, "acs_entrance", call.given.get("acs_entrance_ids"))
    for account in records_of(call, "connected_account", call.given.get("connected_account_ids")):
        members += call.records.referring(account.key, "device")
    for one in members:
        call.affect(one, sets={"space_ids": [*one.document.get("space_ids", ()), record.id]})
    call.affect(record, "space.created")


def _update_space(call: Call) -> None:
    """
    Change a space; the lists of its members become those given.
    """
    record = call.find()
    call.affect(record, sets=call.own_properties())
    for kind in ("device", "acs_entrance"):
        if f"{kind}_ids" in call.given:
            wanted = records_of(call, kind, call.given[f"{kind}_ids"])
            present = call.records.referring(record.key, kind)
            keys = {one.key for one in wanted}
            join(call, record, [one for one in present if one.key not in keys], adds=False)
            known = {one.key for one in present}
            join(call, record, [one for one in wanted if one.key not in known], adds=True)


def _session(call: Call) -> Record:
    document: JsonObject = {
        "expires_at": format_timestamp(call.turn.now + _WEEK),
        "token": f"seam_cst1_{call.turn.new_id().replace('-', '')}",
        **call.picked("connect_webview_ids", "connected_account_ids", "user_identity_ids"),
        **call.picked("customer_key", "user_identifier_key", "expires_at"),
    }
    if "user_identity_id" in call.given:
        document["user_identity_ids"] = [call.given["user_identity_id"]]
    return call.create("client_session", document)


def _get_or_create_session(call: Call) -> None:
    key = call.given.get("user_identifier_key")
    sessions = call.records.all("client_session") if key is not None else ()
    known = [one for one in sessions if one.document.get("user_identifier_key") == key]
    call.subject = known[0] if known else _session(call)


def _instant_key(call: Call) -> None:
    """
    Make an instant key with its client session.
    """
    identity = call.find("user_identity")
    session = _session(call)
    document: JsonObject = {
        "client_session_id": session.id,
        "user_identity_id": identity.id,
        "expires_at": session.document["expires_at"],
        "instant_key_url": f"https://ik.seam.co/{call.turn.new_id()[:8]}",
    }
    call.create("instant_key", document)


def _sandbox_phone(call: Call) -> None:
    identity = call.find("user_identity")
    system = call.given.get("phone_metadata", {}).get("operating_system", "ios")
    links = {"user_identity_id": identity.id}
    call.create("phone", {"device_type": f"{system}_phone"}, links=links)


_IDENTITY: Final = "user_identity"

PEOPLE: Final[Mapping[str, Row]] = {
    "/user_identities/create": planned(_IDENTITY, _create_identity),
    "/user_identities/add_acs_user": planned(_IDENTITY, _add_user),
    "/user_identities/remove_acs_user": planned(_IDENTITY, _remove_user),
    "/user_identities/grant_access_to_device": link(_IDENTITY, "device"),
    "/user_identities/revoke_access_to_device": link(_IDENTITY, "device", adds=False),
    "/user_identities/generate_instant_key": planned("instant_key", _instant_key),
    "/client_sessions/create": planned("client_session", _session),
    "/client_sessions/get_or_create": planned("client_session", _get_or_create_session),
    "/client_sessions/grant_access": update("client_session"),
    "/client_sessions/revoke": delete("client_session", "client_session.deleted"),
    "/phones/deactivate": delete("phone", "phone.deactivated"),
    "/phones/simulate/create_sandbox_phone": planned("phone", _sandbox_phone),
    "/spaces/create": planned("space", _create_space),
    "/spaces/update": planned("space", _update_space),
    "/spaces/get_related": get_related("space"),
    "/spaces/add_devices": space_members("device"),
    "/spaces/remove_devices": space_members("device", adds=False),
    "/spaces/add_acs_entrances": space_members("acs_entrance"),
    "/spaces/remove_acs_entrances": space_members("acs_entrance", adds=False),
    "/spaces/add_connected_account": space_members("connected_account"),
    "/spaces/remove_connected_account": space_members("connected_account", adds=False),
}
