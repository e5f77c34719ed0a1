"""
The zoo: handlers with exactly one bug each, and good ones of which no check may complain.

Each bug is found by the check that should find it, and nothing else fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from seamproof.checks.battery.registry import BATTERY
from tests.integration.zoo import (
    deliveries,
    effects,
    forgeries,
    frameworks,
    oddities,
    payloads,
    refusals,
    strangers,
)
from tests.integration.zoo.aiming import complaints, examine
from tests.integration.zoo.table import BROKEN, GOOD, Animal

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.model.results import Report

#: What there is in the zoo comes from these, when they are imported.
HOUSES: Final = (
    forgeries,
    refusals,
    payloads,
    strangers,
    deliveries,
    effects,
    frameworks,
    oddities,
)

#: By the number of the row of "What goes wrong in real webhook handlers", what finds it. Row
#: 13, a comparison not in constant time, cannot be seen from outside; row 18, a secret in the
#: wrong form, is refused before anything is sent.
ROWS: Final = {
    1: {"signature.raw_body"},
    2: {
        "signature.missing_all_headers",
        "signature.missing_id",
        "signature.missing_timestamp",
        "signature.missing_signature",
        "signature.wrong_secret",
        "delivery.no_effect_when_rejected",
    },
    3: {"delivery.duplicate", "delivery.duplicate_resigned"},
    4: {"signature.stale", "signature.future", "signature.tolerated_skew"},
    5: {"delivery.out_of_order"},
    6: {"signature.header_case"},
    7: {"delivery.response_time"},
    8: {"payload.large"},
    9: {"payload.required_only", "payload.nulls", "payload.unknown_property"},
    10: {"payload.unknown_event_type"},
    11: {"delivery.concurrent_duplicates"},
    12: {"delivery.success_status"},
    14: {"payload.unicode"},
    15: {
        "signature.rotation_first",
        "signature.rotation_last",
        "signature.rotation_unknown_version_first",
    },
    16: {"delivery.retry_after_failure"},
    17: {"signature.malformed_header"},
}


#: Some of those that are served as well, on a real socket.
BY_URL: Final = (
    "PlainStarlette",
    "Hidden",
    "AnyTime",
    "NarrowExcept",
    "starlette_https",
    "described_model",
    "HundredKilobytes",
    "NewResource",
    "awaited_in_between",
    "pool_of_twenty",
    "LastWordCounts",
    "answered_before_the_work",
    "HandledThenVerified",
)


def names(animals: list[Animal]) -> list[str]:
    """
    Name the handlers for the test's id.
    """
    return [animal.name for animal in animals]


@pytest.mark.parametrize("animal", BROKEN, ids=names(BROKEN))
def test_a_bug_is_found_by_its_check_and_by_no_other(
    animal: Animal, record_property: Callable[[str, object], None]
) -> None:
    """
    The check that should find the bug does, and nothing fails that has nothing to do with it.
    """
    report = examine(animal)

    failed = complaints(report)
    record_property("zoo", row(animal, failed))
    assert animal.check in failed, told(report)
    assert failed.keys() == {animal.check} | animal.also, told(report)


@pytest.mark.parametrize("animal", GOOD, ids=names(GOOD))
def test_of_a_good_handler_nothing_is_said(animal: Animal) -> None:
    """
    However unusual a good handler is, no check fails, warns, or is left undecided.
    """
    report = examine(animal)

    assert not complaints(report), told(report)
    undecided = {one.check.id for one in report.results if one.status == "inconclusive"}
    assert not undecided, told(report)


@pytest.mark.parametrize("name", BY_URL)
def test_by_url_the_same_is_found(name: str) -> None:
    """
    Of a handler that is served, statuses and state tell as much as exceptions do.
    """
    animal = next(one for one in [*BROKEN, *GOOD] if one.name == name)
    report = examine(animal, by_url=True)

    wanted = {animal.check} | animal.also if animal.check else set()
    assert complaints(report).keys() == wanted, told(report)


def test_every_check_has_a_bug_to_find() -> None:
    """
    For each check of the battery there is a handler that only this check must find.
    """
    assert {animal.check for animal in BROKEN} == {check.id for check in BATTERY}


@pytest.mark.parametrize("row", ROWS)
def test_what_goes_wrong_in_real_handlers_is_in_the_zoo(row: int) -> None:
    """
    Each row that can be seen from outside has a bug, at least.
    """
    assert {animal.check for animal in BROKEN} & ROWS[row]


def test_the_zoo_is_no_smaller_than_it_was() -> None:
    """
    There are handlers enough, and no two are called alike.
    """
    animals = [*BROKEN, *GOOD]
    assert len(BROKEN) >= 75
    assert len({animal.name for animal in animals}) == len(animals)
    assert all(animal.words for animal in animals)
    assert {house.__name__ for house in HOUSES} == {animal.house for animal in animals}


def row(animal: Animal, failed: dict[str, str]) -> str:
    """
    Write a row of the table that is printed last: the bug, its check, whether it is found, what
    else is.
    """
    found = "found" if animal.check in failed else "NOT FOUND"
    others = sorted(failed.keys() - {animal.check})
    alarms = [name if name in animal.also else f"{name} (FALSE)" for name in others]
    missed = [f"{name} (MISSED)" for name in sorted(animal.also - failed.keys())]
    return f"{animal.name:28} {animal.check:43} {found:10} {', '.join(alarms + missed)}".rstrip()


def told(report: Report) -> str:
    """
    Say what came of a run, check by check, for a test that fails.
    """
    lines = [f"{name}: {causes}" for name, causes in complaints(report).items()]
    notes = [
        f"{one.check.id}: {one.status}: {one.note}"
        for one in report.results
        if one.status in ("inconclusive", "skipped")
    ]
    return "\n".join([report.stopped, *lines, *notes])
