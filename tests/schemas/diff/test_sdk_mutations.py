"""
Each kind of change of an SDK's file is reported, once and rightly; nothing else is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.schemas.diff.changes import KINDS, changes
from seamproof.schemas.diff.sdk import compare_sdk
from seamproof.schemas.diff.versions import BUILT_IN, read_contracts
from seamproof.schemas.sources.sdk.javascript_sdk import read_javascript_sdk
from seamproof.schemas.sources.sdk.packages import find_sdk_files
from seamproof.schemas.sources.sdk.python_sdk import read_python_sdk
from seamproof.schemas.sources.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.schemas.diff.versions import Contracts

(INSTALLED,) = find_sdk_files("seam")
UNLOCKED: Final = "class LockUnlockedEvent:"
BATTERY: Final = "class DeviceLowBatteryEvent:"
CHANGED: Final = "class AccessCodeChangedEvent:"
RANG: Final = "class DeviceDoorbellRangEvent:"
LOST: Final = "class ConnectedAccountDisconnectedEvent:"


def within(start: str, old: str, new: str) -> Callable[[str], str]:
    """
    Replace the first occurrence of a text after the beginning of a class.
    """

    def mutate(text: str) -> str:
        at = text.index(old, text.index(start))
        return text[:at] + new + text[at + len(old) :]

    return mutate


def without_class(start: str) -> Callable[[str], str]:
    """
    Remove a class.
    """

    def mutate(text: str) -> str:
        at = text.index(f"@dataclass\n{start}")
        return text[:at] + text[text.index("\n\n\n", at) :]

    return mutate


NEW_EVENT: Final = '''
@dataclass
class LockJammedEvent:
    """A lock jammed."""

    device_id: str
    event_type: Literal["lock.jammed"]
'''
JAMMED, GONE = "lock.jammed", "event_removed"
LOCK, LOW, CODE = "lock.unlocked", "device.low_battery", "access_code.changed"
BELL, PRESET = "device.doorbell_rang", "thermostat.climate_preset_activated"
ERRORS: Final = "connected_account.disconnected"

#: A change of the Python SDK, and what is reported of it.
PYTHON: Final[dict[str, tuple[Callable[[str], str], set[tuple[str, str, str]]]]] = {
    "an event is new": (lambda text: text + NEW_EVENT, {(JAMMED, "", "event_added")}),
    "an event is removed": (without_class(UNLOCKED), {(LOCK, "", GONE)}),
    "an event is renamed": (
        within(UNLOCKED, '"lock.unlocked"', '"lock.jammed"'),
        {(LOCK, "", GONE), (JAMMED, "", "event_added")},
    ),
    "an event is deprecated": (
        within(
            UNLOCKED, ":ivar event_type:", ":ivar event_type:\n\n    .. deprecated::\n       Gone."
        ),
        {(LOCK, "", "event_deprecated")},
    ),
    "an event is no longer deprecated": (
        lambda text: text.replace(".. deprecated::", ".. note::", 1),
        {("access_code.delay_in_removing_from_device", "", "event_undeprecated")},
    ),
    "a required property is new": (
        within(UNLOCKED, "    event_id: str", "    mood: str\n    event_id: str"),
        {(LOCK, "/mood", "property_added")},
    ),
    "an optional property is new": (
        within(UNLOCKED, "    event_id: str", "    mood: Optional[str]\n    event_id: str"),
        {(LOCK, "/mood", "property_added")},
    ),
    "a required property is removed": (
        within(BATTERY, "    device_id: str\n", ""),
        {(LOW, "/device_id", "property_removed")},
    ),
    "an optional property is removed": (
        within(BATTERY, "    customer_key: Optional[str]\n", ""),
        {(LOW, "/customer_key", "property_removed")},
    ),
    "a property is renamed": (
        within(BATTERY, "    customer_key: Optional", "    customer: Optional"),
        {(LOW, "/customer_key", "property_removed"), (LOW, "/customer", "property_added")},
    ),
    "a property is deprecated": (
        within(UNLOCKED, ":ivar method: ", ":ivar method: Deprecated: use another. "),
        {(LOCK, "/method", "property_deprecated")},
    ),
    "a property is no longer deprecated": (
        within(BATTERY, ":ivar battery_level: Deprecated:", ":ivar battery_level:"),
        {(LOW, "/battery_level", "property_undeprecated")},
    ),
    "a property becomes optional": (
        within(BATTERY, "    device_id: str", "    device_id: Optional[str]"),
        {(LOW, "/device_id", "property_optional")},
    ),
    "a property becomes required": (
        within(BATTERY, "    customer_key: Optional[str]", "    customer_key: str"),
        {(LOW, "/customer_key", "property_required")},
    ),
    "text becomes a number": (
        within(BATTERY, "    device_id: str", "    device_id: float"),
        {(LOW, "/device_id", "type_changed")},
    ),
    "a number becomes text": (
        within(BATTERY, "    battery_level: float", "    battery_level: str"),
        {(LOW, "/battery_level", "type_changed")},
    ),
    "text becomes one of two types": (
        within(BATTERY, "    device_id: str", "    device_id: Union[str, float]"),
        {(LOW, "/device_id", "type_changed")},
    ),
    "text becomes a list": (
        within(BATTERY, "    device_id: str", "    device_id: List[str]"),
        {(LOW, "/device_id", "type_changed")},
    ),
    "the items of a list change": (
        within(RANG, "Optional[List[str]]", "Optional[List[float]]"),
        {(BELL, "/media_ids/*", "type_changed")},
    ),
    "the values of a dictionary change": (
        within(BATTERY, "Optional[Dict[str, Union[str, bool]]]", "Optional[Dict[str, str]]"),
        {(LOW, "/connected_account_custom_metadata/*", "type_narrowed")},
    ),
    "a value is new": (
        within(UNLOCKED, '"mobile_key"', '"mobile_key", "palm"'),
        {(LOCK, "/method", "value_added")},
    ),
    "a value is removed": (within(UNLOCKED, '"card", ', ""), {(LOCK, "/method", "value_removed")}),
    "a value is renamed": (
        within(UNLOCKED, '"card"', '"smart_card"'),
        {(LOCK, "/method", "value_added"), (LOCK, "/method", "value_removed")},
    ),
    "text is limited to values": (
        within(UNLOCKED, "    code: Optional[str]", '    code: Optional[Literal["1", "2"]]'),
        {(LOCK, "/code", "values_closed")},
    ),
    "a nested property is new": (
        within(CHANGED, "        property: str", "        mood: str\n        property: str"),
        {(CODE, "/changed_properties/*/mood", "property_added")},
    ),
    "a nested property is removed": (
        within(CHANGED, "        property: str\n", ""),
        {(CODE, "/changed_properties/*/property", "property_removed")},
    ),
    "a nested property becomes optional": (
        within(CHANGED, "        property: str", "        property: Optional[str]"),
        {(CODE, "/changed_properties/*/property", "property_optional")},
    ),
    "a nested property changes its type": (
        within(CHANGED, "        property: str", "        property: float"),
        {(CODE, "/changed_properties/*/property", "type_changed")},
    ),
    "the items of a list of objects lose a property": (
        within(LOST, "        message: str\n", ""),
        {(ERRORS, "/connected_account_errors/*/message", "property_removed")},
    ),
    "a list of objects becomes a list of texts": (
        within(LOST, "List[ConnectedAccountErrors]", "List[str]"),
        {(ERRORS, "/connected_account_errors/*", "type_changed")},
    ),
    "a nullable property becomes never null": (
        within(
            "class ThermostatClimatePresetActivatedEvent:",
            "    thermostat_schedule_id: Optional[str]",
            "    thermostat_schedule_id: str",
        ),
        {(PRESET, "/thermostat_schedule_id", "null_excluded")},
    ),
    "values are opened": (
        lambda text: re.sub(r"(    method: )Literal\[[^]]*mobile_key[^]]*\]", r"\1str", text),
        {(LOCK, "/method", "values_opened"), ("lock.locked", "/method", "values_opened")},
    ),
    "text becomes anything": (
        within(BATTERY, "    device_id: str", "    device_id: Any"),
        {
            (LOW, "/device_id", "null_admitted"),
            (LOW, "/device_id", "property_optional"),
            (LOW, "/device_id", "type_changed"),
        },
    ),
    "only texts change": (
        within(UNLOCKED, ":ivar method: ", ":ivar method: In other words: "),
        set(),
    ),
    "only the order changes": (
        lambda text: within(UNLOCKED, "    event_id: str\n", "")(
            within(UNLOCKED, "    occurred_at: str\n", "    occurred_at: str\n    event_id: str\n")(
                text
            )
        ),
        set(),
    ),
    "only the code changes": (lambda text: text.replace("d.get(", "d.pop("), set()),
}


@cache
def known() -> Contracts:
    """
    Return the built-in schemas.
    """
    return read_contracts(BUILT_IN)


@pytest.mark.parametrize("mutation", PYTHON)
def test_a_changed_python_sdk(mutation: str) -> None:
    """
    A change of the Python SDK is reported with event type, pointer and kind, and nothing else.
    """
    mutate, expected = PYTHON[mutation]
    text = mutate(INSTALLED.text)
    events = read_python_sdk(text, Source("python", "seam", "3.99.0"), "seam_event.py")
    found = changes(*compare_sdk(known(), events))

    assert text != INSTALLED.text
    assert sorted((one.event_type, one.pointer, one.kind) for one in found) == sorted(expected)


#: What the JavaScript SDK says of one event.
BATTERY_TYPE: Final = """export type SeamEvent = {
    accessory_keypad_battery_level?: number | undefined;
    /** @deprecated */
    battery_level: number;
    connected_account_custom_metadata?: Record<string, string | boolean> | undefined;
    connected_account_id: string;
    created_at: string;
    customer_key?: string | undefined;
    device_battery_level?: number | undefined;
    device_custom_metadata?: Record<string, string | boolean> | undefined;
    device_id: string;
    event_description?: string | undefined;
    event_id: string;
    event_type: 'device.low_battery';
    occurred_at: string;
    workspace_id: string;
};
"""
#: Changes that only the JavaScript SDK distinguishes, and others in its language.
JAVASCRIPT: Final = {
    "nothing": (";", ";", set()),
    "null": ("device_id: string;", "device_id: string | null;", {("/device_id", "null_admitted")}),
    "optional": ("device_id: string", "device_id?: string", {("/device_id", "property_optional")}),
    "both": (
        "device_id: string;",
        "device_id?: string | null;",
        {("/device_id", "null_admitted"), ("/device_id", "property_optional")},
    ),
    "required": (
        "customer_key?: string | undefined",
        "customer_key: string",
        {("/customer_key", "property_required")},
    ),
    "new": ("event_id:", "mood: 'a' | 'b'; event_id:", {("/mood", "property_added")}),
    "removed": ("device_id: string;", "", {("/device_id", "property_removed")}),
    "type": ("device_id: string", "device_id: number", {("/device_id", "type_changed")}),
    "values": ("device_id: string", "device_id: 'a'", {("/device_id", "values_closed")}),
    "deprecated": (
        "    device_id",
        "/** @deprecated */ device_id",
        {("/device_id", "property_deprecated")},
    ),
    "not deprecated": ("@deprecated", "", {("/battery_level", "property_undeprecated")}),
    "dictionary": (
        "<string, string | boolean>",
        "<string, unknown>",
        {
            ("/connected_account_custom_metadata/*", "null_admitted"),
            ("/connected_account_custom_metadata/*", "type_changed"),
        },
    ),
}


@pytest.mark.parametrize("mutation", JAVASCRIPT)
def test_a_changed_javascript_sdk(mutation: str) -> None:
    """
    A change of the JavaScript SDK is reported with pointer and kind; null and optional apart.
    """
    old, new, expected = JAVASCRIPT[mutation]
    text = BATTERY_TYPE.replace(old, new, 1)
    events = read_javascript_sdk(text, Source("javascript", "@seamapi/http"), "event.d.ts")
    found = changes(*compare_sdk({LOW: known()[LOW]}, events))

    assert sorted((one.pointer, one.kind) for one in found) == sorted(expected)


def test_there_are_thirty_kinds_of_mutations() -> None:
    """
    The mutations are of more than thirty kinds, and show all kinds of change that SDKs can express.
    """
    kinds = {kind for _, expected in PYTHON.values() for *_, kind in expected}
    kinds |= {kind for *_, expected in JAVASCRIPT.values() for _, kind in expected}
    beyond = {one for one in KINDS if one.startswith(("format_", "limit_", "extra_"))}

    assert len(PYTHON) + len(JAVASCRIPT) > 30
    assert {*KINDS} - kinds == {*beyond, "event_documented", "event_undocumented", "shape_changed"}
