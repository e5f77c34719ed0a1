"""
Shared definitions: moved into one document, and inlined again.
"""

from __future__ import annotations

import json
from copy import deepcopy
from importlib.resources import files
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from seamproof.schemas import catalog
from seamproof.schemas.catalogue import schema_files
from seamproof.schemas.derive.schema_files import render
from seamproof.schemas.sources.recorded import built_in_sources
from seamproof.schemas.validation.shared_definitions import (
    ENVELOPE,
    SHARED_FILE,
    SHARED_ID,
    inline,
    share,
)

EVENTS: Final = files("seamproof.schemas") / "events"
SHARED: Final[dict[str, Any]] = json.loads((EVENTS / SHARED_FILE).read_text("utf-8"))
DOCUMENTS: Final = {name: catalog()[name].document for name in catalog()}
TYPES: Final = sorted(DOCUMENTS)


def references(schema: object) -> set[str]:
    """
    Every reference in a schema.
    """
    if isinstance(schema, list):
        return {one for part in schema for one in references(part)}
    if not isinstance(schema, dict):
        return set()
    inside = {one for part in schema.values() for one in references(part)}
    return inside | ({schema["$ref"]} if "$ref" in schema else set())


def test_there_and_back() -> None:
    """
    Moving the shared definitions out and inlining them again gives the same schemas, byte by byte.
    """
    before = deepcopy(DOCUMENTS)
    sharing, shared = share(DOCUMENTS)
    assert {*sharing} == {*DOCUMENTS}
    for event_type, document in DOCUMENTS.items():
        assert render(inline(sharing[event_type], shared)) == render(document)
    assert before == DOCUMENTS


def test_on_disk_shapes_are_shared() -> None:
    """
    The files of the catalogue equal the result of `share`.
    """
    sharing, shared = share(DOCUMENTS)
    sources = {"sources": [one.note for one in built_in_sources()]}
    assert (EVENTS / SHARED_FILE).read_text("utf-8") == render({**shared, "x-seam": sources})
    for file in schema_files(EVENTS):
        assert file.read_text("utf-8") == render(sharing[file.name.removesuffix(".json")])


def test_the_shared_document() -> None:
    """
    The shared document is a schema that defines error, warning, custom metadata and envelope.
    """
    assert SHARED["$id"] == SHARED_ID
    assert set(SHARED["$defs"]) == {"custom_metadata", "envelope", "error", "warning"}
    assert SHARED["$defs"]["envelope"]["required"] == list(ENVELOPE)
    Draft202012Validator.check_schema(SHARED)


def test_each_shape_is_written_once() -> None:
    """
    No event repeats a shared definition, and each reference has a target.
    """
    for event_type in TYPES:
        written = catalog()[event_type].written
        shapes = [SHARED["$defs"][name] for name in ("custom_metadata", "error", "warning")]
        for name, shape in written["properties"].items():
            bare = {key: value for key, value in shape.items() if key != "description"}
            assert bare not in shapes, name
            assert shape.get("items") not in shapes, name
            assert name not in ENVELOPE or name == "event_type" or set(shape) == {"$ref"}
        assert all(one.startswith(f"{SHARED_ID}#/$defs/") for one in references(written))
        assert len(references(written)) >= len(ENVELOPE) - 1


def test_a_schema_can_be_used_alone() -> None:
    """
    An inlined schema validates without any other document.
    """
    for event_type in TYPES:
        document = catalog()[event_type].document
        assert references(document) == set()
        Draft202012Validator.check_schema(document)
        alone, example = Draft202012Validator(document), catalog()[event_type].example
        assert alone.is_valid(example)
        assert not alone.is_valid({**example, "workspace_id": None})
        assert not alone.is_valid({name: example[name] for name in example if name != "event_id"})


def robot(**properties: Any) -> dict[str, Any]:
    """
    A schema with these properties.
    """
    return {"type": "object", "properties": properties}


ERROR: Final = {"type": "object", "properties": {"message": {"type": "string"}}}
OTHER: Final = {"type": "object", "properties": {"reason": {"type": "string"}}}


def test_another_shape_of_the_same_name() -> None:
    """
    If events differ in a definition, the first is shared and the other is not replaced.
    """
    documents = {
        "robot.moved": robot(robot_errors={"type": "array", "items": ERROR}),
        "robot.rested": robot(robot_errors={"type": "array", "items": OTHER}),
    }
    sharing, shared = share(documents)
    assert shared["$defs"]["error"] == ERROR
    moved, rested = (sharing[name]["properties"]["robot_errors"]["items"] for name in documents)
    assert (moved, rested) == ({"$ref": f"{SHARED_ID}#/$defs/error"}, OTHER)
    assert {name: inline(one, shared) for name, one in sharing.items()} == documents


def test_what_is_not_like_an_error() -> None:
    """
    A property named like a list of errors, but without items, is not shared.
    """
    documents = {
        "robot.moved": robot(
            robot_errors={"type": "number"}, robot_custom_metadata={"type": "object"}
        )
    }
    sharing, shared = share(documents)
    assert sharing == documents
    assert set(shared["$defs"]) == {"envelope"}


def test_a_reference_that_leads_nowhere() -> None:
    """
    A reference without a target is an error.
    """
    with pytest.raises(LookupError, match="nothing"):
        inline({"items": {"$ref": f"{SHARED_ID}#/$defs/nothing"}}, SHARED)


def test_references_elsewhere_are_left_alone() -> None:
    """
    Only references to the shared document are resolved, at any depth.
    """
    schema = {"anyOf": [{"$ref": "#/$defs/own"}, {"$ref": f"{SHARED_ID}#/$defs/error"}]}
    assert inline(schema, SHARED) == {"anyOf": [{"$ref": "#/$defs/own"}, SHARED["$defs"]["error"]]}
