"""
Fixtures: private, never overwritten, and named after their events.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.events import Event
from seamproof.pseudonyms.pseudonymiser import Pseudonymiser
from seamproof.recordings.fixtures import FixtureWriter
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from pathlib import Path

EVENT = Sampler(1).event("lock.unlocked")
BODY = Event.of(EVENT).body


def test_an_event_becomes_a_private_file(tmp_path: Path) -> None:
    """
    The file has the bytes of the event, and only its owner can read it.
    """
    fixture = FixtureWriter(tmp_path / "new", None).write(EVENT, BODY)

    assert fixture.path.name == f"lock.unlocked-{EVENT['event_id']}.json"
    assert fixture.path.read_bytes() == BODY + b"\n"
    assert [one.name for one in fixture.path.parent.iterdir()] == [fixture.path.name]
    if os.name == "posix":
        assert fixture.path.stat().st_mode & 0o777 == 0o600
        assert fixture.path.parent.stat().st_mode & 0o777 == 0o700


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    """
    The same event is not written again; another one with its id gets another name.
    """
    writer = FixtureWriter(tmp_path, None)
    first = writer.write(EVENT, BODY)
    same = writer.write(EVENT, BODY)
    other = writer.write({**EVENT, "code": "1"}, Event.of({**EVENT, "code": "1"}).body)

    assert (first.is_new, same.is_new, other.is_new) == (True, False, True)
    assert first.path == same.path
    assert other.path.stem == f"{first.path.stem}-2"
    assert first.path.read_bytes() == BODY + b"\n"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """
    A symbolic link with the name of a fixture leads to no other file.
    """
    target = tmp_path / "target"
    target.write_text("mine")
    name = tmp_path / f"lock.unlocked-{EVENT['event_id']}.json"
    name.symlink_to(target)

    fixture = FixtureWriter(tmp_path, None).write(EVENT, BODY)

    assert fixture.path != name
    assert target.read_text() == "mine"


@pytest.mark.parametrize(
    "event",
    [
        {"event_type": "../../up", "event_id": "/etc/passwd"},
        {"event_type": "a" * 5000, "event_id": "x\0y"},
        {"event_type": "lock.locked", "event_id": ".."},
        {"event_type": "lock.locked", "event_id": "a/b"},
        {"event_type": "lock.locked", "event_id": {"a": 1}},
        {"event_type": "lock.", "event_id": "con.\\x"},
        {"event_type": "lock.locked"},
    ],
)
@pytest.mark.parametrize("pseudonymised", [False, True])
def test_a_hostile_name_stays_in_the_directory(
    tmp_path: Path, event: dict[str, Any], *, pseudonymised: bool
) -> None:
    """
    Whatever the type and the id are, the file is in the directory.
    """
    pseudonymiser = Pseudonymiser(b"key") if pseudonymised else None
    fixture = FixtureWriter(tmp_path / "in", pseudonymiser).write(event, Event.of(event).body)

    assert fixture.path.parent == tmp_path / "in"
    assert [*(tmp_path / "in").iterdir()] == [fixture.path]


def test_a_pseudonymised_file_has_nothing_of_the_original(tmp_path: Path) -> None:
    """
    Neither its name nor its content has an id of the event.
    """
    fixture = FixtureWriter(tmp_path, Pseudonymiser(b"key")).write(EVENT, BODY)
    text = f"{fixture.path.name} {fixture.path.read_text()}"

    ids = [value for name, value in EVENT.items() if name.endswith("_id")]
    assert ids
    assert [one for one in ids if one in text] == []


def test_an_event_that_json_cannot_represent_is_not_written(tmp_path: Path) -> None:
    """
    NaN is an error, and leaves no file.
    """
    writer = FixtureWriter(tmp_path, Pseudonymiser(b"key"))
    event = {"event_type": "lock.locked", "battery_level": float("nan")}
    with pytest.raises(ValueError, match=r".+"):
        writer.write(event, b"")

    assert [*tmp_path.iterdir()] == []
