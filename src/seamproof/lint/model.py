"""
Rules, findings, and what is known of the project of a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]
FailOn: TypeAlias = Literal["error", "warning", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    A rule of the linter.

    Attributes:
        id: Stable: `unknown-event-type`.
        title: What it reports, in one line.
        severity: Of its findings.
        source: Where the rule is written.
        why: Why it matters to the operator of the handler.
        cure: How to fix a handler that it reports.
    """

    id: str
    title: str
    severity: Severity
    source: str
    why: str
    cure: str


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """
    A mistake in a source.

    Attributes:
        path: Of the file, as it was given or found.
        line: From 1.
        column: In characters, from 1.
        rule: The id of the rule.
        severity: Of the rule.
        message: What is wrong.
        fix: What to write instead; empty where it is the cure of the rule.
    """

    path: str
    line: int
    column: int
    rule: str
    severity: Severity
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """
    A file that was not read, and why.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class LintReport:
    """
    What a run found.

    Attributes:
        findings: By file, line and column.
        files: How many files were read.
        suppressed: How many findings a comment suppresses.
        skipped: The files that were not read.
    """

    findings: tuple[Finding, ...]
    files: int
    suppressed: int = 0
    skipped: tuple[SkippedFile, ...] = field(default=())

    def count(self, severity: Severity) -> int:
        """
        Count the findings of a severity.
        """
        return sum(one.severity == severity for one in self.findings)

    def fails(self, fail_on: FailOn) -> bool:
        """
        Whether there is a finding that is severe enough.
        """
        errors, warnings = self.count("error"), self.count("warning")
        return {"error": errors, "warning": errors + warnings, "never": 0}[fail_on] > 0
