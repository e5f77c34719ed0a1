"""
Commands `seamproof schemas diff` and `check-docs`, in each output format.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.cli.commands.contract.change_words import describe_group
from seamproof.schemas import catalog
from seamproof.schemas.diff.changes import KINDS, Change
from seamproof.schemas.diff.groups import ChangeGroup
from tests.schemas.page_writer import Row, Section, event_schema, openapi, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.runner import Run

TEXT: Final = {"type": "string"}
MODE: Final = {"type": "string", "enum": ["fast", "slow"]}
#: Versions of the contract that differ from the first in one class of change each.
VERSIONS: Final[dict[str, dict[str, Any]]] = {
    "first": {"mode": MODE, "name": TEXT},
    "breaking": {"mode": MODE},
    "widening": {"mode": {**MODE, "enum": [*MODE["enum"], "a|b"]}, "name": TEXT},
    "compatible": {"mode": MODE, "name": TEXT, "speed": {"type": "number"}},
}


@pytest.fixture
def version(tmp_path: Path) -> Callable[[str], str]:
    """
    Write a version of the contract as an OpenAPI document, and return the path.
    """

    def write(name: str) -> str:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(openapi(event_schema("robot.moved", VERSIONS[name]))))
        return str(path)

    return write


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        ((), {"breaking"}),
        (("--fail-on", "breaking"), {"breaking"}),
        (("--fail-on", "any"), {"breaking", "widening", "compatible"}),
        (("--fail-on", "never"), set()),
    ],
)
def test_what_fails(
    seamproof: Run, version: Callable[[str], str], fail_on: tuple[str, ...], failing: set[str]
) -> None:
    """
    The exit status is 1 for the changes that `--fail-on` selects, and 0 without changes.
    """
    for name in VERSIONS:
        done = seamproof("schemas", "diff", version("first"), version(name), *fail_on)
        assert (done.status, done.stderr) == (int(name in failing), ""), name


def test_as_json(seamproof: Run, version: Callable[[str], str]) -> None:
    """
    In JSON each change has its place, kind, class, both values and advice; a summary follows.
    """
    words = ("schemas", "diff", version("first"), version("breaking"), "--format", "json")
    assert json.loads(seamproof(*words).stdout) == {
        "changes": [
            {
                "event_type": "robot.moved",
                "pointer": "/name",
                "kind": "property_removed",
                "class": "breaking",
                "before": TEXT,
                "after": None,
                "advice": KINDS["property_removed"][1],
            }
        ],
        "summary": {"breaking": 1, "widening": 0, "compatible": 0},
    }


def test_as_text(seamproof: Run, version: Callable[[str], str]) -> None:
    """
    As text equal changes are one line; the summary is last. With -v each change follows.
    """
    words = ("schemas", "diff", version("first"), version("widening"))
    line, summary = seamproof(*words).stdout.splitlines()
    assert line == 'widening   `mode` has the new value "a|b" in robot.moved'
    assert summary == "0 breaking, 1 widening, 0 compatible"
    _, advice, change, _ = seamproof(*words, "-v").stdout.splitlines()
    assert advice.strip() == KINDS["value_added"][1]
    assert change.strip() == "robot.moved /mode"


def test_equal_changes_are_one_line(seamproof: Run, tmp_path: Path) -> None:
    """
    Breaking changes come first, then those of the most events; events are counted.
    """
    names = [f"robot.did_{number}" for number in range(5)]
    versions = {
        "old": [event_schema(name, {"name": TEXT}) for name in [*names, "robot.gone"]],
        "new": [event_schema(name, {"name": TEXT, "speed": TEXT}) for name in names[1:]]
        + [event_schema(names[0], {"mood": TEXT})],
    }
    for name, schemas in versions.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(openapi(*schemas)))
    words = ("schemas", "diff", str(tmp_path / "old.json"), str(tmp_path / "new.json"))
    assert seamproof(*words).stdout.splitlines() == [
        "breaking   removed: robot.gone",
        "breaking   `name` removed from robot.did_0",
        "compatible `speed` new in 4 events",
        "compatible `mood` new in robot.did_0",
        "2 breaking, 0 widening, 5 compatible",
    ]
    verbose = seamproof(*words, "-v").stdout
    assert all(f"{name} /speed" in verbose for name in names[1:])


def test_as_github(seamproof: Run, version: Callable[[str], str]) -> None:
    """
    Each group is an annotation: an error if it is breaking.
    """
    words = ("schemas", "diff", version("first"), version("breaking"), "--format", "github")
    line, summary = seamproof(*words).stdout.splitlines()
    assert line.startswith("::error title=Seam's contract::`name` removed from robot.moved. ")
    assert summary == "1 breaking, 0 widening, 0 compatible"


@pytest.mark.parametrize(
    ("kind", "before", "after", "words"),
    [
        ("value_added", None, "palm", '`x` has the new value "palm" in a.b'),
        ("value_removed", 3, None, "`x` no longer has the value 3 in a.b"),
        ("values_closed", None, ["a", "b"], '`x` now has only the values "a" or "b" in a.b'),
        ("type_changed", "string", ["number"], "`x` is now number instead of string in a.b"),
        ("format_removed", "date-time", None, "`x` no longer has the format date-time in a.b"),
        ("property_optional", "required", "optional", "`x` can now be missing in a.b"),
    ],
)  # fmt: skip
def test_values_are_quoted_and_types_are_not(
    kind: str, before: Any, after: Any, words: str
) -> None:
    """
    A value of a payload is written as JSON, a type or a format by its name.
    """
    group = ChangeGroup((Change("a.b", "/x", kind, before, after),))
    assert describe_group(group) == words


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_change_has_words(kind: str) -> None:
    """
    No kind of change is shown by its id, and none has "nothing" for a value.
    """
    values = {"null_admitted": ("string", ["string", "null"])}.get(kind, ("a-b", "c"))
    for before, after in (values, (None, "c"), ("c", None)):
        words = describe_group(ChangeGroup((Change("a.b", "/x/*/y", kind, before, after),)))
        assert kind not in words
        assert "nothing" not in words
        assert "a.b" in words
        assert kind.startswith("event_") or "`x[].y`" in words


def test_as_markdown(seamproof: Run, version: Callable[[str], str]) -> None:
    """
    In Markdown the changes are a table; a vertical bar in a value is escaped.
    """
    words = ("schemas", "diff", version("first"), version("widening"), "--format", "markdown")
    head, rule, row, *_ = seamproof(*words).stdout.splitlines()
    columns = head.count("|")
    assert rule.count("|") == columns == row.replace("\\|", "").count("|")
    assert row.startswith(r'| widening | `mode` has the new value "a\|b" in robot.moved |')
    assert KINDS["value_added"][1] in row


def test_the_summary_is_no_part_of_the_table(seamproof: Run, version: Callable[[str], str]) -> None:
    """
    In Markdown an empty line separates the table from the summary.
    """
    words = ("schemas", "diff", version("first"), version("breaking"), "--format", "markdown")
    assert seamproof(*words).stdout.splitlines()[-2:] == [
        "",
        "1 breaking, 0 widening, 0 compatible",
    ]


@pytest.mark.parametrize("style", ["text", "json", "markdown"])
def test_no_changes(seamproof: Run, style: str) -> None:
    """
    The built-in contract does not differ from itself, for each --fail-on and format.
    """
    words = ("schemas", "diff", "builtin", "builtin", "--fail-on", "any", "--format", style)
    done = seamproof(*words)
    assert done.status == 0
    if style == "json":
        assert json.loads(done.stdout)["changes"] == []
    else:
        assert done.stdout.endswith("0 breaking, 0 widening, 0 compatible\n")
        assert ("No changes." in done.stdout) is (style == "markdown")
        assert "|" not in done.stdout


ODD: Final = "robot.\x1b[31mred\nmoved"


@pytest.mark.parametrize("style", ["text", "markdown"])
@pytest.mark.parametrize(
    "event_type", ["robot.moved", ODD], ids=["an odd property", "an odd event type"]
)
def test_control_characters_are_not_printed(
    seamproof: Run, tmp_path: Path, style: str, event_type: str
) -> None:
    """
    Control characters of a file are escaped in the report.
    """
    tag = {"event_type": {"const": event_type}}
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps({"oneOf": [{"properties": tag | {"a\x1b[31m\nb": TEXT}}]}))
    new.write_text(json.dumps({"oneOf": [{"properties": tag}]}))
    done = seamproof("schemas", "diff", str(old), str(new), "--format", style)
    assert done.status == 1
    assert "\x1b" not in done.stdout
    (row,) = [line for line in done.stdout.splitlines() if " removed from " in line]
    assert "robot." in row
    assert row.startswith(("| breaking", "breaking"))


@pytest.mark.parametrize(
    "words",
    [
        ("diff", "builtin"),
        ("diff", "builtin", "nowhere"),
        ("diff", "nowhere", "builtin"),
        ("diff", "builtin", "builtin", "--fail-on", "often"),
        ("check-docs",),
        ("check-docs", "nowhere.md"),
    ],
)
def test_mistakes(seamproof: Run, words: tuple[str, ...]) -> None:
    """
    A usage error is a message on stderr and exit status 2, which differs from that of a change.
    """
    failed = seamproof("schemas", *words)
    assert (failed.status, failed.stdout) == (2, "")
    assert failed.stderr
    assert "Traceback" not in failed.stderr


DEACTIVATED: Final = "phone.deactivated"


def phones(tmp_path: Path, *more: Row) -> str:
    """
    Write the page about phones, with more properties than the contract has.
    """
    payload = catalog()[DEACTIVATED].example
    labels = {"device_custom_metadata": "Object", "event_description": "String"}
    rows = [Row(name, labels.get(name, "String (UUID)")) for name in payload if name not in BASE]
    section = Section(DEACTIVATED, [*rows, *more], payload | {one.name: "" for one in more})
    path = tmp_path / "phones.md"
    path.write_text(page(section))
    return str(path)


BASE: Final = {"created_at", "event_id", "event_type", "occurred_at", "workspace_id"}


def test_a_page_that_agrees(seamproof: Run, tmp_path: Path) -> None:
    """
    A page that agrees with the contract passes, even with --fail-on any.
    """
    done = seamproof("schemas", "check-docs", phones(tmp_path), "--fail-on", "any")
    assert (done.status, done.stdout) == (0, "0 breaking, 0 widening, 0 compatible\n")


def test_a_page_that_says_more(seamproof: Run, tmp_path: Path) -> None:
    """
    A new property of a page is reported in each format, and fails with --fail-on any.
    """
    source = phones(tmp_path, Row("mood", "String"))
    words = ("schemas", "check-docs", source, "--format", "json")
    done = seamproof(*words)
    (change,) = json.loads(done.stdout)["changes"]
    assert done.status == 0
    assert (change["event_type"], change["pointer"]) == (DEACTIVATED, "/mood")
    assert (change["kind"], change["class"]) == ("property_added", "compatible")
    assert seamproof(*words, "--fail-on", "any").status == 1


def test_an_openapi_document_against_all(
    seamproof: Run, version: Callable[[str], str], tmp_path: Path
) -> None:
    """
    With an OpenAPI document among the sources, events that it lacks are removed.
    """
    sources = (version("first"), phones(tmp_path))
    done = seamproof("schemas", "check-docs", *sources, "--format", "json")
    kinds = [one["kind"] for one in json.loads(done.stdout)["changes"] if not one["pointer"]]
    assert done.status == 1
    assert kinds.count("event_removed") == len(catalog()) - 1
    assert kinds.count("event_added") == 1
