"""
Commands `seamproof schemas derive`, `list` and `show`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from seamproof.schemas import catalog
from tests.schemas.page_writer import Section, page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.runner import Run


@pytest.fixture
def source(tmp_path: Path) -> str:
    """
    Write a page with one event.
    """
    path = tmp_path / "robots.md"
    path.write_text(page(Section("robot.moved")))
    return str(path)


def test_derive_and_check(seamproof: Run, source: str, tmp_path: Path) -> None:
    """
    `derive` writes the schemas; `--check` then finds no difference, and reports that on stderr.
    """
    out = str(tmp_path / "out")
    assert seamproof("schemas", "derive", source, "--out", out).status == 0
    checked = seamproof("schemas", "derive", source, "--out", out, "--check")
    assert (checked.status, checked.stdout) == (0, "")


def test_check_writes_nothing(seamproof: Run, source: str, tmp_path: Path) -> None:
    """
    `--check` of a different directory exits 1 with a diff, and changes nothing.
    """
    out = tmp_path / "out"
    checked = seamproof("schemas", "derive", source, "--out", str(out), "--check")
    assert checked.status == 1
    assert "+++ derived/robot.moved.json" in checked.stdout
    assert not out.exists()


def test_a_malformed_page(seamproof: Run, source: str, tmp_path: Path) -> None:
    """
    A malformed page is an error with file, line and exit status 2, and nothing is written.
    """
    bad = tmp_path / "bad.md"
    bad.write_text(page(Section("robot.rested")).replace('name="event_id" type', "name="))
    out = tmp_path / "out"
    refused = seamproof("schemas", "derive", source, str(bad), "--out", str(out))
    assert refused.status == 2
    assert f"{bad}:" in refused.stderr
    assert not out.exists()


def test_list(seamproof: Run) -> None:
    """
    `list` prints each event type with its description.
    """
    listed = seamproof("schemas", "list", "acs_credential.*")
    assert listed.status == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [
        schema.event_type for schema in catalog().match("acs_credential.*")
    ]


def test_list_as_json(seamproof: Run) -> None:
    """
    `list --format json` prints one JSON array.
    """
    rows = json.loads(seamproof("schemas", "list", "--format", "json").stdout)
    assert {row["event_type"] for row in rows} == {one.event_type for one in catalog().match()}
    assert all(row["required"] for row in rows)


def test_show(seamproof: Run) -> None:
    """
    `show` prints the schema of one event type.
    """
    shown = seamproof("schemas", "show", "acs_credential.issued")
    assert json.loads(shown.stdout)["$id"] == "urn:seam:event:acs_credential.issued"


@pytest.mark.parametrize(
    "words",
    [
        ("show", "acs_credential.isued"),
        ("show", "acs_credential.*"),
        ("list", "nothing.*"),
        ("derive", "nowhere.md", "--out", "x"),
        ("derive",),
    ],
)
def test_mistakes(seamproof: Run, words: tuple[str, ...]) -> None:
    """
    A usage error is a message on stderr and exit status 2, not a traceback.
    """
    failed = seamproof("schemas", *words)
    assert (failed.status, failed.stdout) == (2, "")
    assert failed.stderr
    assert "Traceback" not in failed.stderr
