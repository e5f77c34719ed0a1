"""
Table of the errors and warnings that Seam reports: the codes, with messages of our own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import starmap
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random


class SeamError(NamedTuple):
    """
    An error or a warning of a device, an account, an access code or an access system.
    """

    code: str
    message: str


_SIGN_IN: Final = "The account lost its connection. Sign in again to restore it."

#: From the name of each list and the code of each error or warning to its message.
_MESSAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "connected_account_errors": {
        "account_disconnected": _SIGN_IN,
        "bridge_disconnected": "The bridge that the account goes through is offline.",
        "invalid_credentials": "The provider refuses the stored credentials.",
    },
    "connected_account_warnings": {
        "scheduled_maintenance_window": "The provider has announced maintenance for tonight.",
        "account_reauthorization_requested": "The provider wants the owner to sign in again.",
        "unknown_issue_with_connected_account": "The provider reports a fault it does not name.",
    },
    "device_errors": {
        "device_disconnected": "The device lost its connection.",
        "hub_disconnected": "The hub that the device talks through is offline.",
        "account_disconnected": _SIGN_IN,
        "subscription_required": "The provider asks for a paid plan to control this device.",
        "device_removed": "The device is no longer in the provider's account.",
    },
    "device_warnings": {
        "device_communication_degraded": "Some messages to the device get lost.",
        "device_has_flaky_connection": "The device has gone offline several times today.",
        "many_active_backup_codes": "Many backup codes are in use at once.",
        "third_party_integration_detected": "Another integration also manages this device.",
    },
    "access_code_errors": {
        "failed_to_set_on_device": "The lock did not take the code after several tries.",
        "failed_to_remove_from_device": "The code could not be taken off the lock.",
        "duplicate_code_on_device": "The lock already has another code with these digits.",
        "no_space_for_access_code_on_device": "The lock has no free slot for another code.",
        "code_is_too_similar": "The lock has a code that differs in too few digits.",
    },
    "access_code_warnings": {
        "delay_in_setting_on_device": "Setting the code takes longer than usual.",
        "delay_in_removing_from_device": "Removing the code takes longer than usual.",
        "code_modified_external_to_seam": "Somebody changed the code in the provider's app.",
    },
    "acs_system_errors": {
        "acs_system_disconnected": "The access system does not answer.",
        "seam_bridge_disconnected": "The bridge next to the access system is offline.",
        "account_disconnected": _SIGN_IN,
    },
    "acs_system_warnings": {
        "waiting_to_be_configured": "The access system still has to be set up.",
        "time_zone_does_not_match_location": "The time zone is not that of the location.",
    },
}
#: From the name of each list to the errors or warnings that it may contain.
ERRORS: Final[Mapping[str, tuple[SeamError, ...]]] = {
    name: tuple(starmap(SeamError, messages.items())) for name, messages in _MESSAGES.items()
}
_ANY_ERROR: Final = tuple(row for name, rows in ERRORS.items() if "_err" in name for row in rows)


@dataclass(slots=True)
class ReportedErrors:
    """
    The errors and warnings of one event so far.

    Attributes:
        by_list: The errors of each list, in order.
        incomplete: By list, the error of which only the code or the message is drawn.
    """

    by_list: defaultdict[str, list[SeamError]] = field(default_factory=lambda: defaultdict(list))
    incomplete: dict[str, SeamError] = field(default_factory=dict)

    def next(self, name: str, event_type: str, random: Random) -> SeamError:
        """
        Return the error whose code or message is drawn next; a list has no error twice.

        Each error is returned two times: for its code and for its message. If the
        event is about an error, that one comes first.

        Args:
            name: The name of the list.
            event_type: The type of the event.
            random: Chooses the error.
        """
        error = self.incomplete.pop(name, None)
        if error is None:
            reported, known = self.by_list[name], ERRORS.get(name, _ANY_ERROR)
            unused = [other for other in known if other not in reported] or list(known)
            about = [] if reported else [one for one in unused if _is_about(event_type, one.code)]
            error = self.incomplete[name] = random.choice(about or unused)
            reported.append(error)
        return error


def _is_about(event_type: str, code: str) -> bool:
    disconnected = "disconnected"
    return code in event_type or (event_type.endswith(disconnected) and code.endswith(disconnected))
