"""
The options of `seamproof check`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import click

from seamproof.checks.model.options import DEFAULT_MAX_EXAMPLES, DEFAULT_MAX_TIME
from seamproof.checks.reporting.view import FailOn
from seamproof.cli.support.completion import complete_check, complete_event_type
from seamproof.cli.support.handler.report_files import REPORTS, read_reports
from seamproof.cli.support.number_types import DecimalNumber, WholeNumber
from seamproof.cli.support.options import catalog_option, consumer_option, option_group
from seamproof.errors import UsageError
from seamproof.statuses import DEFAULT_ACCEPT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.checks.reporting.baseline import Baseline

#: What is printed.
Style: TypeAlias = Literal["text", "json", "github"]

#: By the heading in `check --help`, the options.
OPTION_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Target": ("--as", "--path", "--app-dir", "--secret", "--start", "--allow-remote"),
    "What to check": (
        *(
            "--select",
            "--ignore",
            "--last-failed",
            "--events",
            "--for",
            "--set",
            "--accept",
            "--catalog",
        ),
        *("--max-examples", "--seed"),
    ),
    "State and effects": ("--state", "--break", "--expect", "--settle"),
    "Seam's API": ("--world", "--seam-endpoint-env", "--catch-up"),
    "Time and pace": (*("--quick", "--max-time", "--thorough", "--rate", "--max-failures", "-x"),),
    "Verdict": ("--strict", "--fail-on", "--baseline", "--update-baseline"),
    "Output": ("--report", "--format", "-v"),
}

rate_option = click.option(
    "--rate",
    metavar="RATE",
    help="Send no more requests than this, to a handler that limits its rate: 30/m.",
)
#: The options that select the checks and the events.
battery_options = option_group(
    click.option(
        "--select",
        multiple=True,
        metavar="CHECK",
        shell_complete=complete_check,
        help="Run these checks only: an id, or a pattern such as 'signature.*'.",
    ),
    click.option(
        "--ignore",
        multiple=True,
        metavar="CHECK",
        shell_complete=complete_check,
        help="Leave these checks out: an id or a pattern.",
    ),
    click.option(
        "--accept",
        default=DEFAULT_ACCEPT,
        show_default=True,
        metavar="STATUSES",
        help="What a genuine delivery may be answered with: 200-299,404.",
    ),
    click.option(
        "--events",
        shell_complete=complete_event_type,
        default="*",
        show_default=True,
        metavar="PATTERN",
        help="Which event types to send; several patterns with commas between them.",
    ),
    click.option(
        "--expect",
        multiple=True,
        metavar="PATTERN",
        shell_complete=complete_event_type,
        help="Event types that have to change the state, such as lock.*: each that does not is a "
        "failure. A consumer contract, seam-consumer.json, stands for its types. May be repeated.",
    ),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        help="Set a property of every event that has it: a record that the handler knows.",
    ),
    catalog_option,
    click.option(
        "--max-examples",
        type=WholeNumber(min=1),
        default=DEFAULT_MAX_EXAMPLES,
        show_default=True,
        metavar="COUNT",
        help="How many events fuzzing draws for each family.",
    ),
    click.option(
        "--max-time",
        type=DecimalNumber(min=0, min_open=True),
        metavar="SECONDS",
        help=f"Seconds after which nothing more is sent. Default: {DEFAULT_MAX_TIME:g}.",
    ),
    click.option(
        "--thorough",
        is_flag=True,
        help="Send everything, however long it takes.",
    ),
    rate_option,
    click.option(
        "--settle",
        type=DecimalNumber(min=0, min_open=True),
        metavar="SECONDS",
        help="How long to wait for late work before the state is read. Default: measured.",
    ),
    click.option(
        "--seed",
        type=WholeNumber(min=0),
        metavar="NUMBER",
        help="Draw the same events as an earlier run.",
    ),
    click.option(
        "--quick",
        is_flag=True,
        help="Send one request of each kind only: a few seconds in process.",
    ),
)


#: The options that choose among the checks by the last run, end the run early, or begin it.
run_options = option_group(
    consumer_option,
    click.option(
        "--last-failed", is_flag=True, help="Run the checks that failed in the last run only."
    ),
    click.option(
        "--max-failures",
        type=WholeNumber(min=1),
        metavar="COUNT",
        help="End the run when so many checks have failed.",
    ),
    click.option("-x", "--exitfirst", is_flag=True, help="End the run at the first failed check."),
    click.option(
        "--start",
        metavar="COMMAND",
        help="Start the server of a URL, wait until it listens, and end it after the run.",
    ),
)


#: The options of the output, and of what fails the run.
verdict_options = option_group(
    click.option(
        "--report",
        "reports",
        multiple=True,
        metavar="FORMAT=PATH",
        help=f"Write a report as well: {', '.join(REPORTS)}. May be repeated.",
    ),
    click.option(
        "--baseline",
        metavar="FILE",
        help="Known failures: they are reported and do not fail the run.",
    ),
    click.option("--update-baseline", is_flag=True, help="Write the failures of this run to it."),
    click.option(
        "--strict",
        is_flag=True,
        help="Let warnings and inconclusive checks fail the run as well.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(get_args(FailOn)),
        help="What fails the run, at least. Default: error; --strict is inconclusive.",
    ),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="Print requests whole, and each warning as a failure is printed.",
    ),
    click.option(
        "--format",
        "style",
        type=click.Choice(get_args(Style)),
        default="text",
        help="text; json for programs; or github, which adds annotations to the text.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """
    What `seamproof check` prints and writes.

    Attributes:
        style: Of what is printed: text or JSON.
        reports: The reports to write: format and file of each.
        baseline: The known failures.
        baseline_file: Where the baseline is; None without one.
        update_baseline: Whether to write the failures of this run to it.
        fail_on: What fails the run; by default what the run's own options say.
        verbose: Whether to print requests whole, and each warning.
    """

    style: Style
    reports: list[tuple[str, Path]]
    baseline: Baseline
    baseline_file: Path | None
    update_baseline: bool
    fail_on: FailOn | None = None
    verbose: bool = False


def read_output(
    style: Style,
    reports: tuple[str, ...],
    baseline: str | None,
    *,
    update_baseline: bool,
    fail_on: FailOn | None = None,
    verbose: bool = False,
) -> OutputOptions:
    """
    Read the options of the output, so that a mistake is reported before the handler is opened.

    Raises:
        UsageError: A report cannot be written, or the baseline cannot be read.
    """
    from seamproof.checks.reporting.baseline import Baseline, read_baseline

    if update_baseline and baseline is None:
        what, cure = "--update-baseline has no file to write", "name it with --baseline FILE"
        raise UsageError(what, cure=cure)
    file = None if baseline is None else Path(baseline)
    return OutputOptions(
        style=style,
        reports=read_reports(reports),
        baseline=Baseline() if file is None else read_baseline(file, absent=update_baseline),
        baseline_file=file,
        update_baseline=update_baseline,
        fail_on=fail_on,
        verbose=verbose,
    )
