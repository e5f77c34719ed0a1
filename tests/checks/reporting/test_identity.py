"""
Reports as JSON and JUnit XML, and what all reports share.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from seamproof.checks.model.exchange import Escaped, Received
from seamproof.checks.model.state_changes import StateChange, StateDeviation
from seamproof.checks.reporting.as_json import as_json
from seamproof.checks.reporting.as_junit import as_junit
from seamproof.checks.reporting.identity import case_id, distil
from seamproof.checks.reporting.view import counts_of
from tests.checks.reported import (
    BODY,
    CRASH,
    ESCAPED,
    ISSUED,
    REPORT,
    SECRET,
    check,
    failure,
    request,
    result,
    view_of,
)

if TYPE_CHECKING:
    from seamproof.checks.model.results import Failure
    from seamproof.checks.model.state_changes import Operation

#: What a handler may say, and formats and terminals stumble over.
NASTY = "a\x00b\x1b[31m\ud800 ]]> <script> & \ufffe \u202e 😀 \u2028"


def document(*results: Any, **given: Any) -> dict[str, Any]:
    """
    Read the JSON report.
    """
    read: dict[str, Any] = json.loads(as_json(view_of(*results, **given)))
    return read


def test_the_json_report_has_the_promised_members() -> None:
    """
    Names and nesting are what others build on.
    """
    read = document()

    assert list(read) == ["target", "seed", "summary", "checks"]
    assert (read["target"], read["seed"]) == ("app:handler", 7)
    assert read["summary"] == {
        "passed": 1,
        "failed": 2,
        "warnings": 1,
        "inconclusive": 1,
        "skipped": 1,
        "deliveries": 18,
        "seconds": 3.0,
    }
    assert [one["status"] for one in read["checks"]] == [one.status for one in REPORT.results]
    assert read["checks"][0] == {
        "id": "signature.missing_id",
        "severity": "error",
        "status": "passed",
        "failures": [],
    }
    assert read["checks"][4]["note"] == "give --state"


def test_a_failure_in_json_holds_the_exact_request() -> None:
    """
    What was sent, what was expected and what came back, with the id of the case.
    """
    (found,) = document()["checks"][1]["failures"]

    assert found == {
        "event_type": ISSUED,
        "sent": {"headers": dict(request(age=600).headers), "body": BODY.decode()},
        "expected": "4xx",
        "received": {"status": 200, "body": "ok", "ms": 1.25, "exception": None},
        "cause": "answered 200",
        "case": case_id(check("signature.stale"), failure(), REPORT.target),
    }


def test_an_exception_in_json_has_place_and_traceback() -> None:
    """
    An exception that escaped the handler is told with its class, message and place.
    """
    found = document()["checks"][2]["failures"][0]["received"]

    assert found["exception"] == "KeyError: 'door' (at app.py:12)"
    assert found["traceback"] == ESCAPED.trace


def test_what_is_unusual_in_json_has_members_of_its_own() -> None:
    """
    Earlier requests, other methods, bodies that are no text, known failures.
    """
    odd = failure(sent=(request(body=b"\xff\x00"), request(method="GET")))
    case = case_id(check("signature.stale"), odd, REPORT.target)
    read = document(
        replace(result("signature.stale", "failed", odd), note="n"), known=frozenset([case])
    )

    (found,) = read["checks"][0]["failures"]
    assert found["sent"]["method"] == "GET"
    assert found["before"][0]["body"] == "\\xff\x00"
    assert found["before"][0]["body_base64"] == "/wA="
    assert found["known"] is True


def test_where_there_is_no_answer_to_show_the_members_are_there_all_the_same() -> None:
    """
    An effect that came ten times is no one answer's.
    """
    (found,) = document(result("a.b", "failed", failure(received=None)))["checks"][0]["failures"]

    assert found["received"] == {"status": None, "body": "", "ms": None, "exception": None}


def test_a_stopped_run_says_so_in_json() -> None:
    """
    Why a run ended early stands beside its seed.
    """
    stopped = replace(view_of(), report=replace(REPORT, stopped="the plain delivery fails"))

    assert json.loads(as_json(stopped))["stopped"] == "the plain delivery fails"


def nasty() -> Any:
    """
    Make a result in which every text is one that formats stumble over.
    """
    escaped = Escaped(kind="Odd", message=NASTY, place=NASTY, trace=NASTY)
    received = Received(
        status=500,
        headers={"location": NASTY},
        body=NASTY.encode(errors="surrogatepass"),
        escaped=escaped,
        reason=NASTY,
    )
    sent = request(body=NASTY.encode(errors="surrogatepass"))
    sent = replace(sent, headers=(*sent.headers, ("x", NASTY)))
    odd = failure(sent=(sent,), received=received, expected=NASTY, context=NASTY, event_type=NASTY)
    return replace(result("signature.stale", "failed", odd), note=NASTY)


def test_whatever_a_handler_says_makes_good_json_and_xml() -> None:
    """
    Control characters, halves of surrogate pairs and markup break no report.
    """
    cause = document(nasty())["checks"][0]["failures"][0]["cause"]

    assert cause == f"{NASTY}: Odd at {NASTY}"
    root = ET.fromstring(as_junit(view_of(nasty())))  # noqa: S314 - our own
    assert "<script>" in (root.findtext(".//failure") or "")


def junit(*results: Any, **given: Any) -> ET.Element:
    """
    Read the JUnit report.
    """
    (suite,) = ET.fromstring(as_junit(view_of(*results, **given)))  # noqa: S314 - our own
    return suite


def test_junit_has_a_test_case_for_each_check() -> None:
    """
    The counts agree with the cases, and a check without a verdict is a skipped one.
    """
    suite = junit()

    cases = suite.findall("testcase")
    assert [f"{one.get('classname')}.{one.get('name')}" for one in cases] == [
        f"seamproof.{one.check.id}" for one in REPORT.results
    ]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("6", "2", "2")
    assert len(suite.findall(".//failure")) == 2
    assert [one.get("message") for one in suite.findall(".//skipped")] == [
        "inconclusive: give --state",
        "skipped: not selected",
    ]
    assert suite.get("timestamp") == "2025-06-15T15:06:40"


@pytest.mark.parametrize(("limited", "errors"), [(False, "1"), (True, "0")])
def test_junit_has_an_error_for_a_run_that_is_cut_short(*, limited: bool, errors: str) -> None:
    """
    A CI server sees that a handler has stopped answering, though no check has failed.
    """
    suite = junit(stopped="the handler no longer answers", limited=limited)

    assert suite.get("errors") == errors
    assert int(suite.get("tests") or 0) == len(suite.findall("testcase"))
    assert [one.get("message") for one in suite.findall(".//error")] == [
        "the handler no longer answers"
    ] * int(errors)


def test_junit_tells_a_failure_whole() -> None:
    """
    A reader of the CI server sees what was sent and how it is sent again.
    """
    failed = junit().findall(".//failure")[1]

    assert failed.get("message") == "KeyError at app.py:12"
    text = failed.text or ""
    assert "payload.nulls · 2 event types · error" in text
    assert BODY.decode() in text
    assert 'event["door"]' in text
    assert text.count("seamproof replay payload.nulls-") == 2


@pytest.mark.parametrize(("strict", "failures"), [(False, "2"), (True, "3")])
def test_a_warning_is_a_failure_in_junit_only_if_strict(*, strict: bool, failures: str) -> None:
    """
    What does not fail the run stands in the output of its test case.
    """
    suite = junit(strict=strict)

    assert suite.get("failures") == failures
    assert len(suite.findall(".//system-out")) == (not strict)


def test_a_known_failure_is_none_in_junit() -> None:
    """
    The baseline makes a failure known: CI is green, the output has it.
    """
    known = frozenset(name for _, _, name in view_of().failures())
    suite = junit(known=known)

    assert suite.get("failures") == "0"
    assert len(suite.findall(".//system-out")) == 3


@pytest.mark.parametrize(
    ("results", "strict", "failed"),
    [
        ([result("a", "passed")], True, False),
        ([result("a", "inconclusive")], True, False),
        ([result("a", "warning", failure(severity="warning"))], False, False),
        ([result("a", "warning", failure(severity="warning"))], True, True),
        ([result("a", "failed", failure())], False, True),
        ([result("a", "failed")], False, True),
    ],
)
def test_what_fails_a_run(*, results: list[Any], strict: bool, failed: bool) -> None:
    """
    Errors do, warnings only if that is asked for, and what is undecided does not.
    """
    assert view_of(*results, strict=strict).failed is failed


@pytest.mark.parametrize("limited", [True, False])
def test_a_run_that_stops_has_failed_unless_its_time_was_limited(*, limited: bool) -> None:
    """
    A handler that no longer answers has not passed, even if no check got so far as to say so.
    """
    report = replace(REPORT, results=(result("a", "skipped"),), stopped="no longer answers")

    assert replace(view_of(limited=limited), report=report).failed is not limited


def test_failures_are_the_same_if_event_type_and_cause_are() -> None:
    """
    Of those, the smallest proof is kept; two causes stay two failures.
    """
    large = failure(sent=(request(body=BODY + b" " * 99),))
    two = failure(sent=(request(), request()))
    other = failure(received=Received(status=204))
    report = replace(REPORT, results=(result("a", "failed", large, two, failure(), other),))

    kept = distil(report, [SECRET]).results[0].failures

    assert kept == (failure(), other)


def test_a_bug_in_shared_code_is_told_once() -> None:
    """
    Failures of one check with one cause are one group, with the event type of each.
    """
    groups = view_of().groups()

    assert [group.check.id for group in groups] == [
        "signature.stale",
        "payload.nulls",
        "payload.large",
    ]
    assert [event_type for event_type, _ in groups[1].cases] == [ISSUED, "lock.locked"]
    assert len({name for _, name in groups[1].cases}) == 2


def test_the_id_of_a_failure_is_that_of_check_event_type_and_cause() -> None:
    """
    What was sent this time and what came back do not change the id.
    """
    received = Received(status=200, body=b"other", milliseconds=9.0)
    again = failure(sent=(request(),), received=received, expected="otherwise")

    assert case_id(check("a.b"), failure()) == case_id(check("a.b"), again)
    assert case_id(check("a.b"), failure()).startswith("a.b-")
    others = [
        case_id(check("a.c"), failure()),
        case_id(check("a.b"), failure(received=Received(status=201))),
        case_id(check("a.b"), failure(event_type=None)),
    ]
    assert len({case_id(check("a.b"), failure()), *others}) == 4


def test_the_same_failure_of_another_handler_is_another_one() -> None:
    """
    On which port it is served makes no difference.
    """
    here, there = "http://127.0.0.1:4711/seam", "http://127.0.0.1:4712/seam"

    assert case_id(check("a.b"), failure(), here) == case_id(check("a.b"), failure(), there)
    assert case_id(check("a.b"), failure(), here) != case_id(
        check("a.b"), failure(), "http://127.0.0.1/other"
    )
    assert case_id(check("a.b"), failure(), "one:app") != case_id(
        check("a.b"), failure(), "other:app"
    )


def answered(status: int, **given: Any) -> Failure:
    """
    Make a failure by a status.
    """
    return failure(received=Received(status=status), **given)


def raised(place: str) -> Failure:
    """
    Make a failure by an exception.
    """
    return failure(received=Received(status=500, escaped=replace(ESCAPED, place=place)))


def counted(amount: int) -> Failure:
    """
    Make a failure by a counter that has too large a value.
    """
    wrong = (StateChange("count", "increment", f"{amount:+}"),)
    return failure(received=None, deviation=StateDeviation(unexpected=wrong))


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("delivery.concurrent_duplicates", counted(10), counted(7), True),
        (
            "delivery.response_time",
            answered(200, context="took 5.1 s"),
            answered(200, context="took 16.25 s"),
            True,
        ),
        ("delivery.journey", answered(500), answered(404), False),
        ("delivery.journey", raised("app.py:10"), raised("app.py:11"), False),
        ("delivery.journey", raised("a2.py:10"), raised("a3.py:10"), False),
        (
            "payload.large",
            answered(413, context="100 kB"),
            answered(413, context="350 kB"),
            False,
        ),
    ],
)
def test_what_is_counted_or_timed_does_not_change_the_id(
    name: str, one: Failure, other: Failure, *, same: bool
) -> None:
    """
    A race that is lost ten times and then seven times is one failure; a status is not a figure.
    """
    ids = {case_id(check(name), found) for found in (one, other)}

    assert len(ids) == (1 if same else 2)


def changes(*rows: tuple[str, Operation, str]) -> tuple[StateChange, ...]:
    """
    Make a state diff.
    """
    return tuple(StateChange(*row) for row in rows)


@pytest.mark.parametrize(
    ("expected_id", "cause", "found"),
    [
        (
            "delivery.duplicate-87ae69b8",
            (
                "changed again: mails +1; "
                'log + {"n": 4, "what": "door 2"}; b.‹id› is gone and 2 more: answered 204'
            ),
            answered(
                204,
                deviation=StateDeviation(
                    unexpected=changes(
                        ("mails", "increment", "+1"),
                        ("log", "add", '{"n": 4, "what": "door 2"}'),
                        ("b.‹id›", "unset", ""),
                        ("c", "remove", '"x"'),
                        ("", "set", "7"),
                    ),
                    occasion="again",
                ),
            ),
        ),
        (
            "delivery.out_of_order-4fe10507",
            (
                "lock, lock.locked before lock.unlocked: "
                'not done: devices.‹device_id› = {"at": 21.5}, '
                'done instead: devices.‹device_id› = {"at": 7}'
            ),
            failure(
                received=None,
                context="lock, lock.locked before lock.unlocked",
                deviation=StateDeviation.between(
                    changes(("devices.‹device_id›", "set", '{"at": 21.5}')),
                    changes(("devices.‹device_id›", "set", '{"at": 7}')),
                ),
            ),
        ),
        (
            "delivery.response_time-3b8fb114",
            "took 5.1 s: answered 200",
            answered(200, context="took 5.1 s"),
        ),
        (
            "delivery.journey-740ad709",
            "step 3 of the life cycle lock: KeyError at app.py:12",
            replace(raised("app.py:12"), context="step 3 of the life cycle lock"),
        ),
        (
            "delivery.journey-394b655f",
            "step 3 of the life cycle lock: no answer within 15 s",
            failure(
                context="step 3 of the life cycle lock",
                received=Received(status=None, reason="no answer within 15 s"),
            ),
        ),
        ("payload.large-7dc40d96", "100 kB: answered 413", answered(413, context="100 kB")),
        (
            "delivery.no_effect_when_rejected-18849b9d",
            "changed: seen +1",
            answered(
                401,
                deviation=StateDeviation(
                    unexpected=changes(("seen", "increment", "+1")), occasion="rejected"
                ),
                is_about_answer=False,
            ),
        ),
    ],
)
def test_causes_and_ids_are_those_of_version_0_1_0(
    expected_id: str, cause: str, found: Failure
) -> None:
    """
    Baselines, cases and regression tests of version 0.1.0 name failures by these.
    """
    assert found.cause == cause
    assert case_id(check(expected_id.rpartition("-")[0]), found) == expected_id


def test_places_are_told_from_the_current_directory() -> None:
    """
    So that a failure has the same id on another machine.
    """
    here = replace(ESCAPED, place=f"{Path.cwd()}/app.py:12")
    received = Received(status=500, escaped=here)
    far = failure(received=received)

    (one,) = view_of(result("a", "failed", far)).report.results[0].failures

    assert one.cause == CRASH.cause
    assert one.received
    assert one.received.escaped
    assert one.received.escaped.place == "app.py:12"


def test_checks_are_counted_by_how_they_ended() -> None:
    """
    Each is counted once.
    """
    counts = counts_of(REPORT)

    assert (counts.passed, counts.failed, counts.warnings) == (1, 2, 1)
    assert (counts.inconclusive, counts.skipped) == (1, 1)
