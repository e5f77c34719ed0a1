"""
Your own schemas with `--catalog`, all schemas with `--all`, and unknown event types.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.schemas import catalog
from seamproof.schemas.derive.schema_files import derive_from, write
from seamproof.schemas.validation.shared_definitions import share
from tests.mock_server.receiver import receiving
from tests.schemas.page_writer import Row, Section, example, page

if TYPE_CHECKING:
    from tests.cli.runner import Run

MOVED: Final = "robot.moved"
LOCKED: Final = "lock.locked"
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(params=["side by side", "grouped"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """
    Write a directory of custom schemas, in either layout.
    """
    source, directory = tmp_path / "robots.md", tmp_path / "own"
    speed = Row("speed", "number")
    source.write_text(page(Section(MOVED, [speed], {"speed": 1}), Section("robot.rested")))
    write(derive_from([source]), directory, grouped=request.param == "grouped")
    return str(directory)


#: Each command that takes a catalogue, and its input.
COMMANDS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "list": (("schemas", "list"), ""),
    "show": (("schemas", "show", MOVED), ""),
    "export": (("schemas", "export", "--format", "openapi"), ""),
    "sample": (("sample", "*", "--seed", "1"), ""),
    "validate": (("validate", "-"), json.dumps(example(MOVED, speed=1))),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_a_catalogue(seamproof: Run, own: str, command: str) -> None:
    """
    With --catalog a command uses the schemas of that directory, and no others.
    """
    words, stdin = COMMANDS[command]
    done = seamproof(*words, "--catalog", own, stdin=stdin)
    assert done.status == 0, done.stderr
    assert command == "validate" or MOVED in done.stdout
    assert LOCKED not in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_environment_names_a_catalogue(
    seamproof: Run, own: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    SEAMPROOF_CATALOG has the effect of the option; an empty value has none.
    """
    words, stdin = COMMANDS[command]
    given = seamproof(*words, "--catalog", own, stdin=stdin)
    built_in = seamproof(*words, stdin=stdin)
    monkeypatch.setenv("SEAMPROOF_CATALOG", own)
    assert seamproof(*words, stdin=stdin) == given
    monkeypatch.setenv("SEAMPROOF_CATALOG", "")
    assert seamproof(*words, stdin=stdin) == built_in
    assert built_in != given


def test_emit_takes_a_catalogue(seamproof: Run, own: str) -> None:
    """
    Events of custom schemas are sent like Seam's.
    """
    with receiving() as receiver:
        words = ("emit", MOVED, "--to", receiver.url, "--secret", SECRET, "--catalog", own)
        done = seamproof(*words)
    assert done.status == 0, done.stderr
    (body,) = receiver.bodies
    assert json.loads(body)["event_type"] == MOVED
    assert json.loads(body).keys() == example(MOVED, speed=1).keys()


def test_what_is_sampled_is_valid(seamproof: Run, own: str) -> None:
    """
    Samples of a custom catalogue are valid, also in strict mode.
    """
    sampled = seamproof("sample", "*", "--count", "20", "--catalog", own).stdout
    done = seamproof("validate", "-", "--strict", "--catalog", own, stdin=sampled)
    assert (done.status, done.stdout) == (0, "20 events checked, all valid\n")
    broken = sampled.replace('"speed":', '"speed":"fast","was":', 1)
    assert seamproof("validate", "-", "--catalog", own, stdin=broken).status == 1


#: What can be wrong with the schema of an event: a property of it, and what that is instead.
BROKEN: Final[dict[str, tuple[str, Any]]] = {
    "an unknown type": ("type", "thing"),
    "required is no list": ("required", 3),
    "examples are no list": ("examples", 3),
    "no examples": ("examples", []),
    "no title": ("title", None),
    "nothing noted": ("x-seam", {}),
    "notes are no object": ("x-seam", 3),
    "properties are a list": ("properties", []),
    "another event type": ("properties", {"event_type": {"const": "robot.flown"}}),
    "a shared shape that is not there": (
        "properties",
        {"event_type": {"const": MOVED}, "x": {"$ref": "urn:seam:shared#/$defs/nothing"}},
    ),
    "a reference that leads nowhere": (
        "properties",
        {"event_type": {"const": MOVED}, "x": {"$ref": "#/nowhere"}},
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_schema(seamproof: Run, tmp_path: Path, broken: str) -> None:
    """
    Each command rejects a directory with an invalid schema, and names the file.
    """
    source, directory = tmp_path / "robots.md", tmp_path / "own"
    source.write_text(page(Section(MOVED)))
    write(derive_from([source]), directory)
    file = directory / f"{MOVED}.json"
    keyword, value = BROKEN[broken]
    document = json.loads(file.read_text("utf-8")) | {keyword: value}
    file.write_text(json.dumps({key: one for key, one in document.items() if one is not None}))
    for words, stdin in COMMANDS.values():
        refused = seamproof(*words, "--catalog", str(directory), stdin=stdin)
        assert (refused.status, refused.stdout) == (2, ""), words
        assert str(file) in refused.stderr


@pytest.mark.parametrize("command", [*COMMANDS, "validate strictly"])
def test_a_property_of_any_kind(seamproof: Run, own: str, command: str) -> None:
    """
    If the schema of a property is `true`, a command works or rejects the file; it does not crash.
    """
    (file,) = Path(own).rglob(f"{MOVED}.json")
    document = json.loads(file.read_text("utf-8"))
    document["properties"]["speed"] = True
    file.write_text(json.dumps(document))
    words, stdin = COMMANDS[command.split(maxsplit=1)[0]]
    strictly = ("--strict",) if command not in COMMANDS else ()
    done = seamproof(*words, *strictly, "--catalog", own, stdin=stdin)
    assert done.status == 0 or (done.status == 2 and str(file) in done.stderr)


@pytest.mark.parametrize("bad", ["nowhere", "empty", "a file", "no JSON", "no shapes", "a circle"])
def test_a_bad_directory(seamproof: Run, tmp_path: Path, bad: str) -> None:
    """
    A path that is not a directory of schemas is an error with exit status 2, its name and a cure.
    """
    directory = tmp_path / "bad"
    if bad != "nowhere":
        directory.mkdir()
    if bad == "a file":
        directory /= "file.json"
        directory.write_text("{}")
    if bad == "no JSON":
        (directory / f"{MOVED}.json").write_text("{")
    if bad in ("no shapes", "a circle"):
        text = json.dumps(catalog()[LOCKED].written)
        (directory / f"{LOCKED}.json").write_text(text)
    if bad == "a circle":
        _, shared = share({LOCKED: catalog()[LOCKED].document})
        spot = "urn:seam:shared#/$defs/envelope/properties/created_at"
        shared["$defs"]["envelope"]["properties"]["created_at"] = {"$ref": spot}
        (directory / "shared.json").write_text(json.dumps(shared))
    for words, stdin in COMMANDS.values():
        refused = seamproof(*words, "--catalog", str(directory), stdin=stdin)
        assert (refused.status, refused.stdout) == (2, ""), words
        assert str(directory) in refused.stderr
        assert "seamproof schemas derive" in refused.stderr


def test_an_event_type_of_another_catalogue(seamproof: Run, own: str) -> None:
    """
    A Seam event type that the custom catalogue lacks is a usage error, not a violation.
    """
    done = seamproof("validate", "-", "--event-type", LOCKED, "--catalog", own, stdin="{}")
    assert (done.status, done.stdout) == (2, "")
    assert LOCKED in done.stderr


def test_list_leaves_out_what_all_shows(seamproof: Run) -> None:
    """
    --all lists undocumented and deprecated events as well, each with a mark.
    """
    shown = seamproof("schemas", "list").stdout.splitlines()
    every = seamproof("schemas", "list", "--all").stdout.splitlines()
    assert [line.split()[0] for line in every] == sorted(catalog())
    assert [line.split()[0] for line in shown] == [one.event_type for one in catalog().match()]
    for line in every:
        schema = catalog()[line.split()[0]]
        assert line.endswith("(deprecated)") is schema.deprecated
        assert ("(undocumented)" in line) is not schema.documented


def test_list_all_as_json(seamproof: Run) -> None:
    """
    In JSON the marks are properties.
    """
    rows = json.loads(seamproof("schemas", "list", "--all", "--format", "json").stdout)
    assert {row["event_type"]: (row["documented"], row["deprecated"]) for row in rows} == {
        one.event_type: (one.documented, one.deprecated) for one in catalog().values()
    }


def test_an_unknown_type_is_refused(seamproof: Run) -> None:
    """
    By default an event of an unknown type is invalid, and the nearest names are reported.
    """
    done = seamproof("validate", "-", stdin=json.dumps(example("lock.lockd")))
    assert done.status == 1
    assert "lock.lockd /event_type event_type: " in done.stdout
    assert "did you mean lock.locked or " in done.stdout


def test_an_unknown_type_is_allowed(seamproof: Run) -> None:
    """
    With --unknown allow, only the envelope of an unknown type is validated; known types are
    validated as usual.
    """
    known = {**catalog()[LOCKED].example, "device_id": 3}
    wrong = example("robot.moved") | {"created_at": "yesterday"}
    stdin = "\n".join(json.dumps(one) for one in (example(MOVED, mood=[]), wrong, known))
    done = seamproof("validate", "-", "--unknown", "allow", stdin=stdin)
    first, second, summary = done.stdout.splitlines()
    assert done.status == 1
    assert first.startswith("-:2:")
    assert "robot.moved /created_at format: " in first
    assert second.startswith("-:3:")
    assert "lock.locked /device_id type: " in second
    assert summary == "3 events checked, 2 invalid"


def test_unknown_is_one_of_two_words(seamproof: Run) -> None:
    """
    Any other value of --unknown is a usage error.
    """
    assert seamproof("validate", "-", "--unknown", "ignore", stdin="{}").status == 2
