"""
The results of checks as lines for a terminal.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from seamproof.cli.support.output import paint, plural
from seamproof.formats import one_line, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.options import RunOptions
    from seamproof.checks.model.results import Report, Result
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
#: Columns beyond which a line is hard to read.
_WIDEST: Final = 120
#: Columns of what is said of a check, at least.
_SAID: Final = 30


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
    from seamproof.checks.reporting.wording import block_lines, headline

    width = terminal_width()
    for group in view.groups():
        colour = _COLOURS["failed" if group.failure.severity == "error" else "warning"]
        yield ""
        yield paint(one_line(headline(group, known=view.is_known(group))), colour)
        yield from block_lines(group, width)


def summary_lines(view: ReportView) -> Iterator[str]:
    """
    Summarise the run: event types, known failures that are gone, counts, what fails it.
    """
    from seamproof.checks.reporting.view import counts_of
    from seamproof.checks.reporting.wording import (
        incomplete_text,
        known_failure_text,
        waited_text,
    )

    report = view.report
    yield ""
    yield from _event_types(report)
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
    yield from _failing_lines(view)


def _event_types(report: Report) -> Iterator[str]:
    from seamproof.checks.reporting.event_types import outcome_rows

    table = list(outcome_rows(report))
    if table:
        yield "event types"
        for outcome, text in table:
            yield from wrapped(one_line(text), f"  {outcome:<{_LABEL}} ", terminal_width())
        yield ""


def _failing_lines(view: ReportView) -> Iterator[str]:
    """
    List what fails the run, one line a check: the check, the event type, what happened.
    """
    from seamproof.checks.reporting.explanation import explain

    if not view.failing:
        return
    yield paint("failed by:", "red")
    width = max(len(one.check.id) for one in view.failing)
    for result in view.failing:
        word = result.status.upper() if result.failures else "UNDECIDED"
        said = result.note
        if result.failures:
            worst = min(result.failures, key=lambda one: one.severity != "error")
            word = "FAILED" if worst.severity == "error" else "WARNING"
            said = explain(result.check, worst).headline
        head = f"  {word:<9} {result.check.id:<{width}}  "
        yield from wrapped(one_line(said), head, max(terminal_width(), len(head) + _SAID))


def terminal_width() -> int:
    """
    Return the columns that a line may have.
    """
    return min(shutil.get_terminal_size().columns, _WIDEST)
