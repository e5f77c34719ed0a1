"""
Payload checks: each reason of a failure is reported once, although one line fails for all of them.
"""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import make_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.snapshot import Snapshot
from seamproof.checks.reporting.identity import case_id
from seamproof.schemas import catalog
from tests.checks.battery.payload.test_payload_checks import ByUrl, acting, of_type
from tests.checks.small import Small, check, found

if TYPE_CHECKING:
    from collections.abc import Callable

    from _pytest.mark import ParameterSet

    from seamproof.checks.model.results import Report

BATTERY_STATUS = "device.battery_status_changed"


def causes(report: Report) -> dict[str, list[str]]:
    """
    List the causes of the failures of each check.
    """
    return {name: [one.cause for one in result.failures] for name, result in found(report).items()}


def strict(event: dict[str, Any]) -> None:
    """
    Reject a value of an enum, a fraction and an unknown property, all at one line.
    """
    wrong = [
        *(["battery_level"] if event["battery_level"] % 1 else []),
        *(["battery_status"] if event["battery_status"] == "full" else []),
        *(name for name in event if name.startswith("future")),
    ]
    if wrong:
        raise ValueError(f"bad {wrong[0]}")  # noqa: EM102, TRY003 - as handlers are written


@pytest.mark.parametrize("kind", [Small, ByUrl])
def test_one_rejected_value_hides_no_other(kind: type[Small]) -> None:
    """
    The plain event is rejected for its level; the value of an enum is found behind it.
    """

    class Strict(kind):  # type: ignore[misc, valid-type]
        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"] == BATTERY_STATUS:
                strict(event)
            super().act(event)

    report = check(Strict(), "payload.*", events="device.*", seen=False, max_examples=10)

    assert {"payload.every_event_type", "payload.every_enum_value"} <= found(report).keys()
    fuzz = next(one for one in report.results if one.check.id == "payload.property_fuzz")
    assert fuzz.status == "inconclusive"
    assert fuzz.note.startswith("met only failures that are reported above")


def test_each_argument_of_a_dataclass_is_a_reason() -> None:
    """
    One line makes an object of an event: each argument that it does not know is reported, once.
    """
    known = catalog()["device.low_battery"].required
    event_class = make_dataclass("LowBattery", [(name, object, None) for name in known])
    handler = acting(of_type("device.low_battery", lambda event: event_class(**event)))

    names = [
        cause.rpartition("'")[0].rpartition("'")[2]
        for cause in causes(check(handler, "payload.all_optional", events="device.*", seen=False))[
            "payload.all_optional"
        ]
    ]

    assert len(names) > 2
    assert len(names) == len(set(names))


@pytest.mark.parametrize("missing", ["low", "critical", "good", "full"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_value_of_an_enum_is_certain(missing: str, seed: int) -> None:
    """
    Whichever value a plain event happens to have, the one that is rejected is reported.
    """
    handler = acting(lambda event: 1 / (event.get("battery_status") != missing))

    failed = found(check(handler, "payload.every_*", events="device.*", seen=False, seed=seed))

    assert list(failed) == ["payload.every_enum_value"]
    assert failed["payload.every_enum_value"].failures[0].expected.endswith(f'is "{missing}"')


@pytest.mark.parametrize("kind", [Small, ByUrl])
def test_a_lower_case_z_is_one_warning(kind: type[Small]) -> None:
    """
    Of all event types there is one warning, and fuzzing does not report it again.
    """

    class UpperCaseOnly(kind):  # type: ignore[misc, valid-type]
        def act(self, event: dict[str, Any]) -> None:
            text = event["occurred_at"].replace("Z", "+00:00")
            datetime.fromisoformat(text)
            super().act(event)

    report = check(UpperCaseOnly(), "payload.*", events="device.*", seen=False, max_examples=10)

    (name,), (warning,) = found(report).keys(), found(report).values()
    assert name == "payload.timestamp_precision"
    assert [one.expected for one in warning.failures] == [
        "accepted with 2xx: times with a lower-case t and z"
    ]
    undecided = {one.check.id for one in report.results if one.status == "inconclusive"}
    assert undecided == {"payload.lost_values"}


def test_ids_are_the_same_with_every_seed() -> None:
    """
    Neither the values of an event nor figures are part of a failure's identity.
    """

    def insert(event: dict[str, Any]) -> None:
        database = sqlite3.connect(":memory:")
        database.execute("create table events (key text not null, at text)")
        row = (event.get("customer_key"), event["occurred_at"])
        database.execute("insert into events values (?, ?)", row)

    ids = [
        {case_id(result.check, one) for result in report.results for one in result.failures}
        for report in (
            check(acting(insert), "payload.required_only", events="lock.*", seen=False, seed=seed)
            for seed in (1, 2)
        )
    ]

    assert ids[0]
    assert ids[0] == ids[1]


def keeping(keep: Callable[[dict[str, Any], dict[str, Any]], object]) -> Small:
    """
    Make a handler that keeps more of each event, unless a later one of the record was there.
    """

    class Keeping(Small):
        def __init__(self) -> None:
            super().__init__()
            self.rows: dict[str, dict[str, Any]] = {}

        def act(self, event: dict[str, Any]) -> None:
            super().act(event)
            row = self.rows.setdefault(str(event.get("device_id")), {"at": ""})
            if row["at"] < event["occurred_at"]:
                row["at"] = event["occurred_at"]
                keep(event, row)

        def look(self) -> Snapshot:
            return Snapshot(json.loads(json.dumps(self.rows)), time.time())

    return Keeping()


LOST = {
    "0": lambda event, row: row.update(level=event.get("battery_level") or row.get("level")),
    "an empty text": lambda event, row: row.update(
        text=event.get("event_description") or row.get("text")
    ),
    "letters": lambda event, row: row.update(
        text=event.get("event_description", "").encode().decode("latin-1")
    ),
}
KEPT = {
    "all": lambda event, row: row.update(event),
    "none for an empty text": lambda event, row: row.update(
        text=event.get("event_description") or None, level=event.get("battery_level")
    ),
    "a threshold": lambda event, row: row.update(low=event.get("battery_level", 1) < 0.2),
    "nothing": lambda *_: None,
}


def _all_but_one_slow(ways: dict[str, Any]) -> list[ParameterSet]:
    return [
        pytest.param(way, id=name, marks=pytest.mark.slow if at else ())
        for at, (name, way) in enumerate(ways.items())
    ]


@pytest.mark.parametrize("keep", _all_but_one_slow(LOST))
def test_a_value_that_is_lost_is_a_warning(keep: Any) -> None:
    """
    The event is accepted, and the old value stays.
    """
    (result,) = check(
        keeping(keep), "payload.lost_values", events="device.*batt*", settle=0.1
    ).results

    assert result.status == "warning"


@pytest.mark.parametrize("keep", _all_but_one_slow(KEPT))
def test_a_value_that_is_kept_in_another_way_is_not_lost(keep: Any) -> None:
    """
    What a handler makes of a value is its own business.
    """
    (result,) = check(
        keeping(keep), "payload.lost_values", events="device.*batt*", settle=0.1
    ).results

    assert result.status == "passed"


def test_a_loss_is_looked_for_in_the_types_that_have_an_effect() -> None:
    """
    Other types have the same property. A record may be a list, also one of a table.
    """

    class Rows(Small):
        def __init__(self, *, is_table: bool) -> None:
            super().__init__()
            self.is_table = is_table
            self.rows: dict[str, list[str]] = {}

        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"] == "device.removed":
                text = str(event.get("event_description")).encode().decode("latin-1")
                self.rows[event["device_id"]] = ["gone", event["device_id"], text, "~"]

        def look(self) -> Snapshot:
            rows = list(self.rows.values()) if self.is_table else self.rows
            return Snapshot(json.loads(json.dumps(rows)), time.time())

    for quick in (True, False):
        handler = Rows(is_table=quick)
        (result,) = check(handler, "payload.lost_values", quick=quick, settle=0.01).results
        assert result.status == "warning"


def test_without_a_state_no_loss_is_seen() -> None:
    """
    The answer shows nothing of it.
    """
    (result,) = check(Small(), "payload.lost_values", events="device.*batt*", seen=False).results

    assert result.status == "inconclusive"
