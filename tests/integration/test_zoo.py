"""
The zoo: handlers with exactly one bug each, and good ones of which no check may complain.

Each bug is found by the check that should find it, and nothing else fails. The whole zoo is slow:
the fast run takes a few handlers of each kind, most with their check alone, and
`test_zoo_replays.py` proves each check by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from seamproof.checks.battery.registry import BATTERY
from tests.integration.zoo import (
    background,
    deliveries,
    effects,
    forgeries,
    frameworks,
    limits,
    memory,
    nothing_done,
    oddities,
    order,
    payloads,
    refusals,
    transfers,
    unknown_types,
    values,
)
from tests.integration.zoo.aiming import complaints, examine
from tests.integration.zoo.table import BROKEN, GOOD, Animal

if TYPE_CHECKING:
    from collections.abc import Callable

    from _pytest.mark import ParameterSet

    from seamproof.checks.model.results import Report

#: What there is in the zoo comes from these, when they are imported.
HOUSES: Final = (
    forgeries,
    refusals,
    payloads,
    values,
    unknown_types,
    deliveries,
    order,
    effects,
    nothing_done,
    frameworks,
    oddities,
    limits,
    memory,
    transfers,
    background,
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


#: Of the broken handlers the first quick one of each module: its check alone is run on it.
FAST_ALONE: Final = frozenset(
    (
        *("UnsignedIsDevelopment", "LastSignatureOnly", "NoIdIsZero", "NewAction", "NoMemory"),
        *("RefusedIsHandled", "flask_json", "DatabaseIsLocked", "first_message"),
        *("CutToSeconds", "UnderPayload", "EmptyBattery"),
        "ForgottenAfterMinutes",
    )
)
#: The handlers on which the whole battery is run without being slow.
FAST: Final = frozenset(("FutureNotRead", "PlainFlask"))

#: Of the good ones, those for which one of each is enough: each look at the state of `Batched`
#: takes a second, and a run of all there is minutes.
QUICK: Final = FAST | {"Plain", "PlainStarlette", "PlainLambda", "Journal", "Batched"}

#: Event types of which all is sent to a good handler. A run of the whole catalogue takes three
#: times as long and differs in the payloads alone: it is made of a few, which differ in what they
#: keep.
SOME_TYPES: Final = "device.*,lock.*,access_code.*"
EVERY_TYPE: Final = frozenset(
    ("PlainFastAPI", "ValuesKept", "OneResourceOnly", "OneRowForAll", "LocksOnly", "Tombstones")
)
#: Of the broken ones, the event types that show a bug which a quick run does not; by default
#: `SOME_TYPES`. Those of all others are sent by the quick run.
SHOWN_BY: Final = {
    "BothUnits": "thermostat.*",
    "FirstOfNone": "connected_account.disconnected",
    "LeadingZero": "access_code.set_on_device",
    "OptionalExpected": "device.low_battery",
    "TwoOptionals": "lock.locked",
    "WarmRoom": "thermostat.temperature_threshold_exceeded",
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
    "length_expected",
    "answered_before_the_work",
    "HandledThenVerified",
)
#: What calls that run one after the other do not show: in an event loop, where none of them waits
#: for anything, and in the threads of a busy machine, where each ends before the next one begins.
ONE_BY_ONE: Final = {
    "delivery.concurrent_duplicates",
    "delivery.concurrent_burst",
    "delivery.copies_while_failing",
}
#: The checks whose events are drawn at random, or are examples.
DRAWN: Final = {"payload.property_fuzz", "payload.documented_examples", "delivery.journey"}
#: Of the good ones, those whose state only stores events: whether they act cannot be seen.
LOGS: Final = {"RowsByEventId"}
EFFECTS: Final = {"effect.any", "effect.unusual_event", "effect.old_event", "effect.future_event"}
#: What takes too long for a quick run.
NOT_QUICK: Final = {"delivery.duplicate_later"}


def parameters(animals: list[Animal]) -> list[ParameterSet]:
    """
    List the handlers as parameters of a test, those that are not in `FAST` marked as slow.
    """
    return [pytest.param(one, id=one.name, marks=slow_unless(one.name in FAST)) for one in animals]


def slow_unless(fast: bool) -> tuple[pytest.MarkDecorator, ...]:
    """
    Give the marker of slow tests, or none.
    """
    return () if fast else (pytest.mark.slow,)


@pytest.mark.parametrize("animal", parameters(BROKEN))
def test_a_bug_is_found_by_its_check_and_by_no_other(
    animal: Animal, record_property: Callable[[str, object], None]
) -> None:
    """
    The check that should find the bug does, and nothing fails that has nothing to do with it.
    """
    wanted = {animal.check} | animal.also
    # Whatever value is wrong, events that are drawn may have it as well.
    by_chance = DRAWN - wanted if animal.check.startswith("payload.") else set()
    # Some bugs show with few event types or values, or after seconds: a quick run has not all.
    shown_by = SHOWN_BY.get(animal.name, SOME_TYPES)
    for quick, events in ((True, "*"), (False, shown_by), (False, "*")):
        report = examine(animal, quick=quick, events=events)
        failed = complaints(report)
        assert failed.keys() <= wanted | by_chance, summary_of(report)
        if failed.keys() - by_chance == wanted:
            break

    record_property("zoo", row(animal, failed))
    assert failed.keys() - by_chance == wanted, summary_of(report)


@pytest.mark.parametrize(
    "animal", [one for one in BROKEN if one.name in FAST_ALONE], ids=lambda one: one.name
)
def test_a_bug_of_each_kind_is_found_by_its_check(animal: Animal) -> None:
    """
    The check that should find the bug does without the others.
    """
    report = examine(animal, quick=True, select=[animal.check])

    assert complaints(report).keys() == {animal.check}, summary_of(report)


@pytest.mark.parametrize("animal", parameters(GOOD))
def test_of_a_good_handler_nothing_is_said(animal: Animal) -> None:
    """
    However unusual a good handler is, no check fails, warns, or is left undecided.
    """
    events = "*" if animal.name in QUICK | EVERY_TYPE else SOME_TYPES
    report = examine(animal, quick=animal.name in QUICK, events=events)

    assert not complaints(report), summary_of(report)
    undecided = {one.check.id for one in report.results if one.status == "inconclusive"}
    allowed = ONE_BY_ONE | (NOT_QUICK if animal.name in QUICK else set())
    allowed |= EFFECTS if animal.name in LOGS else set()
    assert undecided <= allowed, summary_of(report)


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_URL)
def test_by_url_the_same_is_found(name: str) -> None:
    """
    For a handler behind a URL, statuses and state show as much as exceptions do.
    """
    animal = next(one for one in [*BROKEN, *GOOD] if one.name == name)
    report = examine(animal, by_url=True, quick=True)

    wanted = {animal.check} | animal.also if animal.check else set()
    assert complaints(report).keys() == wanted, summary_of(report)


def test_every_check_has_a_bug_to_find() -> None:
    """
    For each check of the battery there is a handler that only this check must find.

    That of several worker processes is in `tests/checks/targets/test_new_connections.py`, those
    that call Seam are in `tests/checks/battery/callbacks/test_callback_checks.py`.
    """
    found = {animal.check for animal in BROKEN} | {"delivery.duplicate_elsewhere"}
    calls = {one.id for one in BATTERY if one.id.startswith(("callback.", "outage."))}
    assert found | calls == {check.id for check in BATTERY}


@pytest.mark.parametrize("row", ROWS)
def test_what_goes_wrong_in_real_handlers_is_in_the_zoo(row: int) -> None:
    """
    Each row that can be seen from outside has a bug, at least.
    """
    assert {animal.check for animal in BROKEN} & ROWS[row]


def test_the_zoo_is_no_smaller_than_it_was() -> None:
    """
    There are enough handlers, and no two have the same name.
    """
    animals = [*BROKEN, *GOOD]
    assert len(BROKEN) >= 75
    broken = {animal.name for animal in BROKEN}
    assert broken >= SHOWN_BY.keys()
    assert {animal.name for animal in GOOD} >= EVERY_TYPE | QUICK - broken
    assert len({animal.name for animal in animals}) == len(animals)
    assert all(animal.words for animal in animals)
    assert {house.__name__ for house in HOUSES} == {animal.house for animal in animals}


def test_the_fast_run_has_handlers_of_every_kind() -> None:
    """
    A broken handler of each module, and a good one, are not slow.

    Good ones of several frameworks, and one by URL, are in `test_good_handlers.py`.
    """
    alone = [animal for animal in BROKEN if animal.name in FAST_ALONE]
    assert {animal.name for animal in alone} == FAST_ALONE
    fast = [animal for animal in [*BROKEN, *GOOD] if animal.name in FAST]
    assert {animal.name for animal in fast} == FAST
    assert {animal.house for animal in [*alone, *fast]} >= {one.house for one in BROKEN}
    assert {bool(animal.check) for animal in fast} == {False, True}


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


def summary_of(report: Report) -> str:
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
