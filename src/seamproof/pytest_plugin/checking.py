"""
The battery within a test: a report, or a failure that tells it.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.checks import open_state, open_switch, open_target, run_battery
from seamproof.checks.reading import worded
from seamproof.checks.reporting import Told, cases_of, distilled, write_cases
from seamproof.checks.reporting.as_text import as_text
from seamproof.checks.terms import Wanted, read_terms
from seamproof.errors import SeamproofError, UsageError
from seamproof.pytest_plugin.asking import read_app_dir, read_directory
from seamproof.pytest_plugin.running import seed_of
from seamproof.pytest_plugin.telling import shortly
from seamproof.pytest_plugin.wishes import find_path
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seamproof.checks import Report
    from seamproof.checks.reporting import Aim
    from seamproof.checks.targets.target import Kind
    from seamproof.checks.terms import Terms
    from seamproof.pytest_plugin.running import Running

#: What an option of the command line is called here.
_OPTIONS: Final = {
    "as": "kind",
    "break": "breaker",
    "set": "overrides",
    "app-dir": "app_dir",
    "allow-remote": "allow_remote=True",
}


class Battery:
    """
    Runs the battery on a handler.

    Args:
        config: Says what a test does not: path, schemas, where modules are.
        secret: The one that the handler knows.
        running: Knows the test, on which the seed depends.
    """

    @shortly
    def __init__(self, config: pytest.Config, secret: Secret | str, running: Running) -> None:
        self._config = config
        self._secret = secret if isinstance(secret, Secret) else Secret(secret)
        self._running = running

    def __repr__(self) -> str:
        return "<seam_check>"

    @shortly
    def __call__(  # noqa: PLR0913 - each has a default and a name
        self,
        target: str | Callable[..., Any],
        *,
        select: str | Sequence[str] = (),
        ignore: str | Sequence[str] = (),
        path: str | None = None,
        kind: Kind | None = None,
        state: str | Callable[[], Any] | None = None,
        breaker: str | Callable[[bool], object] | None = None,
        accept: str = "200-299",
        events: str = "*",
        overrides: Mapping[str, Any] | Sequence[str] = (),
        quick: bool = False,
        max_examples: int = 200,
        max_time: float | None = None,
        seed: int | None = None,
        strict: bool = False,
        catalog: str | None = None,
        app_dir: str | None = None,
        allow_remote: bool = False,
    ) -> Report:
        """
        Run it; fail the test with the report if the handler falls short.
        """
        __tracebackhide__ = True
        by_url = isinstance(target, str) and "://" in target
        try:
            terms = read_terms(
                Wanted(
                    target=target,
                    kind=kind,
                    path=find_path(self._config) if path is None and not by_url else path,
                    app_dir=read_app_dir(self._config) if app_dir is None else app_dir,
                    secret=self._secret,
                    select=_texts("select", select),
                    ignore=_texts("ignore", ignore),
                    state=state,
                    breaker=breaker,
                    accept=accept,
                    events=events,
                    overrides=overrides,
                    catalog=catalog or read_directory(self._config, "catalog"),
                    max_examples=max_examples,
                    seed=seed_of(self._running.caller) if seed is None else seed,
                    quick=quick,
                    strict=strict,
                    allow_remote=allow_remote,
                )
            )
            report = self._run(terms, _seconds(max_time))
        except SeamproofError as problem:
            raise _translated(problem) from None
        told = Told(report=report, strict=strict, limited=max_time is not None)
        if told.failed:
            pytest.fail(self._tell(told, terms.aim))
        return report

    def _run(self, terms: Terms, max_time: float | None) -> Report:
        aim, remote = terms.aim, terms.aim.remote
        settings = replace(
            terms.settings(self._secret),
            select=tuple(one.id for one in terms.checks),
            max_time=max_time,
        )
        with open_target(
            aim.target,
            kind=aim.kind,
            path=aim.path,
            app_dir=aim.app_dir,
            allow_remote=remote,
            secret=self._secret,
        ) as opened:
            look = aim.state and open_state(aim.state, opened, allow_remote=remote)
            switch = aim.breaker and open_switch(aim.breaker, opened, allow_remote=remote)
            report = run_battery(opened, settings, state=look or None, breaker=switch or None)
        return distilled(report, [self._secret])

    def _tell(self, told: Told, aim: Aim) -> str:
        """
        Tell what was found. What the command line can aim at is kept for `seamproof replay`.
        """
        if all(one is None or isinstance(one, str) for one in _named(aim)):
            try:
                write_cases(cases_of(told, aim))
            except OSError:
                # What was found is told all the same, and the test can be run again.
                return as_text(told, replay=self._again)
            return as_text(told)
        return as_text(told, replay=self._again)

    @property
    def _again(self) -> str:
        return f"pytest {shlex.quote(self._running.test)}"


def _named(aim: Aim) -> tuple[object, ...]:
    return aim.target, aim.state, aim.breaker


def _argument(option: str) -> str:
    return _OPTIONS.get(option, option.replace("-", "_"))


def _texts(name: str, given: object) -> list[str]:
    """
    Read ids and globs: one or several.

    Raises:
        UsageError: It is something else.
    """
    if isinstance(given, str):
        return [given]
    several = list(given) if isinstance(given, list | tuple | set | frozenset) else [None]
    if not all(isinstance(one, str) for one in several):
        what, expected = "these are no checks", '"signature.*", or a list of these'
        raise UsageError(what, where=name, expected=expected, found=repr(given))
    return [str(one) for one in several]


def _seconds(given: Any) -> float | None:  # noqa: ANN401 - it is looked at
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if given is None or (number and 0 < given < inf):
        return None if given is None else float(given)
    what, expected = "this is no time", "seconds, more than 0"
    raise UsageError(what, where="--max-time", expected=expected, found=repr(given))


def _translated(problem: SeamproofError) -> SeamproofError:
    """
    Let an error name arguments where it names options of the command line.
    """
    for part in ("what", "where", "expected", "found", "cure"):
        setattr(problem, part, worded(getattr(problem, part), _argument))
    if "set_extra" in problem.cure:
        problem.cure = "`seamproof schemas show` tells the properties of an event type"
    return problem.with_traceback(None)
