"""
Validation of unknown event types: rejected by default, or allowed by their envelope.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.errors import UnknownEventType
from seamproof.schemas import PayloadInvalid, catalog, is_valid, load_catalog, validate, violations
from seamproof.schemas.derive.schema_files import derive_from, write
from tests.schemas.page_writer import TIME, UUID, Section, example, page

if TYPE_CHECKING:
    from pathlib import Path

NEW: Final = example("lock.exploded", lock_mood="furious", device_id=3)
ENVELOPE: Final = ("created_at", "event_id", "event_type", "occurred_at", "workspace_id")


def found(payload: object, **more: Any) -> list[tuple[str, str]]:
    """
    Return the pointers and rules of the violations, if unknown types are allowed.
    """
    return [(one.path, one.rule) for one in violations(payload, unknown="allow", **more)]


def test_refused_by_default() -> None:
    """
    An unknown type is a violation that suggests similar types.
    """
    (violation,) = violations(example("lock.unlockd"))
    assert (violation.path, violation.rule, violation.found) == (
        "/event_type",
        "event_type",
        "lock.unlockd",
    )
    assert violation.expected[0] == "lock.unlocked"
    assert "did you mean lock.unlocked or " in violation.message
    assert not is_valid(example("lock.unlockd"))
    assert violations(example("lock.unlockd"), unknown="refuse") == (violation,)
    with pytest.raises(PayloadInvalid, match=r"did you mean lock\.unlocked") as refused:
        validate(example("lock.unlockd"))
    assert refused.value.event_type == "lock.unlockd"


def test_nothing_looks_like_it() -> None:
    """
    If no type is similar, none is suggested.
    """
    (violation,) = violations(example("zzzz.qqqq"))
    assert violation.expected == []
    assert "did you mean" not in violation.message


def test_allowed_by_its_envelope() -> None:
    """
    An unknown type with a valid envelope is accepted, with any other properties.
    """
    assert is_valid(NEW, unknown="allow")
    assert violations(NEW, unknown="allow") == ()
    validate(NEW, unknown="allow")
    assert is_valid(NEW, unknown="allow", strict=True)
    assert found(NEW, strict=True) == []


@pytest.mark.parametrize("name", [name for name in ENVELOPE if name != "event_type"])
def test_a_hole_in_the_envelope(name: str) -> None:
    """
    A missing property of the envelope is a violation at its place.
    """
    payload = {key: value for key, value in NEW.items() if key != name}
    assert found(payload) == [(f"/{name}", "required")]
    assert not is_valid(payload, unknown="allow")
    with pytest.raises(PayloadInvalid, match=f"/{name}"):
        validate(payload, unknown="allow")


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("event_id", "17", "format"),
        ("workspace_id", None, "type"),
        ("created_at", "yesterday", "format"),
        ("occurred_at", 1735689600, "type"),
    ],
)
def test_a_wrong_envelope(name: str, value: object, rule: str) -> None:
    """
    An invalid property of the envelope is a violation at its pointer, as for a known type.
    """
    assert found(NEW | {name: value}) == [(f"/{name}", rule)]
    assert not is_valid(NEW | {name: value}, unknown="allow")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ([], ("", "type")),
        ({"event_id": UUID}, ("/event_type", "required")),
        (NEW | {"event_type": 3}, ("/event_type", "type")),
    ],
    ids=["no object", "no type", "a type that is no string"],
)
def test_without_a_type_nothing_is_allowed(payload: object, expected: tuple[str, str]) -> None:
    """
    An event without a type is not allowed.
    """
    assert found(payload) == [expected]
    assert not is_valid(payload, unknown="allow")


def test_known_types_are_held_to_their_contract() -> None:
    """
    Allowing unknown types does not change the validation of known ones.
    """
    for event_type in sorted(catalog()):
        payload = catalog()[event_type].example
        assert is_valid(payload, unknown="allow")
        for name in catalog()[event_type].required:
            broken = {key: value for key, value in payload.items() if key != name}
            assert not is_valid(broken, unknown="allow")


def test_a_type_asked_for_must_be_known() -> None:
    """
    An unknown argument `event_type` raises an error.
    """
    with pytest.raises(UnknownEventType, match=r"lock\.exploded"):
        is_valid(NEW, event_type="lock.exploded", unknown="allow")
    with pytest.raises(UnknownEventType, match=r"lock\.exploded"):
        violations(NEW, event_type="lock.exploded", unknown="allow")


def test_unknown_to_a_catalogue_of_ones_own(tmp_path: Path) -> None:
    """
    The catalogue decides which types are known.
    """
    (tmp_path / "robots.md").write_text(page(Section("robot.moved")))
    write(derive_from([tmp_path]), tmp_path / "own")
    own = load_catalog(tmp_path / "own")
    payload = catalog()["lock.locked"].example
    assert not is_valid(payload, catalogue=own)
    assert is_valid(payload, catalogue=own, unknown="allow")
    assert found(payload | {"created_at": TIME[:10]}, catalogue=own) == [("/created_at", "format")]
