"""
Reading versions of the schemas: each form that a comparison supports.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.errors import CatalogueInvalid, SourceInvalid, UsageError
from seamproof.schemas import catalog
from seamproof.schemas.derive.derivation import derive
from seamproof.schemas.derive.schema_files import write
from seamproof.schemas.diff.changes import changes
from seamproof.schemas.diff.versions import BUILT_IN, read_contracts
from seamproof.schemas.export import to_asyncapi, to_json_schema, to_openapi
from seamproof.schemas.sources.openapi import read_openapi
from tests.schemas.page_writer import event_schema, openapi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOCKED: Final = "lock.locked"
ROBOT: Final = event_schema(
    "robot.moved",
    {
        "robot_id": {"type": "string", "format": "uuid"},
        "speed": {"type": "number", "format": "float", "nullable": True},
        "robot_errors": {"type": "array", "items": {"type": "object", "properties": {}}},
    },
    required=("robot_id",),
)


def written(path: Path, document: object) -> str:
    """
    Write a document to a file, and return the path.
    """
    path.write_text(json.dumps(document), "utf-8")
    return str(path)


def side_by_side(path: Path) -> str:
    """
    Write a directory of complete schemas.
    """
    write(derive((), read_openapi(json.dumps(openapi(ROBOT)), "robots.json")), path, grouped=False)
    return str(path)


def grouped(path: Path) -> str:
    """
    Write a directory of schemas by resource, with shared definitions.
    """
    write(derive((), read_openapi(json.dumps(openapi(ROBOT)), "robots.json")), path, grouped=True)
    assert (path / "shared.json").is_file()
    return str(path)


def seam_openapi(path: Path) -> str:
    """
    An OpenAPI document as Seam writes it.
    """
    return written(path, openapi(ROBOT))


def bundle(path: Path) -> str:
    """
    A bundle as `seamproof schemas export` writes it, of the same event.
    """
    contract = read_contracts(seam_openapi(path))
    document = {"oneOf": [{"$ref": "#/$defs/robot.moved"}], "$defs": contract}
    return written(path, document)


def one_of(path: Path) -> str:
    """
    A choice between schemas that are written in place.
    """
    return written(path, {"oneOf": [*read_contracts(seam_openapi(path)).values()]})


def one_event(path: Path) -> str:
    """
    The schema of one event, complete.
    """
    return written(path, read_contracts(seam_openapi(path))["robot.moved"])


FORMS: Final = [side_by_side, grouped, seam_openapi, bundle, one_of, one_event]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("other", FORMS)
def test_one_contract_in_two_forms(
    form: Callable[[Path], str], other: Callable[[Path], str], tmp_path: Path
) -> None:
    """
    All forms of a version give the same schemas.
    """
    old, new = form(tmp_path / "old"), other(tmp_path / "new")
    assert list(read_contracts(old)) == ["robot.moved"]
    assert changes(read_contracts(old), read_contracts(new)) == ()


def test_the_built_in_contract() -> None:
    """
    `builtin` stands for the whole catalogue, including undocumented events.
    """
    assert {*read_contracts(BUILT_IN)} == {*catalog()}


@pytest.mark.parametrize("export", [to_json_schema, to_openapi])
def test_our_own_exports(export: Callable[[Any], dict[str, Any]], tmp_path: Path) -> None:
    """
    An export of the whole catalogue reads as the catalogue.
    """
    file = written(tmp_path / "export.json", export(catalog().match(undocumented=True)))
    assert changes(read_contracts(BUILT_IN), read_contracts(file)) == ()
    assert changes(read_contracts(file), read_contracts(BUILT_IN)) == ()


def test_one_file_of_a_grouped_directory(tmp_path: Path) -> None:
    """
    A schema that refers to shared definitions is read with them or rejected.
    """
    file = written(tmp_path / f"{LOCKED}.json", catalog()[LOCKED].written)
    try:
        contract = read_contracts(file)
    except (SourceInvalid, UsageError) as refused:
        assert "shared" in str(refused)  # noqa: PT017 - either answer is right
        return
    assert changes({LOCKED: catalog()[LOCKED].document}, contract) == ()


def test_a_byte_order_mark(tmp_path: Path) -> None:
    """
    A file with a byte order mark is read like any other.
    """
    file = tmp_path / "bom.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(catalog()[LOCKED].document).encode())
    assert list(read_contracts(str(file))) == [LOCKED]


EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"event_type": {"const": "robot.moved"}},
}


@pytest.mark.parametrize(
    "odd",
    [
        {**EVENT, "properties": {**EVENT["properties"], "x": True}},
        {**EVENT, "required": 3},
        {**EVENT, "type": 3},
        {**EVENT, "x-seam": 3},
        {**EVENT, "properties": {**EVENT["properties"], "x": {"type": "text"}}},
    ],
    ids=["a schema that is just true", "required", "type", "x-seam", "an unknown type"],
)
def test_a_schema_that_cannot_be_compared(odd: dict[str, Any], tmp_path: Path) -> None:
    """
    Any file is read, or rejected with its name; nothing crashes.
    """
    file = written(tmp_path / "odd.json", {"$defs": {"odd": odd}})
    try:
        found = changes(read_contracts(file), read_contracts(file))
    except (SourceInvalid, UsageError) as refused:
        assert "odd.json" in refused.where  # noqa: PT017 - either answer is right
        return
    assert found == ()


NO_CONTRACT: Final = {
    "a number": 3,
    "a list of schemas": [EVENT],
    "no definitions": {"$defs": []},
    "a schema of no event": {"type": "object", "properties": {"name": {"type": "string"}}},
    "an event type of many": {"properties": {"event_type": {"enum": ["a.b", "c.d"]}}},
    "a payload": catalog()[LOCKED].example,
}


@pytest.mark.parametrize("document", NO_CONTRACT.values(), ids=NO_CONTRACT)
def test_a_file_without_a_contract(document: object, tmp_path: Path) -> None:
    """
    JSON without an event schema is rejected, and the message lists the supported forms.
    """
    with pytest.raises(SourceInvalid, match="contains no event schema") as refused:
        read_contracts(written(tmp_path / "other.json", document))
    assert refused.value.where == f"{tmp_path / 'other.json'}:1"
    assert "OpenAPI" in refused.value.expected


def test_asyncapi_is_written_and_not_read(tmp_path: Path) -> None:
    """
    An AsyncAPI document is rejected rather than read in part.
    """
    file = written(tmp_path / "asyncapi.json", to_asyncapi(catalog().match("lock.*")))
    with pytest.raises(SourceInvalid, match="contains no event schema"):
        read_contracts(file)


def test_bad_json(tmp_path: Path) -> None:
    """
    A file that is not valid JSON is an error with the line.
    """
    file = tmp_path / "bad.json"
    file.write_text('{\n  "$defs": {,}\n}')
    with pytest.raises(SourceInvalid, match="not valid JSON") as refused:
        read_contracts(str(file))
    assert refused.value.where == f"{file}:2"


@pytest.mark.parametrize("content", [None, b"\xff\xfe{}"], ids=["no file", "no UTF-8"])
def test_a_file_that_cannot_be_read(content: bytes | None, tmp_path: Path) -> None:
    """
    For a missing file, or one that is not UTF-8, the cure lists what can be given.
    """
    file = tmp_path / "gone.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read") as refused:
        read_contracts(str(file))
    assert refused.value.where == str(file)
    assert BUILT_IN in refused.value.cure


def test_a_directory_without_schemas(tmp_path: Path) -> None:
    """
    An empty directory is an error, not a contract without events.
    """
    with pytest.raises(CatalogueInvalid, match="contains no schema"):
        read_contracts(str(tmp_path))
