"""
Tests of the matrix of event types and properties.
"""

from __future__ import annotations

import html.parser
from typing import Final

from seamproof.checks.dependencies.as_html import as_html
from seamproof.checks.dependencies.uses import Dependencies, PropertyUse, TypeUse, UseKind

FOUND: Final = Dependencies(
    target="<app>",
    types=(
        TypeUse(
            event_type="device.low_battery",
            properties=(
                PropertyUse(
                    pointer="/battery_level", use=UseKind.REQUIRED, is_read=True, place="app.py:3"
                ),
                PropertyUse(pointer="/device_id", use=UseKind.UNUSED),
                PropertyUse(pointer="/errors/*/code", use=UseKind.UNDECIDED, reason="<why>"),
            ),
        ),
        TypeUse(event_type="lock.locked", reason="not steady"),
        TypeUse(
            event_type="lock.unlocked",
            properties=(PropertyUse(pointer="/device_id", use=UseKind.COPIED, is_copied=True),),
        ),
    ),
    ignored=("lock.access_denied",),
    undecided=(("camera.activated", "answered 500"),),
)


class Page(html.parser.HTMLParser):
    """
    Collects the cells of the matrix, and checks that each element is closed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """
        Note an element.
        """
        if tag != "meta":
            self.open.append(tag)
        given = dict(attrs)
        if tag == "td" and "title" in given:
            self.cells.append((given["class"] or "", given["title"] or ""))

    def handle_endtag(self, tag: str) -> None:
        """
        Close an element.
        """
        assert self.open.pop() == tag


def test_the_matrix_has_a_cell_for_each_type_and_property() -> None:
    """
    With its use, in words as well; nothing in it is markup.
    """
    page = Page()
    page.feed(as_html(FOUND))

    assert page.open == []
    assert page.cells == [
        ("required", "required, read app.py:3"),
        ("not-used", "not used"),
        ("undecided", "undecided <why>"),
        *[("undecided", "not steady")] * 3,
        ("copied", "copied"),
    ]


def test_a_handler_without_effects_has_a_page() -> None:
    """
    There is nothing to draw.
    """
    assert "matrix" not in as_html(Dependencies(target="app")).partition("<body>")[2]
