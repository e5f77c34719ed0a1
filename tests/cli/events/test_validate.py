"""
Command `seamproof validate`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.schemas import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.runner import Run

ISSUED = "acs_credential.issued"


def event(**changes: Any) -> dict[str, Any]:
    """
    A valid event, changed.
    """
    return catalog()[ISSUED].example | changes


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """
    Write a file of four lines: valid, with two violations, not JSON, valid.
    """
    bad = event(occurred_at="yesterday", event_id=3)
    path = tmp_path / "mixed.ndjson"
    path.write_text("\n".join([json.dumps(event()), json.dumps(bad), "{,", json.dumps(event())]))
    return path


def test_all_valid(seamproof: Run, tmp_path: Path) -> None:
    """
    Valid events are counted, with exit status 0.
    """
    path = tmp_path / "events.json"
    path.write_text(json.dumps([event(), event()], indent=1))
    done = seamproof("validate", str(path))
    assert (done.status, done.stdout) == (0, "2 events checked, all valid\n")


def test_every_problem_in_one_run(seamproof: Run, mixed: Path) -> None:
    """
    Each violation is a line with file, line, column, event type, pointer, rule and message.
    """
    done = seamproof("validate", str(mixed))
    lines = done.stdout.splitlines()
    assert done.status == 1
    second = mixed.read_text().splitlines()[1]
    columns = [second.index(text) + 1 for text in ("3,", '"yesterday"')]
    assert lines[0].startswith(f"{mixed}:2:{columns[0]} {ISSUED} /event_id type: must be a string")
    assert lines[1].startswith(f"{mixed}:2:{columns[1]} {ISSUED} /occurred_at format: must be a")
    assert "line 3, column 2" in lines[2]
    assert lines[3] == "4 events checked, 2 invalid"


def test_as_json(seamproof: Run, mixed: Path) -> None:
    """
    With --format json there is one document on stdout, and nothing else.
    """
    report = json.loads(seamproof("validate", str(mixed), "--format", "json").stdout)
    assert report["summary"] == {"checked": 4, "invalid": 2}
    assert [one["valid"] for one in report["events"]] == [True, False, False, True]
    second = report["events"][1]
    assert (second["source"], second["index"], second["event_type"]) == (str(mixed), 1, ISSUED)
    column = mixed.read_text().splitlines()[1].index("3,") + 1
    assert second["violations"][0] == {
        "path": "/event_id",
        "rule": "type",
        "expected": "string",
        "found": 3,
        "message": "must be a string, found 3",
        "line": 2,
        "column": column,
    }
    assert report["events"][2]["event_type"] is None


def test_for_github(seamproof: Run, tmp_path: Path) -> None:
    """
    With --format github each violation is an escaped annotation on its line.
    """
    path = tmp_path / "a,b.json"
    path.write_text(json.dumps(event(occurred_at="100%\n"), indent=1))
    (line,) = seamproof("validate", str(path), "--format", "github").stdout.splitlines()
    number = (
        path.read_text()
        .split("\n")
        .index(next(one for one in path.read_text().split("\n") if "occurred_at" in one))
        + 1
    )
    assert line.startswith(f"::error file={str(path).replace(',', '%2C')},line={number},title=")
    assert "100%25" in line


#: How several events may stand in one file.
FORMS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "answer of /events/list": lambda ones: json.dumps({"events": ones, "ok": True}, indent=2),
    "answer of /events/list on one line": lambda ones: json.dumps({"ok": True, "events": ones}),
    "answers of /events/get": lambda ones: "\n".join(json.dumps({"event": one}) for one in ones),
    "one after another": lambda ones: "\n".join(json.dumps(one, indent=2) for one in ones),
    "one after another without a line break": lambda ones: " ".join(map(json.dumps, ones)),
    "an array on one line": json.dumps,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_place_in_each_form_of_a_file(seamproof: Run, tmp_path: Path, form: str) -> None:
    """
    Each event is found, and a violation is at the line and column of its value.
    """
    path = tmp_path / "events.json"
    path.write_text(FORMS[form]([event(), event(event_id=31337)]))
    lines = path.read_text().split("\n")
    line = next(number for number, text in enumerate(lines, 1) if "31337" in text)

    done = seamproof("validate", str(path))

    column = lines[line - 1].index("31337") + 1
    assert done.stdout.startswith(f"{path}:{line}:{column} {ISSUED} /event_id type: must be a")
    assert done.stdout.endswith("2 events checked, 1 invalid\n")


def test_an_event_that_ends_early_after_others(seamproof: Run, tmp_path: Path) -> None:
    """
    Of events one after another, one that does not parse is reported at its place.
    """
    path = tmp_path / "events.json"
    path.write_text(json.dumps(event(), indent=1) + '\n{\n "event_type": }')

    done = seamproof("validate", str(path))

    last = len(path.read_text().splitlines())
    assert f"{path}:{last}:16 (no type) (payload) json: line {last}, column 16" in done.stdout
    assert "2 events checked, 1 invalid" in done.stdout


def test_strict_suggests_the_nearest_property(seamproof: Run) -> None:
    """
    An unknown property is reported with the name that it resembles, an absent one with the reason.
    """
    changed = event()
    changed["acs_sistem_id"] = changed.pop("acs_system_id")
    optional = next(
        name
        for name in catalog()[ISSUED].strict_contract.document["required"]
        if name not in catalog()[ISSUED].contract.document["required"]
    )
    changed.pop(optional, None)

    lines = seamproof("validate", "-", "--strict", stdin=json.dumps(changed)).stdout

    assert "did you mean acs_system_id?" in lines
    assert "/acs_system_id required: is missing, the contract has it in every event" in lines
    assert f"/{optional} required: is missing; --strict asks for every documented" in lines


STDIN = {
    "one": (json.dumps(event()), 0),
    "NaN": (json.dumps(event())[:-1] + ', "x": NaN}', 1),
    "twice": ('{"event_type": "a.b", "event_type": "' + ISSUED + '"}', 1),
    "a list of lists": ("[[]]", 1),
    "a number": ("17", 1),
    "nothing": ("", 1),
    "an unknown type": ('{"event_type": "acs_credential.isued"}', 1),
    "no type": ("{}", 1),
    "a surrogate": (json.dumps(event(extra="\ud800")), 1),
    "NaN alone": ("[NaN]", 1),
    "a type that is half a pair": ('{"event_type": "\\ud800"}', 1),
    "a name that is half a pair": ('{"event_type": "' + ISSUED + '", "\\ud800": {"a": NaN}}', 1),
    "a number too long": ('{"a": ' + "1" * 5000 + "}", 1),
    "deep": (json.dumps(event(extra=json.loads("[" * 600 + "]" * 600))), 1),
    "too deep": ("[" * 50_000, 1),
}


@pytest.mark.parametrize("case", STDIN)
def test_standard_input(seamproof: Run, case: str) -> None:
    """
    Any bytes on standard input are validated without a crash; the JSON report stays valid.
    """
    text, status = STDIN[case]
    done = seamproof("validate", "-", "--format", "json", stdin=text)
    assert done.status == status
    report = json.loads(done.stdout, parse_constant=pytest.fail)
    assert report["events"][0]["source"] == "-"
    assert report["events"][0]["valid"] is (status == 0)


def test_nothing_of_a_file_is_obeyed(seamproof: Run) -> None:
    """
    Control characters of a payload are escaped in the output.
    """
    text = json.dumps({"event_type": "x\n::error::\x1b[31m"})
    shown = seamproof("validate", "-", stdin=text).stdout
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 2


def test_standard_input_twice(seamproof: Run) -> None:
    """
    Standard input can be read only once.
    """
    assert seamproof("validate", "-", "-").status == 2


def test_directories(seamproof: Run, mixed: Path) -> None:
    """
    A directory stands for the payload files in it and in its subdirectories.
    """
    below = mixed.parent / "below"
    below.mkdir()
    (below / "one.json").write_text(json.dumps(event()))
    (below / "notes.txt").write_text("not a payload")
    done = seamproof("validate", str(mixed.parent), "--format", "json")
    assert json.loads(done.stdout)["summary"] == {"checked": 5, "invalid": 2}


@pytest.mark.parametrize(
    "hidden", [".seamproof/cases/one.json", ".one.json", "web/node_modules/a/package.json", "env/a"]
)
def test_what_is_hidden_is_left_out_of_a_directory(
    seamproof: Run, tmp_path: Path, hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    So is a virtual environment; what is named is read all the same.
    """
    monkeypatch.chdir(tmp_path)
    place = Path(hidden) if hidden.endswith(".json") else Path(hidden, "package.json")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("{}")
    Path("env").mkdir(exist_ok=True)
    Path("env/pyvenv.cfg").touch()

    empty = seamproof("validate", ".")
    Path("events").mkdir()
    Path("events/one.json").write_text(json.dumps(event()))
    searched = seamproof("validate", ".")
    named = [seamproof("validate", str(one)) for one in {place, place.parent} - {Path()}]

    assert empty.status == 2
    assert "the directory contains no payloads" in empty.stderr
    assert "a search leaves them out" in empty.stderr
    assert searched.stdout == "1 event checked, all valid\n"
    assert {one.status for one in named} == {1}


def test_strict(seamproof: Run) -> None:
    """
    With --strict an unknown property is a violation.
    """
    text = json.dumps(event(battery=1))
    assert seamproof("validate", "-", stdin=text).status == 0
    strict = seamproof("validate", "-", "--strict", stdin=text)
    assert strict.status == 1
    assert "/battery additionalProperties" in strict.stdout


def test_a_demanded_type(seamproof: Run) -> None:
    """
    With --event-type an event of another type is invalid.
    """
    words = ("validate", "-", "--event-type", "acs_credential.deleted")
    done = seamproof(*words, stdin=json.dumps(event()))
    assert done.status == 1
    assert '/event_type const: must be "acs_credential.deleted"' in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.json",), "nowhere.json: there is no such file"),
        (("-", "--event-type", "acs_credential.isued"), "did you mean acs_credential.issued"),
        ((), "FILE"),
        ((".",), "contains no payloads"),
    ],
)
def test_mistakes(
    seamproof: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    said: str,
) -> None:
    """
    A usage error is a message on stderr and exit status 2, not a traceback.
    """
    monkeypatch.chdir(tmp_path)
    failed = seamproof("validate", *words)
    assert failed.status == 2
    assert said in failed.stderr
    assert "Traceback" not in failed.stderr
