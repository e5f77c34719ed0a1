"""
The findings as JSON.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seamproof.lint.model import LintReport


def as_json(report: LintReport) -> str:
    """
    Write the findings, the files that were not read, and the counts.
    """
    findings = [asdict(one) for one in report.findings]
    summary = {
        "files": report.files,
        "errors": report.count("error"),
        "warnings": report.count("warning"),
        "suppressed": report.suppressed,
    }
    skipped = [asdict(one) for one in report.skipped]
    document = {"findings": findings, "skipped": skipped, "summary": summary}
    return json.dumps(document, indent=2)
