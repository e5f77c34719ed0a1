"""
Runs the battery one check at a time, in any order, as a test runner needs it.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from seamproof.checks.model.results import Report, Result
from seamproof.checks.replay.case_files import save_cases
from seamproof.checks.reporting.formats.as_text import block
from seamproof.checks.reporting.formats.run_times import watched_text
from seamproof.checks.reporting.redaction import Redactor
from seamproof.checks.reporting.wording import headline
from seamproof.checks.runner.selection import PREFLIGHT
from seamproof.checks.runner.session import open_session
from seamproof.checks.state.observer import discard_snapshot
from seamproof.checks.testing.worker_lock import worker_lock
from seamproof.errors import SeamproofError, argument_name
from seamproof.formats import one_line
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.options import RunOptions
    from seamproof.checks.reporting.grouping import FailureGroup
    from seamproof.checks.runner.runner import Run
    from seamproof.checks.runner.session import Session

    #: Writes the description of a group of failures.
    _Show: TypeAlias = Callable[[FailureGroup], Iterator[str]]

#: How a check ended for a test runner. A handler that is `unready` cannot be checked at all.
Verdict: TypeAlias = Literal["passed", "failed", "unready", "warning", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """
    What a test of one check reports.

    Attributes:
        verdict: How it ended.
        message: In one line.
        text: In full, with the message first.
    """

    verdict: Verdict
    message: str = ""
    text: str = ""


@dataclass
class CheckStepper:
    """
    A handler whose checks are run one at a time. The first of them opens it.

    Attributes:
        options: Of the run.
        option_name: Names an option in a message as the user knows it.
    """

    options: RunOptions
    option_name: Callable[[str], str] = argument_name
    _stack: ExitStack | None = None
    _session: Session | None = None
    _run: Run | None = None
    _secret: Secret | None = None
    _problem: SeamproofError | None = None
    _ran: set[str] = field(default_factory=set)

    def check(
        self, check: Check, *, reports_problem: bool, rerun: str = "", whole: bool = False
    ) -> CheckOutcome:
        """
        Run a check. A check that has run before opens the handler again.

        Args:
            check: The check.
            reports_problem: Whether this test reports a handler that cannot be checked at all;
                the others are then skipped.
            rerun: The command that runs the test again, where no command can replay a case.
            whole: Whether to show requests, answers and tracebacks whole.
        """
        replay = "" if self.options.can_be_replayed else rerun
        show = partial(block, replay=replay, whole=whole)
        # A run reports each failure once.
        if check.id in self._ran:
            self.close()
        self._ran.add(check.id)
        options = self.options
        shared = options.is_url or bool(options.state or options.breaker)
        with worker_lock(shared=shared):
            try:
                session, run = self._open()
            except SeamproofError as problem:
                return self._unusable(problem, reports_problem=reports_problem)
            try:
                return self._step(session, run, check, reports_problem=reports_problem, show=show)
            except SeamproofError as problem:
                return self._unusable(problem, reports_problem=True)

    def close(self) -> None:
        """
        Close the handler; the next check opens it again.
        """
        stack, self._stack = self._stack, None
        self._session = self._run = self._problem = None
        self._ran.clear()
        if stack is not None:
            stack.close()

    def _open(self) -> tuple[Session, Run]:
        """
        Open the handler and send the plain genuine delivery, the first time.

        Raises:
            SeamproofError: The handler cannot be used, now or the last time.
        """
        if self._problem is not None:
            raise self._problem
        if self._session is None or self._run is None:
            self._stack = ExitStack()
            self._secret = self.options.secret or Secret.generate()
            # The test runner selects the checks: any of them may be called.
            options = replace(self.options, select=(), ignore=(), secret=self._secret)
            self._session = self._stack.enter_context(open_session(options))
            self._run = self._session.start(option_name=self.option_name)
        self._run.open()
        return self._session, self._run

    def _step(
        self, session: Session, run: Run, check: Check, *, reports_problem: bool, show: _Show
    ) -> CheckOutcome:
        if (
            run.preflight is not None
            and run.preflight.failure is not None
            and run.preflight.stopped
        ):
            if not reports_problem:
                return CheckOutcome(verdict="skipped", message=self._shown(run.stopped))
            return replace(self._outcome(session, run.step(PREFLIGHT), show), verdict="unready")
        discard_snapshot(run.probe)  # since others may have changed the state
        before = run.stopped
        outcome = self._outcome(session, run.step(check), show)
        reports = reports_problem or not before
        if run.stopped and reports and outcome.verdict in ("passed", "skipped", "warning"):
            shown = self._shown(run.stopped)
            return CheckOutcome(verdict="unready", message=shown, text=shown)
        return outcome

    def _unusable(self, problem: SeamproofError, *, reports_problem: bool) -> CheckOutcome:
        """
        Report why nothing can be sent: once as a failure, else as the reason of a skip.
        """
        self._problem = problem
        text = self._shown(problem.text(self.option_name))
        message = text.partition("\n")[0]
        verdict: Verdict = "unready" if reports_problem else "skipped"
        return CheckOutcome(verdict=verdict, message=message, text=text)

    def _outcome(self, session: Session, result: Result, show: _Show) -> CheckOutcome:
        """
        Judge the result of a check, and write its case files.
        """
        options = self.options
        report = Report(target=options.name, seed=options.seed, results=(result,))
        view = session.view(report)
        (result,) = view.report.results
        if not result.failures:
            note = self._shown(result.note)
            if result.status == "passed":
                message = "; ".join(filter(None, (note, watched_text(result))))
                return CheckOutcome(verdict="passed", message=message)
            if result.status == "inconclusive":
                note = f"inconclusive: {note}"
            if view.fails(result):
                return CheckOutcome(verdict="failed", message=note, text=f"{note} (strict)")
            return CheckOutcome(verdict="skipped", message=note)
        groups = view.groups()
        _, problem = save_cases(view, options)
        first = groups[0].failure
        finding = f": {first.finding}" if first.finding else ""
        message = one_line(f"{first.cause}; expected: {first.expected}{finding}")
        message += f" (and {len(groups) - 1} more)" if len(groups) > 1 else ""
        lines = [message]
        for group in groups:
            lines += ["", one_line(headline(group)), *show(group)]
        lines += ["", problem] if problem else []
        verdict: Verdict = "failed" if view.fails(result) else "warning"
        return CheckOutcome(verdict=verdict, message=message, text="\n".join(lines))

    def _shown(self, text: str) -> str:
        """
        Make a message safe to print: without the secret and control characters.
        """
        redactor = Redactor([self._secret] if self._secret else [])
        return "\n".join(map(one_line, redactor.text(text).split("\n")))
