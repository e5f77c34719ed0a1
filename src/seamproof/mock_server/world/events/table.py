"""
Table of events: which record each is about, what it changes, and where its properties are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import JsonMapping

#: Stands for the time of the event.
NOW: Final = "$now"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """
    What an event says about its record.

    Attributes:
        sets: Properties that the record then has, by dotted path.
        deletes: Whether the record is gone.
        error: The code of an error that the record then has.
        warning: The code of a warning that the record then has.
        resolved: Whether the record then has no error and no warning.
    """

    sets: JsonMapping = field(default_factory=dict)
    deletes: bool = False
    error: str = ""
    warning: str = ""
    resolved: bool = False


#: The kind of record that an event is about, by the first part of its type.
SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("camera", "device", "lock", "noise_sensor", "thermostat"), "device")
    | {
        name: name
        for name in (
            *("access_code", "access_grant", "access_method", "acs_access_group"),
            *("acs_credential", "acs_encoder", "acs_entrance", "acs_system", "acs_user"),
            *("action_attempt", "client_session", "connect_webview", "connected_account"),
            *("phone", "space"),
        )
    }
)

_GONE: Final = EventRow(deletes=True)
_ON: Final = EventRow(sets={"properties.online": True}, resolved=True)
_DONE: Final = EventRow(sets={"status": "success", "error": None, "result": {}})
_NOT_DONE: Final = EventRow(
    sets={
        "status": "error",
        "result": None,
        "error": {"type": "uncategorized_error", "message": "The device did not do it."},
    }
)
_ISSUED: Final = EventRow(sets={"is_issued": True, "issued_at": NOW})
_CONNECTED: Final = EventRow(resolved=True)
_CUT_OFF: Final = EventRow(error="account_disconnected")

#: What an event says, beyond its properties, about the record.
EVENT_ROWS: Final[Mapping[str, EventRow]] = MappingProxyType(
    {
        "access_code.scheduled_on_device": EventRow(sets={"is_scheduled_on_device": True}),
        "access_code.set_on_device": EventRow(sets={"status": "set"}, resolved=True),
        "access_code.removed_from_device": EventRow(sets={"status": "unset"}),
        "access_code.delay_in_setting_on_device": EventRow(
            sets={"status": "setting"}, warning="delay_in_setting_on_device"
        ),
        "access_code.delay_in_removing_from_device": EventRow(
            sets={"status": "removing"}, warning="delay_in_removing_from_device"
        ),
        "access_code.failed_to_set_on_device": EventRow(
            sets={"status": "unset"}, error="failed_to_set_on_device"
        ),
        "access_code.failed_to_remove_from_device": EventRow(
            sets={"status": "removing"}, error="failed_to_remove_from_device"
        ),
        "access_code.deleted": _GONE,
        # Seam keeps the code until a call deletes it.
        "access_code.deleted_external_to_seam": EventRow(sets={"status": "unset"}),
        "access_code.unmanaged.removed": _GONE,
        "access_code.unmanaged.created": EventRow(sets={"is_managed": False, "status": "set"}),
        "access_code.unmanaged.converted_to_managed": EventRow(sets={"is_managed": True}),
        "access_code.unmanaged.failed_to_convert_to_managed": EventRow(sets={"is_managed": False}),
        "access_grant.deleted": _GONE,
        "access_method.deleted": _GONE,
        "access_method.issued": _ISSUED,
        "access_method.reissued": _ISSUED,
        "access_method.revoked": EventRow(sets={"is_issued": False, "issued_at": None}),
        "access_method.card_encoding_required": EventRow(sets={"is_encoding_required": True}),
        "acs_access_group.deleted": _GONE,
        "acs_credential.deleted": _GONE,
        "acs_credential.issued": _ISSUED,
        "acs_credential.reissued": _ISSUED,
        "acs_credential.invalidated": EventRow(sets={"is_issued": False}),
        "acs_encoder.removed": _GONE,
        "acs_entrance.removed": _GONE,
        "acs_system.connected": _CONNECTED,
        "acs_system.disconnected": _CUT_OFF,
        "acs_user.deleted": _GONE,
        **{
            f"action_attempt.{name}.{end}": row
            for name in (
                *("lock_door", "unlock_door"),
                *("simulate_keypad_code_entry", "simulate_manual_lock_via_keypad"),
            )
            for end, row in (("succeeded", _DONE), ("failed", _NOT_DONE))
        },
        "client_session.deleted": _GONE,
        "connect_webview.login_failed": EventRow(sets={"status": "failed"}),
        "connect_webview.login_succeeded": EventRow(
            sets={"status": "authorized", "login_successful": True, "authorized_at": NOW}
        ),
        "connected_account.connected": _CONNECTED,
        "connected_account.successful_login": _CONNECTED,
        "connected_account.disconnected": _CUT_OFF,
        "connected_account.reauthorization_requested": _CUT_OFF,
        "connected_account.deleted": _GONE,
        "device.connected": _ON,
        "device.unmanaged.connected": EventRow(
            sets={"properties.online": True, "is_managed": False}, resolved=True
        ),
        "device.disconnected": EventRow(
            sets={"properties.online": False}, error="device_disconnected"
        ),
        "device.unmanaged.disconnected": EventRow(
            sets={"properties.online": False, "is_managed": False}, error="device_disconnected"
        ),
        "device.converted_to_unmanaged": EventRow(sets={"is_managed": False}),
        "device.unmanaged.converted_to_managed": EventRow(sets={"is_managed": True}),
        "device.removed": _GONE,
        "device.deleted": _GONE,
        "device.low_battery": EventRow(sets={"properties.battery.status": "low"}),
        "device.accessory_keypad_connected": EventRow(
            sets={"properties.accessory_keypad.is_connected": True}
        ),
        "device.accessory_keypad_disconnected": EventRow(
            sets={"properties.accessory_keypad.is_connected": False}
        ),
        "device.error.subscription_required": EventRow(error="subscription_required"),
        "device.error.subscription_required.resolved": EventRow(resolved=True),
        "device.connection_became_flaky": EventRow(warning="unreliable_connection"),
        "device.connection_stabilized": EventRow(resolved=True),
        "device.third_party_integration_detected": EventRow(
            warning="third_party_integration_detected"
        ),
        "device.third_party_integration_no_longer_detected": EventRow(resolved=True),
        "device.salto.privacy_mode_activated": EventRow(warning="salto_ks_privacy_mode"),
        "device.salto.privacy_mode_deactivated": EventRow(resolved=True),
        "lock.locked": EventRow(sets={"properties.locked": True}),
        "lock.unlocked": EventRow(sets={"properties.locked": False}),
        "phone.deactivated": _GONE,
        "space.deleted": _GONE,
    }
)

_NOTHING: Final = EventRow()


def event_row(event_type: str) -> EventRow:
    """
    Find what an event says about its record.
    """
    return EVENT_ROWS.get(event_type, _NOTHING)


def _climate(name: str) -> tuple[str, tuple[str, ...]]:
    return "device", (f"properties.current_climate_setting.{name}",)


def _device(*paths: str) -> tuple[str, tuple[str, ...]]:
    return "device", paths


#: Where the value of an event's property is in a record, by the property's name: the kind of the
#: record, and the paths. A property that the record itself has under the same name needs no row.
PROPERTIES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "connected_account_custom_metadata": ("connected_account", ("custom_metadata",)),
        "connected_account_type": ("connected_account", ("account_type",)),
        "customer_key": ("connected_account", ("customer_key",)),
        "code": ("access_code", ("code",)),
        "access_code_is_managed": ("access_code", ("is_managed",)),
        "noise_threshold_name": ("noise_threshold", ("name",)),
        "device_custom_metadata": _device("custom_metadata"),
        "device_name": _device("properties.name"),
        "battery_level": _device("properties.battery_level", "properties.battery.level"),
        "battery_status": _device("properties.battery.status"),
        "temperature_celsius": _device("properties.temperature_celsius"),
        "temperature_fahrenheit": _device("properties.temperature_fahrenheit"),
        "noise_level_decibels": _device("properties.noise_level_decibels"),
        **{
            f"{end}_limit_{unit}": _device(f"properties.temperature_threshold.{end}_limit_{unit}")
            for end in ("lower", "upper")
            for unit in ("celsius", "fahrenheit")
        },
        **{
            name: _climate(name)
            for name in (
                *("cooling_set_point_celsius", "cooling_set_point_fahrenheit"),
                *("heating_set_point_celsius", "heating_set_point_fahrenheit"),
                *("hvac_mode_setting", "fan_mode_setting", "climate_preset_key"),
            )
        },
    }
)

#: Properties of an event that are about the event, whatever its record has under that name.
OWN: Final = frozenset(
    {"event_id", "event_type", "created_at", "occurred_at", "event_description", "description"}
    | {"image_url", "method", "minut_metadata", "noiseaware_metadata", "error_message"}
)
