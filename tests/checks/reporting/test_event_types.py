"""
Tests of the table of event types in reports.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from seamproof.checks.model.event_outcomes import EventTypeOutcome
from seamproof.checks.reporting.event_types import outcome_rows
from seamproof.checks.reporting.formats.as_html import as_html
from seamproof.checks.reporting.formats.as_json import as_json
from seamproof.checks.reporting.formats.as_text import as_text
from seamproof.checks.reporting.identity import distil
from seamproof.signing import Secret
from tests.checks.reported import REPORT, view_of

if TYPE_CHECKING:
    from seamproof.checks.model.event_outcomes import Outcome
    from seamproof.checks.model.results import Report


def row(event_type: str, outcome: Outcome, reason: str = "", changes: str = "") -> EventTypeOutcome:
    """
    Make a row of the table.
    """
    return EventTypeOutcome(event_type=event_type, outcome=outcome, reason=reason, changes=changes)


def report(*rows: EventTypeOutcome) -> Report:
    """
    Make a report with a table.
    """
    return replace(REPORT, event_types=rows)


MANY = (
    row("camera.activated", "fails", "answered 422"),
    *(row(f"device.kind_{number}", "acts") for number in range(5)),
    row("device.other", "ignores"),
    *(row(f"lock.kind_{number}", "ignores") for number in range(3)),
    row("phone.deactivated", "not tried", "this run sent none of it"),
)


def test_event_types_are_grouped_by_outcome_and_resource() -> None:
    """
    All of a resource are one name, some of it a number; a few are named one by one.
    """
    assert outcome_rows(report(*MANY)) == [
        ("acts", "device.* (5 of 6)"),
        ("ignores", "device.other, lock.* (3)"),
        ("fails", "camera.activated: answered 422"),
        ("not tried", "phone.deactivated: this run sent none of it"),
    ]


def test_most_event_types_are_the_others() -> None:
    """
    The table stays short where a handler processes few of the event types.
    """
    few = [row("lock.locked", "acts"), *(row(f"device.d{one}", "ignores") for one in range(9))]

    assert outcome_rows(report(*few)) == [("acts", "lock.locked"), ("ignores", "the other 9")]
    assert outcome_rows(report(*few[1:])) == [("ignores", "all 9")]


def test_there_is_no_table_if_nothing_was_tried() -> None:
    """
    A run that stops at its first delivery knows nothing about event types.
    """
    assert outcome_rows(report(row("lock.locked", "not tried", "this run sent none of it"))) == []


def test_each_report_shows_the_table() -> None:
    """
    Text and page in few lines, JSON and page each event type with what it changes.
    """
    several = (row("lock.locked", "acts", changes='doors.‹device_id› = "<shut>"'), *MANY)
    view = replace(view_of(), report=report(*several))

    assert "acts       lock.locked, device.* (5 of 6)" in as_text(view)
    page = as_html(view)
    assert "<td>lock.locked, device.* (5 of 6)</td>" in page
    assert "doors.‹device_id› = &quot;&lt;shut&gt;&quot;" in page
    read = json.loads(as_json(view))["event_types"]
    assert read[0] == {
        "event_type": "lock.locked",
        "outcome": "acts",
        "changes": 'doors.‹device_id› = "<shut>"',
    }
    assert read[1] == {
        "event_type": "camera.activated",
        "outcome": "fails",
        "reason": "answered 422",
    }


def test_the_table_shows_no_secret() -> None:
    """
    A handler may write its secret into its state.
    """
    secret = Secret.generate()
    clean = distil(
        report(row("lock.locked", "acts", changes=f'key = "{secret.reveal()}"')), [secret]
    )

    assert clean.event_types[0].changes == 'key = "whsec_…"'
