"""
Tests of the file of a consumer contract.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import jsonschema
import pytest

from seamproof.checks.dependencies.contract.document import (
    as_document,
    as_text,
    difference,
    read_contract,
    schema,
)
from seamproof.checks.dependencies.uses import Dependencies, PropertyUse, TypeUse, UseKind
from seamproof.errors import SourceInvalid, UsageError

if TYPE_CHECKING:
    from pathlib import Path

LEVEL: Final = PropertyUse(
    pointer="/battery_level",
    use=UseKind.REQUIRED,
    is_read=True,
    is_copied=True,
    place="app.py:12",
)
NAME: Final = PropertyUse(pointer="/device_name", use=UseKind.UNDECIDED, reason="it depends")
UNUSED: Final = PropertyUse(pointer="/workspace_id", use=UseKind.UNUSED)
FOUND: Final = Dependencies(
    target="app:app",
    types=(
        TypeUse(event_type="device.low_battery", properties=(LEVEL, NAME, UNUSED)),
        TypeUse(event_type="lock.locked", reason="not steady"),
    ),
    ignored=("lock.unlocked",),
    undecided=(("camera.activated", "answered 500"),),
)


def test_a_contract_is_read_as_it_was_written(tmp_path: Path) -> None:
    """
    Nothing that a comparison needs is lost, and the file suits its schema.
    """
    path = tmp_path / "seam-consumer.json"
    path.write_text(as_text(as_document(FOUND)), "utf-8")

    jsonschema.Draft202012Validator(schema()).validate(json.loads(path.read_text("utf-8")))
    assert read_contract(path) == FOUND


def test_the_schema_is_a_schema() -> None:
    """
    Other tools can use it.
    """
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_same_uses_make_no_difference(tmp_path: Path) -> None:
    """
    The line of a use and the name of the target may be others.
    """
    path = tmp_path / "seam-consumer.json"
    path.write_text(as_text(as_document(FOUND)), "utf-8")
    moved = replace(LEVEL, place="app.py:99")
    first = replace(FOUND.types[0], properties=(moved, NAME, UNUSED))

    same = replace(FOUND, target="http://127.0.0.1/", types=(first, FOUND.types[1]))
    assert difference(path, as_document(same)) == ""


def test_another_use_is_a_difference(tmp_path: Path) -> None:
    """
    It is shown as a diff.
    """
    path = tmp_path / "seam-consumer.json"
    path.write_text(as_text(as_document(FOUND)), "utf-8")
    other = replace(LEVEL, use=UseKind.COPIED)
    first = replace(FOUND.types[0], properties=(other, NAME, UNUSED))

    found = difference(path, as_document(replace(FOUND, types=(first, FOUND.types[1]))))

    assert '-          "use": "required"' in found
    assert '+          "use": "copied"' in found


def test_a_file_that_is_not_there_differs(tmp_path: Path) -> None:
    """
    A check in CI must not pass because the contract was never committed.
    """
    assert difference(tmp_path / "seam-consumer.json", as_document(FOUND))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}'])
def test_another_file_is_no_contract(tmp_path: Path, text: str) -> None:
    """
    It is reported, and not read as a handler that uses nothing.
    """
    path = tmp_path / "package.json"
    path.write_text(text, "utf-8")

    with pytest.raises(SourceInvalid):
        read_contract(path)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    """
    With the command that makes one.
    """
    with pytest.raises(UsageError, match="cannot be read"):
        read_contract(tmp_path / "none.json")
