"""
Parsing documentation pages, and the errors of malformed ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seamproof.errors import SourceInvalid
from seamproof.schemas.sources.mdx_pages import read_page
from tests.schemas.page_writer import Row, Section, page

if TYPE_CHECKING:
    from tests.schemas.page_writer import Dialect


def refusal(text: str) -> SourceInvalid:
    """
    Read a page that must be rejected, and return the error.
    """
    with pytest.raises(SourceInvalid) as caught:
        read_page(text, "page.md")
    return caught.value


def line_of(text: str, part: str) -> str:
    """
    Return the place of a text on a page, as in an error.
    """
    lines = enumerate(text.split("\n"), start=1)
    return f"page.md:{next(number for number, line in lines if part in line)}"


def test_the_events_of_a_page(dialect: Dialect) -> None:
    """
    Every event of a page is read, in its order.
    """
    text = page(Section("robot.moved"), Section("robot.arm.broken"), dialect=dialect)
    assert [event.event_type for event in read_page(text, "page.md")] == [
        "robot.moved",
        "robot.arm.broken",
    ]


@pytest.mark.parametrize(
    "heading", ["`robot.arm_moved`", "robot.arm\\_moved", "`robot.arm\\_moved` ##"]
)
def test_headings(dialect: Dialect, heading: str) -> None:
    """
    A heading names its event in code or in escaped text.
    """
    text = page(Section("robot.arm_moved", heading=heading), dialect=dialect)
    assert read_page(text, "page.md")[0].event_type == "robot.arm_moved"


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_line_endings_and_marks(dialect: Dialect, ending: str) -> None:
    """
    Line endings of Windows and a byte order mark change nothing.
    """
    text = "\ufeff" + page(Section(), dialect=dialect).replace("\n", ending)
    assert read_page(text, "page.md") == read_page(page(Section(), dialect=dialect), "page.md")


def test_other_sections_are_passed_over(dialect: Dialect) -> None:
    """
    A section that is not about an event is ignored.
    """
    text = page(Section(), dialect=dialect) + "\n## See also\n\nThe guide.\n"
    assert len(read_page(text, "page.md")) == 1


def test_tags_in_code_are_text(dialect: Dialect) -> None:
    """
    A tag in backticks is part of the text.
    """
    row = Row("grip", "String", "Written as `<ResponseField name=x>` there.")
    text = page(Section(rows=[row], payload={"grip": ""}), dialect=dialect)
    assert "grip" in {field.name for field in read_page(text, "page.md")[0].fields}


@pytest.mark.parametrize(
    "text",
    [
        "Written as ``<ResponseField name=`x`>`` there.",
        "Text <!-- <ResponseField name='x'> --> more.",
        "Text {/* </ResponseField> */} more.",
    ],
)
def test_tags_that_are_no_tags(dialect: Dialect, text: str) -> None:
    """
    A tag in a comment or in code is ignored.
    """
    page_text = page(
        Section(rows=[Row("grip", "String", text)], payload={"grip": ""}), dialect=dialect
    )
    assert len(read_page(page_text, "page.md")[0].fields) == 6


def test_a_heading_of_the_first_level_ends_an_event(dialect: Dialect) -> None:
    """
    Text under another heading does not belong to the event before it.
    """
    text = page(Section(), dialect=dialect) + "\n# Notes\n\nDeprecated.\n"
    assert not read_page(text, "page.md")[0].deprecated


def test_one_line_fields(dialect: Dialect) -> None:
    """
    A field can be on one line, with its attributes in any order.
    """
    field = '<ResponseField type="String" required name="grip">The grip, if any.</ResponseField>'
    text = page(Section(payload={"grip": ""}), dialect=dialect)
    text = text.replace("</Accordion>", f"{field}\n</Accordion>")
    grip = next(one for one in read_page(text, "page.md")[0].fields if one.name == "grip")
    assert grip.conditional


REFUSED = {
    "bad JSON": ('  "event_id": "', '  "event_id" "', "not valid JSON", '"event_id" "'),
    "a name twice": (
        '  "event_id"',
        '  "created_at": "2025-01-01T00:00:00.000Z",\n  "event_id"',
        "occurs more than once",
        None,
    ),
    "an unlisted property": ('  "event_id"', '  "extra": 1,\n  "event_id"', "not among", '"extra"'),
    "a property listed twice": (
        '<ResponseField name="workspace_id"',
        '<ResponseField name="event_id"',
        "listed twice",
        None,
    ),
    "an unknown label": ('type="String (UUID)"', 'type="Text"', "type label", 'type="Text"'),
    "no label": (' type="String (UUID)"', "", "type label", 'name="event_id">'),
    "no name": (' name="event_id"', "", "has no name", '<ResponseField type="String (UUID)">'),
    "another heading": ("## `robot.moved`", "## `robot.rested`", "another event type", '"robot.m'),
    "another example": ('"robot.moved"', '"robot.rested"', "another event type", '"robot.rested"'),
    "another value": ("Value: `robot.moved`", "Value: `robot.x`", "another value", 'event_type" t'),
    "no value": ("Value: `robot.moved`", "Something.", "with no values", 'name="event_type" t'),
    "no example": ("```json Example webhook payload", "```text", "no example", "## `robot.moved`"),
    "an example that is no object": ("{\n", "[{\n", "not valid JSON", None),
    "no properties": ('title="Properties"', 'title="More"', "no lists", "## `robot.moved`"),
    "a heading without a type": ("## `robot.moved`", "## Moving", "is not an event type", "## Mov"),
    "an open field": ("</ResponseField>\n\n", "\n\n", "closes nothing", None),
    "an open accordion": ("</Accordion>", "", "never closed", "<Accordion"),
    "a broken tag": ('type="String (UUID)">', 'type="String', "is malformed", None),
    "two types": (' type="String (UUID)"', ' type="String (UUID)" type="x"', "occurs twice", None),
    "a field apart": (
        "</Accordion>",
        '</Accordion>\n<ResponseField name="x" type="String">x</ResponseField>',
        "outside its list",
        None,
    ),
    "values run together": (
        "Value: `robot.moved`",
        "Value: `robot.moved` | `x`",
        "are not separated",
        None,
    ),
    "a heading in capitals": (
        "## `robot.moved`",
        "## `robot.Moved`",
        "not an event type",
        "## `robot",
    ),
    "an open code block": ("\n```\n", "\n", "never closed", "```json"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_malformed_pages_are_refused(dialect: Dialect, case: str) -> None:
    """
    A malformed page is rejected as a whole, with the reason and the line.
    """
    before, after, what, spot = REFUSED[case]
    good = page(Section(), dialect=dialect)
    text = good.replace(before, after, 1)
    assert text != good
    problem = refusal(text)
    assert what in problem.what
    assert problem.where == (line_of(text, spot) if spot else problem.where)
    assert problem.where.startswith("page.md:")


def test_an_unlisted_property_deep_inside(dialect: Dialect) -> None:
    """
    Each property of an example must be listed, as deep as the list goes.
    """
    rows = [Row("legs", "Array", children=[Row("side", "String")])]
    payload = {"legs": [{"side": "left"}, {"side": "right", "shoe": 1}]}
    text = page(Section(rows=rows, payload=payload), dialect=dialect)
    problem = refusal(text)
    assert "/legs/1/shoe" in problem.what
    assert problem.where == line_of(text, '"shoe"')


def test_a_page_without_events() -> None:
    """
    A page without events is an error.
    """
    assert "no event" in refusal("# Robots\n\nAbout them.\n").what


def test_front_matter_that_never_ends() -> None:
    """
    Front matter that is never closed is an error.
    """
    assert refusal("---\ntitle: x\n\n## `robot.moved`\n").where == "page.md:1"


def test_nested_fields_of_a_scalar(dialect: Dialect) -> None:
    """
    Only objects and arrays have nested fields.
    """
    rows = [Row("grip", "String", children=[Row("force", "number")])]
    text = page(Section(rows=rows, payload={"grip": ""}), dialect=dialect)
    assert "nested fields" in refusal(text).what
