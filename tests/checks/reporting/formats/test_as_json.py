"""
Tests of the report as JSON.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from seamproof.checks.reporting.formats.as_json import as_json
from seamproof.checks.reporting.identity import case_id
from tests.checks.reported import (
    BODY,
    ESCAPED,
    ISSUED,
    NASTY,
    REPORT,
    check,
    failure,
    nasty,
    request,
    result,
    view_of,
)


def document(*results: Any, **given: Any) -> dict[str, Any]:
    """
    Read the JSON report.
    """
    read: dict[str, Any] = json.loads(as_json(view_of(*results, **given)))
    return read


def test_the_json_report_has_the_promised_members() -> None:
    """
    Other programs rely on its names and nesting.
    """
    read = document()

    assert list(read) == [
        *(
            "seamproof",
            "target",
            "seed",
            "failed",
            "strict",
            "fail_on",
            "failed_by",
            "summary",
            "checks",
        ),
        "event_types",
    ]
    assert (read["failed"], read["strict"]) == (True, False)
    assert read["failed_by"] == ["signature.stale", "payload.nulls"]
    assert (read["target"], read["seed"]) == ("app:handler", 7)
    assert read["summary"] == {
        "passed": 1,
        "failed": 2,
        "known": 0,
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
        "deliveries": 3,
        "seconds": 0.5,
        "failures": [],
    }
    assert read["checks"][4]["note"] == "give --state"


def test_a_failure_in_json_holds_the_exact_request() -> None:
    """
    It has the request, the expectation and the answer, with the id of the case.
    """
    (found,) = document()["checks"][1]["failures"]

    assert found == {
        "event_type": ISSUED,
        "sent": {
            "event_type": ISSUED,
            "status": 200,
            "headers": dict(request(age=600).headers),
            "body": BODY.decode(),
        },
        "expected": "4xx",
        "received": {"status": 200, "body": "ok", "ms": 1.25, "exception": None},
        "cause": "answered 200",
        "headline": "The handler accepted a forged request.",
        "fix": "do this\nthen that",
        "why": "because",
        "case": case_id(check("signature.stale"), failure(), REPORT.target),
    }


def test_an_exception_in_json_has_place_and_traceback() -> None:
    """
    An exception that escaped the handler is shown with its class, message and place.
    """
    found = document()["checks"][2]["failures"][0]["received"]

    assert found["exception"] == "KeyError: 'door' (at app.py:12)"
    assert found["traceback"] == ESCAPED.trace


def test_optional_members_in_json() -> None:
    """
    Earlier requests, other methods, bodies that are not text, known failures.
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


def test_a_failure_without_an_answer_has_the_members_of_one() -> None:
    """
    A state change that happened ten times belongs to no single answer.
    """
    (found,) = document(result("a.b", "failed", failure(received=None)))["checks"][0]["failures"]

    assert found["received"] == {"status": None, "body": "", "ms": None, "exception": None}


def test_a_stopped_run_says_so_in_json() -> None:
    """
    The report has the reason why a run ended early.
    """
    stopped = replace(view_of(), report=replace(REPORT, stopped="the plain delivery fails"))

    assert json.loads(as_json(stopped))["stopped"] == "the plain delivery fails"


def test_any_text_of_a_handler_makes_valid_json() -> None:
    """
    Control characters, halves of surrogate pairs and markup break no report.
    """
    cause = document(nasty())["checks"][0]["failures"][0]["cause"]

    assert cause == f"{NASTY}: Odd at {NASTY}"
