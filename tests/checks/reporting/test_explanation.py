"""
Tests of the text of a failure: the headline, what was sent, expected and received, the fix.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.exchange import CAUGHT, Answer, Escaped, Received, Request
from seamproof.checks.model.state_changes import StateChange, StateDeviation
from seamproof.checks.reporting.causes.answers import exception_name
from seamproof.checks.reporting.explanation import explain, in_short, uncapitalised
from seamproof.checks.reporting.wording import block_lines, group_lines, headline, printed_lines
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
MISSING = "because the optional property device_id was missing."
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
    ("found", "words"),
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
        (WITHOUT, f"The handler crashed {MISSING}"),
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
        (
            replace(CRASH, expected="accepted with 2xx: battery_level is 0"),
            "The handler crashed because battery_level was 0.",
        ),
        (
            replace(WITHOUT, received=replace(OK, escaped=ESCAPED)),
            f"The handler answered 204, and then crashed {MISSING}",
        ),
        (
            replace(WITHOUT, received=BAD),
            f"The handler refused a genuine {ISSUED} {MISSING}",
        ),
        (
            replace(CRASH, expected="2xx", received=BAD, finding="the handler signs twice"),
            f"The handler refused a genuine {ISSUED}. It signs twice.",
        ),
        (MOVED, "The final state depends on the order."),
    ],
)
def test_the_headline_says_what_happened(found: Failure, words: str) -> None:
    """
    One sentence, without the vocabulary of the battery.
    """
    row = accepting("delivery.out_of_order", violation="The final state depends on the order.")
    plain = row if found.deviation else replace(row, violation="")

    assert explain(plain, found).headline == words


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


def test_what_is_raised_after_the_answer_is_no_crash_of_the_event_type() -> None:
    """
    Work in the background fails after a 2xx: that is said in the headline, the answer and why.
    """
    found = replace(CRASH, expected="accepted with 2xx", received=replace(OK, escaped=ESCAPED))
    explained = explain(accepting("payload.every_event_type"), found)

    assert (
        explained.headline == f"The handler answered 204, and then crashed on a genuine {ISSUED}."
    )
    assert explained.got[0] == "204 after 1 ms, and then"
    assert explained.why.startswith("A 2xx ends the retries")
    assert in_short(accepting("payload.nulls"), found) == "KeyError at app.py:12 after the answer"


def test_work_that_fails_with_its_dependency_after_the_answer_loses_the_event() -> None:
    """
    The fix is to do the work before the answer, not to handle the exception of the dependency.
    """
    lost = replace(OK, escaped=replace(ESCAPED, kind="ConnectionError"))
    row = replace(check("delivery.retry_after_failure"), needs_breaker=True)
    found = replace(
        CRASH,
        expected="not acknowledged with 2xx while the work fails",
        received=lost,
        answers=(Answer(received=lost, is_while_broken=True),),
    )

    explained = explain(row, found)
    still = explain(row, replace(found, received=CRASH.received, answers=()))

    assert explained.headline == ("The event is lost: it was answered 204 before the work failed.")
    assert explained.fix.startswith("Do the work before the answer")
    assert explained.sent[0].endswith(", while the dependency fails (--break)")
    assert still.headline == "The handler still fails when the dependency works again."


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        ("sqlite3.OperationalError", "Guard what requests share at app.py:12:"),
        ("sqlite3.IntegrityError", "do this"),
    ],
)
def test_a_crash_of_deliveries_at_once_is_about_concurrency(kind: str, fix: str) -> None:
    """
    No event type is named: any of them may be the one that meets another.
    """
    crashed = Received(status=500, escaped=replace(ESCAPED, kind=kind))
    sent = [event("device.added", f"2025-11-1{n}T15:37:00.000Z", f"msg_{n}") for n in range(5)]
    found = replace(
        CRASH,
        sent=tuple(sent),
        expected="no crash among 5 deliveries at once",
        received=crashed,
        answers=tuple(Answer(received=one, is_at_once=True) for one in (OK, OK, OK, OK, crashed)),
    )
    row = check("delivery.concurrent_burst")

    explained = explain(row, found)

    assert explained.headline == "The handler crashed when deliveries came at the same time."
    assert explained.fix.startswith(fix)
    name = kind.rpartition(".")[2]
    assert explained.sent == (f"1-5  5 deliveries at once  204 × 4, 500  {name}",)
    (group,) = view_of(replace(result("delivery.concurrent_burst", "failed", found))).groups()
    assert headline(group) == "FAILED  delivery.concurrent_burst"


def test_an_exception_of_background_work_came_after_the_answer() -> None:
    """
    The headline says where it was raised.
    """
    row = replace(check("delivery.background_work"), reports_background=True)
    found = replace(CRASH, received=replace(OK, escaped=ESCAPED), context="in a thread")

    assert explain(row, found).headline == (
        "The handler answered 204, and raised an exception afterwards in a thread."
    )


def test_an_exception_with_a_vague_name_is_shown_with_its_package() -> None:
    """
    `Error` is the name of a class of many packages.
    """
    assert exception_name(replace(ESCAPED, kind="binascii.Error")) == "binascii.Error"
    assert exception_name(replace(ESCAPED, kind="pydantic_core._x.ValidationError")) == (
        "ValidationError"
    )


def test_what_is_printed_again_and_again_is_shown_once() -> None:
    """
    Lines that differ in their time only are one line; a traceback is shown apart.
    """
    printed = "\n".join(
        [
            "[07:54:59,898] ERROR in app: Exception on /webhooks/seam [POST]",
            *ESCAPED.trace.splitlines(),
            "",
            "During handling of the above exception, another exception occurred:",
            "",
            *ESCAPED.trace.splitlines(),
            "[07:54:59,904] ERROR in app: Exception on /webhooks/seam [POST]",
        ]
    )
    found = replace(CRASH, received=Received(status=500, escaped=ESCAPED, printed=printed))

    assert printed_lines(found, 5) == [
        "[07:54:59,904] ERROR in app: Exception on /webhooks/seam [POST]"
    ]


def test_a_key_that_the_event_lacks_is_named_with_its_default() -> None:
    """
    Only where the line of code names the key: a value that was looked up is another bug.
    """
    body = Event.of({"event_type": ISSUED}).body
    written = replace(CRASH, expected="accepted with 2xx", sent=(request(body=body),))
    looked_up = replace(
        written,
        received=Received(
            status=500,
            escaped=replace(ESCAPED, trace=ESCAPED.trace.replace('event["door"]', "RULES[kind]")),
        ),
    )
    row = accepting("payload.every_event_type", refused_types="reports")

    assert explain(row, written).fix == (
        'This event has no door: read it with a default: event.get("door").'
    )
    assert explain(row, looked_up).fix.startswith("Find out why app.py:12 raises KeyError")


@pytest.mark.parametrize(
    ("kind", "message", "fix"),
    [
        (
            "ValueError",
            "time data '2026-01-31T10:30:00.123Z' does not match format '%Y-%m-%dT%H:%M:%SZ'",
            "Read times with datetime.fromisoformat() at app.py:12:",
        ),
        ("ValueError", "unconverted data remains: .123Z", "Read times with"),
        ("ValueError", "Invalid isoformat string: '2026'", "Read times with"),
        (
            "TypeError",
            "can't compare offset-naive and offset-aware datetimes",
            "Give both times at app.py:12 a time zone:",
        ),
        (
            "UnboundLocalError",
            "cannot access local variable 'by' where it is not associated with a value",
            "Give by a value in every case at app.py:12:",
        ),
        (
            "UnicodeEncodeError",
            "'ascii' codec can't encode character '\\xeb' in position 2",
            "Write text as UTF-8 at app.py:12: the codec ascii",
        ),
    ],
)
def test_an_exception_that_says_its_cause_has_its_fix(kind: str, message: str, fix: str) -> None:
    """
    Whatever the event was like: a time in a fixed format, a branch that gives no value.
    """
    escaped = replace(ESCAPED, kind=kind, message=message)
    failed = replace(CRASH, received=Received(status=500, escaped=escaped))
    row = accepting("payload.every_event_type", refused_types="reports")

    assert explain(row, failed).fix.startswith(fix)


def test_an_exception_that_was_caught_has_the_fix_of_what_raised() -> None:
    """
    And the event has to be delivered again: it was not after the answer.
    """
    row = replace(accepting("delivery.background_work"), reports_background=True)
    received = Received(status=200, escaped=ESCAPED)
    caught = replace(CRASH, received=received, context=CAUGHT, expected="not accepted")

    assert explain(row, caught).fix == (
        "Find out why app.py:12 raises KeyError for acs_credential.issued, and handle it. "
        "Where the work fails, answer 5xx."
    )
    assert in_short(row, caught) == "KeyError at app.py:12, caught and logged"


def test_errors_of_a_validation_are_shown_by_property() -> None:
    """
    As a list or under `detail`, also where the answer was cut.
    """
    errors = (
        '[{"type":"missing","loc":["body","device_id"],"msg":"Field required","input":{}},'
        '{"type":"extra","loc": ["door", 0, "name"], "msg": "not \\"x\\"", "input": 1}'
    )
    for body in (f"{errors}]", f'{{"detail":{errors}]}}', f'{{"detail":{errors}, {{"type":"mis'):
        refused = failure(received=Received(status=422, body=body.encode()))
        assert explain(accepting("payload.nulls"), refused).got[1:] == (
            "device_id: Field required",
            'door.0.name: not \\"x\\"',
        )


def test_a_headline_is_uncapitalised_but_for_an_abbreviation() -> None:
    """
    A word of one letter is none.
    """
    assert uncapitalised("A redelivery has an effect") == "a redelivery has an effect"
    assert uncapitalised("GET is answered") == "GET is answered"


def test_a_delivery_in_another_form_is_no_forgery() -> None:
    """
    Rotated secrets are genuine; another method is named.
    """
    rotated = replace(CRASH, sent=(request("rotation, current key first"),))
    other = replace(CRASH, sent=(request(method="GET"),))
    row = accepting("delivery.wrong_method", violation="GET is answered as a delivery would be.")

    assert explain(row, rotated).sent == (
        f"a genuine {ISSUED} with two signatures, the right one first",
    )
    assert explain(row, other).sent == ("a GET with a delivery",)
    found = replace(other, expected="405, or 404", received=OK)
    assert in_short(row, found) == "GET is answered as a delivery would be"


def test_a_page_of_html_is_shown_as_it_is_read() -> None:
    """
    Without its tags and styles, an escaped letter as the letter; other answers line by line.
    """
    page = (
        b"<!DOCTYPE html>\n<html><head><title>Error</title><style>p { x: y }</style></head>"
        b"<body>\n<pre>TypeError: no &#39;slice&#39;<br> &nbsp; &nbsp;at app.js:14:76<br>"
        b" &nbsp;at Layer.handle</pre>\n<!-- cut of"
    )
    found = replace(CRASH, received=Received(status=500, body=page))
    long = replace(CRASH, received=Received(status=500, body=b"a\n\nb\nc\nd\ne\n"))
    row = accepting("payload.nulls")

    assert explain(row, found).got[1:] == (
        "TypeError: no 'slice'",
        "at app.js:14:76",
        "at Layer.handle",
    )
    assert explain(row, long).got[1:] == ("a", "b", "c", "d", "…")


def test_the_fix_of_a_handler_elsewhere_is_in_its_language_too() -> None:
    """
    Where there is no exception of Python, the handler may be written in JavaScript.
    """
    found = replace(WITHOUT, received=Received(status=500))

    assert explain(accepting("payload.required_only"), found).fix.endswith(
        'event.get("device_id"). In JavaScript: event.device_id ?? a default.'
    )
