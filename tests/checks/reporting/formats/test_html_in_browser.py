"""
Tests of the HTML report in a real browser, where one is installed: light, dark, on a telephone.

Playwright drives it. axe-core checks the accessibility where NODE_PATH leads to it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.event_outcomes import EventTypeOutcome
from seamproof.checks.model.exchange import Answer, Received
from seamproof.checks.model.state_changes import StateChange, StateDeviation
from seamproof.checks.reporting.formats.as_html import as_html
from seamproof.events import Event
from tests.browser import axe as axe_script
from tests.browser import browser as open_browser
from tests.checks.reported import ISSUED, REPORT, failure, nasty, request, result, view_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Show = Callable[[str, int], Any]

pytestmark = pytest.mark.slow

TELEPHONE, DESKTOP = 390, 1280
FACES = [(scheme, width) for scheme in ("light", "dark") for width in (TELEPHONE, DESKTOP)]

#: The contrast of each piece of text with what is behind it (WCAG 2.2, 1.4.3).
CONTRAST = """() => {
  const parse = text => text.match(/[0-9.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const low = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility()) continue;
    const [one, other] = [parse(getComputedStyle(element).color), ground(element)].map(luminance);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) low.push([text.slice(0, 40), contrast]);
  }
  return low;
}"""


def page_text() -> str:
    """
    Write a report that has every part that a page can have.
    """
    deviation = StateDeviation(
        missing=(StateChange("devices." + "long_name_" * 9, "set", "true", before="false"),),
        unexpected=(StateChange("log", "add", "x" * 200),),
    )
    answers = (Answer(received=Received(status=200)), Answer(received=Received(status=500)))
    sequence = failure(sent=(request(), request()), answers=answers, deviation=deviation)
    genuine = Event.of({"event_type": ISSUED, "door": "a", "gone": 1, "x": 2, "y": 3}).body
    body = Event.of({"event_type": ISSUED, "door": "b", "new": 1, "x": 2, "y": 3}).body
    marked = failure(sent=(request(body=body),), genuine=genuine)
    types = (
        EventTypeOutcome(event_type=ISSUED, outcome="acts", changes="log + 1"),
        EventTypeOutcome(event_type="lock.locked", outcome="fails", reason="answered 500"),
    )
    results = (
        nasty(),
        *REPORT.results,
        result("delivery.out_of_order", "failed", sequence),
        result("payload.every_enum_value", "failed", marked),
    )
    view = view_of(*results, command="seamproof check app:handler")
    return as_html(replace(view, report=replace(view.report, event_types=types)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """
    A browser that is installed.
    """
    with open_browser() as one:
        yield one


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Show]:
    """
    Open the report in a colour scheme, so many pixels wide.
    """
    file = tmp_path / "report.html"
    file.write_text(page_text(), encoding="utf-8")
    contexts = []

    def act(scheme: str, width: int) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(file.as_uri())
        return page

    yield act
    for one in contexts:
        one.close()


@pytest.mark.parametrize(("scheme", "width"), FACES)
def test_the_page_is_readable(show: Show, scheme: str, width: int) -> None:
    """
    Nothing is wider than the window, and every text has contrast, with all details open.
    """
    page = show(scheme, width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(CONTRAST) == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is (scheme == "light")
    assert page.locator("article").count() == 6


def test_the_headings_are_in_order(show: Show) -> None:
    """
    One title, and no level is left out.
    """
    page = show("light", DESKTOP)

    levels = [
        int(one[1])
        for one in page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => one.tagName)"
        )
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_keyboard_reaches_everything(show: Show) -> None:
    """
    The first key leads past the list, each link to its failure, and what has the focus shows it.
    """
    page = show("light", TELEPHONE)
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        where = page.evaluate(
            "[document.activeElement.tagName, document.activeElement.textContent.slice(0, 30),"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        if where[0] == "BODY":
            break
        reached.append(where)

    assert reached[0][1] == "Skip to the report"
    assert [one[0] for one in reached].count("A") == 1 + page.locator("nav a").count()
    assert [one[0] for one in reached].count("SUMMARY") == page.locator("summary").count()
    assert {style for _, _, style in reached} == {"solid"}
    link = page.locator("nav a").nth(1)
    link.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == link.get_attribute("href")
    summary = page.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


@pytest.fixture(scope="module")
def axe() -> str:
    """
    Read the script of axe-core; skip the test, before a browser is started, where there is none.
    """
    return axe_script()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(axe: str, show: Show, scheme: str) -> None:
    """
    No rule of axe-core is violated.
    """
    page = show(scheme, TELEPHONE)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(axe)

    found = page.evaluate("axe.run()")

    assert [(one["id"], one["help"]) for one in found["violations"]] == []
