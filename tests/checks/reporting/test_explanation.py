"""
Tests of the text of a failure: the headline, what was sent, expected and received, the fix.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.exchange import Answer, Escaped, Received, Request
from seamproof.checks.model.state_changes import StateChange, StateDeviation
from seamproof.checks.reporting.explanation import explain, in_short
from seamproof.checks.reporting.wording import block_lines, group_lines
from seamproof.events import Event
from tests.checks.reported import CRASH, ESCAPED, ISSUED, check, failure, request, result, view_of

if TYPE_CHECKING:
    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.model.results import Failure

OK = Received(status=204, milliseconds=1.0)
BAD = Received(status=400, body=b"no", milliseconds=1.0)


def accepting(name: str, **given: Any) -> CheckInfo:
    """
    Make a row whose requests have to be accepted.
    """
    return replace(check(name), replay="accepted", **given)


def event(kind: str, moment: str, message: str) -> Request:
    """
    Make a delivery of an event that occurred at a moment.
    """
    body = Event.of({"event_type": kind, "occurred_at": moment}).body
    return request(body=body, event_type=kind, message_id=message)


FORGED = failure(
    sent=(request("another secret"),), received=OK, expected="rejected with 4xx (another secret)"
)
WITHOUT = replace(CRASH, expected="accepted with 2xx: without device_id")
MOVED = failure(
    sent=(
        event("device.connected", "2025-11-15T19:57:00.000Z", "msg_a"),
        event("device.added", "2025-11-01T15:37:00.000Z", "msg_b"),
    ),
    received=OK,
    expected="it ends the same in any order",
    deviation=StateDeviation(
        missing=(StateChange("devices.a", "set", "true"),),
        unexpected=(StateChange("devices.a", "set", "false"),),
        occasion="instead",
    ),
)


@pytest.mark.parametrize(
    ("found", "headline"),
    [
        (FORGED, "The handler accepted a forged request: another secret."),
        (
            replace(
                FORGED, sent=(request(age=600),), expected="rejected with 4xx (signed an hour ago)"
            ),
            "The handler accepted a request that was signed an hour ago.",
        ),
        (
            replace(CRASH, expected="accepted with 2xx", received=BAD),
            f"The handler refused a genuine {ISSUED}.",
        ),
        (
            replace(CRASH, expected="accepted with 2xx", received=replace(BAD, status=302)),
            f"The handler redirected a genuine {ISSUED}.",
        ),
        (
            replace(CRASH, expected="accepted with 2xx", received=Received(status=None)),
            f"The handler did not answer a genuine {ISSUED}.",
        ),
        (WITHOUT, "The handler crashed because the optional property device_id was missing."),
        (
            replace(CRASH, expected='accepted with 2xx: method = "remote"'),
            'The handler crashed because method was "remote".',
        ),
        (
            replace(CRASH, expected="accepted with 2xx: device_id is null"),
            "The handler crashed because device_id was null.",
        ),
        (
            replace(CRASH, expected="no crash: a signed body that is no JSON"),
            "The handler crashed on a signed body that is no JSON.",
        ),
        (MOVED, "The final state depends on the order."),
    ],
)
def test_the_headline_says_what_happened(found: Failure, headline: str) -> None:
    """
    One sentence, without the vocabulary of the battery.
    """
    row = accepting("delivery.out_of_order", violation="The final state depends on the order.")
    plain = row if found.deviation else replace(row, violation="")

    assert explain(plain, found).headline == headline


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (WITHOUT, "KeyError at app.py:12: without device_id"),
        (FORGED, "accepted a forged request: another secret"),
    ],
)
def test_a_failure_in_a_few_words(found: Failure, words: str) -> None:
    """
    For a list of one line each: the exception and its place, or what was done wrong.
    """
    assert in_short(accepting("payload.required_only"), found) == words


@pytest.mark.parametrize(
    ("detail", "fix"),
    [
        ("without device_id", 'Read optional properties with a default: event.get("device_id").'),
        ("device_id is null", "Accept null in device_id: the contract allows it."),
        (
            'method = "remote"',
            "Accept every value of method that Seam documents, and others later.",
        ),
    ],
)
def test_the_fix_is_that_of_the_cause(detail: str, fix: str) -> None:
    """
    A crash on a missing property is not told to answer 2xx to every type.
    """
    found = replace(CRASH, expected=f"accepted with 2xx: {detail}")

    assert explain(accepting("payload.every_event_type"), found).fix.startswith(fix[:40])


def test_an_exception_is_shown_with_its_line_of_code() -> None:
    """
    Its place, the code, the class without the module, three lines of the message.
    """
    escaped = Escaped(
        kind="pydantic.ValidationError",
        message="2 errors\na [type=missing, input={}]\nb\nc",
        place="app.py:12",
        trace=ESCAPED.trace,
    )
    found = replace(CRASH, received=Received(status=500, milliseconds=5.2, escaped=escaped))

    assert explain(accepting("payload.nulls"), found).got == (
        "500 after 5 ms",
        '  app.py:12   event["door"]',
        "  ValidationError: 2 errors",
        "    a",
        "    b",
        "    …",
    )


def test_a_sequence_has_a_line_for_each_request() -> None:
    """
    When its event occurred, its answer, and what is older.
    """
    answers = (Answer(received=replace(OK, status=202)), Answer(received=OK))
    explained = explain(check("delivery.out_of_order"), replace(MOVED, answers=answers))

    assert explained.sent == (
        "1  device.connected  occurred 15 Nov 19:57  202",
        "2  device.added      occurred 01 Nov 15:37  204  older, arrived late",
    )
    assert explained.expected == ("devices.a = true", "(it ends the same in any order)")
    assert explained.got == ("devices.a = false",)


def test_forgeries_that_are_accepted_are_one_digest() -> None:
    """
    Three checks fail for one cause: the signature is not verified.
    """
    names = ("wrong_secret", "stale", "missing_id", "future")
    results = []
    for name in names:
        one = result(f"signature.{name}", "failed", FORGED)
        explains = ("signature.*",) if name == "wrong_secret" else ()
        row = replace(one.check, replay="refused", explains=explains)
        results.append(replace(one, check=row))

    digest, *others = view_of(*results).groups()

    assert others == []
    assert digest.checks == tuple(f"signature.{name}" for name in names[1:])
    lines = [line.text for line in group_lines(digest)]
    assert lines[0] == "The signature is not verified, or its failure is ignored."
    assert "all 4 cases: seamproof replay --last" in lines


def test_failures_that_show_in_the_state_are_one_block_a_check() -> None:
    """
    The causes of the others are named, and each has its command.
    """
    other = replace(MOVED, context="thermostat")
    found = result("delivery.out_of_order", "failed", MOVED, other)
    found = replace(found, check=replace(found.check, violation="It depends on the order."))

    (group,) = view_of(found).groups()

    assert group.also == ("thermostat",)
    assert len(group.cases) == 2


def test_errors_come_before_warnings() -> None:
    """
    The cause that explains most failures is the first of the errors.
    """
    warned = failure(severity="warning")
    groups = view_of(
        result("payload.large", "warning", warned, replace(warned, event_type="lock.locked")),
        result("signature.stale", "failed", failure()),
        result("payload.nulls", "failed", CRASH, replace(CRASH, event_type="lock.locked")),
    ).groups()

    found = [(one.check.id, one.failure.severity) for one in groups]
    assert found == [
        ("payload.nulls", "error"),
        ("signature.stale", "error"),
        ("payload.large", "warning"),
    ]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("whole", [False, True])
def test_blocks_fit_a_terminal(width: int, *, whole: bool) -> None:
    """
    Lines are wrapped between words, under their label; nothing is cut off.
    """
    row = accepting("payload.nulls", why="Every optional property is missing somewhere. " * 6)
    found = replace(WITHOUT, context=" ".join(f"word{number}" for number in range(60)))
    (group,) = view_of(replace(result("payload.nulls", "failed", found), check=row)).groups()

    lines = list(block_lines(group, width, whole=whole))

    assert max(len(line) for line in lines if " " in line.strip()) <= width
    labels = [line[2:12].strip() for line in lines[2:] if line[2:3] != " "]
    wanted = ["sent", "expected", "got", "fix", "why", "again"]
    assert [one for one in labels if one not in ("request", "raised")] == wanted
    text = re.sub(r"\s+", " ", " ".join(lines))
    assert row.why.strip() in text
    assert ('"door": "Über ☂"' in text) is whole
    assert ("Traceback" in text) is whole
