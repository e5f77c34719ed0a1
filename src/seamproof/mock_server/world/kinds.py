"""
Kinds of records: what identifies them, what they belong to, and what follows from other records.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.data import properties_of, templates
from seamproof.mock_server.world.records import EMPTY, merged, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.mock_server.world.records import Record, Records

#: The workspace of a world that names no other.
WORKSPACE_ID: Final = "5ea00000-0000-4000-8000-000000000001"


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of records.

    Attributes:
        id_name: The property with its id.
        parents: Properties with the ids of what it belongs to: it goes when they go.
        removed: The type of the event when it goes; empty for none.
        name: The property that its `display_name` is taken from.
    """

    id_name: str
    parents: tuple[str, ...] = ()
    removed: str = ""
    name: str = "name"


_ACS: Final = ("acs_system_id", "connected_account_id")

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "workspace": Kind("workspace_id"),
        "connected_account": Kind("connected_account_id", (), "connected_account.deleted"),
        "device": Kind("device_id", ("connected_account_id",), "device.deleted", "properties.name"),
        "access_code": Kind("access_code_id", ("device_id",), "access_code.deleted"),
        "access_grant": Kind("access_grant_id", ("user_identity_id",), "access_grant.deleted"),
        "access_method": Kind("access_method_id", (), "access_method.deleted"),
        "acs_system": Kind("acs_system_id", ("connected_account_id",)),
        "acs_entrance": Kind("acs_entrance_id", _ACS, "acs_entrance.removed"),
        "acs_user": Kind("acs_user_id", _ACS, "acs_user.deleted", "full_name"),
        "acs_credential": Kind("acs_credential_id", _ACS, "acs_credential.deleted"),
        "acs_encoder": Kind("acs_encoder_id", _ACS, "acs_encoder.removed"),
        "acs_access_group": Kind("acs_access_group_id", _ACS, "acs_access_group.deleted"),
        "space": Kind("space_id", (), "space.deleted"),
        "user_identity": Kind("user_identity_id", (), "", "full_name"),
        "connect_webview": Kind("connect_webview_id"),
        "action_attempt": Kind("action_attempt_id"),
        "noise_threshold": Kind("noise_threshold_id", ("device_id",)),
        "thermostat_schedule": Kind("thermostat_schedule_id", ("device_id",)),
        "thermostat_daily_program": Kind("thermostat_daily_program_id", ("device_id",)),
        "client_session": Kind("client_session_id", (), "client_session.deleted"),
        "instant_key": Kind("instant_key_id", ("client_session_id", "user_identity_id")),
        "phone": Kind("device_id", (), "phone.deactivated"),
        "customer_portal": Kind("customer_portal_id"),
    }
)

#: The kind of the record that a property with an id means. A phone is a device of its own kind.
KIND_OF_ID: Final[Mapping[str, str]] = MappingProxyType(
    {row.id_name: kind for kind, row in KINDS.items() if kind != "phone"}
    | {"parent_space_id": "space", "backup_access_code_id": "access_code"}
)

#: Device types by the end of their names, or whole; any other one is a lock.
_CATEGORIES: Final = (
    ("_thermostat", "thermostat"),
    ("minut_sensor", "noise_sensor"),
    ("noiseaware_activity_zone", "noise_sensor"),
    ("_camera", "camera"),
    ("_speaker", "other"),
    ("_phone", "other"),
    ("_key", "other"),
)


def category(device_type: object) -> str:
    """
    Classify a type of devices: lock, thermostat, noise sensor, camera, other.
    """
    text = str(device_type)
    return next((name for end, name in _CATEGORIES if text.endswith(end)), "lock")


def view(records: Records, record: Record) -> JsonObject:
    """
    Complete the document of a record: typical values, and what follows from other records.
    """
    kind = KINDS[record.kind]
    document = merged(_template(record), record.document)
    document[kind.id_name] = record.id
    name = value_at(document, "nickname") or value_at(document, kind.name)
    if name and "display_name" not in record.document and "display_name" in document:
        document["display_name"] = name
    for path, compute in _COMPUTED.get(record.kind, EMPTY).items():
        computed = compute(records, record, document)
        if computed is not None:
            document[path] = computed
    if document.get("is_managed") is False and (shown := properties_of(f"unmanaged_{record.kind}")):
        return {name: value for name, value in document.items() if name in shown}
    return document


def _template(record: Record) -> JsonMapping:
    template = templates()[record.kind]
    if record.kind != "device":
        return template
    device_type = record.document.get("device_type", template["device_type"])
    return _device_template(str(device_type))


def _device_template(device_type: str) -> JsonMapping:
    found = _DEVICE_TEMPLATES.get(device_type)
    if found is None:
        base = merged(templates()["device"], templates()[f"device/{category(device_type)}"])
        maker = device_type.rpartition("_")[0]
        label = maker.replace("_", " ").title()
        name = base["properties"]["name"]
        properties: JsonObject = {
            "manufacturer": maker,
            "appearance": {"name": name},
            "model": {"display_name": label, "manufacturer_display_name": label},
        }
        own = {"device_type": device_type, "display_name": name, "properties": properties}
        found = _DEVICE_TEMPLATES[device_type] = merged(base, own)
    return found


_DEVICE_TEMPLATES: Final[dict[str, JsonMapping]] = {}


def _count(kind: str) -> Callable[[Records, Record, JsonMapping], Json]:
    return lambda records, record, _: len(records.referring(record.key, kind))


def _ids(kind: str) -> Callable[[Records, Record, JsonMapping], Json]:
    return lambda records, record, _: [one.id for one in records.referring(record.key, kind)]


def _of_parent(
    parent: str, path: str, default: Json = None
) -> Callable[[Records, Record, JsonMapping], Json]:
    """
    Take a property of the record that this one refers to.
    """

    def compute(records: Records, _record: Record, document: JsonMapping) -> Json:
        found = records.get(parent, document.get(KINDS[parent].id_name))
        return default if found is None else value_at(view(records, found), path)

    return compute


def _webview_url(_records: Records, record: Record, document: JsonMapping) -> Json:
    page = "https://connect.getseam.com/connect_webviews/view"
    return document.get("url", f"{page}?connect_webview_id={record.id}")


def _status(_records: Records, _record: Record, document: JsonMapping) -> Json:
    """
    Show the status of an access code; an unmanaged one has only two.
    """
    status = document["status"]
    if document["is_managed"]:
        return status
    return "set" if status in ("set", "removing") else "unset"


def _mutations(_records: Records, _record: Record, document: JsonMapping) -> Json:
    """
    List what a provider has not done yet with an access code.
    """
    code = _MUTATIONS.get(document["status"])
    message = "The provider has not done it yet."
    at = document["created_at"]
    return [{"mutation_code": code, "message": message, "created_at": at}] if code else []


def _requested(records: Records, _record: Record, document: JsonMapping) -> Json:
    """
    Leave out the access methods that are gone.
    """
    key = "created_access_method_ids"
    return [
        {**one, key: [name for name in one.get(key, ()) if records.get("access_method", name)]}
        for one in document["requested_access_methods"]
    ]


#: How the status of an access code is displayed.
_DISPLAYED: Final = {
    "set": "Active",
    "setting": "Issuing",
    "removing": "Removing",
    "unset": "Inactive",
}
#: What is under way while an access code has a status.
_MUTATIONS: Final = {"setting": "creating", "removing": "deleting"}

_COMPUTED: Final[Mapping[str, Mapping[str, Callable[[Records, Record, JsonMapping], Json]]]] = (
    MappingProxyType(
        {
            "device": {
                "display_name": lambda _r, _o, one: one.get("nickname") or one["properties"]["name"]
            },
            "space": {
                "device_count": _count("device"),
                "acs_entrance_count": _count("acs_entrance"),
                "display_name": lambda _r, _o, one: one["name"],
            },
            "acs_system": {
                "acs_user_count": _count("acs_user"),
                "acs_access_group_count": _count("acs_access_group"),
                "connected_account_ids": lambda _r, _o, one: [one["connected_account_id"]],
            },
            "acs_user": {
                "display_name": lambda _r, _o, one: one.get("full_name"),
                "user_identity_full_name": _of_parent("user_identity", "full_name"),
                "user_identity_email_address": _of_parent("user_identity", "email_address"),
                "user_identity_phone_number": _of_parent("user_identity", "phone_number"),
            },
            "user_identity": {
                "acs_user_ids": _ids("acs_user"),
                "display_name": lambda _r, _o, one: (
                    one["full_name"]
                    or one["email_address"]
                    or one["phone_number"]
                    or "User Identity"
                ),
            },
            "access_code": {
                "status": _status,
                "display_status": lambda _r, _o, one: _DISPLAYED.get(one["status"]),
                "pending_mutations": _mutations,
            },
            "access_method": {
                "display_status": lambda _r, _o, one: "Issued" if one["is_issued"] else "Issuing"
            },
            "access_grant": {
                "access_method_ids": _ids("access_method"),
                "requested_access_methods": _requested,
            },
            "connect_webview": {"url": _webview_url},
            "client_session": {
                "device_count": lambda records, _o, one: sum(
                    len(records.referring(("connected_account", name), "device"))
                    for name in one["connected_account_ids"]
                )
            },
        }
    )
)
