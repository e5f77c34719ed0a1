"""
Writing and comparing directories of schemas; deriving pages written from the catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from seamproof.errors import SourceInvalid, UsageError
from seamproof.schemas import catalog
from seamproof.schemas.derive.derivation import derive
from seamproof.schemas.derive.schema_files import derive_from, difference, write
from seamproof.schemas.sources.mdx_pages import read_page
from tests.schemas.page_writer import LABELS, Dialect, Row, Section, page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """
    Write a page with two events.
    """
    path = tmp_path / "robots.md"
    path.write_text(page(Section("robot.moved"), Section("robot.rested")))
    return path


def test_written_and_compared(source: Path, tmp_path: Path) -> None:
    """
    A written directory agrees with the sources; writing it again changes no byte.
    """
    out = tmp_path / "deep" / "out"
    assert write(derive_from([source]), out) == ()
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert set(first) == {"robot.moved.json", "robot.rested.json"}
    assert difference(derive_from([source]), out) == ""
    write(derive_from([source]), out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_differences(source: Path, tmp_path: Path) -> None:
    """
    The diff has changed, missing and obsolete schemas.
    """
    out = tmp_path / "out"
    write(derive_from([source]), out)
    changed = out / "robot.moved.json"
    stale = out / "robot.flown.json"
    stale.write_text(changed.read_text().replace("robot.moved", "robot.flown"))
    changed.write_text(changed.read_text().replace("date-time", "date"))
    (out / "robot.rested.json").unlink()
    diff = difference(derive_from([source]), out)
    assert '-      "format": "date"' in diff
    assert "+++ derived/robot.rested.json" in diff
    assert f"--- {stale}" in diff


def test_left_over_schemas_go_and_other_files_stay(source: Path, tmp_path: Path) -> None:
    """
    Writing removes schemas of removed events, and nothing else.
    """
    out = tmp_path / "out"
    write(derive_from([source]), out)
    (out / "mine.json").write_text("{}")
    source.write_text(page(Section("robot.moved")))
    assert write(derive_from([source]), out) == ("robot.rested.json",)
    assert sorted(path.name for path in out.iterdir()) == ["mine.json", "robot.moved.json"]


def test_a_bad_source_writes_nothing(source: Path, tmp_path: Path) -> None:
    """
    One malformed source fails the whole derivation.
    """
    bad = tmp_path / "bad.md"
    bad.write_text(page(Section("robot.flown")).replace("String (UUID)", "Text"))
    with pytest.raises(SourceInvalid, match=r"bad\.md:\d+"):
        derive_from([source, bad])


def test_bytes_are_compared(source: Path, tmp_path: Path) -> None:
    """
    Another line ending, or bytes that are not text, are a difference.
    """
    out = tmp_path / "out"
    write(derive_from([source]), out)
    path = out / "robot.moved.json"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"\xff")
    (out / "folder.json").mkdir()
    assert difference(derive_from([source]), out)


def test_something_in_the_way(source: Path, tmp_path: Path) -> None:
    """
    If the path of a schema is a directory, nothing is changed.
    """
    out = tmp_path / "out"
    write(derive_from([source]), out)
    (out / "robot.rested.json").unlink()
    (out / "robot.rested.json").mkdir()
    (out / "robot.moved.json").write_text("old")
    with pytest.raises(UsageError, match="its path is not a file"):
        write(derive_from([source]), out)
    assert (out / "robot.moved.json").read_text() == "old"


def test_a_directory_of_sources(source: Path) -> None:
    """
    A directory stands for the sources in it.
    """
    assert list(derive_from([source.parent]).schemas) == ["robot.moved", "robot.rested"]


def test_an_empty_directory(tmp_path: Path) -> None:
    """
    A directory without sources is an error.
    """
    with pytest.raises(UsageError, match="no source"):
        derive_from([tmp_path])


def test_sources_that_cannot_be_read(tmp_path: Path) -> None:
    """
    The error names a source that does not exist or is not UTF-8.
    """
    with pytest.raises(UsageError, match=r"gone\.md"):
        derive_from([tmp_path / "gone.md"])
    (tmp_path / "latin.md").write_bytes(b"# Robots\n\xe9")
    with pytest.raises(SourceInvalid, match=r"latin\.md:2"):
        derive_from([tmp_path / "latin.md"])


def test_a_directory_that_is_a_file(source: Path) -> None:
    """
    A directory that cannot be written is an error.
    """
    with pytest.raises(UsageError, match="this is a file"):
        write(derive_from([source]), source)


def row(name: str, shape: Mapping[str, Any]) -> Row:
    """
    Convert a property of a schema to a row of a page.
    """
    values = [shape["const"]] if "const" in shape else shape.get("enum")
    if values:
        label = "Value" if "const" in shape else "Possible values"
        listed = ", ".join(f"`{value}`" for value in values)
        return Row(name, "Enum (String)", f"Says it.\n\n{label}: {listed}")
    kinds = [one for one in [shape.get("format"), *kinds_of(shape)] if one in LABELS]
    inside = shape.get("items", shape).get("properties", {})
    children = [row(child, inside[child]) for child in sorted(inside)]
    return Row(name, LABELS[kinds[0]], "Says something.", children)


def kinds_of(shape: Mapping[str, Any]) -> list[str]:
    """
    Return the types of a property without null.
    """
    stated = shape["type"]
    return [stated] if isinstance(stated, str) else [one for one in stated if one != "null"]


def shape_of(shape: Mapping[str, Any]) -> Any:
    """
    Return what a page can express of a property: names, types, formats, values.
    """
    inside = shape.get("items", shape).get("properties", {})
    fmt = shape.get("format")
    return (
        kinds_of(shape),
        fmt if fmt in LABELS else None,
        [shape["const"]] if "const" in shape else shape.get("enum"),
        {name: shape_of(inside[name]) for name in inside},
    )


def test_pages_written_from_the_catalogue(dialect: Dialect) -> None:
    """
    A page written from the catalogue derives the same schemas.
    """
    for event_type in sorted(catalog()):
        schema = catalog()[event_type]
        envelope = {"created_at", "event_id", "event_type", "occurred_at", "workspace_id"}
        rows = [
            row(name, shape) for name, shape in schema.properties.items() if name not in envelope
        ]
        payload = schema.example
        listed = [one for one in rows if one.name in payload]
        text = page(Section(event_type, listed, payload), dialect=dialect)
        derived = derive(read_page(text, "page.md"), ()).schemas[event_type]
        assert derived["examples"] == [payload]
        for name, shape in derived["properties"].items():
            assert shape_of(shape) == shape_of(schema.properties[name]), name
