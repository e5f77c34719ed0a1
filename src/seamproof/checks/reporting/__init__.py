"""
What comes of a run: reports, case files, their replay, and the baseline.
"""

from seamproof.checks.reporting.as_html import as_html
from seamproof.checks.reporting.as_json import as_json
from seamproof.checks.reporting.as_junit import as_junit
from seamproof.checks.reporting.as_pytest import as_pytest
from seamproof.checks.reporting.baseline import Baseline, Known, read_baseline, write_baseline
from seamproof.checks.reporting.cases import (
    CASES,
    Aim,
    Case,
    cases_of,
    find_case,
    read_case,
    write_cases,
)
from seamproof.checks.reporting.findings import case_id, distilled
from seamproof.checks.reporting.summary import Counts, Group, Told, counts_of
from seamproof.checks.reporting.telling import (
    Line,
    group_lines,
    headline,
    received_lines,
    request_lines,
)

__all__ = [
    "CASES",
    "Aim",
    "Baseline",
    "Case",
    "Counts",
    "Group",
    "Known",
    "Line",
    "Told",
    "as_html",
    "as_json",
    "as_junit",
    "as_pytest",
    "case_id",
    "cases_of",
    "counts_of",
    "distilled",
    "find_case",
    "group_lines",
    "headline",
    "read_baseline",
    "read_case",
    "received_lines",
    "request_lines",
    "write_baseline",
    "write_cases",
]
