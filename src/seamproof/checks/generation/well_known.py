"""
The event types that most handlers act on: examples in reports are of one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The best known first.
WELL_KNOWN: Final = (
    *("lock.unlocked", "lock.locked", "access_code.created", "access_code.set_on_device"),
    *("access_code.deleted", "device.connected", "device.disconnected", "device.added"),
    *("device.removed", "device.low_battery", "connected_account.connected"),
    *("connected_account.disconnected", "access_grant.created", "access_method.issued"),
    *("acs_user.created", "acs_credential.issued", "acs_system.connected"),
    *("thermostat.temperature_changed", "thermostat.temperature_threshold_exceeded"),
    *("noise_sensor.noise_threshold_triggered", "connect_webview.login_succeeded"),
    *("action_attempt.unlock_door.succeeded", "space.created", "phone.deactivated"),
)
_RANKS: Final[Mapping[str | None, int]] = {name: rank for rank, name in enumerate(WELL_KNOWN)}


def renown(event_type: str | None) -> int:
    """
    Rank an event type: 0 is the best known, those that are not well known are equal and last.
    """
    return _RANKS.get(event_type, len(WELL_KNOWN))
