"""
Comparison of new documentation with the built-in schemas: pages written from them, then changed.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.schemas import catalog
from seamproof.schemas.derive.schema_files import derive_from
from seamproof.schemas.diff import docs
from seamproof.schemas.diff.changes import changes
from seamproof.schemas.diff.docs import read_docs
from seamproof.schemas.export import to_openapi
from tests.schemas.page_writer import LABELS, Row, Section, envelope, event_schema, openapi, page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from seamproof.schemas import EventSchema
    from tests.schemas.page_writer import Dialect

GROUPS: Final = sorted({one.document["x-seam"]["group"] for one in catalog().values()})
ENVELOPE: Final = {row.name for row in envelope("")}
#: What only the OpenAPI document lists, of the events whose pages are known.
UNSPOKEN: Final = "event_description"


def row(name: str, shape: Mapping[str, Any]) -> Row:
    """
    Convert a property to a row of a page, without what pages cannot express.
    """
    values = [shape["const"]] if "const" in shape else shape.get("enum")
    if values is not None:
        listed = ", ".join(f"`{value}`" for value in values if value is not None)
        return Row(name, "Enum (String)", f"Says it.\n\nPossible values: {listed}")
    stated = [shape["type"]] if isinstance(shape["type"], str) else shape["type"]
    label = next(LABELS[one] for one in (shape.get("format"), *stated) if one in LABELS)
    inside = shape.get("items", shape).get("properties", {})
    return Row(name, label, children=[row(child, inside[child]) for child in inside])


def section(schema: EventSchema, *, sparing: bool = True) -> Section:
    """
    Write the section of an event; sparing is one without what only OpenAPI lists.
    """
    notes = schema.document["x-seam"]["properties"]
    listed = {
        name: shape
        for name, shape in schema.properties.items()
        if not sparing or notes[name]["documented"] or "page" in notes[name]["sources"]
        if not sparing or name != UNSPOKEN
    }
    payload = {name: value for name, value in schema.example.items() if name in listed}
    rows = [row(name, shape) for name, shape in listed.items() if name not in ENVELOPE]
    for one in rows:
        one.text += "" if one.name in payload else " Left out if any part of it is unknown."
    return Section(schema.event_type, rows, payload)


def sections(group: str, *, sparing: bool = True) -> dict[str, Section]:
    """
    Write the sections of a resource's page, by event type.
    """
    return {
        one.event_type: section(one, sparing=sparing)
        for one in catalog().values()
        if one.document["x-seam"]["group"] == group and one.documented
    }


def found(file: Path) -> list[tuple[str, str, str]]:
    """
    Return the event type, pointer and kind of each change in documentation.
    """
    (read,) = read_docs([file])
    return [(one.event_type, one.pointer, one.kind) for one in changes(read.old, read.new)]


#: The groups of which some event is documented; enrollment automations have no page.
PAGED: Final = [group for group in GROUPS if sections(group)]


@pytest.mark.parametrize("sparing", [True, False], ids=["sparing", "complete"])
@pytest.mark.parametrize("group", PAGED)
def test_a_page_that_agrees(group: str, dialect: Dialect, *, sparing: bool, tmp_path: Path) -> None:
    """
    A page that agrees with the contract has no changes.
    """
    file = tmp_path / "page.md"
    file.write_text(page(*sections(group, sparing=sparing).values(), dialect=dialect))
    (read,) = read_docs([file])
    assert {*read.old} == {*sections(group)}
    assert found(file) == []


DENIED: Final = "lock.access_denied"
LOCKED: Final = "lock.locked"


def of(section: Section, name: str) -> Row:
    """
    The row of a property.
    """
    return next(one for one in section.rows if one.name == name)


def dropped(page: dict[str, Section]) -> None:
    """
    A property is no longer listed.
    """
    page[LOCKED].rows.remove(of(page[LOCKED], "device_id"))
    del page[LOCKED].payload["device_id"]


def added(page: dict[str, Section]) -> None:
    """
    A property is listed that was not there.
    """
    page[LOCKED].rows.append(Row("mood", "String"))
    page[LOCKED].payload["mood"] = "calm"


def retyped(page: dict[str, Section]) -> None:
    """
    A string is a number.
    """
    of(page[LOCKED], "customer_key").label = "number"
    page[LOCKED].payload["customer_key"] = 7


def reformatted(page: dict[str, Section]) -> None:
    """
    An id is a time.
    """
    of(page[LOCKED], "device_id").label = "String (ISO 8601)"
    page[LOCKED].payload["device_id"] = "2025-01-01T00:00:00Z"


def loosened(page: dict[str, Section]) -> None:
    """
    An id is any text.
    """
    of(page[LOCKED], "device_id").label = "String"


def widened(page: dict[str, Section]) -> None:
    """
    An enum has one more value.
    """
    of(page[LOCKED], "method").text += ", `telepathy`"


def narrowed(page: dict[str, Section]) -> None:
    """
    An enum has fewer values.
    """
    of(page[LOCKED], "method").text = f"Value: `{page[LOCKED].payload['method']}`"


def opened(page: dict[str, Section]) -> None:
    """
    An enum is any text.
    """
    method = of(page[LOCKED], "method")
    method.label, method.text = "String", "Says how."


def member_dropped(page: dict[str, Section]) -> None:
    """
    A member of an object is no longer listed.
    """
    reason = of(page[DENIED], "reason")
    reason.children = [one for one in reason.children if one.name != "message"]
    del page[DENIED].payload["reason"]["message"]


def member_added(page: dict[str, Section]) -> None:
    """
    A member of an object is new.
    """
    of(page[DENIED], "reason").children.append(Row("blame", "String"))
    page[DENIED].payload["reason"]["blame"] = "you"


def event_gone(page: dict[str, Section]) -> None:
    """
    An event has no section any more.
    """
    del page[DENIED]


def event_new(page: dict[str, Section]) -> None:
    """
    An event has a section for the first time.
    """
    page["lock.exploded"] = Section("lock.exploded")


def event_deprecated(page: dict[str, Section]) -> None:
    """
    The text deprecates an event.
    """
    page[LOCKED].prose = "Deprecated. Listen to something else."


METHODS: Final = len(catalog()[LOCKED].properties["method"]["enum"])
MUTATIONS: Final[Mapping[Callable[[dict[str, Section]], None], list[tuple[str, str, str]]]] = {
    dropped: [(LOCKED, "/device_id", "property_removed")],
    added: [(LOCKED, "/mood", "property_added")],
    retyped: [(LOCKED, "/customer_key", "type_changed")],
    reformatted: [(LOCKED, "/device_id", "format_changed")],
    loosened: [(LOCKED, "/device_id", "format_removed")],
    widened: [(LOCKED, "/method", "value_added")],
    narrowed: [(LOCKED, "/method", "value_removed")] * (METHODS - 1),
    opened: [(LOCKED, "/method", "values_opened")],
    member_dropped: [(DENIED, "/reason/message", "property_removed")],
    member_added: [(DENIED, "/reason/blame", "property_added")],
    event_gone: [(DENIED, "", "event_removed")],
    event_new: [("lock.exploded", "", "event_added")],
    event_deprecated: [(LOCKED, "", "event_deprecated")],
}


@pytest.mark.parametrize(("mutate", "expected"), MUTATIONS.items())
def test_a_page_that_differs(
    mutate: Callable[[dict[str, Section]], None],
    expected: list[tuple[str, str, str]],
    dialect: Dialect,
    tmp_path: Path,
) -> None:
    """
    Only the change of the page is reported, in both dialects.
    """
    changed = deepcopy(sections("locks"))
    mutate(changed)
    file = tmp_path / "locks.md"
    file.write_text(page(*changed.values(), dialect=dialect))
    assert found(file) == expected


def test_items_of_another_type(tmp_path: Path) -> None:
    """
    A member of the items of an array is compared like any other property.
    """
    changed = sections("acs/systems")
    disconnected = changed["acs_system.disconnected"]
    errors = of(disconnected, "acs_system_errors")
    errors.children[[one.name for one in errors.children].index("message")].label = "Boolean"
    disconnected.payload["acs_system_errors"] = []
    (tmp_path / "systems.md").write_text(page(*changed.values()))
    expected = ("acs_system.disconnected", "/acs_system_errors/*/message", "type_changed")
    assert found(tmp_path / "systems.md") == [expected]


def test_an_undocumented_event_gets_a_page(tmp_path: Path) -> None:
    """
    An event that only the OpenAPI document had becomes documented by a page.
    """
    changed = sections("access_codes")
    changed["access_code.issued"] = section(catalog()["access_code.issued"])
    (tmp_path / "codes.md").write_text(page(*changed.values()))
    assert found(tmp_path / "codes.md") == [("access_code.issued", "", "event_documented")]


def test_two_pages_are_two_resources(tmp_path: Path) -> None:
    """
    A directory of pages is compared with the events of their resources, and no others.
    """
    for group in ("locks", "phones"):
        (tmp_path / f"{group}.md").write_text(page(*sections(group).values()))
    (read,) = read_docs([tmp_path])
    assert {*read.old} == {*read.new} == {*sections("locks"), *sections("phones")}
    assert changes(read.old, read.new) == ()


def test_an_openapi_document_speaks_of_every_event(tmp_path: Path) -> None:
    """
    An OpenAPI document is compared with all events: those that it lacks are removed.
    """
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(openapi(event_schema("robot.moved", {}))))
    removed = [(name, "", "event_removed") for name in catalog()]
    assert found(file) == sorted([*removed, ("robot.moved", "", "event_added")])


def test_an_openapi_document_that_agrees(tmp_path: Path) -> None:
    """
    An OpenAPI document that marks what is undocumented, as Seam's does, changes nothing.
    """
    every = catalog().match(undocumented=True)
    document = json.loads(json.dumps(to_openapi(every)))
    parts = document["components"]["schemas"]
    for schema in every:
        parts[schema.event_type]["x-undocumented"] = not schema.documented
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    assert found(file) == []
    parts[LOCKED]["properties"]["method"]["enum"].append("telepathy")
    parts[DENIED]["required"].remove("workspace_id")
    file.write_text(json.dumps(document))
    assert found(file) == [
        (DENIED, "/workspace_id", "property_optional"),
        (LOCKED, "/method", "value_added"),
    ]


@pytest.mark.parametrize(
    ("member", "listed"),
    [
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            Row("x", "Enum (String)", "Value: `a`"),
        ),
        ({"type": "string", "nullable": True, "format": "uri"}, Row("x", "String")),
        ({"type": "integer"}, Row("x", "number")),
    ],
    ids=["null among values", "a format of its own", "integers"],
)
def test_words_that_pages_lack(
    member: dict[str, Any], listed: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A page cannot express null in an enum, other formats and integers, so they are not changes.
    """
    on_page, specified = tmp_path / "robots.md", tmp_path / "robots.json"
    value = "a" if "enum" in member else 1 if listed.label == "number" else "urn:robot"
    on_page.write_text(page(Section("robot.moved", [listed], {"x": value})))
    specified.write_text(json.dumps(openapi(event_schema("robot.moved", {"x": member}))))
    known = derive_from([on_page, specified]).schemas
    monkeypatch.setattr(docs, "read_contracts", lambda _: known)
    assert found(on_page) == []
