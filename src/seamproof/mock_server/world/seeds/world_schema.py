"""
The schema of a world's file.

A record in a file may leave out whatever has a typical value, so nothing but what it belongs to
is required; a property that Seam does not have is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.model.durations import PATTERN
from seamproof.mock_server.world.data import resources
from seamproof.mock_server.world.kinds import KINDS
from seamproof.mock_server.world.operations.table import ROWS
from seamproof.mock_server.world.troubles import TROUBLES
from seamproof.schemas.validation.keywords import DIALECT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject

#: A time that is counted from the start of the server.
FROM_NOW: Final = rf"^now( ?[-+] ?{PATTERN[1:-1]})?$"


@dataclass(frozen=True, slots=True)
class Section:
    """
    A list of records in a file.

    Attributes:
        kind: Of its records.
        shapes: The resources that one of them can be.
        needed: The properties that say what it belongs to.
    """

    kind: str
    shapes: tuple[str, ...]
    needed: tuple[str, ...] = ()


def _section(kind: str, *needed: str) -> Section:
    unmanaged = f"unmanaged_{kind}"
    shapes = (kind, unmanaged) if unmanaged in _UNMANAGED else (kind,)
    return Section(kind, shapes, needed)


_UNMANAGED: Final = frozenset(
    {
        *("unmanaged_access_code", "unmanaged_access_grant", "unmanaged_access_method"),
        *("unmanaged_acs_access_group", "unmanaged_acs_credential", "unmanaged_acs_user"),
        *("unmanaged_device", "unmanaged_user_identity"),
    }
)

#: The lists of a file, in an order in which each refers only to those before it.
SECTIONS: Final[Mapping[str, Section]] = {
    "workspaces": _section("workspace"),
    "connected_accounts": _section("connected_account"),
    "user_identities": _section("user_identity"),
    "spaces": _section("space"),
    "devices": _section("device", "connected_account_id"),
    "phones": _section("phone"),
    "acs_systems": _section("acs_system", "connected_account_id"),
    "acs_access_groups": _section("acs_access_group", "acs_system_id"),
    "acs_entrances": _section("acs_entrance", "acs_system_id"),
    "acs_encoders": _section("acs_encoder", "acs_system_id"),
    "acs_users": _section("acs_user", "acs_system_id"),
    "acs_credentials": _section("acs_credential", "acs_system_id"),
    "access_codes": _section("access_code", "device_id"),
    "noise_thresholds": _section("noise_threshold", "device_id"),
    "thermostat_schedules": _section("thermostat_schedule", "device_id"),
    "thermostat_daily_programs": _section("thermostat_daily_program", "device_id"),
    "connect_webviews": _section("connect_webview"),
    "client_sessions": _section("client_session"),
}


@cache
def world_schema() -> JsonMapping:
    """
    Build the JSON Schema of a world's file.
    """
    lists: JsonObject = {
        name: {"type": "array", "items": _partial(section)} for name, section in SECTIONS.items()
    }
    return {
        "$schema": DIALECT,
        "$id": "urn:seamproof:world",
        "title": "A world of seamproof",
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "description": {"type": "string"},
            **lists,
            "calls": {"type": "array", "items": _call()},
            "troubles": {"type": "array", "items": _trouble()},
        },
        "additionalProperties": False,
    }


def _partial(section: Section) -> JsonObject:
    """
    Build the schema of a record of which properties may be left out.
    """
    properties: JsonObject = {}
    for shape in reversed(section.shapes):
        properties |= resources()[shape]["properties"]
    if "is_managed" in properties:
        properties["is_managed"] = {"type": "boolean"}
    found: JsonObject = _relaxed({"type": "object", "properties": properties})
    identified = KINDS[section.kind].id_name
    found["properties"] = {identified: properties[identified], **found["properties"]}
    return {**found, "required": list(section.needed)}


def _relaxed(schema: Json, *, whole: bool = False) -> Json:
    """
    Allow times that are counted from the start; require nothing, and allow nothing unknown.

    Args:
        schema: Of a value.
        whole: Whether its properties stay required: it is one of a choice, which they decide.
    """
    if not isinstance(schema, dict):
        return schema
    found = {key: value for key, value in schema.items() if whole or key != "required"}
    if found.get("format") == "date-time":
        del found["format"]
        return {"anyOf": [schema, {"type": "string", "pattern": FROM_NOW}]}
    if "properties" in found:
        found["properties"] = {
            name: _relaxed(one, whole=whole) for name, one in schema["properties"].items()
        }
        if not whole:
            found.setdefault("additionalProperties", False)
    for key in ("anyOf", "oneOf"):
        if key in found:
            found[key] = [_relaxed(one, whole=True) for one in schema[key]]
    if "items" in found:
        found["items"] = _relaxed(found["items"], whole=whole)
    return found


def _call() -> JsonObject:
    return {
        "type": "object",
        "properties": {
            "path": {"type": "string", "enum": [*ROWS]},
            "parameters": {"type": "object"},
        },
        "required": ["path"],
        "additionalProperties": False,
    }


def _trouble() -> JsonObject:
    return {
        "type": "object",
        "properties": {
            "name": {"type": "string", "enum": [*TROUBLES]},
            "device_id": {"type": "string", "format": "uuid"},
            "connected_account_id": {"type": "string", "format": "uuid"},
            "path": {"type": "string"},
        },
        "required": ["name"],
        "additionalProperties": False,
    }
