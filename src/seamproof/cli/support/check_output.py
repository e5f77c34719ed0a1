"""
The results of checks as lines for a terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.cli.support.output import paint, plural
from seamproof.formats import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.options import RunOptions
    from seamproof.checks.model.results import Result
    from seamproof.checks.reporting.view import ReportView

_COLOURS: Final = {
    "passed": "green",
    "failed": "red",
    "warning": "yellow",
    "inconclusive": "magenta",
    "skipped": "bright_black",
}
_WORD: Final = 14
_ID: Final = 42
_LABEL: Final = 10


def opening_lines(options: RunOptions) -> Iterator[str]:
    """
    Describe in two lines what a run will do: target, checks, state, time, seed, and its effects.
    """
    from seamproof.checks.runner.selection import select_checks

    count = len(select_checks(options.select, options.ignore))
    limit = options.time_limit
    state = "without its state (--state)" if options.state is None else "with its state"
    broken = "" if options.breaker is None else ", with a failing dependency"
    kind = "a quick run" if options.quick else "a run"
    time = "without a time limit" if limit is None else f"of at most {limit:g} s"
    name = one_line(options.name)
    yield f"{name}: {kind} {time}, {plural(count, 'check')}, {state}{broken}, seed {options.seed}"
    yield (
        "It sends signed events. The handler writes to whatever database and services it is "
        "configured for."
    )


def result_line(result: Result) -> str:
    """
    Write in one line how a check ended.
    """
    from seamproof.checks.reporting.identity import distinct

    count = len(distinct(result.check, result.failures))
    rest = [plural(count, "failure")] if count else []
    rest += [one_line(result.note)] if result.note else []
    word = paint(f"{result.status:<{_WORD}}", _COLOURS[result.status])
    return f"{word}{result.check.id:<{_ID}}{'; '.join(rest)}".rstrip()


def failure_blocks(view: ReportView) -> Iterator[str]:
    """
    Write each distinct failure once; failures of one check with one cause form one block.
    """
    from seamproof.checks.reporting.wording import group_lines, headline

    for group in view.groups():
        colour = _COLOURS["failed" if group.failure.severity == "error" else "warning"]
        yield ""
        yield paint(one_line(headline(group, known=view.is_known(group))), colour)
        yield from (
            f"  {label:<{_LABEL}}{one_line(text)}".rstrip() for label, text in group_lines(group)
        )


def summary_lines(view: ReportView) -> Iterator[str]:
    """
    Summarise the run: event types, known failures that are gone, counts, duration, seed.
    """
    from seamproof.checks.reporting.event_types import outcome_rows
    from seamproof.checks.reporting.view import counts_of
    from seamproof.checks.reporting.wording import (
        failing_texts,
        incomplete_text,
        known_failure_text,
        waited_text,
    )

    report = view.report
    yield ""
    table = list(outcome_rows(report))
    if table:
        yield "event types"
        yield from (f"  {outcome:<{_LABEL}} {one_line(text)}" for outcome, text in table)
        yield ""
    for one in view.gone:
        fate = (
            "was not found this time, but is drawn at random"
            if view.is_random(one)
            else "is no longer there"
        )
        yield f"known failure {fate}: {one_line(known_failure_text(one))}"
    if report.stopped:
        yield paint(f"stopped: {one_line(report.stopped)}", "red")
    if text := incomplete_text(report):
        yield paint(text, _COLOURS["inconclusive"])
    if view.failing:
        yield paint(f"failed by: {', '.join(failing_texts(view))}", "red")
    counts = []
    for name, count in counts_of(report).items():
        noun = name.removesuffix("s") if count == 1 else name
        text = f"{count:,} {noun}"
        counts.append(paint(text, _COLOURS[name.removesuffix("s")]) if count else text)
    known = f" ({len(view.known):,} of the failures known)" if view.known else ""
    yield ", ".join(counts) + known
    yield (
        f"{plural(report.deliveries, 'delivery')} in {report.seconds:,.2f} s, seed {report.seed}"
    )
    if text := waited_text(report):
        yield text
