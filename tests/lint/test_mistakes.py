"""
Each mistake is found where it is, in each language and each way to write it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seamproof import catalog
from seamproof.lint.rules import RULE_OF
from seamproof.lint.run import Linter
from tests.lint.snippets import Snippet, snippets

if TYPE_CHECKING:
    from pathlib import Path

MISTAKES = snippets("mistakes")
RIGHT = snippets("right")
#: What a rule has to suggest.
FIXES = {"unknown-event-type": "did you mean device.low_battery?"}


def found(file: Path) -> list[tuple[str, int]]:
    """
    Lint a file, and list the rule and line of each finding.
    """
    findings = Linter(catalog(), frozenset(RULE_OF)).lint([str(file)]).findings
    assert all(FIXES.get(one.rule, one.fix) == one.fix for one in findings)
    return [(one.rule, one.line) for one in findings]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.id)
def test_a_mistake_is_found(mistake: Snippet, tmp_path: Path) -> None:
    """
    By its rule alone, at its line.
    """
    lines = mistake.lines()

    assert lines
    assert found(mistake.write(tmp_path)) == [(mistake.rule, line) for line in lines]


@pytest.mark.parametrize("right", RIGHT, ids=lambda one: one.id)
def test_what_looks_like_a_mistake_is_none(right: Snippet, tmp_path: Path) -> None:
    """
    Its neighbours, which are right or about something else, have no finding.
    """
    assert found(right.write(tmp_path)) == []


@pytest.mark.parametrize("rule", sorted({*RULE_OF} - {"committed-secret"}))
def test_a_rule_has_mistakes_in_six_languages(rule: str) -> None:
    """
    And right neighbours.
    """
    languages = {one.suffix for one in MISTAKES if one.rule == rule}

    assert len(languages) >= 6
    assert any(one.rule == rule for one in RIGHT)
