"""
Errors and warnings as Seam reports them: codes, and messages in our own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.strategies.sampling.draw import Draw

#: A code and the message that goes with it.
Trouble: TypeAlias = tuple[str, str]

_SIGN_IN: Final = "The account lost its connection. Sign in again to restore it."
_BRIDGE: Final = "The bridge that the account goes through is offline."
_FOREIGN: Final = "Another integration also manages this device."

#: By the list that they stand in.
TROUBLES: Final[Mapping[str, tuple[Trouble, ...]]] = {
    "connected_account_errors": (
        ("account_disconnected", _SIGN_IN),
        ("bridge_disconnected", _BRIDGE),
        ("invalid_credentials", "The provider refuses the stored credentials."),
    ),
    "connected_account_warnings": (
        ("scheduled_maintenance_window", "The provider has announced maintenance for tonight."),
        ("account_reauthorization_requested", "The provider wants the owner to sign in again."),
        ("unknown_issue_with_connected_account", "The provider reports a fault it does not name."),
    ),
    "device_errors": (
        ("device_disconnected", "The device lost its connection."),
        ("hub_disconnected", "The hub that the device talks through is offline."),
        ("account_disconnected", _SIGN_IN),
        ("subscription_required", "The provider asks for a paid plan to control this device."),
        ("device_removed", "The device is no longer in the provider's account."),
    ),
    "device_warnings": (
        ("device_communication_degraded", "Some messages to the device get lost."),
        ("device_has_flaky_connection", "The device has gone offline several times today."),
        ("many_active_backup_codes", "Many backup codes are in use at once."),
        ("third_party_integration_detected", _FOREIGN),
    ),
    "access_code_errors": (
        ("failed_to_set_on_device", "The lock did not take the code after several tries."),
        ("failed_to_remove_from_device", "The code could not be taken off the lock."),
        ("duplicate_code_on_device", "The lock already has another code with these digits."),
        ("no_space_for_access_code_on_device", "The lock has no free slot for another code."),
        ("code_is_too_similar", "The lock has a code that differs in too few digits."),
    ),
    "access_code_warnings": (
        ("delay_in_setting_on_device", "Setting the code takes longer than usual."),
        ("delay_in_removing_from_device", "Removing the code takes longer than usual."),
        ("code_modified_external_to_seam", "Somebody changed the code in the provider's app."),
    ),
    "acs_system_errors": (
        ("acs_system_disconnected", "The access system does not answer."),
        ("seam_bridge_disconnected", "The bridge next to the access system is offline."),
        ("account_disconnected", _SIGN_IN),
    ),
    "acs_system_warnings": (
        ("waiting_to_be_configured", "The access system still has to be set up."),
        ("time_zone_does_not_match_location", "The time zone is not that of the location."),
    ),
}
_ERRORS: Final = tuple(row for name, rows in TROUBLES.items() if "_err" in name for row in rows)


def trouble(name: str, column: int) -> Callable[[Draw], str]:
    """
    Make the code, or the message, of the next trouble in a list; none comes twice.

    An event that is about one trouble of its own has that one first.

    Args:
        name: The list.
        column: 0 for the code, 1 for the message.
    """
    rows = TROUBLES.get(name, _ERRORS)

    def tell(draw: Draw) -> str:
        half = draw.shared.pop((name, "half told"), None)
        if half is None:
            told = draw.agreed((name, "told"), list)
            left = [row for row in rows if row not in told] or list(rows)
            fitting = [row for row in left if not told and _is_about(draw.event_type, row[0])]
            half = draw.shared[name, "half told"] = draw.random.choice(fitting or left)
            told.append(half)
        return str(half[column])

    return tell


def _is_about(event_type: str, code: str) -> bool:
    lost = "disconnected"
    return code in event_type or (event_type.endswith(lost) and code.endswith(lost))


def first_told(draw: Draw) -> str | None:
    """
    Tell the code of the device's first error, if the event has one by now.
    """
    told = draw.shared.get(("device_errors", "told"))
    return str(told[0][0]) if told else None
