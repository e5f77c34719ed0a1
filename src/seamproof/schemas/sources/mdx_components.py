"""
Parser for the components of a documentation page: JSX tags, as a tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from seamproof.errors import SourceInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES: Final = "Accordion|Expandable|ResponseField"
_ATTRIBUTE: Final = (
    r"(?P<key>[\w:-]+)(?:=(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|\{[^}]*\}))?"
)
_UNNAMED: Final = re.sub(r"\?P<\w+>", "?:", _ATTRIBUTE)
_TAG: Final = re.compile(
    rf"<(?P<closing>/)?(?P<name>{_NAMES})(?P<attributes>(?:\s+{_UNNAMED})*)\s*(?P<empty>/)?>"
)
_ANY_TAG: Final = re.compile(rf"</?(?:{_NAMES})\b")
#: Text that is not markup: inline code, and comments of HTML and JSX.
_NO_MARKUP: Final = re.compile(
    r"(?<!`)(`+)(?!`)(?:(?!\n\n).)*?(?<!`)\1(?!`)|<!--.*?-->|\{/\*.*?\*/\}", re.DOTALL
)
#: The most levels of nesting that are accepted. Seam's pages have three.
_DEPTH: Final = 40


@dataclass(slots=True)
class Component:
    """
    A tag with its text, its nested tags and its position.

    Attributes:
        tag: `Accordion`, `Expandable` or `ResponseField`.
        attributes: From name to value; an attribute without a quoted value has "".
        line: The line of the opening tag.
        last_line: The line of the closing tag.
        text: The text directly inside the tag, without that of its children.
        children: The tags directly inside the tag.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    last_line: int = 0
    text: str = ""
    children: list[Component] = field(default_factory=list)


def read_components(text: str, first_line: int, source: str) -> list[Component]:
    """
    Parse the components of a text into trees.

    Args:
        text: Prose without code blocks.
        first_line: The line of the page on which the text begins.
        source: The name of the page in errors.

    Raises:
        SourceInvalid: A tag is malformed, is never closed or closes another tag.
    """
    masked = _NO_MARKUP.sub(lambda span: re.sub(r"[^\n]", " ", span[0]), text)

    def line_at(position: int) -> int:
        return first_line + masked.count("\n", 0, position)

    root = Component("", {}, first_line)
    open_tags, position = [root], 0
    matched = list(_TAG.finditer(masked))
    _check_well_formed(masked, {tag.start() for tag in matched}, source, line_at)
    for tag in matched:
        innermost = open_tags[-1]
        innermost.text += text[position : tag.start()]
        position = tag.end()
        line = line_at(tag.start())
        if not tag["closing"]:
            if len(open_tags) > _DEPTH:
                what = f"more than {_DEPTH} levels are nested"
                raise SourceInvalid(what, where=f"{source}:{line}")
            attributes = _attributes(text[tag.start() : tag.end()], f"{source}:{line}")
            opened = Component(tag["name"], attributes, line, line)
            innermost.children.append(opened)
            if not tag["empty"]:
                open_tags.append(opened)
        elif innermost.tag != tag["name"]:
            raise _closes_nothing(tag["name"], innermost, f"{source}:{line}")
        else:
            open_tags.pop().last_line = line
    if len(open_tags) > 1:
        what = f"<{open_tags[-1].tag}> is never closed"
        raise SourceInvalid(what, where=f"{source}:{open_tags[-1].line}")
    return root.children


def _closes_nothing(name: str, innermost: Component, where: str) -> SourceInvalid:
    tag = f"<{innermost.tag}> of line {innermost.line}" if innermost.tag else "no tag"
    return SourceInvalid(f"</{name}> closes nothing", where=where, found=f"{tag} is open here")


def _check_well_formed(
    text: str, matched: set[int], source: str, line_at: Callable[[int], int]
) -> None:
    for tag in _ANY_TAG.finditer(text):
        if tag.start() not in matched:
            what = f"the tag {tag[0]} is malformed"
            where = f"{source}:{line_at(tag.start())}"
            raise SourceInvalid(what, where=where, expected='<ResponseField name="…" type="…">')


def _attributes(tag: str, where: str) -> dict[str, str]:
    inside = re.sub(rf"^<(?:{_NAMES})|/?>$", "", tag)
    attributes: dict[str, str] = {}
    for match in re.finditer(_ATTRIBUTE, inside):
        if match["key"] in attributes:
            what = f"the attribute {match['key']} occurs twice in one tag"
            raise SourceInvalid(what, where=where, found=tag)
        attributes[match["key"]] = match["double"] or match["single"] or ""
    return attributes
