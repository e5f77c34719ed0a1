"""
The battery one check at a time, as a test runner wants it: in any order, with a verdict each.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from seamproof.checks.battery.registry import BATTERY
from seamproof.checks.model.option_values import worded
from seamproof.checks.model.results import Report, Result
from seamproof.checks.replay.cases import CASES, cases_of, write_cases
from seamproof.checks.replay.replay import replaying
from seamproof.checks.reporting.as_text import block, plain
from seamproof.checks.reporting.identity import distilled
from seamproof.checks.reporting.redaction import Redactor
from seamproof.checks.reporting.view import Told
from seamproof.checks.reporting.wording import headline
from seamproof.checks.runner.runner import FIRST, begin_run
from seamproof.checks.state.observer import Effects
from seamproof.checks.testing.turns import taking_turns
from seamproof.errors import SeamproofError
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.battery.check import Check
    from seamproof.checks.replay.cases import Aim
    from seamproof.checks.runner.resolve import Terms
    from seamproof.checks.runner.runner import Run

#: How a check ended for a test runner. A handler that is `unready` cannot be checked at all.
Verdict: TypeAlias = Literal["passed", "failed", "unready", "warning", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What a test of one check is to tell.

    Attributes:
        verdict: How it ended.
        message: In one line.
        text: In full, with the message first.
    """

    verdict: Verdict
    message: str = ""
    text: str = ""


@dataclass
class Contract:
    """
    A handler and the checks of it, opened when the first of them runs.

    Attributes:
        terms: What is asked.
        words: Writes an option of the command line as the user of this contract has it.
    """

    terms: Terms
    words: Callable[[str], str] = field(default="--{}".format)
    _stack: ExitStack | None = None
    _run: Run | None = None
    _secrets: tuple[Secret, ...] = ()
    _broken: SeamproofError | None = None
    _ran: set[str] = field(default_factory=set)

    def check(self, check: Check, *, speaks: bool, again: str = "") -> Outcome:
        """
        Run a check. One that has run before is run on the handler opened anew.

        Args:
            check: The check.
            speaks: Whether it is this one that tells if the handler cannot be checked at all;
                the others are then skipped.
            again: What runs the test again, where no command sends a case.
        """
        # What a failure was told of once is not told again in one run.
        if check.id in self._ran:
            self.close()
        self._ran.add(check.id)
        with taking_turns(shared=self._is_shared()):
            try:
                run = self._opened()
            except SeamproofError as problem:
                self._broken = problem
                return self._unusable(problem, speaks=speaks)
            try:
                return self._step(run, check, speaks=speaks, again=again)
            except SeamproofError as problem:
                self._broken = problem
                return self._unusable(problem, speaks=True)

    def close(self) -> None:
        """
        Shut the handler down; the next check would open it again.
        """
        stack, self._stack, self._run, self._broken = self._stack, None, None, None
        self._ran.clear()
        if stack is not None:
            stack.close()

    def _is_shared(self) -> bool:
        """
        Whether other processes of the test run may see the same handler or its state.
        """
        aim, name = self.terms.aim, self.terms.name
        return "://" in name or bool(aim.state or aim.breaker)

    def _opened(self) -> Run:
        """
        Open the handler and send the plain genuine delivery, the first time.

        Raises:
            SeamproofError: The handler cannot be used, or could not be the last time.
        """
        if self._broken is not None:
            raise self._broken
        if self._stack is None:
            terms, self._stack = self.terms, ExitStack()
            secret = terms.secret or Secret.generate()
            self._secrets = (secret,)
            opened = self._stack.enter_context(
                replaying(terms.aim, secret=secret, allow_remote=terms.aim.remote)
            )
            self._run = begin_run(
                opened.target,
                terms.settings(secret),
                state=opened.state,
                breaker=opened.breaker,
            )
        assert self._run is not None  # noqa: S101 - set with the stack, or there was an error
        self._run.open()
        return self._run

    def _step(self, run: Run, check: Check, *, speaks: bool, again: str) -> Outcome:
        if run.opening is not None and run.opening.failure is not None:
            if not speaks:
                return Outcome(verdict="skipped", message=self._told(run.stopped))
            first = next(one for one in BATTERY if one.id == FIRST)
            return replace(self._outcome(run.step(first), again), verdict="unready")
        if isinstance(effects := run.probe.state.observer, Effects):
            effects.forget()
        before = run.stopped
        outcome = self._outcome(run.step(check), again)
        tells = speaks or not before
        if run.stopped and tells and outcome.verdict in ("passed", "skipped", "warning"):
            told = self._told(run.stopped)
            return Outcome(verdict="unready", message=told, text=told)
        return outcome

    def _unusable(self, problem: SeamproofError, *, speaks: bool) -> Outcome:
        """
        Say why nothing can be sent: once in full, else in a line.
        """
        text = self._told(str(problem))
        message = text.partition("\n")[0]
        return Outcome(verdict="unready" if speaks else "skipped", message=message, text=text)

    def _outcome(self, result: Result, again: str) -> Outcome:
        """
        Judge what came of a check; write its case files.
        """
        terms = self.terms
        report = Report(target=terms.name, seed=terms.aim.seed, results=(result,))
        told = Told(report=distilled(report, self._secrets), strict=terms.strict)
        (result,) = told.report.results
        if not result.failures:
            note = self._told(result.note)
            if result.status == "passed":
                return Outcome(verdict="passed", message=note)
            doubt = "inconclusive: " if result.status == "inconclusive" else ""
            return Outcome(verdict="skipped", message=doubt + note)
        groups, problem = told.groups(), ""
        if _is_named(terms.aim):
            again, problem = "", _keep(told, terms.aim)
        first = groups[0].failure
        message = plain(f"{first.cause}; expected: {first.expected}")
        message += f" (and {len(groups) - 1} more)" if len(groups) > 1 else ""
        lines = [message]
        for group in groups:
            lines += ["", plain(headline(group)), *block(group, replay=again)]
        lines += ["", problem] if problem else []
        verdict: Verdict = "failed" if told.fails(result) else "warning"
        return Outcome(verdict=verdict, message=message, text="\n".join(lines))

    def _told(self, text: str) -> str:
        """
        Write a message without the secret, and with the options as they are called here.
        """
        clean = Redactor(self._secrets).text(text)
        lines = worded(clean, self.words).split("\n")
        return "\n".join(map(plain, lines))


def _is_named(aim: Aim) -> bool:
    """
    Whether a command could aim at it: what is in hand has no name.
    """
    parts: tuple[object, ...] = (aim.target, aim.state, aim.breaker)
    return all(one is None or isinstance(one, str) for one in parts)


def _keep(told: Told, aim: Aim) -> str:
    """
    Write the case files; where that cannot be, say so: what was found counts all the same.
    """
    try:
        write_cases(cases_of(told, aim))
    except OSError as problem:
        return f"{CASES}: no case files: {problem.strerror}"
    return ""
