"""
Descriptions of Seam's events and of their properties.

Properties are keyed by name alone, so each sentence applies to all events with the property.
"""

from collections.abc import Mapping
from typing import Final

PROPERTIES: Final[Mapping[str, str]] = {
    "access_code_errors": "Lists the problems that stop the access code from working as asked.",
    "access_code_id": "Identifies the access code in question, or the one entered at the lock.",
    "access_code_is_managed": "Says whether Seam manages the code used; sent only with that code's id.",
    "access_code_warnings": "Lists the lesser problems that Seam sees with the access code.",
    "access_grant_id": "Identifies the access grant that the event is about.",
    "access_grant_ids": "Lists the access grants, by id, to which the access method belongs.",
    "access_grant_key": "Gives the key of the access grant, where it has one.",
    "access_grant_keys": "Lists the keys of the access method's grants, where they have any.",
    "access_method_id": "Identifies the access method that the event is about.",
    "accessory_keypad_battery_level": "Gives the battery charge of the keypad paired with the device, from 0 to 1, if known.",
    "acs_access_group_id": "Identifies the access system's access group that the event is about.",
    "acs_credential_id": "Identifies the access system credential that the event is about.",
    "acs_encoder_id": "Identifies the access system encoder that the event is about.",
    "acs_entrance_id": "Identifies the access system entrance where the event takes place.",
    "acs_entrance_ids": "Lists the access system entrances, by id, that the space contains.",
    "acs_system_errors": "Lists the problems that stop the access system from working.",
    "acs_system_id": "Identifies the access system that the event concerns.",
    "acs_system_warnings": "Lists the lesser problems that Seam sees with the access system.",
    "acs_user_id": "Identifies the access system user whom the event concerns.",
    "action_attempt_id": "Identifies the action attempt that the event reports on or results from.",
    "action_type": "Names the kind of action that was attempted.",
    "activation_reason": "Says what made the camera start.",
    "backup_access_code_id": "Identifies the backup access code taken from the pool.",
    "battery_level": "Gives the device's battery charge, from 0 for empty to 1 for full.",
    "battery_source": "Says which battery is low; if absent, it is the one in the lock itself.",
    "battery_status": "Rates the charge of the device's battery in one word.",
    "change_reason": "Explains to a human reader why the access code is different.",
    "changed_properties": "Lists what is different about the access code, item by item.",
    "client_session_id": "Identifies the client session that the event is about.",
    "climate_preset_key": "Says which climate preset is now in force, by its key.",
    "code": "Gives the PIN in question, whether it is set, issued, replaced or used at a lock.",
    "connect_webview_id": "Identifies the Connect Webview from which the event stems.",
    "connected_account_custom_metadata": "Holds the connected account's custom key-value pairs.",
    "connected_account_errors": "Lists the problems that stop the connected account from working.",
    "connected_account_id": "Identifies the connected account that the event concerns.",
    "connected_account_type": "Names the kind of connected account; Seam lists no values.",
    "connected_account_warnings": "Lists the lesser problems with the connected account.",
    "cooling_set_point_celsius": "Gives the cooling target in degrees Celsius.",
    "cooling_set_point_fahrenheit": "Gives the cooling target in degrees Fahrenheit.",
    "created_at": "Says when Seam made the record: the event itself, an error or a warning.",
    "customer_key": "Gives the key of the customer tied to the account, webview or device, if any.",
    "description": "Explains to a human reader what is different and where the change comes from.",
    "desired_temperature_celsius": "Gives the set point reached, in degrees Celsius.",
    "desired_temperature_fahrenheit": "Gives the set point reached, in degrees Fahrenheit.",
    "device_battery_level": "Gives the charge of the device's own battery, from 0 to 1, if known.",
    "device_custom_metadata": "Holds the device's custom key-value pairs.",
    "device_errors": "Lists the problems that stop the device from working.",
    "device_id": "Identifies the device that the event concerns.",
    "device_ids": "Lists the devices, by id, that the space contains.",
    "device_name": "Gives the device's new name, or the last known name of a deleted device.",
    "device_warnings": "Lists the lesser problems that Seam sees with the device.",
    "ends_at": "Says when access ends, either under the old times or under the new ones.",
    "enrollment_automation_id": "Identifies the enrollment automation that the event is about.",
    "error_code": "Names the kind of error or the cause of a lost connection, for use in code.",
    "error_message": "Explains why the access methods are not there.",
    "event_description": "Describes to a human reader what has happened.",
    "event_id": "Identifies the event itself.",
    "event_type": "Names the kind of event, and so decides which other properties to expect.",
    "fan_mode_setting": "Names the mode in which the thermostat's fan should run.",
    "from": "Holds what was there before a change, made or only requested: one value or several.",
    "heating_set_point_celsius": "Gives the heating target in degrees Celsius.",
    "heating_set_point_fahrenheit": "Gives the heating target in degrees Fahrenheit.",
    "hvac_mode_setting": "Names the mode in which the heating and cooling should run.",
    "image_url": "Points to a small still picture taken as the event happened.",
    "is_backup_code": "Marks the PIN as a backup code; left out for any other access method.",
    "is_fallback_climate_preset": "Says whether the preset is the thermostat's fallback.",
    "is_via_bluetooth": "Says whether the lock was operated over Bluetooth by an app or the like.",
    "is_via_nfc": "Says whether the lock was operated by a credential held close to it, over NFC.",
    "lower_limit_celsius": "Gives the bottom of the allowed range in degrees Celsius.",
    "lower_limit_fahrenheit": "Gives the bottom of the allowed range in degrees Fahrenheit.",
    "media_ids": "Lists the ids of the images and videos that the device has recorded of it.",
    "message": "Explains an error, a warning or a refusal of access to a human reader.",
    "method": "Says how the lock was operated, or from where the thermostat was adjusted.",
    "minut_metadata": "Holds whatever else Minut sends about the noise.",
    "missing_device_ids": "Lists the devices, by id, that lack an access method they should have.",
    "motion_sub_type": "Says what kind of thing moved in front of the camera, where known.",
    "mutation_code": "Names the kind of change requested, such as a new PIN or a deletion.",
    "name": "Gives the access code's name, either the old one or the new one.",
    "noise_level_decibels": "Gives the loudness measured, in decibels.",
    "noise_level_nrs": "Gives the noise measured as a Noiseaware Noise Risk Score.",
    "noise_threshold_id": "Identifies the noise threshold that the noise set off.",
    "noise_threshold_name": "Says which noise threshold the noise set off, by its name.",
    "noiseaware_metadata": "Holds whatever else Noiseaware sends about the noise.",
    "occurred_at": "Says when the thing that the event reports took place.",
    "property": "Names the one part of the access code that is different.",
    "reason": "Holds the cause of the refusal as a code and a text; left out if no cause is known.",
    "reason_code": "Sorts the lock's refusal into one of a few causes common to all providers.",
    "requested_mutations": "Lists the changes asked for, with the values before and after each.",
    "space_id": "Identifies the space that the event is about.",
    "space_key": "Gives the key of the space, which no other space in the workspace shares.",
    "starts_at": "Says when access starts, either under the old times or under the new ones.",
    "status": "Says which state the attempted action has reached.",
    "temperature_celsius": "Gives the thermostat's temperature reading in degrees Celsius.",
    "temperature_fahrenheit": "Gives the thermostat's temperature reading in degrees Fahrenheit.",
    "thermostat_schedule_id": "Identifies the schedule that put the climate preset in force.",
    "to": "Holds what a change, made or only requested, puts in place: one value or several.",
    "upper_limit_celsius": "Gives the top of the allowed range in degrees Celsius.",
    "upper_limit_fahrenheit": "Gives the top of the allowed range in degrees Fahrenheit.",
    "user_identity_id": "Identifies the user identity behind what happened at the lock.",
    "video_url": "Points to a short film taken as the event happened.",
    "warning_code": "Names the kind of warning, for use in code.",
    "workspace_id": "Identifies the workspace to which the event belongs.",
}

EVENTS: Final[Mapping[str, str]] = {
    "access_code.backup_access_code_pulled": "A backup code leaves the pool for use on a device.",
    "access_code.changed": "One or more properties of an access code are different now.",
    "access_code.code_changed": "An access code has another PIN on its device.",
    "access_code.created": "A new access code exists in Seam.",
    "access_code.delay_in_issuing": "An access code is still not issued as its start time nears.",
    "access_code.delay_in_removing_from_device": "A device drops an access code unusually slowly.",
    "access_code.delay_in_setting_on_device": "A device takes on an access code unusually slowly.",
    "access_code.deleted": "An access code no longer exists in Seam.",
    "access_code.deleted_external_to_seam": "An access code is deleted by other means than Seam.",
    "access_code.failed_to_expire": "An access code still works on its device after its end time.",
    "access_code.failed_to_issue": "Seam cannot issue an access code in time for its start.",
    "access_code.failed_to_remove_from_device": "A device does not drop an access code.",
    "access_code.failed_to_set_on_device": "A device does not take on an access code.",
    "access_code.failed_to_update": "A device lacks an update requested for its access code.",
    "access_code.issued": "An access code reaches the issued state.",
    "access_code.modified_external_to_seam": "An access code is edited by other means than Seam.",
    "access_code.mutations_requested": "Changes to an access code are requested, not yet done.",
    "access_code.name_changed": "An access code has another name on its device.",
    "access_code.removed_from_device": "An access code is gone from the device that held it.",
    "access_code.scheduled_on_device": "A device takes on an access code together with its times.",
    "access_code.set_on_device": "A device takes on an access code and holds it ready.",
    "access_code.time_frame_changed": "An access code has other start or end times on its device.",
    "access_code.unmanaged.converted_to_managed": (
        "Seam takes over an access code that it did not manage before."
    ),
    "access_code.unmanaged.created": "A device has a new access code that Seam does not manage.",
    "access_code.unmanaged.failed_to_convert_to_managed": (
        "Seam tries to take over an access code that it does not manage, and cannot."
    ),
    "access_code.unmanaged.removed": "A device loses an access code that Seam does not manage.",
    "access_grant.access_granted_to_all_doors": "An access grant opens all doors it asks for.",
    "access_grant.access_granted_to_door": "An access grant now opens a door that it asks for.",
    "access_grant.access_times_changed": "An access grant starts or ends at another time.",
    "access_grant.access_to_door_lost": "An access grant stops opening one of its doors.",
    "access_grant.could_not_create_requested_access_methods": (
        "At least one access method that an access grant asks for does not come about."
    ),
    "access_grant.created": "A new access grant exists in Seam.",
    "access_grant.deleted": "An access grant no longer exists in Seam.",
    "access_method.card_encoding_required": "An access method waits for its card to be encoded.",
    "access_method.created": "A new access method exists in Seam.",
    "access_method.delay_in_issuing": "An access method is still not issued as its grant nears.",
    "access_method.deleted": "An access method no longer exists in Seam.",
    "access_method.failed_to_issue": "Seam cannot issue an access method in time for its grant.",
    "access_method.issued": "An access method reaches the issued state.",
    "access_method.reissued": "An access method is issued once more.",
    "access_method.revoked": "An access method is withdrawn.",
    "acs_access_group.deleted": "An access group in an access system no longer exists.",
    "acs_credential.deleted": "An access system credential no longer exists.",
    "acs_credential.invalidated": "An access system credential stops being of any use.",
    "acs_credential.issued": "An access system credential becomes usable, as it is now issued.",
    "acs_credential.reissued": "An access system credential is issued once more.",
    "acs_encoder.added": "An access system has one encoder more.",
    "acs_encoder.removed": "An access system has one encoder fewer.",
    "acs_entrance.added": "An access system has one entrance more.",
    "acs_entrance.removed": "An access system has one entrance fewer.",
    "acs_system.added": "Seam gets to know an access system that is new to it.",
    "acs_system.connected": "An access system comes into contact with Seam.",
    "acs_system.disconnected": "An access system loses contact with Seam.",
    "acs_user.created": "An access system has a new user.",
    "acs_user.deleted": "An access system user no longer exists.",
    "action_attempt.lock_door.failed": "An attempt to lock a door does not work.",
    "action_attempt.lock_door.succeeded": "An attempt to lock a door works.",
    "action_attempt.simulate_keypad_code_entry.failed": (
        "An attempt to simulate typing a code on a keypad does not work."
    ),
    "action_attempt.simulate_keypad_code_entry.succeeded": (
        "An attempt to simulate typing a code on a keypad works."
    ),
    "action_attempt.simulate_manual_lock_via_keypad.failed": (
        "An attempt to simulate locking by hand at a keypad does not work."
    ),
    "action_attempt.simulate_manual_lock_via_keypad.succeeded": (
        "An attempt to simulate locking by hand at a keypad works."
    ),
    "action_attempt.unlock_door.failed": "An attempt to unlock a door does not work.",
    "action_attempt.unlock_door.succeeded": "An attempt to unlock a door works.",
    "camera.activated": "A camera starts, for instance because it senses something move.",
    "client_session.deleted": "A client session no longer exists in Seam.",
    "connect_webview.login_failed": "A login made in a Connect Webview does not work.",
    "connect_webview.login_succeeded": "A login made in a Connect Webview works.",
    "connected_account.completed_first_sync": (
        "Seam has read a new connected account once, so its devices or systems are there to use."
    ),
    "connected_account.completed_first_sync_after_reconnection": (
        "Seam has read a reconnected account anew, so its devices or systems are there to use."
    ),
    "connected_account.connected": "An account connects to Seam, for the first time or once more.",
    "connected_account.created": "A new connected account exists in Seam.",
    "connected_account.deleted": "A connected account no longer exists in Seam.",
    "connected_account.disconnected": "A connected account loses contact with Seam.",
    "connected_account.reauthorization_requested": (
        "A connected account needs a login in a new Connect Webview, or it disconnects in the end."
    ),
    "connected_account.successful_login": "A login to an account in a Connect Webview works.",
    "device.accessory_keypad_connected": "A device comes into contact with an extra keypad.",
    "device.accessory_keypad_disconnected": "A device loses contact with an extra keypad.",
    "device.added": "Seam gains a device, either new or back after a removal.",
    "device.battery_status_changed": "A device's battery status differs from the last report.",
    "device.connected": "A device comes online.",
    "device.connection_became_flaky": "The connection of a device turns unreliable.",
    "device.connection_stabilized": "The connection of a device turns reliable again.",
    "device.converted_to_unmanaged": "Seam stops managing a device but still knows of it.",
    "device.deleted": "A device no longer exists in Seam.",
    "device.disconnected": "A device goes offline.",
    "device.doorbell_rang": "Someone rings the doorbell of a device.",
    "device.error.subscription_required": "Some device features need a subscription elsewhere.",
    "device.error.subscription_required.resolved": "No device feature lacks a subscription now.",
    "device.low_battery": "The charge in a device's battery is too low.",
    "device.name_changed": "A device has another name.",
    "device.removed": "A device is taken out of its account by other means than Seam.",
    "device.salto.privacy_mode_activated": "A Salto device goes into privacy mode.",
    "device.salto.privacy_mode_deactivated": "A Salto device comes out of privacy mode.",
    "device.tampered": "A device senses interference, such as being opened or moved.",
    "device.third_party_integration_detected": (
        "Seam finds another integration on a device, which gets in the way of its own work."
    ),
    "device.third_party_integration_no_longer_detected": (
        "Seam finds a device free of the other integration that got in the way."
    ),
    "device.unmanaged.connected": "A device that Seam does not manage comes online.",
    "device.unmanaged.converted_to_managed": "Seam takes over a device it did not manage before.",
    "device.unmanaged.disconnected": "A device that Seam does not manage goes offline.",
    "enrollment_automation.deleted": "An enrollment automation no longer exists.",
    "lock.access_denied": "A lock turns someone away after one or more bad attempts in a row.",
    "lock.locked": "A lock goes into its locked state.",
    "lock.unlocked": "A lock goes into its unlocked state.",
    "noise_sensor.noise_threshold_triggered": "Noise goes on too long or rises above its limit.",
    "phone.deactivated": "A phone stops being active as a device.",
    "space.created": "A new space exists in Seam.",
    "space.deleted": "A space no longer exists in Seam.",
    "space.device_membership_changed": "A space gains or loses a device.",
    "thermostat.climate_preset_activated": "A thermostat switches to a climate preset.",
    "thermostat.manually_adjusted": "Someone sets a thermostat by hand.",
    "thermostat.temperature_changed": "A thermostat's reading moves by 1 degree Celsius or more.",
    "thermostat.temperature_reached_set_point": (
        "A thermostat's reading comes to 1 degree Celsius or less from the set point."
    ),
    "thermostat.temperature_threshold_exceeded": "A thermostat's reading leaves its allowed range.",
    "thermostat.temperature_threshold_no_longer_exceeded": (
        "A thermostat's reading comes back into its allowed range."
    ),
}

_ABBREVIATIONS: Final[Mapping[str, str]] = {
    "acs": "access system",
    "hvac": "HVAC",
    "nfc": "NFC",
    "salto": "Salto",
    "seam": "Seam",
    "url": "URL",
}

_FALLBACKS: Final = (("_id", "Identifies the {}."), ("_at", "When: {}."), ("", "Value of {}."))


def _words(name: str) -> str:
    """
    Turn an identifier into words, with known abbreviations written out.
    """
    return " ".join(_ABBREVIATIONS.get(w, w) for w in name.replace(".", "_").split("_") if w)


def describe_property(name: str) -> str:
    """
    Describe a property of a webhook event in one sentence.

    Args:
        name: The property's name, such as `device_id`.

    Returns:
        The glossary's sentence, or one built from the name when the glossary lacks it.
    """
    if name in PROPERTIES:
        return PROPERTIES[name]
    suffix, template = next(pair for pair in _FALLBACKS if name.endswith(pair[0]))
    return template.format(_words(name.removeprefix("is_").removesuffix(suffix)) or name)


def describe_event(event_type: str) -> str:
    """
    Describe in one sentence when Seam sends an event.

    Args:
        event_type: The event's type, such as `lock.unlocked`.

    Returns:
        The glossary's sentence, or one built from the type when the glossary lacks it.
    """
    if event_type in EVENTS:
        return EVENTS[event_type]
    resource, _, happening = event_type.rpartition(".")
    subject = f" for {_words(resource)}" if resource else ""
    return f"Seam reports{subject}: {_words(happening)}."


def title_event(event_type: str) -> str:
    """
    Build a human-readable title from an event type.

    Args:
        event_type: The event's type, such as `acs_credential.issued`.

    Returns:
        The title, such as `Access system credential issued`.
    """
    words = _words(event_type)
    return words[:1].upper() + words[1:]
