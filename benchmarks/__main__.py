"""
`python -m benchmarks`: measure, print, and say by the exit status what was kept.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from benchmarks.measuring import NotInstalled
from benchmarks.report import document, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.measuring import Figure

#: Where each benchmark lives, in the order in which they run.
BENCHMARKS: Final = {
    "validate": "benchmarks.validate",
    "explain": "benchmarks.explain",
    "generate": "benchmarks.generate",
    "shrink": "benchmarks.shrink",
    "sample": "benchmarks.sample",
    "startup": "benchmarks.startup",
    "catalog": "benchmarks.catalog",
    "deliver": "benchmarks.deliver",
    "scale": "benchmarks.scale",
    "slow_neighbour": "benchmarks.slow_neighbour",
    "load": "benchmarks.load",
    "check": "benchmarks.check",
    "plugin": "benchmarks.plugin",
    "lint": "benchmarks.lint",
}

_CURE: Final = "pip install '.[bench]'"


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Benchmarks: {', '.join(BENCHMARKS)}.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], *, as_json: bool) -> None:
    """
    Measure the benchmarks of these names, by default all of them.

    Ours and the peer's have their turns in rounds. A value is the median over
    the rounds; a ratio is the median of the ratios within each round, which a
    busy machine disturbs less than the values. Rates are by the second of
    processor time, a start's milliseconds by the clock on the wall.

    Exit status: 0 every bound is kept, 1 one is missed, 2 usage or a peer that
    is not installed.
    """
    for name in names:
        if name not in BENCHMARKS:
            message = f"no benchmark is called {name!r}; there are {', '.join(BENCHMARKS)}"
            raise click.UsageError(message)
    runs = {name: _load(name) for name in names or BENCHMARKS}
    measured: dict[str, list[Figure]] = {}
    for name, run in runs.items():
        _progress(f"measuring {name} …")
        try:
            measured[name] = list(run())
        except NotInstalled as problem:
            message = f"the benchmark {name} cannot run: {problem}; {_CURE}"
            raise click.UsageError(message) from problem
        finally:
            _progress("")
        if not as_json:
            click.echo(table(name, measured[name]))
    if as_json:
        click.echo(document(measured))
    missed = any(one.met is False for figures in measured.values() for one in figures)
    ctx.exit(1 if missed else 0)


def _load(name: str) -> Callable[[], Iterator[Figure]]:
    """
    Import a benchmark, which needs its peers.
    """
    try:
        run: Callable[[], Iterator[Figure]] = import_module(BENCHMARKS[name]).run
    except ModuleNotFoundError as problem:
        message = f"the benchmark {name} needs {problem.name}, which is not installed: {_CURE}"
        raise click.UsageError(message) from problem
    return run


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)


if __name__ == "__main__":
    command(prog_name="python -m benchmarks")
