"""
Tests of what a change of Seam's contract means for one handler.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.checks.dependencies.contract.impact import Concern, concerns_of
from seamproof.checks.dependencies.uses import Dependencies, PropertyUse, TypeUse, UseKind
from seamproof.schemas import catalog
from seamproof.schemas.diff.changes import Change, Impact, changes
from seamproof.schemas.diff.sdk import compare_sdk
from seamproof.schemas.sources.source import ANY_EVENT
from tests.checks.dependencies.animals import Animal
from tests.checks.dependencies.experiment.test_run import examine
from tests.schemas.diff.test_sdk_history import VERSIONS, contracts_of, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.checks.dependencies.animals import Way

TYPE: Final = "access_code.changed"
CONSUMER: Final = Dependencies(
    target="app:app",
    types=(
        TypeUse(
            event_type=TYPE,
            properties=(
                PropertyUse(pointer="/access_code_id", use=UseKind.COPIED, is_copied=True),
                PropertyUse(pointer="/change_reason", use=UseKind.READ, is_read=True),
                PropertyUse(pointer="/changed_properties", use=UseKind.UNUSED),
                PropertyUse(pointer="/changed_properties/*/from", use=UseKind.UNUSED),
                PropertyUse(
                    pointer="/changed_properties/*/to", use=UseKind.REQUIRED, is_copied=True
                ),
                PropertyUse(pointer="/device_custom_metadata", use=UseKind.COPIED, is_copied=True),
                PropertyUse(pointer="/device_id", use=UseKind.UNDECIDED, reason="it depends"),
            ),
        ),
        TypeUse(event_type="lock.locked", reason="not steady"),
    ),
    ignored=("lock.unlocked",),
    undecided=(("camera.activated", "answered 500"),),
)


@pytest.mark.parametrize(
    ("event_type", "pointer", "kind", "concern"),
    [
        (TYPE, "", "event_removed", Concern.BREAKS),
        ("lock.unlocked", "", "event_removed", Concern.NONE),
        ("lock.unlocked", "/device_id", "property_removed", Concern.NONE),
        ("lock.locked", "/device_id", "property_removed", Concern.BREAKS),
        ("camera.activated", "/device_id", "property_removed", Concern.BREAKS),
        ("camera.activated", "/motion_sub_type", "value_added", Concern.MAY),
        (TYPE, "/access_code_id", "property_removed", Concern.BREAKS),
        (TYPE, "/access_code_id", "value_added", Concern.NONE),
        (TYPE, "/change_reason", "value_added", Concern.MAY),
        (TYPE, "/change_reason", "null_admitted", Concern.BREAKS),
        (TYPE, "/change_reason", "value_removed", Concern.NONE),
        (TYPE, "/changed_properties", "property_optional", Concern.BREAKS),
        (TYPE, "/changed_properties/*/from", "type_changed", Concern.NONE),
        (TYPE, "/changed_properties/*/to", "type_changed", Concern.BREAKS),
        (TYPE, "/device_custom_metadata/*", "type_changed", Concern.BREAKS),
        (TYPE, "/device_id", "property_removed", Concern.BREAKS),
        (TYPE, "/something_else", "property_removed", Concern.NONE),
        (TYPE, "/something_new", "property_added", Concern.NONE),
        (ANY_EVENT, "/change_reason", "property_removed", Concern.BREAKS),
    ],
)
def test_a_change_concerns_who_uses_it(
    event_type: str, pointer: str, kind: str, concern: Concern
) -> None:
    """
    What is used, or undecided, is concerned by a change of it and of what it is inside of.
    """
    change = Change(event_type, pointer, kind, None, None)

    (found,) = concerns_of([change], CONSUMER)

    assert found.concern is concern


#: Of ten handlers, what they use of the event types that the SDK has changed, and of others.
TABLES: Final[tuple[dict[str, dict[str, Way]], ...]] = (
    {"device.low_battery": {"/device_id": "needs", "/battery_level": "branches"}},
    {"device.low_battery": {"/device_battery_level": "keeps", "/device_id": "keeps"}},
    {"device.low_battery": {"/accessory_keypad_battery_level": "branches"}},
    {"camera.activated": {"/media_ids": "keeps", "/device_id": "needs"}},
    {"camera.activated": {"/image_url": "keeps"}, "lock.locked": {"/device_id": "keeps"}},
    {"device.doorbell_rang": {"/device_id": "needs", "/media_ids": "branches"}},
    {"device.doorbell_rang": {"/video_url": "keeps", "/occurred_at": "keeps"}},
    {"lock.unlocked": {"/method": "counts"}, "lock.access_denied": {"/device_id": "keeps"}},
    {"access_code.changed": {"/changed_properties": "keeps"}},
    {"connected_account.disconnected": {"/connected_account_errors/*/error_code": "keeps"}},
)


def ten_animals() -> list[Animal]:
    """
    Make the ten handlers.
    """
    return [Animal(f"dict {at}", "dict", table) for at, table in enumerate(TABLES)]


def consumer_of(animal: Animal) -> Dependencies:
    """
    Write the consumer contract of a handler by its table.
    """
    return Dependencies(
        target=animal.name,
        types=tuple(
            TypeUse(
                event_type=event_type,
                properties=tuple(
                    PropertyUse(pointer=pointer, use=UseKind.READ, is_read=True)
                    for one, pointer in animal.pairs
                    if one == event_type
                ),
            )
            for event_type in animal.table
        ),
    )


def history() -> list[Change]:
    """
    Return all changes between the versions of the SDK, and from each to the contract of today.
    """
    known = {name: catalog()[name].document for name in catalog()}
    found: list[Change] = []
    for old, new in pairwise(VERSIONS):
        if (ANY_EVENT in VERSIONS[old]) == (ANY_EVENT in VERSIONS[new]):
            sides = contracts_of(VERSIONS[old]), contracts_of(VERSIONS[new])
            found += [*changes(*sides), *changes(*reversed(sides))]
        # As seen by who goes back to an old version: most of its changes are breaking.
        found += changes(*compare_sdk(known, read(VERSIONS[old])))
    return found


def breaks(change: Change, animal: Animal) -> bool:
    """
    Whether a breaking change is about something that a handler uses, by its table.
    """
    return any(
        change.event_type in (event_type, ANY_EVENT)
        and (
            not change.pointer
            or f"{pointer}/".startswith(f"{change.pointer}/")
            # The values of an object are used with it.
            or change.pointer == f"{pointer}/*"
        )
        for event_type, pointer in animal.pairs
    )


def judge(animals: Iterable[tuple[Animal, Dependencies]]) -> Counter[str]:
    """
    Compare what is reported as breaking with the tables of the handlers.
    """
    breaking = [one for one in history() if one.impact is Impact.BREAKING]
    count = Counter[str]()
    for animal, consumer in animals:
        for one in concerns_of(breaking, consumer):
            is_true, is_reported = breaks(one.change, animal), one.concern is Concern.BREAKS
            count["breaking"] += 1
            count["true"] += is_true
            count["missed"] += is_true and not is_reported
            count["false"] += is_reported and not is_true
    return count


@pytest.mark.slow
def test_the_history_of_the_contract_by_the_tables_of_handlers() -> None:
    """
    By a right consumer contract no break is missed, and nothing else is reported.
    """
    count = judge((one, consumer_of(one)) for one in ten_animals())

    assert count["true"] > 0
    assert count["missed"] == count["false"] == 0


@pytest.mark.slow
def test_the_history_of_the_contract_by_experiment() -> None:
    """
    By the contract that the experiment finds no break is missed, and few others are reported.
    """
    count = judge((one, examine(one.handle, one.state)) for one in ten_animals())

    assert count["true"] > 0
    assert count["missed"] == 0
    assert count["false"] < 0.1 * count["breaking"]
