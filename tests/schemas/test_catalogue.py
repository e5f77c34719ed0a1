"""
The catalogue: finding schemas, and reading custom ones.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

import seamproof.schemas
from seamproof.errors import CatalogueInvalid, UnknownEventType
from seamproof.schemas import catalog, load_catalog
from seamproof.schemas.derive.descriptions import EVENTS, PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

BUILT_IN = Path(seamproof.schemas.__file__).parent / "events"


def test_a_mapping() -> None:
    """
    The catalogue is a mapping from event type to schema, and is read once.
    """
    assert "acs_credential.issued" in catalog()
    assert "robot.moved" not in catalog()
    assert len(catalog()) == len(list(catalog()))
    assert catalog() is catalog()
    assert catalog().get("robot.moved") is None


def test_a_schema() -> None:
    """
    A schema has a document, an example, properties, presence and a resource.
    """
    schema = catalog()["acs_credential.issued"]
    assert schema.event_type == "acs_credential.issued"
    assert schema.resource == "acs_credential"
    assert schema.example["event_type"] == "acs_credential.issued"
    assert "acs_credential_id" in schema.required
    assert set(schema.required) < set(schema.properties)
    assert schema.document["title"] == schema.title == "Access system credential issued"
    assert schema.documented
    assert not schema.deprecated


def test_examples_are_copies() -> None:
    """
    Changing an example changes no other one.
    """
    catalog()["acs_credential.issued"].example.clear()
    assert catalog()["acs_credential.issued"].example


def test_patterns() -> None:
    """
    A glob finds event types, sorted.
    """
    found = [schema.event_type for schema in catalog().match("acs_credential.*")]
    assert found == [
        "acs_credential.deleted",
        "acs_credential.invalidated",
        "acs_credential.issued",
        "acs_credential.reissued",
    ]


@pytest.mark.parametrize("name", ["acs_credental.issued", "acs_credential.isued"])
def test_unknown_names(name: str) -> None:
    """
    A misspelt name is an error with the nearest ones, also as a pattern.
    """
    with pytest.raises(UnknownEventType) as problem:
        catalog()[name]
    assert "acs_credential.issued" in problem.value.nearest
    assert "did you mean" in str(problem.value)
    with pytest.raises(UnknownEventType):
        catalog().match(name)


def test_nothing_like_it() -> None:
    """
    For a name that resembles no other, the error says where to find the names.
    """
    with pytest.raises(UnknownEventType, match="schemas list"):
        catalog()["zzz"]


def test_schemas_are_schemas() -> None:
    """
    Each schema is valid in its dialect, and all of its properties have descriptions.
    """
    for event_type in sorted(catalog()):
        document = catalog()[event_type].document
        Draft202012Validator.check_schema(dict(document))
        assert document["$id"] == f"urn:seam:event:{event_type}"
        assert set(document["x-seam"]["properties"]) == set(document["properties"])
        assert document["description"] == EVENTS[event_type]
        assert all(shape["description"] == PROPERTIES[name] for name, shape in nested(document))


def nested(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """
    Walk the properties of a schema at any depth.
    """
    for name, shape in schema.get("properties", {}).items():
        yield name, shape
        yield from nested(shape)
    if "items" in schema:
        yield from nested(schema["items"])


def test_the_glossary_repeats_nothing() -> None:
    """
    Each property has one description, and no two have the same.
    """
    assert len(set(PROPERTIES.values())) == len(PROPERTIES)
    assert len(set(EVENTS.values())) == len(EVENTS)


def test_ones_own(tmp_path: Path) -> None:
    """
    A directory of schemas, with its subdirectories, is a catalogue.
    """
    shutil.copytree(BUILT_IN, tmp_path / "own")
    own = load_catalog(tmp_path / "own")
    assert {name: own[name].document for name in own} == {
        name: catalog()[name].document for name in catalog()
    }


def test_no_such_directory(tmp_path: Path) -> None:
    """
    The error names a directory that does not exist.
    """
    with pytest.raises(CatalogueInvalid, match="nowhere"):
        load_catalog(tmp_path / "nowhere")


def test_an_empty_directory(tmp_path: Path) -> None:
    """
    A directory without schemas is an error.
    """
    with pytest.raises(CatalogueInvalid, match="contains no schema"):
        load_catalog(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"properties": {"event_type": {"const": "robot.rested"}}}',
        '{"properties": {"event_type": {"const": "robot.moved"}}}',
        json.dumps({"properties": {"event_type": 3}}),
    ],
)
def test_a_broken_schema(tmp_path: Path, text: str) -> None:
    """
    A file that is not a schema of the event type in its name is an error.
    """
    (tmp_path / "robot.moved.json").write_text(text)
    with pytest.raises(CatalogueInvalid, match=r"robot\.moved\.json"):
        load_catalog(tmp_path)


def test_a_property_that_is_not_noted(tmp_path: Path) -> None:
    """
    The error for a property that was added by hand says where else to add it.
    """
    schema = json.loads(json.dumps(catalog()["lock.unlocked"].document))
    schema["properties"]["floor"] = {"type": "integer"}
    (tmp_path / "lock.unlocked.json").write_text(json.dumps(schema), encoding="utf-8")

    with pytest.raises(CatalogueInvalid) as raised:
        load_catalog(tmp_path)["lock.unlocked"]

    assert "lock.unlocked.json: the schema is not complete" in str(raised.value)
    assert "x-seam/properties" in raised.value.cure
