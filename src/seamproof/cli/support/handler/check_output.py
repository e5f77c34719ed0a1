"""
The results of checks as lines for a terminal.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from click import unstyle

# Not loaded with the first result: by then the handler may have changed how modules are found.
from seamproof.checks.reporting.formats.run_times import (
    incomplete_text,
    watched_summary,
    watched_text,
)
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
    "known": "yellow",
    "warning": "yellow",
    "inconclusive": "magenta",
    "skipped": "bright_black",
}
_WORD: Final = 14
_ID: Final = 42
_LABEL: Final = 10
#: Columns beyond which a line is hard to read.
_WIDEST: Final = 120


def opening_lines(options: RunOptions) -> Iterator[str]:
    """
    Describe in two lines what a run will do: target, checks, state, time, seed, and its effects.
    """
    from seamproof.checks.runner.selection import select_checks

    count = len(select_checks(options.select, options.ignore))
    limit = options.time_limit
    state = "without its state (--state)" if options.state is None else "with its state"
    broken = "" if options.breaker is None else ", with a failing dependency"
    broken += "" if options.world is None else f", with a Seam API ({options.world})"
    kind = "a quick run" if options.quick else "a run"
    time = "without a time limit" if limit is None else f"of at most {limit:g} s"
    name = one_line(options.name)
    yield f"{name}: {kind} {time}, {plural(count, 'check')}, {state}{broken}, seed {options.seed}"
    yield (
        "It sends signed events. The handler writes to whatever database and services it is "
        "configured for."
    )


def result_line(result: Result, status: str = "") -> str:
    """
    Write how a check ended: in one line, or with its note in the lines below.

    Why a check is undecided is said at the end of the run, once for all that have one reason.

    Args:
        result: How it ended.
        status: What is said of it, where that is not its own status.
    """
    from seamproof.checks.reporting.identity import distinct

    count = len(distinct(result.check, result.failures))
    rest = [plural(count, "failure")] if count else []
    note = "" if result.status == "inconclusive" else result.note
    rest += [one_line(one) for one in (note, watched_text(result)) if one]
    status = status or result.status
    said, width = "; ".join(rest), terminal_width()
    head, name = paint(f"{status:<{_WORD}}", _COLOURS[status]), result.check.id
    if _WORD + _ID + len(said) <= width:
        return f"{head}{name:<{_ID}}{said}".rstrip()
    return "\n".join([f"{head}{name}", *wrapped(said, " " * _WORD, width)])


def failure_blocks(view: ReportView, *, verbose: bool = False) -> Iterator[str]:
    """
    Write each distinct failure once; failures of one check with one cause form one block.

    Args:
        view: The distilled report.
        verbose: Whether to write requests whole, and warnings that do not fail the run.
    """
    from seamproof.checks.reporting.wording import block_lines, headline

    width = terminal_width()
    for group in view.groups():
        is_error = group.failure.severity == "error"
        if not (verbose or is_error or view.level in ("warning", "inconclusive")):
            continue
        yield ""
        colour = _COLOURS["failed" if is_error else "warning"]
        yield from _painted(wrapped(one_line(headline(group)), "", width), colour)
        yield from block_lines(group, width, whole=verbose)


def summary_lines(view: ReportView, cases: str = "", *, verbose: bool = False) -> Iterator[str]:
    """
    Summarise the run: event types, what ended it, counts, what failed, what is undecided.

    Args:
        view: The distilled report.
        cases: The directory of the case files; empty if there are none.
        verbose: Whether everything has been written already.
    """
    from seamproof.checks.reporting.wording import known_failure_text

    report, width = view.report, terminal_width()
    yield ""
    yield from _event_types(report)
    for one in view.gone:
        fate = (
            "was not found this time, but is drawn at random"
            if view.is_random(one)
            else "is no longer there"
        )
        text = f"known failure {fate}: {one_line(known_failure_text(one))}"
        yield from wrapped(text, "", width)
    if report.stopped:
        yield from _painted(wrapped(f"stopped: {one_line(report.stopped)}", "", width), "red")
    if text := incomplete_text(report):
        yield from _painted(wrapped(text, "", width), _COLOURS["inconclusive"])
    yield from _counts(view, width)
    yield from _failed_lines(view)
    for reason, names in _undecided(report).items():
        yield from wrapped(one_line(f"{', '.join(names)}: {reason}"), "undecided: ", width)
    if text := watched_summary(report):
        yield from wrapped(one_line(text), "passed: ", width)
    hidden = sum(one.failure.severity == "warning" for one in view.groups())
    more = [f"cases in {cases}"] if cases else []
    if not verbose and (hidden or cases):
        warnings = f" and {plural(hidden, 'warning')}" if hidden else ""
        more.append(f"whole requests{warnings}: -v")
    yield from [" · ".join(more)] if more else []


def _counts(view: ReportView, width: int) -> Iterator[str]:
    """
    Count checks, deliveries and seconds, with the seed that repeats the run: in one line or two.
    """
    report, counts = view.report, view.counts()
    total = plural(len(report.results), "check")
    first = "failed" if counts["failed"] else "passed"
    parts = [paint(f"{counts[first]:,} of {total} {first}", _COLOURS[first])]
    words = {"known": "known", "warnings": "warned", "inconclusive": "undecided"}
    for name, word in (words | {"skipped": "skipped"}).items():
        if counts[name]:
            colour = _COLOURS[name.removesuffix("s")]
            parts.append(paint(f"{counts[name]:,} {word}", colour))
    waited = f" ({report.waited:.1f} s for late effects)" if round(report.waited, 1) else ""
    figures = (
        plural(report.deliveries, "delivery"),
        f"{report.seconds:,.1f} s{waited}",
        f"seed {report.seed}",
    )
    checks, run = ", ".join(parts), " · ".join(figures)
    yield from [f"{checks} · {run}"] if len(unstyle(checks + run)) + 3 <= width else [checks, run]


def _painted(lines: list[str], colour: str) -> list[str]:
    return [paint(one, colour) for one in lines]


def _event_types(report: Report) -> Iterator[str]:
    from seamproof.checks.reporting.event_types import outcome_rows

    table = list(outcome_rows(report))
    if table:
        yield "event types"
        for outcome, text in table:
            yield from wrapped(one_line(text), f"  {outcome:<{_LABEL}} ", terminal_width())
        yield ""


def _failed_lines(view: ReportView) -> Iterator[str]:
    """
    List the causes, one line each: the check, the event type, what happened.
    """
    from seamproof.checks.reporting.wording import group_in_short, severity_word, shown_types

    width, groups = terminal_width(), view.groups()
    ids = max((len(one.check.id) for one in groups), default=0)
    for group in groups:
        types = shown_types(group)
        kind = next(iter(types), "") + (f" +{len(types) - 1}" if len(types) > 1 else "")
        also = f" and {len(group.checks)} more" if group.checks else ""
        word = severity_word(group)
        said = one_line(group_in_short(group))
        head = f"  {word:<9}{group.check.id + also:<{ids}}  {one_line(kind)}".rstrip()
        if len(head) + 2 + len(said) <= width:
            yield f"{head}  {said}"
        else:
            yield head
            yield from wrapped(said, " " * 11, width)


def _undecided(report: Report) -> dict[str, list[str]]:
    """
    Collect the checks without a verdict by the reason.
    """
    found: dict[str, list[str]] = {}
    for one in report.results:
        if one.status == "inconclusive":
            found.setdefault(one.note, []).append(one.check.id)
    return found


def terminal_width() -> int:
    """
    Return the columns that a line may have.
    """
    return min(shutil.get_terminal_size().columns, _WIDEST)
