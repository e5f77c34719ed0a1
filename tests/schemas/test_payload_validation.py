"""
Events of a type that the contract does not have: refused by default, or allowed by their envelope.
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
    Where and by which rule a payload is wrong, when unknown types are allowed.
    """
    return [(one.path, one.rule) for one in violations(payload, unknown="allow", **more)]


def test_refused_by_default() -> None:
    """
    An unknown type is a violation of its own, which names the types that look like it.
    """
    (told,) = violations(example("lock.unlockd"))
    assert (told.path, told.rule, told.found) == ("/event_type", "event_type", "lock.unlockd")
    assert told.expected[0] == "lock.unlocked"
    assert "did you mean lock.unlocked or " in told.message
    assert not is_valid(example("lock.unlockd"))
    assert violations(example("lock.unlockd"), unknown="refuse") == (told,)
    with pytest.raises(PayloadInvalid, match=r"did you mean lock\.unlocked") as refused:
        validate(example("lock.unlockd"))
    assert refused.value.event_type == "lock.unlockd"


def test_nothing_looks_like_it() -> None:
    """
    Where no name is near, none is suggested.
    """
    (told,) = violations(example("zzzz.qqqq"))
    assert told.expected == []
    assert "did you mean" not in told.message


def test_allowed_by_its_envelope() -> None:
    """
    With a right envelope an unknown type is accepted, whatever else it carries.
    """
    assert is_valid(NEW, unknown="allow")
    assert violations(NEW, unknown="allow") == ()
    validate(NEW, unknown="allow")
    assert is_valid(NEW, unknown="allow", strict=True)
    assert found(NEW, strict=True) == []


@pytest.mark.parametrize("name", [name for name in ENVELOPE if name != "event_type"])
def test_a_hole_in_the_envelope(name: str) -> None:
    """
    Without a part of the envelope it is refused, at the place where that should be.
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
    A wrong part of the envelope is told where it is, as for a known type.
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
    Allowed is an unknown type, not none.
    """
    assert found(payload) == [expected]
    assert not is_valid(payload, unknown="allow")


@pytest.mark.parametrize("event_type", sorted(catalog()))
def test_known_types_are_held_to_their_contract(event_type: str) -> None:
    """
    Allowing unknown types lets nothing through of those that are known.
    """
    payload = catalog()[event_type].example
    assert is_valid(payload, unknown="allow")
    for name in catalog()[event_type].required:
        broken = {key: value for key, value in payload.items() if key != name}
        assert not is_valid(broken, unknown="allow")


def test_a_type_asked_for_must_be_known() -> None:
    """
    The argument `event_type` is for the contract's types; a wrong one is the caller's mistake.
    """
    with pytest.raises(UnknownEventType, match=r"lock\.exploded"):
        is_valid(NEW, event_type="lock.exploded", unknown="allow")
    with pytest.raises(UnknownEventType, match=r"lock\.exploded"):
        violations(NEW, event_type="lock.exploded", unknown="allow")


def test_unknown_to_a_catalogue_of_ones_own(tmp_path: Path) -> None:
    """
    Which types are known is up to the catalogue: to another one Seam's may be new.
    """
    (tmp_path / "robots.md").write_text(page(Section("robot.moved")))
    write(derive_from([tmp_path]), tmp_path / "own")
    own = load_catalog(tmp_path / "own")
    payload = catalog()["lock.locked"].example
    assert not is_valid(payload, catalogue=own)
    assert is_valid(payload, catalogue=own, unknown="allow")
    assert found(payload | {"created_at": TIME[:10]}, catalogue=own) == [("/created_at", "format")]
