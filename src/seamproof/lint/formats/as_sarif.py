"""
The findings as SARIF, for code scanning.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from seamproof.annotations.repository import path_in_repository
from seamproof.annotations.sarif import SarifRule, sarif_document, sarif_location
from seamproof.lint.rules import RULE_OF, RULES

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject
    from seamproof.lint.model import Finding, LintReport


def as_sarif(report: LintReport, root: Path) -> str:
    """
    Write a result for each finding; a file that was not read is a notification.

    Args:
        report: The findings.
        root: The directory of the repository, to which paths are relative.
    """
    rules = [
        SarifRule(one.id, one.title, one.why, f"{one.cure}\n\nSource: {one.source}", one.severity)
        for one in RULES
    ]
    notifications = [
        {"level": "note", "message": {"text": f"{one.path} was not read: {one.reason}"}}
        for one in report.skipped
    ]
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": notifications}
    seen: dict[str, int] = {}
    results = [
        _result(one, path_in_repository(Path(one.path), root), seen) for one in report.findings
    ]
    return sarif_document(rules, {"invocations": [invocation], "results": results})


def _result(one: Finding, file: str, seen: dict[str, int]) -> JsonObject:
    rule = RULE_OF[one.rule]
    # Lines move; what is wrong, and how often before in the file, does not.
    identity = f"{one.rule}\n{file}\n{one.message}"
    seen[identity] = seen.get(identity, 0) + 1
    fingerprint = hashlib.sha256(f"{identity}\n{seen[identity]}".encode("utf-8", "replace"))
    return {
        "ruleId": one.rule,
        "ruleIndex": list(RULE_OF).index(one.rule),
        "level": rule.severity,
        "message": {"text": f"{one.message}. {one.fix or rule.cure}"},
        "locations": [sarif_location(file, one.line, one.column)],
        "partialFingerprints": {"seamproofLint/v1": fingerprint.hexdigest()},
    }
