"""
The matrix of event types and properties as one HTML page without external resources.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from seamproof.checks.dependencies.uses import USED, UseKind
from seamproof.checks.reporting.formats.html_text import page, safe, table
from seamproof.json_pointer import readable
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.checks.dependencies.uses import Dependencies, PropertyUse, TypeUse

#: The letter and the class of each use in the drawing: colours alone would not be read by all.
_SIGNS: Final = {
    UseKind.REQUIRED: "R",
    UseKind.READ: "r",
    UseKind.COPIED: "c",
    UseKind.UNUSED: "·",
    UseKind.UNDECIDED: "?",
}
_STYLE: Final = """
.matrix { overflow-x: auto; } .matrix table { width: auto; }
.matrix thead th { height: 12rem; padding: 0; vertical-align: bottom; white-space: nowrap; }
.matrix thead span { display: inline-block; transform: rotate(180deg); writing-mode: vertical-rl; }
.matrix td { border: 1px solid var(--line); font-weight: 600; min-width: 1.75rem; padding: .15rem;
  text-align: center; } .matrix tbody th { white-space: nowrap; }
.required { background: var(--removed); } .read { background: var(--changed); }
.copied { background: var(--added); } .undecided { background: var(--well); }
.not-used { color: var(--soft); font-weight: 400; }
"""


def as_html(found: Dependencies) -> str:
    """
    Draw what a handler depends on: event types by properties, in a light and a dark colour scheme.
    """
    title = f"{found.target}: what it depends on"
    return page(
        title,
        [f"<h1>{safe(title)}</h1>", *_summary(found)],
        [*_matrix(found.types), *_uses(found.types), *_others(found)],
        style=_STYLE,
    )


def _summary(found: Dependencies) -> Iterator[str]:
    count = Counter(use.use for one in found.types for use in one.properties)
    yield '<ul class="counts">'
    yield f"<li>{len(found.types)} event types with an effect</li>"
    for kind in UseKind:
        yield f"<li>{count[kind]} {kind}</li>"
    yield "</ul>"
    yield f'<p class="soft">seamproof {__version__}</p>'
    if found.stopped:
        yield f'<p class="failed">Stopped: {safe(found.stopped)}</p>'


def _matrix(types: Sequence[TypeUse]) -> Iterator[str]:
    """
    Draw a row for each event type, and a column for each property that is used of any.
    """
    shown = Counter(
        use.pointer for one in types for use in one.properties if use.use is not UseKind.UNUSED
    )
    pointers = sorted(shown, key=lambda one: (-shown[one], one))
    if not pointers:
        return
    yield "<h2>Event types by properties</h2>"
    legend = ", ".join(f"{sign} {kind}" for kind, sign in _SIGNS.items())
    yield f'<p class="soft">{safe(legend)}; empty: the event type has no such property</p>'
    yield '<div class="matrix" tabindex="0" role="region" aria-label="Event types by properties">'
    yield "<table>"
    yield "<thead><tr>"
    yield '<th scope="col">event type</th>'
    yield from (f'<th scope="col"><span>{safe(readable(one))}</span></th>' for one in pointers)
    yield "</tr></thead>"
    yield "<tbody>"
    for one in types:
        by_pointer = {use.pointer: use for use in one.properties}
        cells = (_cell(by_pointer.get(pointer), one) for pointer in pointers)
        yield f'<tr><th scope="row">{safe(one.event_type)}</th>{"".join(cells)}</tr>'
    yield "</tbody>"
    yield "</table>"
    yield "</div>"


def _cell(use: PropertyUse | None, of: TypeUse) -> str:
    if of.reason:
        return f'<td class="undecided" title="{safe(of.reason)}">?</td>'
    if use is None:
        return "<td></td>"
    title = safe(" ".join(filter(None, (_words(use), use.reason, use.place))))
    return f'<td class="{use.use.replace(" ", "-")}" title="{title}">{_SIGNS[use.use]}</td>'


def _words(use: PropertyUse) -> str:
    also = [name for name, applies in (("read", use.is_read), ("copied", use.is_copied)) if applies]
    return ", ".join(dict.fromkeys([str(use.use), *also]))


def _uses(types: Sequence[TypeUse]) -> Iterator[str]:
    rows = [
        (safe(one.event_type), safe(readable(use.pointer)), safe(_words(use)), safe(use.place))
        for one in types
        for use in one.properties
        if use.use in USED
    ]
    if rows:
        yield "<h2>Uses</h2>"
        columns = ("event type", "property", "use", "read at")
        yield from table("What the handler uses, and the line that reads it", columns, rows)


def _others(found: Dependencies) -> Iterator[str]:
    undecided = [
        *((one.event_type, "", one.reason) for one in found.types if one.reason),
        *(
            (one.event_type, readable(use.pointer), use.reason)
            for one in found.types
            for use in one.properties
            if use.use is UseKind.UNDECIDED
        ),
        *((event_type, "", reason) for event_type, reason in found.undecided),
    ]
    if undecided:
        yield "<h2>Undecided</h2>"
        rows = [tuple(map(safe, row)) for row in undecided]
        yield from table("What is not known, and why", ("event type", "property", "reason"), rows)
    if found.ignored:
        yield "<h2>Ignored</h2>"
        yield f"<p>{safe(', '.join(found.ignored))}</p>"
