"""
Tests of `--help`: complete at 80 columns, with the options of `check` in groups.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

from seamproof.cli.commands.handler.check import command as check
from seamproof.cli.root import COMMANDS
from seamproof.cli.support.handler.check_options import OPTION_GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.runner import Run


@pytest.fixture
def help_of(seamproof: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """
    Read the help of a command on a terminal of 80 columns.
    """
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: seamproof(*words, "--help").stdout


@pytest.mark.parametrize(
    ("words", "names"), [((), [*COMMANDS]), (("schemas",), ["derive", "show"]), (("clock",), [])]
)
def test_no_summary_is_cut_off(
    help_of: Callable[..., str], words: tuple[str, ...], names: list[str]
) -> None:
    """
    The list of commands has the whole sentence of each.
    """
    commands = help_of(*words).partition("Commands:")[2]

    assert "..." not in commands
    assert {*names} <= set(re.findall(r"^  ([\w-]+)", commands, re.MULTILINE))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_fit_and_have_metavars_in_words(help_of: Callable[..., str], name: str) -> None:
    """
    No letter stands for a value, and nothing but an example is wider than the terminal.
    """
    text = help_of(name)
    options = text.partition("\nOptions:\n")[2] or text.partition("\nTarget:\n")[2]

    assert max(map(len, options.splitlines()), default=0) <= 80
    assert re.findall(r"^  (?:-\w, )?--[\w-]+ ([A-Z])(?:\s|$)", options, re.MULTILINE) == []


def test_the_options_of_check_are_in_groups(help_of: Callable[..., str]) -> None:
    """
    Each is in one group.
    """
    text = help_of("check")

    listed = [name for names in OPTION_GROUPS.values() for name in names]
    known = [one.opts[0] for one in check.params if isinstance(one, click.Option)]
    assert sorted(listed) == sorted(known)
    headings = re.findall(r"^(\w[\w' ]+):$", text, re.MULTILINE)
    assert headings == [*OPTION_GROUPS, "Other options"]
    for one in check.params:
        for name in one.opts if isinstance(one, click.Option) else ():
            assert name in text
