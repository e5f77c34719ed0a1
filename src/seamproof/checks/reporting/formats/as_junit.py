"""
The report as JUnit XML, for CI servers.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from seamproof.checks.reporting.wording import group_lines, headline, undecided_text

if TYPE_CHECKING:
    from seamproof.checks.model.results import Result
    from seamproof.checks.reporting.view import ReportView

#: Characters that XML 1.0 cannot contain (https://www.w3.org/TR/xml/#charsets).
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_RUN: Final = ("inconclusive", "known", "skipped")


def as_junit(view: ReportView) -> str:
    """
    Write the report as JUnit XML: a test case for each check.

    Only what fails the run is a failure here: warnings are part of the output of their test case.
    A known failure is skipped, of type `known`, as is a check without a verdict, with its reason.
    With `strict` warnings and checks without a verdict are failures. A run that ended early has a
    separate test case, which is an error.
    """
    report = view.report
    suites = ET.Element("testsuites")
    suite = ET.SubElement(suites, "testsuite", name="seamproof")
    suite.set("errors", str(int(view.cut_short)))
    suite.set("tests", str(len(report.results) + view.cut_short))
    suite.set("failures", str(sum(map(view.fails, report.results))))
    unfailed = (one for one in report.results if not view.fails(one))
    suite.set("skipped", str(sum(view.status_of(one) in _NOT_RUN for one in unfailed)))
    suite.set("time", f"{report.seconds:.3f}")
    if report.started:
        suite.set("timestamp", datetime.fromtimestamp(report.started, UTC).isoformat()[:19])
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("target", report.target),
        ("seed", str(report.seed)),
        ("deliveries", str(report.deliveries)),
        ("stopped", report.stopped),
    ):
        if value:
            ET.SubElement(properties, "property", name=name, value=_writable(value))
    for result in report.results:
        _case(suite, result, view)
    if view.cut_short:
        case = ET.SubElement(suite, "testcase", classname="seamproof", name="run", time="0.000")
        ET.SubElement(case, "error", type="stopped", message=_writable(report.stopped))
    ET.indent(suites)
    written = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{written}\n'


def _case(suite: ET.Element, result: Result, view: ReportView) -> None:
    # The names that pytest gives the checks which its plugin runs.
    case = ET.SubElement(suite, "testcase", classname="seamproof", name=result.check.id)
    case.set("time", f"{result.seconds:.3f}")
    text = _writable("\n\n".join(_blocks(result, view)))
    if view.fails(result):
        causes = list(dict.fromkeys(one.cause for one in result.failures)) or [
            undecided_text(result)
        ]
        message = causes[0] if len(causes) == 1 else f"{len(causes)} causes: {'; '.join(causes)}"
        kind = result.check.id
        ET.SubElement(case, "failure", type=kind, message=_writable(message)).text = text
    elif view.status_of(result) == "known":
        listed = ", ".join(dict.fromkeys(one.cause for one in result.failures))
        message = _writable(f"known: {listed}")
        ET.SubElement(case, "skipped", type="known", message=message).text = text
    elif result.status in _NOT_RUN:
        ET.SubElement(case, "skipped", message=_writable(undecided_text(result)))
    elif text:
        ET.SubElement(case, "system-out").text = text


def _blocks(result: Result, view: ReportView) -> list[str]:
    blocks = []
    for group in view.groups(result.check.id):
        lines = [f"{line.label:<9} {line.text}" for line in group_lines(group)]
        blocks.append("\n".join([headline(group), *lines]))
    return blocks


def _writable(text: str) -> str:
    """
    Escape the characters that XML cannot contain.
    """
    return _UNWRITABLE.sub(lambda odd: ascii(odd[0])[1:-1], text)
