"""
`seamproof checks` and `seamproof explain`: the battery in words.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from seamproof.checks.battery.registry import BATTERY

if TYPE_CHECKING:
    from tests.cli.runner import Run


def test_every_check_has_a_line(seamproof: Run) -> None:
    """
    In the order in which they run, with severity and title.
    """
    done = seamproof("checks")

    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        [one.id, one.severity] for one in BATTERY
    ]
    for one in BATTERY:
        assert one.title in done.stdout


def test_the_checks_for_machines(seamproof: Run) -> None:
    """
    With all that is known of each.
    """
    rows = json.loads(seamproof("checks", "--format", "json").stdout)["checks"]

    assert [row["id"] for row in rows] == [one.id for one in BATTERY]
    assert all(set(row) == {*("id", "title", "severity", "source", "why", "cure")} for row in rows)


@pytest.mark.parametrize("check", BATTERY, ids=lambda one: one.id)
def test_every_check_is_explained(seamproof: Run, check: object) -> None:
    """
    Rule, reason and cure, in lines that fit.
    """
    name = check.id  # type: ignore[attr-defined]
    done = seamproof("explain", name)

    assert done.status == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{name} · ")
    for label in ("rule", "why", "cure"):
        assert lines[lines.index(label) + 1].startswith("  ")
    assert max(map(len, lines)) <= 100


def test_the_id_of_a_failure_explains_its_check(seamproof: Run) -> None:
    """
    It can be copied from where the failure is told.
    """
    done = seamproof("explain", "signature.raw_body-1f0a93c2")

    assert done.stdout == seamproof("explain", "signature.raw_body").stdout


@pytest.mark.parametrize("name", ["raw_body", "signature.rawbody", "payload.raw_body"])
def test_an_unknown_name_is_an_error_with_similar_names(seamproof: Run, name: str) -> None:
    """
    Also where only the group is missing.
    """
    done = seamproof("explain", name)

    assert (done.status, done.stdout) == (2, "")
    assert "did you mean signature.raw_body" in done.stderr


def test_what_is_like_nothing_leads_to_the_list(seamproof: Run) -> None:
    """
    The list of all checks is the cure.
    """
    assert "`seamproof checks` lists them" in seamproof("explain", "zzz").stderr
