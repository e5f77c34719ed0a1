"""
Tests of the report as JUnit XML.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from seamproof.checks.reporting.formats.as_junit import as_junit
from seamproof.checks.reporting.identity import identified_failures
from tests.checks.reported import REPORT, nasty, view_of


def junit(*results: Any, **given: Any) -> ET.Element:
    """
    Read the JUnit report.
    """
    (suite,) = ET.fromstring(as_junit(view_of(*results, **given)))  # noqa: S314 - our own
    return suite


def test_junit_has_a_test_case_for_each_check() -> None:
    """
    The counts agree with the test cases, and a check without a verdict is skipped.
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
    A CI server reports that a handler has stopped answering, although no check has failed.
    """
    suite = junit(stopped="the handler no longer answers", is_out_of_time=True, limited=limited)

    assert suite.get("errors") == errors
    assert int(suite.get("tests") or 0) == len(suite.findall("testcase"))
    assert [one.get("message") for one in suite.findall(".//error")] == [
        "the handler no longer answers"
    ] * int(errors)


def test_junit_has_the_whole_failure() -> None:
    """
    A CI server shows the request and the command that replays it.
    """
    failed = junit().findall(".//failure")[1]

    assert failed.get("message") == "KeyError at app.py:12"
    text = failed.text or ""
    assert "FAILED  payload.nulls · lock.locked and 1 more" in text
    assert 'app.py:12   event["door"]' in text
    assert text.count("seamproof replay payload.nulls-") == 1
    assert "all 2 cases: seamproof replay --last" in text


@pytest.mark.parametrize(("strict", "failures"), [(False, "2"), (True, "4")])
def test_what_only_fails_a_strict_run_is_a_failure_in_its_junit(
    *, strict: bool, failures: str
) -> None:
    """
    Else a warning is part of the output of its test case, and what is inconclusive is skipped.
    """
    suite = junit(strict=strict)

    assert suite.get("failures") == failures
    assert suite.get("skipped") == ("1" if strict else "2")
    failed = [one.get("message") for one in suite.findall(".//failure")]
    assert ("inconclusive: give --state" in failed) is strict
    assert len(suite.findall(".//system-out")) == (not strict)


def test_a_known_failure_is_not_a_failure_in_junit() -> None:
    """
    It is skipped, with its cause.
    """
    known = frozenset(name for _, _, name in identified_failures(view_of().report))
    suite = junit(known=known)

    assert suite.get("failures") == "0"
    assert [one.get("type") for one in suite.findall(".//skipped")].count("known") == 3


def test_any_text_of_a_handler_makes_valid_xml() -> None:
    """
    Control characters, halves of surrogate pairs and markup break no report.
    """
    suite = junit(nasty())

    assert "<script>" in (suite.findtext(".//failure") or "")
