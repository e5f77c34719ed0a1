"""
Strategy for events: valid, realistic, and shrinking to simple examples.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamproof.errors import UnknownEventType, UsageError
from seamproof.events import Event
from seamproof.schemas import catalog, load_catalog, violations
from seamproof.strategies import events
from tests.strategies.sampled import sampled_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from seamproof.strategies import Presence
    from seamproof.strategies.generators.plan import Values
    from tests.strategies.conftest import Find, Own, Run

PRESENCES: Final[list[Presence]] = ["all", "required", "mixed"]
VALUES: Final[list[Values]] = ["realistic", "edge"]
ISSUED: Final = "acs_credential.issued"
DISCONNECTED: Final = "connected_account.disconnected"
UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME: Final = re.compile(r"2026-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{3}|\d{6})Z")
NIL: Final = "00000000-0000-0000-0000-000000000000"
#: The battery statuses, each with the least level that it stands for.
BATTERY: Final = (("full", 0.75), ("good", 0.4), ("low", 0.1), ("critical", 0.0))


def everything(presence: Presence = "mixed", **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    """
    Generate events of all types, including undocumented ones.
    """
    return events(undocumented=True, presence=presence, **more)


def texts(schema: Any, value: Any, name: str = "") -> Iterator[tuple[str, str, str]]:
    """
    Find every string in a value: its name, the format that its schema asks for, and itself.
    """
    if isinstance(value, str):
        yield name, schema.get("format", ""), value
    for item in value if isinstance(value, list) else ():
        yield from texts(schema.get("items", {}), item, name)
    for inner, member in value.items() if isinstance(value, dict) else ():
        yield from texts(schema.get("properties", {}).get(inner, {}), member, inner)


def event_texts(event: dict[str, Any]) -> list[tuple[str, str, str]]:
    """
    Find every string of an event.
    """
    return list(texts(catalog()[event["event_type"]].document, event))


@pytest.mark.parametrize("extra", [False, True])
@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("presence", PRESENCES)
def test_every_event_keeps_the_contract(
    drawn: Run,
    presence: Presence,
    values: Values,
    extra: bool,
) -> None:
    """
    Events are valid and serialisable for all options.
    """
    found = drawn(everything(presence, values=values, extra=extra), 60)

    assert [one for event in found for one in violations(event)] == []
    assert all(json.loads(Event.of(event).body) == event for event in found)
    for event in found:
        unknown = event.keys() - catalog()[event["event_type"]].properties.keys()
        assert bool(unknown) == extra


def test_every_type_of_the_catalogue_is_drawn(drawn: Run) -> None:
    """
    A run has most event types, including undocumented and deprecated ones.
    """
    types: set[str] = set()
    first_and_last = {min(catalog()), max(catalog())}
    # One run misses either of the two now and then.
    for _ in range(10):
        types |= {event["event_type"] for event in drawn(everything(), 1000)}
        if first_and_last <= types:
            break

    assert len(types) > 90
    assert first_and_last <= types
    assert any(not catalog()[one].listed for one in types)


def test_undocumented_types_are_drawn_only_when_asked_for(drawn: Run) -> None:
    """
    By default a pattern matches documented types only.
    """
    types = {event["event_type"] for event in drawn(events(), 300)}

    assert all(catalog()[one].listed for one in types)


@pytest.mark.parametrize("pattern", ["acs_*", "*.deleted", ISSUED, "access_code.failed_to_issue"])
def test_a_pattern_chooses_the_types(drawn: Run, pattern: str) -> None:
    """
    A glob matches documented types, and a full name matches any type.
    """
    types = {event["event_type"] for event in drawn(events(pattern), 150)}

    known = {one.event_type for one in catalog().match(pattern)}
    assert types <= known
    assert 2 * len(types) > len(known)


@settings(max_examples=40)
@given(st.data(), st.sampled_from(VALUES), st.sampled_from(sorted(catalog())))
def test_presence_decides_which_properties_there_are(
    data: st.DataObject, values: Values, event_type: str
) -> None:
    """
    An event has all documented properties, the required ones only, or some of the optional ones.
    """
    schema = catalog()[event_type]
    sets = {
        presence: set(data.draw(events(event_type, presence=presence, values=values)))
        for presence in PRESENCES
    }

    assert sets["all"] == sampled_names(schema)
    assert sets["required"] == {*schema.required}
    assert {*schema.required} <= sets["mixed"] <= {*schema.properties}


@pytest.mark.parametrize(
    "event_type",
    [DISCONNECTED, "access_method.issued", "device.low_battery", "lock.unlocked", "lock.locked"],
)
@pytest.mark.parametrize("values", VALUES)
def test_every_optional_property_is_sometimes_there_and_sometimes_not(
    drawn: Run, event_type: str, values: Values
) -> None:
    """
    With mixed presence only the required properties are in every event, and no documented
    property in none.
    """
    sets = [set(event) for event in drawn(events(event_type, values=values), 300)]

    assert set.union(*sets) == sampled_names(catalog()[event_type])
    assert set.intersection(*sets) == {*catalog()[event_type].required}


@pytest.mark.parametrize("values", VALUES)
def test_the_simplest_event_is_the_documented_payload(simplest: Find, values: Values) -> None:
    """
    The simplest event is the documented payload with its placeholders replaced.
    """
    for event_type in sorted(catalog()):
        schema = catalog()[event_type]

        event = simplest(events(event_type, values=values))

        assert {*event} == {*schema.example, *schema.required} & sampled_names(schema)
        assert [text for name, _, text in event_texts(event) if text in ("", NIL)] == []
        assert [
            text
            for _, kind, text in event_texts(event)
            if kind == "uuid" and not UUID.fullmatch(text)
        ] == []
        assert TIME.fullmatch(event["occurred_at"])
        empty = {name for name, value in schema.example.items() if value in ([], {})}
        kept = empty & {*event}
        assert {name: event[name] for name in kept} == {name: schema.example[name] for name in kept}


@pytest.mark.parametrize(
    ("event_type", "documented"),
    [
        ("access_method.issued", {"is_backup_code": True}),
        ("camera.activated", {"activation_reason": "motion_detected", "motion_sub_type": "human"}),
        ("device.disconnected", {"error_code": "account_disconnected"}),
        ("lock.unlocked", {"method": "keycode", "access_code_is_managed": True}),
        ("thermostat.manually_adjusted", {"fan_mode_setting": "auto", "hvac_mode_setting": "off"}),
    ],
)
def test_what_the_documentation_says_is_kept(
    simplest: Find, event_type: str, documented: dict[str, Any]
) -> None:
    """
    A documented value that is not a placeholder is also in the simplest event.
    """
    event = simplest(events(event_type))

    assert documented.items() <= catalog()[event_type].example.items()
    assert documented.items() <= event.items()


@pytest.mark.parametrize(
    ("event_type", "values", "bug", "causes"),
    [
        (
            DISCONNECTED,
            "realistic",
            lambda e: (
                len(e["connected_account_errors"]) > 1
                and "connected_account_custom_metadata" not in e
            ),
            {"connected_account_errors", "connected_account_custom_metadata"},
        ),
        (
            "lock.unlocked",
            "realistic",
            lambda e: e["method"] == "card" and "device_custom_metadata" not in e,
            {"method", "device_custom_metadata"},
        ),
        (
            "thermostat.climate_preset_activated",
            "realistic",
            lambda e: e["thermostat_schedule_id"] is None and "customer_key" not in e,
            {"thermostat_schedule_id", "customer_key"},
        ),
        (
            "acs_system.disconnected",
            "realistic",
            lambda e: len(e["acs_system_errors"]) > 1 and len(e["acs_system_warnings"]) > 0,
            {"acs_system_errors", "acs_system_warnings"},
        ),
        (
            "access_code.code_changed",
            "edge",
            lambda e: e["from"]["code"] is None and e.get("connected_account_custom_metadata"),
            {"from", "connected_account_custom_metadata"},
        ),
        (
            "device.disconnected",
            "edge",
            lambda e: "🔑" in e.get("customer_key", "") and e["error_code"] == "hub_disconnected",
            {"customer_key", "error_code"},
        ),
    ],
)
def test_a_bug_of_two_fields_shrinks_to_these_two(
    simplest: Find,
    event_type: str,
    values: Values,
    bug: Callable[[dict[str, Any]], bool],
    causes: set[str],
) -> None:
    """
    The shrunk example differs from the simplest event only in what matters, and in its id.
    """
    least = simplest(events(event_type, values=values))

    event = simplest(events(event_type, values=values), bug)

    differ = {name for name in {*event, *least} if event.get(name, ...) != least.get(name, ...)}
    assert differ == {*causes, "event_id"}


@settings(max_examples=60)
@given(everything())
def test_ids_are_version_4_uuids(event: dict[str, Any]) -> None:
    """
    Realistic ids have Seam's format: version 4, in lower case.
    """
    ids = [text for _, kind, text in event_texts(event) if kind == "uuid"]

    assert len(ids) > 1
    assert [text for text in ids if not UUID.fullmatch(text)] == []


@settings(max_examples=60)
@given(everything())
def test_times_are_recent_and_in_utc(event: dict[str, Any]) -> None:
    """
    Realistic times have milliseconds or microseconds, a Z, and a recent date.
    """
    times = [
        text
        for name, kind, text in event_texts(event)
        if kind == "date-time" or name.endswith("_at")
    ]

    assert len(times) > 1
    assert [text for text in times if not TIME.fullmatch(text)] == []
    assert max(times)[:7] <= "2026-04"


def test_both_kinds_of_fractions_are_drawn(drawn: Run) -> None:
    """
    Milliseconds and microseconds both occur, but not in the same event.
    """
    widths = {
        (len(event["occurred_at"]), len(event["created_at"])) for event in drawn(everything(), 300)
    }

    assert widths == {(24, 24), (27, 27)}


@pytest.mark.parametrize("values", VALUES)
def test_no_event_is_made_before_it_occurs(drawn: Run, values: Values) -> None:
    """
    `created_at` is not before `occurred_at`, in any format.
    """
    for event in drawn(everything(values=values), 600):
        # Python knows the separator and the zone in upper case only.
        occurred, created = (
            datetime.fromisoformat(event[name].upper()) for name in ("occurred_at", "created_at")
        )
        assert occurred <= created


@settings(max_examples=60)
@given(events("thermostat.*"))
def test_a_temperature_is_the_same_in_both_units(event: dict[str, Any]) -> None:
    """
    A temperature has both units or none, and they are consistent up to rounding.
    """
    for name in [name for name in event if name.endswith("_celsius")]:
        celsius, other = event[name], name.replace("_celsius", "_fahrenheit")
        assert celsius is None or 10 < celsius < 40
        if other in event:
            expected = None if celsius is None else pytest.approx(celsius * 9 / 5 + 32, abs=0.06)
            assert event[other] == expected


@settings(max_examples=60)
@given(events("device.battery_status_changed") | events("device.low_battery"))
def test_the_status_of_a_battery_goes_with_its_level(event: dict[str, Any]) -> None:
    """
    The battery's level is consistent with its status and with warnings.
    """
    level = event["battery_level"]

    assert 0 <= level <= (0.25 if event["event_type"] == "device.low_battery" else 1)
    if "battery_status" in event:
        assert event["battery_status"] == next(name for name, least in BATTERY if level >= least)


def test_every_status_of_a_battery_is_drawn(drawn: Run) -> None:
    """
    All four values of the status occur.
    """
    found = drawn(events("device.battery_status_changed"), 400)

    assert {event["battery_status"] for event in found} == {name for name, _ in BATTERY}


@settings(max_examples=60)
@given(events("access_*") | events("lock.*"))
def test_codes_are_four_to_six_digits(event: dict[str, Any]) -> None:
    """
    Each PIN of an event has the format of a PIN.
    """
    codes = [text for name, _, text in event_texts(event) if name == "code"]

    assert [text for text in codes if not re.fullmatch(r"\d{4,6}", text)] == []


@settings(max_examples=40)
@given(everything())
def test_realistic_text_can_be_read(event: dict[str, Any]) -> None:
    """
    No text is empty, and all are printable.
    """
    assert [name for name, _, text in event_texts(event) if not text.strip()] == []
    assert [
        text for _, _, text in event_texts(event) if not (text.isprintable() and text.isascii())
    ] == []


@settings(max_examples=60)
@given(events("lock.*ocked"))
def test_what_is_sent_only_along_with_another_property_is(event: dict[str, Any]) -> None:
    """
    `access_code_is_managed` is sent only with the id of that code, as documented.
    """
    assert "access_code_is_managed" not in event or "access_code_id" in event


def test_no_two_different_events_of_a_run_share_an_id(drawn: Run) -> None:
    """
    Different events have different ids, so that a handler ignores only duplicates.
    """
    contents: dict[str, set[str]] = {}
    for event in drawn(events("*"), 500):
        contents.setdefault(event["event_id"], set()).add(json.dumps(event, sort_keys=True))

    assert {len(of_one_id) for of_one_id in contents.values()} == {1}
    assert len(contents) > 300


def test_a_slip_in_an_option_names_the_choices() -> None:
    """
    An invalid choice is an error of the call.
    """
    with pytest.raises(UsageError, match="expected: all, required, mixed"):
        events(presence="some")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="expected: realistic, edge"):
        events(values="wild")  # type: ignore[arg-type]


def test_a_slip_in_a_pattern_names_the_nearest() -> None:
    """
    An unknown event type is an error of the call, not of the draw.
    """
    with pytest.raises(UnknownEventType, match=f"did you mean {ISSUED}"):
        events("acs_credential.isued")


SHAPES: Final[Mapping[str, Any]] = {
    "one of several": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
    "any of several": {"anyOf": [{"const": 1}, {"type": "string", "maxLength": 2}]},
    "a pattern": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]+$"},
    "a reference": {"$ref": "#/$defs/limb"},
    "a reference inside": {"type": "array", "items": {"$ref": "#/$defs/limb"}, "minItems": 1},
    "a multiple": {"type": "integer", "multipleOf": 7, "minimum": 1},
}
LIMB: Final = {
    "type": "object",
    "properties": {"joints": {"type": "integer", "minimum": 2}},
    "required": ["joints"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_contract_of_ones_own_may_say_more(
    drawn: Run, own: Own, shape: dict[str, Any], values: Values
) -> None:
    """
    A property that the sampler does not support is generated from its schema.
    """
    catalogue = own(defs={"limb": LIMB}, thing=shape, name={"type": "string"})

    found = drawn(events(catalogue=catalogue, values=values), 40)

    assert [one for event in found for one in violations(event, catalogue=catalogue)] == []
    assert len({json.dumps(event["thing"]) for event in found}) > 1


def test_what_cannot_be_drawn_is_an_error_that_says_so(simplest: Find, own: Own) -> None:
    """
    An unsupported keyword is an error that names it.
    """
    shape = {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True}

    with pytest.raises(UsageError, match="uniqueItems"):
        simplest(events(catalogue=own(thing=shape)))


@pytest.mark.parametrize(
    ("presence", "sets"), [("all", [True]), ("required", [False]), ("mixed", [False, True])]
)
def test_presence_holds_for_what_is_drawn_by_its_schema(
    drawn: Run, own: Own, presence: Presence, sets: list[bool]
) -> None:
    """
    An optional property is present always, never, or sometimes, for each kind of value.
    """
    catalogue = own(optional=("thing",), thing=SHAPES["one of several"])

    found = drawn(events(catalogue=catalogue, presence=presence), 60)

    assert sorted({"thing" in event for event in found}) == sets


def test_a_catalogue_can_be_loaded(drawn: Run, tmp_path: Path) -> None:
    """
    Custom schemas work like the built-in ones.
    """
    document = json.loads(json.dumps(dict(catalog()[ISSUED].document)))
    document["properties"]["event_type"] = {"const": "robot.awakened"}
    document["properties"]["code"] = {"type": "string", "pattern": "^[A-F]{2}$"}
    document["required"].append("code")
    document["x-seam"]["properties"]["code"] = {"documented": True}
    document["examples"][0] |= {"event_type": "robot.awakened", "code": "AB"}
    (tmp_path / "robot.awakened.json").write_text(json.dumps(document))
    catalogue = load_catalog(tmp_path)

    found = drawn(events("robot.*", catalogue=catalogue), 60)

    assert {event["event_type"] for event in found} == {"robot.awakened"}
    assert [one for event in found for one in violations(event, catalogue=catalogue)] == []
    assert len({event["code"] for event in found}) > 5
