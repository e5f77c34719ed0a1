"""
Reports of figures: a table to read, or JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.measuring import Figure, Measure

_HEADINGS: Final = ("figure", "ours", "peer's", "peer", "ratio", "bound", "met")
_RIGHT: Final = frozenset({"ours", "peer's", "ratio"})
_WHOLE: Final = 100

_PROMISES: Final[Mapping[Measure, str]] = {
    "ratio": "{kind} {limit} times",
    "value": "{kind} {limit} {unit}",
    "excess": "{kind} {limit} {unit} over, now {excess}",
}
_VERDICTS: Final[Mapping[bool | None, str]] = {True: "met", False: "MISSED", None: "-"}


def table(name: str, figures: Sequence[Figure]) -> str:
    """
    Write the figures of a benchmark as a table, with the remarks below it.
    """
    rows = [_HEADINGS, *map(_row, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [name]
    for row in rows:
        cells = zip(_HEADINGS, row, widths, strict=True)
        padded = [
            text.rjust(width) if heading in _RIGHT else text.ljust(width)
            for heading, text, width in cells
        ]
        lines.append(f"  {'  '.join(padded)}".rstrip())
    lines += [f"  {one.name} beside {one.peer}: {one.remark}" for one in figures if one.remark]
    return "\n".join(lines)


def document(benchmarks: Mapping[str, Sequence[Figure]]) -> str:
    """
    Write the figures of all benchmarks as JSON.
    """
    document = {name: [one.as_json() for one in figures] for name, figures in benchmarks.items()}
    return json.dumps({"benchmarks": document}, indent=2, ensure_ascii=False)


def number(value: float) -> str:
    """
    Write a number as exactly as a benchmark is worth.
    """
    return f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:.3g}"


def _row(figure: Figure) -> tuple[str, ...]:
    promise = "-"
    if figure.bound is not None:
        promise = _PROMISES[figure.bound.on].format(
            kind=figure.bound.kind,
            limit=number(figure.bound.limit),
            unit=figure.unit,
            excess=number(figure.excess),
        )
    return (
        figure.name,
        f"{number(figure.value)} {figure.unit}",
        f"{number(figure.peer_value)} {figure.unit}",
        figure.peer,
        number(figure.ratio),
        promise,
        _VERDICTS[figure.met],
    )
