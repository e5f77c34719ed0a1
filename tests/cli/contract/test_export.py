"""
`seamproof schemas export`, `show --bundle` and the layouts of `derive`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from jsonschema import Draft202012Validator

from seamproof.schemas import catalog, load_catalog
from seamproof.schemas.export import FORMATS
from tests.schemas.page_writer import Row, Section, event_schema, openapi, page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.runner import Run

FORMAT: Final = {"json-schema": "$schema", "openapi": "openapi", "asyncapi": "asyncapi"}
LISTED: Final = [schema.event_type for schema in catalog().match()]
HIDDEN: Final = sorted({*catalog()} - {*LISTED})


def exported(style: str, document: dict[str, Any]) -> list[str]:
    """
    Return the event types of a document.
    """
    parts = document if style == "json-schema" else document["components"]
    return [*parts["$defs" if style == "json-schema" else "schemas"]]


@pytest.mark.parametrize("style", FORMAT)
def test_each_format(seamproof: Run, style: str) -> None:
    """
    Each format is one JSON document on stdout, with the documented and current events.
    """
    done = seamproof("schemas", "export", "--format", style)
    document = json.loads(done.stdout)
    assert (done.status, done.stderr) == (0, "")
    assert FORMAT[style] in document
    assert "urn:seam:shared" not in done.stdout
    assert exported(style, document) == LISTED
    assert document == FORMATS[style](catalog().match())


@pytest.mark.parametrize("style", FORMAT)
def test_everything(seamproof: Run, style: str) -> None:
    """
    --include-undocumented exports undocumented and deprecated events as well.
    """
    done = seamproof("schemas", "export", "--format", style, "--include-undocumented")
    assert exported(style, json.loads(done.stdout)) == sorted(catalog())


def test_a_pattern(seamproof: Run) -> None:
    """
    The document has only the events that match the pattern.
    """
    done = seamproof("schemas", "export", "--format", "json-schema", "lock.*")
    bundle = Draft202012Validator(json.loads(done.stdout))
    assert bundle.is_valid(catalog()["lock.locked"].example)
    assert not bundle.is_valid(catalog()["phone.deactivated"].example)


@pytest.mark.parametrize("event_type", HIDDEN)
def test_one_that_is_named_in_full(seamproof: Run, event_type: str) -> None:
    """
    A pattern excludes undocumented and deprecated events; their full name includes them.
    """
    words = ("schemas", "export", "--format", "json-schema")
    assert list(json.loads(seamproof(*words, event_type).stdout)["$defs"]) == [event_type]
    pattern = f"{event_type[:-1]}?"
    assert seamproof(*words, pattern).status == 2
    assert event_type in seamproof(*words, pattern).stderr
    found = seamproof(*words, pattern, "--include-undocumented")
    assert list(json.loads(found.stdout)["$defs"]) == [event_type]


def test_into_a_file(seamproof: Run, tmp_path: Path) -> None:
    """
    --out writes to a file exactly the bytes that would have been printed.
    """
    out = tmp_path / "webhooks.json"
    done = seamproof("schemas", "export", "--format", "openapi", "--out", str(out))
    assert (done.status, done.stdout) == (0, "")
    assert done.stderr == f"wrote {len(LISTED)} event types to {out}\n"
    assert out.read_text("utf-8") == seamproof("schemas", "export", "--format", "openapi").stdout


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--format", "raml"),
        ("--format", "openapi", "nothing.*"),
        ("--format", "openapi", "--out", "no/such/folder/x.json"),
    ],
)
def test_mistakes(seamproof: Run, words: tuple[str, ...]) -> None:
    """
    A usage error is a message on stderr and exit status 2.
    """
    failed = seamproof("schemas", "export", *words)
    assert (failed.status, failed.stdout) == (2, "")
    assert failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize("event_type", ["connected_account.disconnected", *HIDDEN])
def test_a_bundle_is_used_alone(seamproof: Run, event_type: str, tmp_path: Path) -> None:
    """
    With --bundle a schema can be used without any other file.
    """
    file = tmp_path / "schema.json"
    file.write_text(seamproof("schemas", "show", event_type, "--bundle").stdout, "utf-8")
    alone = Draft202012Validator(json.loads(file.read_text("utf-8")))
    example = catalog()[event_type].example
    assert "urn:seam:shared" not in file.read_text("utf-8")
    assert alone.is_valid(example)
    assert not alone.is_valid(example | {"event_id": 3})


def test_without_a_bundle(seamproof: Run) -> None:
    """
    Without --bundle a schema is printed as in its file, with references to shared definitions.
    """
    shown = seamproof("schemas", "show", "connected_account.disconnected").stdout
    items = json.loads(shown)["properties"]["connected_account_errors"]["items"]
    assert items == {"$ref": "urn:seam:shared#/$defs/error"}


@pytest.fixture
def sources(tmp_path: Path) -> tuple[str, str]:
    """
    Write a page and an OpenAPI document with different types of `robot_id`.
    """
    on_page, specified = tmp_path / "robots.md", tmp_path / "robots.json"
    on_page.write_text(page(Section("robot.moved", [Row("robot_id", "String")], {"robot_id": ""})))
    member = {"robot_id": {"type": "number"}}
    specified.write_text(json.dumps(openapi(event_schema("robot.moved", member))))
    return str(on_page), str(specified)


def test_a_report_of_contradictions(
    seamproof: Run, sources: tuple[str, str], tmp_path: Path
) -> None:
    """
    The report has the place, both values and the winner of each contradiction.
    """
    report, out = tmp_path / "report.json", tmp_path / "out"
    words = ("schemas", "derive", *sources, "--out", str(out))
    done = seamproof(*words, "--report", str(report))
    contradictions = json.loads(report.read_text("utf-8"))["contradictions"]
    assert done.status == 0
    assert f"wrote {len(contradictions)} contradictions to {report}" in done.stderr
    assert {
        "event_type": "robot.moved",
        "path": "/robot_id",
        "aspect": "type",
        "page": ["string"],
        "openapi": ["number"],
        "winner": "openapi",
    } in contradictions
    assert load_catalog(out)["robot.moved"].properties["robot_id"]["type"] == "number"
    assert {one["aspect"] for one in contradictions} == {"type", "presence", "example"}


def test_a_report_without_contradictions(
    seamproof: Run, sources: tuple[str, str], tmp_path: Path
) -> None:
    """
    If the sources agree, the report is empty.
    """
    report = tmp_path / "report.json"
    words = ("schemas", "derive", sources[0], "--out", str(tmp_path / "out"))
    assert seamproof(*words, "--report", str(report)).status == 0
    assert json.loads(report.read_text("utf-8")) == {"contradictions": []}
    assert seamproof(*words, "--report", str(tmp_path / "no" / "x.json")).status == 2


def files(directory: Path) -> list[str]:
    """
    Return the files of a directory and its subdirectories.
    """
    return sorted(str(one.relative_to(directory)) for one in directory.rglob("*") if one.is_file())


SIDE_BY_SIDE: Final = ["robot.moved.json"]
GROUPED: Final = ["robot/robot.moved.json", "shared.json"]


def test_the_layout_of_a_directory(
    seamproof: Run, sources: tuple[str, str], tmp_path: Path
) -> None:
    """
    A new directory has schemas side by side; an existing one keeps its layout by default.
    """
    out = tmp_path / "out"
    words = ("schemas", "derive", sources[0], "--out", str(out))
    for layout, expected in (
        ((), SIDE_BY_SIDE),
        (("--grouped",), GROUPED),
        ((), GROUPED),
        (("--side-by-side",), SIDE_BY_SIDE),
        ((), SIDE_BY_SIDE),
    ):
        assert seamproof(*words, *layout).status == 0
        assert files(out) == expected
        assert seamproof(*words, "--check").status == 0
        assert list(load_catalog(out)) == ["robot.moved"]


def test_the_layout_is_checked(seamproof: Run, sources: tuple[str, str], tmp_path: Path) -> None:
    """
    --check with the other layout reports a difference, and changes nothing.
    """
    out = tmp_path / "out"
    words = ("schemas", "derive", sources[0], "--out", str(out))
    seamproof(*words, "--grouped")
    assert seamproof(*words, "--check", "--grouped").status == 0
    checked = seamproof(*words, "--check", "--side-by-side")
    assert checked.status == 1
    assert "+++ derived/robot.moved.json" in checked.stdout
    assert files(out) == GROUPED
