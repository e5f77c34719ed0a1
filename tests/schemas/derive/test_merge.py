"""
Merge of what several sources say: the newest that speaks of a thing wins.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.errors import SourceInvalid
from seamproof.schemas.derive.derivation import Derived, derive
from seamproof.schemas.sources.openapi import read_openapi
from seamproof.schemas.sources.sdk.javascript_sdk import read_javascript_sdk
from seamproof.schemas.sources.sdk.python_sdk import read_python_sdk
from seamproof.schemas.sources.source import Source
from tests.schemas.page_writer import event_schema, openapi

if TYPE_CHECKING:
    from collections.abc import Mapping

OLD, NEW, NEWEST = "2026-08-01", "2026-09-01", "2026-10-01"
UUID: Final = {"type": "string", "format": "uuid"}
ENVELOPE: Final = ("created_at", "event_id", "event_type", "occurred_at", "workspace_id")
TS: Final = "".join(f"{name}: string;\n" for name in ENVELOPE if name != "event_type")
PY: Final = "".join(f"    {name}: str\n" for name in ENVELOPE if name != "event_type")


def merged(
    spec: Mapping[str, Any] | None = None,
    *,
    python: str | None = None,
    javascript: str | None = None,
    dates: Mapping[str, str] | None = None,
    required: tuple[str, ...] = (),
) -> Derived:
    """
    Derive the contract of one event from what each source says of its properties.
    """
    age = {"openapi": OLD, "javascript": NEW, "python": NEWEST, **(dates or {})}
    known = {"o.json": Source("openapi", "o.json", "1", age["openapi"])}
    events: list[Any] = []
    if spec is not None:
        document = openapi(event_schema("robot.moved", dict(spec), required=required))
        events = list(read_openapi(json.dumps(document), "o.json"))
    sdks: list[Any] = []
    if python is not None:
        text = f'class E:\n    event_type: Literal["robot.moved"]\n{PY}{python}'
        sdks += read_python_sdk(text, Source("python", "seam", "3", age["python"]), "e.py")
    if javascript is not None:
        text = f"type E = {{ event_type: 'robot.moved';\n{TS}{javascript} }};"
        source = Source("javascript", "@seamapi/http", "2", age["javascript"])
        sdks += read_javascript_sdk(text, source, "e.d.ts")
    return derive((), events, sdks, known)


def grip(derived: Derived) -> tuple[dict[str, Any], bool, dict[str, Any]]:
    """
    Return schema, presence and note of a property.
    """
    schema = derived.schemas["robot.moved"]
    shape = {key: one for key, one in schema["properties"]["grip"].items() if key != "description"}
    return shape, "grip" in schema["required"], schema["x-seam"]["properties"]["grip"]


def test_what_a_source_cannot_express_is_kept() -> None:
    """
    An SDK has no formats, limits and integers; Python has no null: an older source has them.
    """
    spec = {"grip": {"type": "integer", "maximum": 9, "nullable": True}, "arm": UUID}
    derived = merged(spec, python="    grip: Optional[float]\n    arm: str\n", required=("grip",))

    assert grip(derived)[:2] == ({"type": ["integer", "null"], "maximum": 9}, True)
    assert derived.schemas["robot.moved"]["properties"]["arm"]["format"] == "uuid"


@pytest.mark.parametrize(
    ("said", "shape", "required"),
    [
        ("grip: string | null", {"type": ["string", "null"]}, True),
        ("grip?: string", {"type": "string"}, False),
        ("grip: number", {"type": "number"}, True),
        ("grip: 'a' | 'c'", {"type": "string", "enum": ["a", "c"]}, True),
        ("grip: string[]", {"type": "array", "items": {"type": "string"}}, True),
    ],
)
def test_the_newest_wins(said: str, shape: dict[str, Any], required: bool) -> None:
    """
    Type, values, presence and null are those of the newest source; an older one adds nothing.
    """
    spec = {"grip": {"type": "string", "enum": ["a", "b"]}}
    newer = merged(spec, javascript=said)
    older = merged(spec, javascript=said, dates={"javascript": "2026-01-01"})

    assert grip(newer)[:2] == (shape, required)
    assert grip(newer)[2]["source"] == "javascript"
    assert grip(newer)[2]["version"] == "2"
    assert grip(older)[:2] == ({"type": "string", "enum": ["a", "b"]}, False)


def test_a_removed_property_is_formerly_documented() -> None:
    """
    A property that a newer source lacks stays, optional and marked; an older one removes nothing.
    """
    derived = merged({"grip": UUID}, javascript="", required=("grip",))
    shape, required, note = grip(derived)

    assert (shape, required) == (UUID, False)
    assert (note["documented"], note["formerly"], note["source"]) == (False, True, "openapi")
    assert (
        "formerly" not in grip(merged({"grip": UUID}, javascript="", dates={"javascript": OLD}))[2]
    )
    kept = merged({}, javascript="grip: string", python="", dates={"python": OLD})
    assert grip(kept)[2]["documented"] is True


def test_an_undocumented_property_stays_undocumented() -> None:
    """
    SDKs lack undocumented properties; that says nothing new. One that they have is documented.
    """
    hidden = {"grip": {"type": "string", "x-undocumented": "Internal."}}
    note = grip(merged(hidden, javascript="", python=""))[2]

    assert (note["documented"], "formerly" in note) == (False, False)
    assert grip(merged(hidden, javascript="grip: string"))[2]["documented"] is True


def test_optional_in_python_does_not_overrule() -> None:
    """
    `Optional` may mean null: the source that distinguishes the two decides, and it is noted.
    """
    spec = {"grip": {"type": "string"}}
    _, required, note = grip(
        merged(spec, javascript="grip: string", python="    grip: Optional[str]\n")
    )
    explained = merged(spec, javascript="grip: string | null", python="    grip: Optional[str]\n")

    assert (required, note["presence"], note["optional_in"]) == (True, "javascript", ["python"])
    assert "optional_in" not in grip(explained)[2]
    assert grip(merged(spec, javascript="grip?: string|null", python="    grip: str\n"))[:2] == (
        {"type": "string"},
        True,
    )


def test_nested_properties() -> None:
    """
    The same rules hold for nested properties.
    """
    spec = {
        "grip": {
            "type": "object",
            "properties": {"force": {"type": "integer"}, "gone": UUID},
            "required": ["gone"],
        }
    }
    shape, _, _ = grip(merged(spec, javascript="grip: { force: number; new?: string }"))

    assert sorted(shape["properties"]) == ["force", "gone", "new"]
    assert shape["required"] == ["force"]
    assert shape["properties"]["force"]["type"] == "integer"
    assert shape["properties"]["gone"]["x-seam"] == {"documented": False, "formerly": True}


def test_events() -> None:
    """
    A new event of an SDK is documented; one that a newer SDK lacks was documented before.
    """
    events = read_openapi(json.dumps(openapi(event_schema("robot.gone", {}))), "o.json")
    sdk = read_javascript_sdk(
        f"type E = {{ event_type: 'robot.moved';{TS} }}", Source("javascript", "x", "2", NEW), "e"
    )
    schemas = derive((), events, sdk, {"o.json": Source("openapi", "o.json", "1", OLD)}).schemas

    gone, moved = schemas["robot.gone"]["x-seam"], schemas["robot.moved"]["x-seam"]
    assert (gone["documented"], gone["formerly"]) == (False, True)
    assert (moved["documented"], "formerly" in moved) == (True, False)
    assert [one["kind"] for one in moved["sources"]] == ["javascript"]


def test_the_report_has_what_the_sources_say_differently() -> None:
    """
    Each difference names what each source says and the one that won.
    """
    derived = merged(
        {"grip": {"type": "string", "enum": ["a"]}, "gone": UUID},
        javascript="grip: 'a' | 'b'; only: string",
        python="    grip: Optional[Literal['a', 'b']]\n",
        required=("grip",),
    )
    found = {(one.path, one.aspect): (dict(one.says), one.winner) for one in derived.differences}

    assert found["/gone", "property"][0] == {"openapi": True, "javascript": False, "python": False}
    assert found["/only", "property"] == (
        {"openapi": False, "javascript": True, "python": False},
        "javascript",
    )
    assert found["/grip", "presence"][0]["python"] == "optional or null"
    assert found["/grip", "value"][1] == "python"
    assert len(found) == 4


def test_two_sources_of_one_kind() -> None:
    """
    Two SDKs of one kind, and a class that describes all events, are errors.
    """
    source = Source("python", "seam")
    text = 'class E:\n    event_type: Literal["robot.moved"]\n'
    once = read_python_sdk(text, source, "e.py")
    with pytest.raises(SourceInvalid, match="documented twice"):
        derive((), (), [*once, *once])
    with pytest.raises(SourceInvalid, match="all events in one class"):
        derive((), (), read_python_sdk("class E:\n    event_type: str\n", source, "e.py"))
