"""
What `seamproof check` is asked to do: its options, and what they are read into.
"""

from __future__ import annotations

import secrets as entropy
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from seamproof.checks.model.option_values import read_several, read_statuses
from seamproof.cli.support.options import catalog_option
from seamproof.cli.support.report_files import REPORTS, read_reports
from seamproof.environment import read_catalogue, read_secret
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.model.options import Settings
    from seamproof.checks.replay.cases import Aim
    from seamproof.checks.reporting.baseline import Baseline
    from seamproof.schemas import Catalogue
    from seamproof.signing import Secret

_SEEDS: Final = 2**32


def battery_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """
    Add the options that say what is checked, and with which events.
    """
    for option in (
        click.option("--quick", is_flag=True, help="One of each only: a few seconds in process."),
        click.option(
            "--seed", type=click.IntRange(min=0), metavar="N", help="Draw the same as last time."
        ),
        click.option(
            "--max-time",
            type=click.FloatRange(min=0, min_open=True),
            metavar="S",
            help="Seconds after which nothing more is sent.",
        ),
        click.option(
            "--max-examples",
            type=click.IntRange(min=1),
            default=200,
            show_default=True,
            metavar="N",
            help="How many events are drawn of each family.",
        ),
        catalog_option,
        click.option(
            "--set",
            "overrides",
            multiple=True,
            metavar="PATH=VALUE",
            help="Set a property of every event that has it: a record that the handler knows.",
        ),
        click.option(
            "--events",
            default="*",
            show_default=True,
            metavar="PATTERN",
            help="Which event types to send.",
        ),
        click.option(
            "--accept",
            default="200-299",
            show_default=True,
            metavar="STATUSES",
            help="What a genuine delivery may be answered with: 200-299,404.",
        ),
        click.option("--ignore", multiple=True, metavar="ID|GLOB", help="Leave these checks out."),
        click.option("--select", multiple=True, metavar="ID|GLOB", help="Run these checks only."),
    ):
        command = option(command)
    return command


def verdict_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """
    Add the options that say what is told, and what fails the run.
    """
    for option in (
        click.option("--format", "style", type=click.Choice(["text", "json"]), default="text"),
        click.option("--strict", is_flag=True, help="Let warnings fail the run as well."),
        click.option(
            "--update-baseline", is_flag=True, help="Write the failures of this run to it."
        ),
        click.option(
            "--baseline",
            metavar="FILE",
            help="Failures that are known: they are told and do not fail the run.",
        ),
        click.option(
            "--report",
            "reports",
            multiple=True,
            metavar="FORMAT=PATH",
            help=f"Write a report as well: {', '.join(REPORTS)}. May be repeated.",
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    What the options say.
    """

    target: str
    kind: Literal["asgi", "wsgi", "function", "lambda"] | None
    path: str | None
    app_dir: str | None
    secret: str | None
    state: str | None
    breaker: str | None
    allow_remote: bool
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    accept: str
    events: str
    overrides: tuple[str, ...]
    catalog_dir: str | None
    max_examples: int
    max_time: float | None
    seed: int | None
    quick: bool
    reports: tuple[str, ...]
    baseline: str | None
    update_baseline: bool
    strict: bool
    style: Literal["text", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What the options are read into, before anything is sent.

    Attributes:
        wanted: The options.
        aim: What the run is aimed at.
        secret: The signing secret, where one was given.
        catalogue: The contract.
        reports: The reports to write, each with its format.
        baseline: The failures that are known.
    """

    wanted: Wanted
    aim: Aim
    secret: Secret | None
    catalogue: Catalogue
    reports: list[tuple[str, Path]]
    baseline: Baseline

    def settings(self, secret: Secret) -> Settings:
        """
        Settings of the run.
        """
        from seamproof.checks.replay.replay import settings_of

        return replace(
            settings_of(self.aim, secret, select=read_several(self.wanted.select)),
            ignore=read_several(self.wanted.ignore),
            max_examples=self.wanted.max_examples,
            max_time=self.wanted.max_time,
            catalogue=self.catalogue,
        )

    def covers(self, event_type: str) -> bool:
        """
        Whether the run sends events of a type.
        """
        return fnmatchcase(event_type, self.aim.events)


def read(wanted: Wanted) -> Plan:
    """
    Read the options, so that a slip in any of them is told before the handler is touched.

    Raises:
        SeamproofError: One of them cannot be used as given.
    """
    from seamproof.checks.replay.cases import Aim
    from seamproof.checks.reporting.baseline import Baseline, read_baseline
    from seamproof.checks.runner.runner import choose
    from seamproof.strategies import parse_override

    if wanted.update_baseline and wanted.baseline is None:
        what, cure = "--update-baseline has no file to write", "say which with --baseline FILE"
        raise UsageError(what, cure=cure)
    catalogue = read_catalogue(wanted.catalog_dir)
    catalogue.match(wanted.events, undocumented=True)
    choose(read_several(wanted.select), read_several(wanted.ignore))
    for text in wanted.overrides:
        parse_override(text)
    baseline = Baseline()
    if wanted.baseline is not None:
        baseline = read_baseline(Path(wanted.baseline), absent=wanted.update_baseline)
    aim = Aim(
        target=wanted.target,
        kind=wanted.kind,
        path=wanted.path,
        app_dir=wanted.app_dir or ".",
        state=wanted.state,
        breaker=wanted.breaker,
        remote=wanted.allow_remote,
        accept=read_statuses(wanted.accept),
        events=wanted.events,
        overrides=wanted.overrides,
        seed=entropy.randbelow(_SEEDS) if wanted.seed is None else wanted.seed,
        quick=wanted.quick,
    )
    return Plan(
        wanted=wanted,
        aim=aim,
        secret=read_secret(wanted.secret),
        catalogue=catalogue,
        reports=read_reports(wanted.reports),
        baseline=baseline,
    )
