"""
Tests of the reference: it says what the code says.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from docs import reference
from seamproof import errors
from seamproof.checks.battery.registry import BATTERY
from seamproof.cli.root import COMMANDS, root
from seamproof.errors import EXIT_STATUSES, SeamproofError
from seamproof.mock_server.faults.catalogue import FAULTS

ROOT = Path(__file__).parents[1]
TEXT = reference.PAGE.read_text(encoding="utf-8")


def test_the_page_is_current() -> None:
    """
    `python -m docs.reference` has been run since the code changed.
    """
    assert reference.page() == TEXT


def test_a_page_that_is_out_of_date_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    `--check` writes nothing and says what to do; without it the page is written.
    """
    page = tmp_path / "reference.md"
    page.write_text(TEXT.replace("signature.stale", "signature.old"), encoding="utf-8")
    monkeypatch.setattr(reference, "PAGE", page)

    assert reference.main(["--check"]) == 1
    assert "python -m docs.reference" in capsys.readouterr().out
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
    assert page.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize("name", [*(one.id for one in BATTERY), *FAULTS])
def test_every_check_and_fault_is_described(name: str) -> None:
    """
    Each has a row, and only one.
    """
    assert (
        len(re.findall(rf"^\| `{re.escape(name)}` \| [^|]+ \| [^|]+ \|$", TEXT, re.MULTILINE)) == 1
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_described(name: str) -> None:
    """
    Each has a section with its options.
    """
    _, heading, rest = TEXT.partition(f"\n### `seamproof {name} ")
    assert heading
    section = rest.partition("\n### ")[0]
    shown = CliRunner().invoke(root, [name, "--help"]).output
    for option in re.findall(r"^  (--(?!help)[\w-]+)", shown, re.MULTILINE):
        assert f"`{option}" in section


def test_every_fixture_and_option_is_described(pytester: pytest.Pytester) -> None:
    """
    What pytest itself shows of the plugin stands in the page.
    """
    asked = ("--fixtures", "--help")
    output = "\n".join(pytester.runpytest_inprocess(one).stdout.str() for one in asked)

    fixtures = set(re.findall(r"^(seam_\w+)", output, re.MULTILINE))
    options = set(re.findall(r"^  (--seamproof-[\w-]+)", output, re.MULTILINE))

    assert {"seam_delivery", "seam_check"} <= fixtures
    assert {"--seamproof-target", "--seamproof-coverage"} <= options
    for name in fixtures:
        assert f"\n### `{name}`\n" in TEXT
    for name in options:
        assert re.search(rf"^\| `{name}[ `]", TEXT, re.MULTILINE)


def test_every_exit_status_is_described() -> None:
    """
    The page and the README list what commands end with, and no exception has another.
    """
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for status, meaning in EXIT_STATUSES.items():
        assert f"| {status} | {meaning} |" in TEXT
        assert f"| {status} | {meaning} |" in readme or status > 3
    classes = [one for one in vars(errors).values() if isinstance(one, type)]
    statuses = {one.exit_status for one in classes if issubclass(one, SeamproofError)}
    assert statuses == {2, 3}
