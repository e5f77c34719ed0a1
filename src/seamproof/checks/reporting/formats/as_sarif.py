"""
The report as SARIF 2.1.0, for code scanning (https://docs.oasis-open.org/sarif/sarif/v2.1.0/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.annotations.sarif import SarifRule, sarif_document, sarif_location
from seamproof.checks.reporting.places import module_place, place_of
from seamproof.checks.reporting.wording import explain_group

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.reporting.grouping import FailureGroup
    from seamproof.checks.reporting.places import Place
    from seamproof.checks.reporting.view import ReportView
    from seamproof.json_types import JsonObject


def as_sarif(view: ReportView, root: Path) -> str:
    """
    Write a result for each cause, at the line of its exception or else in the handler's module.

    A known failure is suppressed. What is inconclusive is a notification of the run.

    Args:
        view: The distilled report.
        root: The directory of the repository, to which paths are relative.
    """
    report = view.report
    checks = [one.check for one in report.results]
    positions = {check.id: number for number, check in enumerate(checks)}
    handler = module_place(report.target, root)
    invocation = {
        "executionSuccessful": not report.stopped,
        "toolExecutionNotifications": [
            {"level": "note", "message": {"text": f"{one.check.id}: {one.note}"}}
            for one in report.results
            if one.status == "inconclusive"
        ],
    }
    run = {
        "invocations": [invocation],
        "properties": {
            "target": report.target,
            "seed": report.seed,
            "deliveries": report.deliveries,
            "seconds": round(report.seconds, 3),
        },
        "results": [
            {"ruleIndex": positions[group.check.id], **_result(group, root, handler)}
            for group in view.groups()
        ],
    }
    return sarif_document([_rule(check) for check in checks], run)


def _rule(check: CheckInfo) -> SarifRule:
    text = f"{check.cure}\n\nSource: {check.source}"
    return SarifRule(check.id, check.title, check.why, text, check.severity)


def _result(group: FailureGroup, root: Path, handler: Place | None) -> JsonObject:
    check, failure = group.check, group.failure
    explained = explain_group(group)
    place = place_of(failure, root) or handler
    kind = f"{failure.event_type}: " if failure.event_type else ""
    known = [{"kind": "external", "justification": "in the baseline"}]
    return {
        "ruleId": check.id,
        "level": failure.severity,
        "message": {"text": f"{kind}{explained.headline} {explained.fix}"},
        "locations": [sarif_location(*place)] if place else [],
        "partialFingerprints": {"seamproofCase/v1": group.cases[0][1]},
        **({"suppressions": known} if group.is_known else {}),
        "properties": {"cases": [name for _, name in group.cases]},
    }
