"""
The table of operations: one row for each call that is served.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.calls.rows import MANAGED, UNMANAGED, Emit, Row
from seamproof.mock_server.world.kinds import KINDS
from seamproof.mock_server.world.operations.access_codes import ACCESS_CODES
from seamproof.mock_server.world.operations.accounts import ACCOUNTS
from seamproof.mock_server.world.operations.acs import ACS
from seamproof.mock_server.world.operations.devices import DEVICES
from seamproof.mock_server.world.operations.grants import GRANTS
from seamproof.mock_server.world.operations.people import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.mock_server.world.calls.rows import Verb

#: By path, the kind of record, and the calls that do to it what their name says and no more.
_PLAIN: Final[Mapping[str, tuple[str, tuple[Verb, ...]]]] = {
    "/access_codes": ("access_code", ("get", "list")),
    "/access_codes/unmanaged": ("access_code", ("get", "list")),
    "/access_grants": ("access_grant", ("get", "list", "delete")),
    "/access_grants/unmanaged": ("access_grant", ("get", "list", "update")),
    "/access_methods": ("access_method", ("get", "list")),
    "/access_methods/unmanaged": ("access_method", ("get", "list")),
    "/acs/access_groups": ("acs_access_group", ("get", "list", "delete")),
    "/acs/credentials": ("acs_credential", ("get", "list", "update", "delete")),
    "/acs/encoders": ("acs_encoder", ("get", "list")),
    "/acs/entrances": ("acs_entrance", ("get", "list")),
    "/acs/systems": ("acs_system", ("get", "list")),
    "/acs/users": ("acs_user", ("get", "list", "update", "delete")),
    "/action_attempts": ("action_attempt", ("get", "list")),
    "/client_sessions": ("client_session", ("get", "list", "delete")),
    "/connect_webviews": ("connect_webview", ("get", "list", "delete")),
    "/connected_accounts": ("connected_account", ("get", "list", "update", "delete")),
    "/devices": ("device", ("get", "list", "delete")),
    "/devices/unmanaged": ("device", ("get", "list")),
    "/instant_keys": ("instant_key", ("get", "list", "delete")),
    "/locks": ("device", ("get", "list")),
    "/noise_sensors": ("device", ("list",)),
    "/noise_sensors/noise_thresholds": (
        "noise_threshold",
        ("create", "get", "list", "update", "delete"),
    ),
    "/phones": ("phone", ("get", "list")),
    "/spaces": ("space", ("get", "list", "delete")),
    "/thermostats": ("device", ("get", "list")),
    "/thermostats/daily_programs": ("thermostat_daily_program", ("create", "update", "delete")),
    "/thermostats/schedules": ("thermostat_schedule", ("get", "list", "update", "delete")),
    "/user_identities": ("user_identity", ("get", "list", "update", "delete")),
    "/user_identities/unmanaged": ("user_identity", ("get", "list", "update")),
    "/workspaces": ("workspace", ("create", "get", "update")),
}

#: The kinds of which there are managed and unmanaged records: a plain call is about the former.
_MANAGED_KINDS: Final = frozenset({"access_code", "device"})
#: The category of the devices that calls are about, by the first part of their paths.
_CATEGORIES: Final = {"locks": "lock", "noise_sensors": "noise_sensor", "thermostats": "thermostat"}


def _plain_rows() -> Iterator[tuple[str, Row]]:
    for path, (kind, verbs) in _PLAIN.items():
        for verb in verbs:
            where = MANAGED if kind in _MANAGED_KINDS and verb in ("get", "list") else {}
            where = UNMANAGED if path.endswith("/unmanaged") else where
            gone = KINDS[kind].removed if verb == "delete" else ""
            emits = (Emit(event=gone),) if gone else ()
            yield f"{path}/{verb}", Row(verb=verb, kind=kind, where=where, emits=emits)


def _of_category(path: str, row: Row) -> Row:
    category = _CATEGORIES.get(path.split("/")[1], "")
    return replace(row, category=category) if category and row.kind == "device" else row


#: By path. What is not there is answered with 501.
ROWS: Final[Mapping[str, Row]] = MappingProxyType(
    {
        path: _of_category(path, row)
        for path, row in {
            **dict(_plain_rows()),
            **ACCOUNTS,
            **DEVICES,
            **ACCESS_CODES,
            **GRANTS,
            **ACS,
            **PEOPLE,
        }.items()
    }
)
