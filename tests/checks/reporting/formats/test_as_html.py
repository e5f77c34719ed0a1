"""
Tests of the report as HTML: parsed strictly, and rendered by a browser if one is installed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from seamproof.checks.model.exchange import Answer, Received
from seamproof.checks.model.state_changes import StateChange, StateDeviation
from seamproof.checks.reporting.baseline import KnownFailure
from seamproof.checks.reporting.formats.as_html import as_html
from seamproof.checks.reporting.identity import case_id, identified_failures
from seamproof.events import Event
from seamproof.version import __version__
from tests.checks.reported import (
    ISSUED,
    NASTY,
    REPORT,
    check,
    failure,
    nasty,
    request,
    result,
    view_of,
)

VOID = {"br", "meta"}


class Strict(HTMLParser):
    """
    Parses a page and rejects what browsers tolerate: wrong nesting, unknown tags, duplicate ids.
    """

    TAGS = frozenset(
        [
            *("html", "head", "title", "style", "body", "main", "h1", "h2", "h3", "p", "span"),
            *("ul", "li", "table", "thead", "tbody", "tr", "th", "td", "article", "dl", "dt"),
            *("dd", "pre", "code", "details", "summary", "nav", "ol", "a", "caption"),
            *("header", "ins", "del", "mark", "b"),
        ]
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """
        Open an element.
        """
        assert tag in self.TAGS | VOID
        if tag not in VOID:
            self.open.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        """
        Close the element that was opened last.
        """
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """
        Keep the text of the page.
        """
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        """
        The text of the page.
        """
        return "".join(self.words)


def read(page: str) -> Strict:
    """
    Read a page.
    """
    strict = Strict()
    strict.feed(page)
    strict.close()
    assert strict.open == []
    assert len(set(strict.ids)) == len(strict.ids)
    return strict


def test_the_page_shows_all_of_a_failure() -> None:
    """
    Request, expectation, answer, traceback, reason, cure and the command to send it again.
    """
    page = as_html(view_of())
    text = read(page).text

    assert page.startswith("<!DOCTYPE html>\n")
    assert "app:handler: failed" in text
    for words in (
        *("1 passed", "2 failed", "1 warning", "1 inconclusive", "1 skipped"),
        *("18 deliveries", "3.00 s", "seed 7", "2025-06-15 15:06:40+00:00"),
        *('{\n  "event_type"', "svix-signature: v1,", "200 in 1.2 ms"),
        *(f"seamproof {__version__}"),
        *("KeyError: 'door' (at app.py:12)", "Traceback (most recent call last)"),
        *("a rule & its <source>", "because", "do this\nthen that", "give --state"),
        f"seamproof replay {case_id(check('signature.stale'), failure(), REPORT.target)}",
        "FAILED  payload.nulls · lock.locked and 1 more",
    ):
        assert words in text
    for one in REPORT.results:
        assert one.check.id in text


def test_the_page_loads_nothing() -> None:
    """
    No script, no address to load anything from, and a policy that forbids both.
    """
    page = as_html(view_of(nasty(), *REPORT.results))
    attributes = dict(read(page).attributes)

    assert "<script" not in page
    assert "url(" not in page
    assert "@import" not in page
    assert not {"src", "srcset", "action", "style"} & set(attributes)
    links = [value for name, value in read(page).attributes if name == "href"]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(read(page).ids)
    assert not [name for name in attributes if name.startswith("on")]
    assert "default-src 'none'" in page


def test_texts_of_a_handler_are_escaped() -> None:
    """
    Markup and control characters of an answer are shown as text.
    """
    page = as_html(view_of(nasty()))

    text = read(page).text
    page.encode("utf-8")
    assert "\u202e" not in page
    assert "\\u202e" in text
    assert not re.search("[\x00-\x08\x0b-\x1f]", page)
    assert "a\\x00b\\x1b[31m\\ud800 ]]> <script> & \\uffff".replace("uffff", "ufffe") in text
    assert NASTY not in page


def test_the_page_has_a_dark_and_a_light_colour_scheme() -> None:
    """
    Both colour schemes define the same names.
    """
    style = as_html(view_of()).partition("<style>")[2].partition("</style>")[0]
    light, dark = style.split("@media (prefers-color-scheme: dark)")

    names = re.findall(r"(--\w+):", light)
    assert re.findall(r"(--\w+):", dark) == names
    assert set(re.findall(r"var\((--\w+)\)", style)) == set(names)


def contrast(one: str, other: str) -> float:
    """
    Compute the contrast of two colours (WCAG 2.2, 1.4.3).
    """

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_the_text_has_enough_contrast(scheme: int) -> None:
    """
    Every colour of text has the contrast of 4.5 that WCAG requires.
    """
    style = as_html(view_of()).split("@media (prefers-color-scheme: dark)")[scheme]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))

    for name in ("ink", "soft", "link", "passed", "failed", "warning", "inconclusive"):
        for ground in ("page", "well"):
            assert contrast(colours[name], colours[ground]) >= 4.5


def test_the_page_of_a_run_without_failures() -> None:
    """
    It has a verdict, and no heading of failures.
    """
    text = read(as_html(view_of(result("signature.stale", "passed")))).text

    assert "app:handler: passed" in text
    assert "Failures" not in text


def test_the_page_shows_why_a_run_stopped_and_known_failures() -> None:
    """
    It names the known failures, and those that were not found any more.
    """
    base = view_of(limited=True, gone=(KnownFailure("signature.future", "", "answered 200"),))
    known = frozenset(name for _, _, name in identified_failures(base.report))
    full = replace(base, known=known, report=replace(base.report, stopped="wrong path"))

    text = read(as_html(full)).text

    assert "Stopped: wrong path" in text
    assert "not there any more: signature.future · answered 200" in text
    assert text.count("KNOWN  ") == 6
    assert "app:handler: failed" in text


def test_state_changes_are_compared_side_by_side() -> None:
    """
    A table has what stood at each path before, what was expected after it, and what was found.
    """
    deviation = StateDeviation(
        missing=(StateChange("devices.a", "set", "true", before="null"),),
        unexpected=(
            StateChange("devices.a", "set", "false", before="null"),
            StateChange("log", "add", "1"),
        ),
        occasion="instead",
    )

    page = as_html(view_of(result("delivery.journey", "failed", failure(deviation=deviation))))

    assert _row(page, "devices.a") == ["null", "true", "false"]
    assert _row(page, "log") == ["–", "no change", "+ 1"]


def _row(page: str, head: str) -> list[str]:
    row = page.partition(f'<th scope="row"><span class="id">{head}</span></th>')[2]
    return re.findall(r'<td><span class="id">(.*?)</span></td>', row.partition("</tr>")[0])


def test_each_request_of_a_sequence_has_its_answer() -> None:
    """
    A row for each, with what distinguishes it; the last ones are there with headers and body.
    """
    sent = tuple(request(message_id=f"msg_{number}") for number in range(50))
    answers = tuple(Answer(received=Received(status=200 + number)) for number in range(50))
    burst = failure(sent=sent, answers=answers, received=None)

    page = as_html(view_of(result("delivery.concurrent_burst", "failed", burst)))
    text = read(page).text

    assert '<th scope="row">1-41</th><td>41 other requests</td>' in page
    assert f'<th scope="row">50</th><td>{ISSUED}</td><td>249</td><td></td>' in page
    assert "The last 5 of 50; the case file has all of them." in text
    assert text.count("svix-signature: ") == 5


def test_what_differs_from_a_genuine_event_is_marked() -> None:
    """
    A property that is missing, one that was changed and one that was added, in words as well.
    """
    genuine = Event.of({"event_type": ISSUED, "door": "a", "method": "card", "x": 1, "y": 2}).body
    body = Event.of({"event_type": ISSUED, "door": "<b>", "x": 1, "y": 2, "new": None}).body
    found = failure(sent=(request(body=body),), genuine=genuine)

    page = as_html(view_of(result("payload.nulls", "failed", found)))

    assert "<mark>  &quot;door&quot;: &quot;&lt;b&gt;&quot;,  <b>← changed" in page
    assert "<ins>  &quot;new&quot;: null  <b>← added</b></ins>" in page
    assert "<del>  &quot;method&quot;: &quot;card&quot;  <b>← removed</b></del>" in page
