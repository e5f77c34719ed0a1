"""
Tests of the annotations of GitHub Actions.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from seamproof.checks.reporting.formats.as_github import as_github
from seamproof.checks.reporting.identity import identified_failures
from tests.checks.reported import nasty, result, view_of


def test_each_cause_is_an_annotation() -> None:
    """
    It stands on the line that raised the exception, and has the fix and the command.
    """
    first, second, third = as_github(view_of(), Path.cwd().parent)

    folder = Path.cwd().name
    assert first.startswith(
        f"::error file={folder}/app.py,line=12,title=payload.nulls::lock.locked: KeyError at"
    )
    assert "%0Afix: Find out why app.py:12 raises KeyError" in first
    assert "%0Aagain: seamproof replay payload.nulls-" in first
    assert second.startswith("::error title=signature.stale::")
    assert third.startswith("::warning title=payload.large::")


def test_known_failures_are_notices() -> None:
    """
    They do not fail the run.
    """
    known = frozenset(name for _, _, name in identified_failures(view_of().report))

    lines = list(as_github(view_of(known=known), Path.cwd()))

    assert [line.partition(" ")[0] for line in lines] == ["::notice"] * 3


@pytest.mark.parametrize("fail_on", ["error", "inconclusive"])
def test_what_is_undecided_is_an_error_if_it_fails_the_run(fail_on: str) -> None:
    """
    Else it has no annotation.
    """
    view = view_of(result("delivery.duplicate", "inconclusive", note="a, b: 50 %"), fail_on=fail_on)

    lines = list(as_github(view, Path.cwd()))

    expected = ["::error title=delivery.duplicate::inconclusive: a, b: 50 %25"]
    assert lines == (expected if fail_on == "inconclusive" else [])


def test_a_handler_writes_no_command_of_its_own() -> None:
    """
    Its texts stay in one line.
    """
    for line in as_github(view_of(nasty(), stopped="a\n::error::b"), Path.cwd()):
        assert line.isprintable()
        assert line.startswith(("::error ", "::notice "))
