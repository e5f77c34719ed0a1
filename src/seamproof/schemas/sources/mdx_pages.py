"""
Parser for Seam's documentation pages: Markdown with JSX components, published or `.mdx`.

A published page begins with a quoted preamble, indents its fields and escapes
underscores; its `.mdx` source has YAML front matter and does neither. A
malformed page is rejected as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.errors import SourceInvalid
from seamproof.json_pointer import escape
from seamproof.schemas import json_text
from seamproof.schemas.sources.mdx_components import Component, read_components
from seamproof.schemas.sources.mdx_fields import (
    fields_of,
    is_event_type,
    prose_of,
    read_fields,
    unescape_markdown,
)
from seamproof.schemas.validation.keywords import listed_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.json_types import JsonMapping
    from seamproof.schemas.sources.mdx_fields import PageField

#: The ways in which a text marks its event as deprecated: at the start of a sentence,
#: with the event as subject, or in parentheses. The word alone is not enough.
DEPRECATED: Final = re.compile(
    r"(?:^|[.!?:]\s)[^\w.!?]*deprecated\b"
    r"|<warning>\W*deprecated\b"
    r"|(?<!property )(?<!field )(?<!value )\b(?:is|are|was|were|been|now|marked(?: as)?)"
    r" (?:now )?[*_]*deprecated\b"
    r"|\bdeprecated event\b"
    r"|[(\[]deprecated[)\]]",
    re.IGNORECASE,
)

_HEADING: Final = re.compile(r"(?P<marks>##?)[ \t]+(?P<title>\S.*)")
_FENCE: Final = re.compile(r"\s*(?P<marks>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)")


@dataclass(frozen=True, slots=True)
class PageEvent:
    """
    One event of a documentation page.
    """

    event_type: str
    fields: tuple[PageField, ...]
    example: JsonMapping
    example_text: str
    example_line: int
    deprecated: bool
    source: str
    line: int

    def line_of(self, pointer: str) -> int:
        """
        Return the line of the page on which a value of the example begins.
        """
        return self.example_line + json_text.line_of(self.example_text, pointer) - 1


@dataclass(frozen=True, slots=True)
class _Fence:
    info: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class _Section:
    """
    A second-level heading with the prose and the code blocks that follow it.
    """

    title: str
    line: int
    prose: str
    fences: tuple[_Fence, ...]


def read_page(text: str, source: str) -> tuple[PageEvent, ...]:
    """
    Parse all events of a documentation page.

    Args:
        text: The text of the page.
        source: The name of the page in errors.

    Raises:
        SourceInvalid: The page is malformed; has the line.
    """
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    sections = _sections(lines, source)
    events = [event for section in sections if (event := _event(section, source))]
    if not events:
        what = "the page documents no event"
        expected = "headings such as ## `lock.unlocked`, each with an example and its properties"
        raise SourceInvalid(what, where=f"{source}:1", expected=expected)
    return tuple(events)


def _sections(lines: list[str], source: str) -> Iterator[_Section]:
    start = _after_front_matter(lines, source)
    title, line = "", start + 1
    prose: list[str] = []
    fences: list[_Fence] = []
    index = start
    while index < len(lines):
        if fence := _FENCE.fullmatch(lines[index]):
            end = _fence_end(lines, index, fence["marks"], source)
            inside = "\n".join(lines[index + 1 : end])
            fences.append(_Fence(fence["info"].strip(), inside, index + 2))
            prose += [""] * (end - index + 1)
            index = end + 1
            continue
        if heading := _HEADING.fullmatch(lines[index]):
            yield _Section(title, line, "\n".join(prose), tuple(fences))
            event = heading["marks"] == "##"
            title, line, prose, fences = heading["title"] if event else "", index + 1, [], []
        prose.append("" if heading else lines[index])
        index += 1
    yield _Section(title, line, "\n".join(prose), tuple(fences))


def _after_front_matter(lines: list[str], source: str) -> int:
    if lines[0].rstrip() != "---":
        return 0
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return index + 1
    what = "the front matter is never closed"
    raise SourceInvalid(what, where=f"{source}:1", expected="a second line of ---")


def _fence_end(lines: list[str], start: int, marks: str, source: str) -> int:
    for index in range(start + 1, len(lines)):
        line = lines[index].strip()
        if line.startswith(marks) and not line.strip(marks[0]):
            return index
    what = "the code block is never closed"
    raise SourceInvalid(what, where=f"{source}:{start + 1}", expected=f"a line of {marks}")


def _event(section: _Section, source: str) -> PageEvent | None:
    def error_at(line: int, what: str, **details: str) -> SourceInvalid:
        return SourceInvalid(what, where=f"{source}:{line}", **details)

    event_type = unescape_markdown(section.title.strip("`# \t"))
    components = read_components(section.prose, section.line, source)
    payloads = [fence for fence in section.fences if fence.info.split(" ")[0] == "json"]
    if not is_event_type(event_type):
        if payloads or any(one.tag == "ResponseField" or fields_of(one) for one in components):
            what = "the heading above this event is not an event type"
            raise error_at(section.line, what, expected="## `lock.unlocked`", found=section.title)
        return None
    if not payloads:
        raise error_at(section.line, f"{event_type} has no example payload", expected="```json")
    properties = _properties(event_type, section, components, error_at)
    fields = tuple(read_fields(fields_of(properties), error_at))
    event = PageEvent(
        event_type=event_type,
        fields=fields,
        example=_example(payloads[0], event_type, error_at),
        example_text=payloads[0].text,
        example_line=payloads[0].line,
        deprecated=_is_deprecated(_outside(section.prose, section.line, properties)),
        source=source,
        line=section.line,
    )
    _check_event_type(event, error_at)
    _check_all_listed(event, fields, event.example, "", error_at)
    return event


def _properties(
    event_type: str,
    section: _Section,
    components: list[Component],
    error_at: Callable[..., SourceInvalid],
) -> Component:
    """
    Find the list of properties of an event, and check that no field is outside it.
    """
    lists = [
        component
        for component in components
        if component.tag == "Accordion"
        and component.attributes.get("title", "").casefold() == "properties"
    ]
    if len(lists) != 1:
        what = f"{event_type} has {len(lists) or 'no'} lists of properties"
        expected = 'one <Accordion title="Properties">'
        raise error_at(section.line, what, expected=expected)
    outside = [
        component
        for component in [*components, *lists[0].children]
        if component is not lists[0] and component.tag != "ResponseField" and fields_of(component)
    ] + [component for component in components if component.tag == "ResponseField"]
    if outside:
        what = f"{event_type} has fields outside its list of properties"
        raise error_at(outside[0].line, what, expected='all in one <Accordion title="Properties">')
    return lists[0]


def _example(fence: _Fence, event_type: str, error_at: Callable[..., SourceInvalid]) -> JsonMapping:
    value, flaws = json_text.parse(fence.text, first_line=fence.line)
    if flaws:
        what = f"the example of {event_type} is not valid JSON: {flaws[0].message}"
        raise error_at(flaws[0].line, what)
    if not isinstance(value, dict):
        what = f"the example of {event_type} is not a JSON object"
        raise error_at(fence.line, what)
    return value


def _check_event_type(event: PageEvent, error_at: Callable[..., SourceInvalid]) -> None:
    """
    Check that heading, example and the field's `Value:` name the same event type.
    """
    event_type, claimed = event.event_type, event.example.get("event_type")
    if claimed != event_type:
        what = f"the example under {event_type} is of another event type"
        raise error_at(event.line_of("/event_type"), what, expected=event_type, found=repr(claimed))
    field = next((one for one in event.fields if one.name == "event_type"), None)
    if field is None:
        what = f"event_type is not among the properties of {event_type}"
        raise error_at(event.example_line, what, expected=f"Value: `{event_type}`")
    values = listed_values(field.schema) or []
    if values != [event_type]:
        what = f"the property event_type under {event_type} has another value"
        raise error_at(field.line, what, expected=event_type, found=", ".join(values) or "none")


def _check_all_listed(
    event: PageEvent,
    fields: tuple[PageField, ...],
    value: object,
    path: str,
    error_at: Callable[..., SourceInvalid],
) -> None:
    """
    Check that every property of the example is listed, as deep as the list goes.
    """
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check_all_listed(event, fields, item, f"{path}/{index}", error_at)
    if not isinstance(value, dict) or not fields:
        return
    known = {field.name: field for field in fields}
    for name, member in value.items():
        pointer = f"{path}/{escape(name)}"
        if name not in known:
            what = f"{pointer} of the example of {event.event_type} is not among its properties"
            raise error_at(event.line_of(pointer), what, expected=", ".join(known), found=name)
        _check_all_listed(event, known[name].children, member, pointer, error_at)


def _is_deprecated(prose: str) -> bool:
    paragraphs = (" ".join(part.split()) for part in prose_of(prose).split("\n\n"))
    return any(DEPRECATED.search(paragraph) for paragraph in paragraphs)


def _outside(prose: str, first_line: int, component: Component) -> str:
    lines = prose.split("\n")
    return "\n".join(
        line
        for number, line in enumerate(lines, start=first_line)
        if not component.line <= number <= component.last_line
    )
