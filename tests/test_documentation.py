"""
The code of the README and the documentation is run, or at least is what it says.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from seamproof.cli.root import COMMANDS, root

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[str, str]]:
    """
    Every code block of a language, with the page that it stands on.
    """
    return [
        (page.name, block["code"])
        for page in PAGES
        for block in BLOCK.finditer(page.read_text(encoding="utf-8"))
        if block["language"] == language
    ]


def commands() -> list[list[str]]:
    """
    Every seamproof command of a shell block, in words.
    """
    lines = (
        line
        for _, code in blocks("sh")
        for line in code.replace("\\\n", " ").replace("&&", "\n").splitlines()
    )
    alone = (re.split(r" [|>] ", line)[0] for line in lines)
    return [shlex.split(line) for line in alone if line.strip().startswith("seamproof ")]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_commands_parse(words: list[str]) -> None:
    """
    A documented command names options and commands that exist.
    """
    context = root.make_context("seamproof", words[1:], resilient_parsing=False)
    name, command, rest = root.resolve_command(context, words[1:])
    assert name == words[1]
    assert command
    deeper = command
    while hasattr(deeper, "resolve_command"):
        _, deeper, rest = deeper.resolve_command(context, rest)
    assert deeper.make_context(words[1], rest).params


@pytest.mark.parametrize(
    ("page", "code"), [block for block in blocks("python") if "def test_" not in block[1]]
)
def test_python_runs(page: str, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A documented piece of Python runs.
    """
    exec(compile(code, page, "exec"), {})  # noqa: S102 - it is our own documentation
    assert capsys.readouterr().err == ""


def test_python_tests_pass(pytester: pytest.Pytester) -> None:
    """
    A documented test passes in a suite that has nothing but the plugin and a handler.
    """
    pytester.makeconftest(
        """
        import pytest
        from starlette.testclient import TestClient
        from seamproof.checks import create_app

        @pytest.fixture(scope="session")
        def client(seam_secret):
            return TestClient(create_app(seam_secret))
        """
    )
    tests = [code for _, code in blocks("python") if "def test_" in code]
    pytester.makepyfile(*tests)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore")
    result.assert_outcomes(passed=len(tests))


def test_the_two_set_up_commands() -> None:
    """
    The README sets up with one command each: one for the main job, one for the tests.
    """
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "```sh\npip install . && seamproof demo\n```" in text
    assert "```sh\npip install '.[test]' && pytest\n```" in text


def test_help_of_the_root() -> None:
    """
    The root's help names every command.
    """
    shown = CliRunner().invoke(root, ["--help"]).output
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", shown, re.MULTILINE)
