"""
The frame and the style of HTML reports, and texts that are no markup.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Characters that HTML cannot contain, halves of surrogate pairs, and invisible ones that change
#: the order or the lines of the text around them.
_UNWRITABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)

#: Texts from a handler are escaped. Should one of them become markup by a mistake, this policy
#: keeps the browser from running it and from loading anything.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2126; --page: #ffffff; --soft: #57606a;
  --line: #d5dae0; --well: #f4f6f8; --link: #0a58a8; --passed: #17703a; --failed: #b3261e;
  --warning: #7f4b00; --inconclusive: #5b4ba6; --added: #d8f3df;
  --removed: #fbe0de; --changed: #fdf0c8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --page: #14171a; --soft: #a9b3be;
  --line: #363d45; --well: #1e2328; --link: #84bdf5; --passed: #6fd394; --failed: #ff9389;
  --warning: #f0b45b; --inconclusive: #b9acf5; --added: #12391f;
  --removed: #4a1e1b; --changed: #44370f; } }
* { box-sizing: border-box; }
body { background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
p { margin: .25rem 0; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link);
  outline-offset: 2px; }
.skip { background: var(--page); left: 1rem; padding: .5rem; position: absolute; top: -4rem; }
.skip:focus { top: .5rem; z-index: 1; }
code, pre, .id { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .875em; }
pre { background: var(--well); border: 1px solid var(--line); margin: .25rem 0;
  padding: .5rem .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: .25rem 0; width: 100%; }
caption { color: var(--soft); padding: .25rem 0; text-align: left; }
th, td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere;
  padding: .35rem .75rem .35rem 0; text-align: left; vertical-align: top; }
th { font-weight: 600; } tbody th { font-weight: 400; }
.figure { text-align: right; white-space: nowrap; }
dl { margin: .75rem 0 0; } dt { color: var(--soft); margin-top: .75rem; }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
summary { cursor: pointer; padding: .25rem 0; }
article { border: 1px solid var(--line); border-left: 4px solid var(--line); margin: 1rem 0;
  padding: 1rem; }
article.error { border-left-color: var(--failed); }
article.warning { border-left-color: var(--warning); }
article.known { border-left-color: var(--soft); }
.headline { font-size: 1.05rem; margin: 0 0 .5rem; }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none; margin: .5rem 0;
  padding: 0; }
nav ol { padding-left: 1.5rem; } nav li { margin: .35rem 0; overflow-wrap: anywhere; }
.passed { color: var(--passed); } .failed { color: var(--failed); }
.warnings, .word.warning { color: var(--warning); } .inconclusive { color: var(--inconclusive); }
.skipped, .known, .soft { color: var(--soft); } article.known { color: inherit; }
.word { font-weight: 600; }
ins, del, mark { color: var(--ink); text-decoration: none; }
ins { background: var(--added); } del { background: var(--removed); }
mark { background: var(--changed); }
ins b, del b, mark b { font-weight: 600; }
@media (max-width: 40rem) { .wide { display: none; }
  th, td { padding-right: .5rem; } article { padding: .75rem; } }
"""


def safe(text: str) -> str:
    """
    Escape a text so that none of it is markup, and nothing in it changes the order of letters.
    """
    return escape(_UNWRITABLE.sub(lambda odd: ascii(odd[0])[1:-1], text))


def page(
    title: str,
    header: Iterable[str],
    main: Iterable[str],
    *,
    index: Iterable[str] = (),
    style: str = "",
) -> str:
    """
    Write a page without scripts, in a light and a dark colour scheme.

    Args:
        title: As text.
        header: Markup above the index.
        main: Markup of the report itself.
        index: Markup between the two.
        style: What the page needs beyond the common style.
    """
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{safe(title)}</title>",
            f"<style>{_STYLE}{style}</style>",
            "</head>",
            "<body>",
            '<a class="skip" href="#report">Skip to the report</a>',
            "<header>",
            *header,
            "</header>",
            *index,
            '<main id="report" tabindex="-1">',
            *main,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def pre(lines: Iterable[str]) -> str:
    """
    Write lines as they are.
    """
    return f"<pre>{safe(chr(10).join(lines))}</pre>"


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, wide: int = 0
) -> Iterator[str]:
    """
    Write a table: the first cell of each row is its header.

    Args:
        caption: Says what the table shows; plain text.
        columns: Their headers; plain text.
        rows: Their cells, as markup.
        wide: How many of the last columns hold figures, which a telephone does not show.
    """
    classes = [""] * (len(columns) - wide) + [' class="figure wide"'] * wide
    heads = (f'<th scope="col"{c}>{safe(t)}</th>' for t, c in zip(columns, classes, strict=True))
    yield "<table>"
    yield f"<caption>{safe(caption)}</caption>"
    yield f"<thead><tr>{''.join(heads)}</tr></thead>"
    yield "<tbody>"
    for first, *rest in rows:
        cells = (f"<td{c}>{t}</td>" for t, c in zip(rest, classes[1:], strict=True))
        yield f'<tr><th scope="row">{first}</th>{"".join(cells)}</tr>'
    yield "</tbody>"
    yield "</table>"
