"""
Replays a case: signs it anew, sends it, and judges the response.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from seamproof.checks.battery.delivery.swallowed_errors import swallowed_exceptions
from seamproof.checks.battery.registry import BATTERY
from seamproof.checks.generation.signed_request import remake_all
from seamproof.checks.model.causes import answer_text
from seamproof.checks.model.exchange import Answer
from seamproof.checks.model.options import RunOptions
from seamproof.checks.model.results import Failure
from seamproof.checks.model.tuning import RESPONSE_TIME_ERROR, RESPONSE_TIME_WARNING
from seamproof.checks.probe.control import AT_TIMES, NO_PROOF, proves_rejections
from seamproof.checks.probe.preflight import run_preflight
from seamproof.checks.probe.sending.pacing import RunStopped
from seamproof.checks.replay.cases import Case, case_from, options_from
from seamproof.checks.reporting.causes.answers import answer_lines
from seamproof.checks.reporting.redaction import Redactor, redact_received
from seamproof.checks.reporting.wording import explain_group
from seamproof.checks.runner.session import Session, open_session
from seamproof.checks.state.liveness import background_failure, check_liveness
from seamproof.checks.state.observer import NO_CHANGE
from seamproof.errors import OPTION, UsageError, argument_name
from seamproof.json_types import parse_json
from seamproof.statuses import SUCCESS, TOO_MANY_REQUESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.check_info import Judge
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonMapping
    from seamproof.signing import Secret

#: A handler that rejects every request would pass these, for example one with another secret.
_BY_REFUSAL: Final = frozenset(("refused", "no_leak", "no_crash", "not_accepted"))
#: By severity, the milliseconds from which a response is too slow.
_SLOW: Final = {"warning": 1000 * RESPONSE_TIME_WARNING, "error": 1000 * RESPONSE_TIME_ERROR}
_WHOLE: Final = frozenset(("whole",))
_CHECKS: Final = {check.id: check for check in BATTERY}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """
    How a replay ended.

    Attributes:
        case: What was replayed.
        right: Whether the handler is proved to do right now.
        unproved: Why its answer, which is the right one, proves nothing; empty otherwise.
        sent: The requests as they were sent this time.
        answers: What came back for each of them.
        lines: What the handler did, in words.
    """

    case: Case
    right: bool
    unproved: str = ""
    sent: tuple[Request, ...] = ()
    answers: tuple[Answer, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def failure(self) -> Failure:
        """
        What was sent and received this time, as a report shows it.
        """
        return Failure(
            event_type=self.case.event_type,
            sent=self.sent,
            expected=self.case.expected,
            received=self.answers[-1].received if self.answers else None,
            answers=self.answers,
        )

    def __str__(self) -> str:
        verdict = "the handler does right" if self.right else "the handler does wrong"
        if self.unproved:
            verdict = f"not proved: {self.unproved}"
        head = (f"{self.case.id}: {verdict}", f"expected: {self.case.expected}")
        return "\n".join([*head, *(f"got: {line}" for line in self.lines)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """
    Sends cases to an open handler.

    Attributes:
        session: The handler.
        clock: Returns the seconds since the epoch.
        option_name: Names an option in a message as the user knows it.
    """

    session: Session
    clock: Callable[[], float] = field(default=time.time)
    option_name: Callable[[str], str] = argument_name

    def __repr__(self) -> str:
        return f"<handler {self.session.options.target or self.session.options.name}>"

    def __call__(self, case: Case) -> ReplayResult:
        """
        Send a case.

        Raises:
            UsageError: Its check does not exist, or cannot be decided on this target.
        """
        check = check_of(case)
        target = self.session.target
        if check.replay == "not_accepted" and not target.receives_method:
            what = "the case cannot be decided: this target receives no method"
            cure = "give the application that routes requests to it"
            raise UsageError(what, where=case.id, cure=cure)
        transfers = {one.transfer for one in case.requests} - _WHOLE
        if transfers and transfers - target.transfers:
            what = "the case cannot be decided: the body does not reach this target in its parts"
            cure, found = "give the target of the run that found it", ", ".join(transfers)
            raise UsageError(what, where=case.id, found=found, cure=cure)
        if check.replay == "check" or not case.requests:
            return self._run_check(case, check)
        if check.replay == "alive":
            return self._watch(case, check)
        probe = self._session_of(case).start().probe
        try:
            if check.replay in _BY_REFUSAL:
                return self._send_with_control(case, check, probe)
            probe.default_type = probe.events.event_types[0]
            return self._send(case, check, probe)
        except RunStopped as reason:
            return ReplayResult(case=case, right=False, unproved=reason.text(self.option_name))

    def test(self, case: JsonMapping | Path) -> None:
        """
        Send a case of a regression test, from its file or as the object in it.

        Raises:
            AssertionError: The handler does wrong; shows what was expected and what was received.
        """
        __tracebackhide__ = True
        document = parse_json(case.read_bytes()) if isinstance(case, Path) else case
        result = self(case_from(cast("JsonMapping", document)))
        if not result.right:
            raise AssertionError(str(result))

    def _session_of(self, case: Case, *select: str) -> Session:
        """
        Take the open handler with the options of the run that found a case.
        """
        # What a run without a limit has found must be found again.
        options = replace(case.options, select=select, thorough=True)
        return replace(self.session, options=options)

    def _rejects_all(self, case: Case, probe: Probe) -> str:
        """
        Return why a handler rejects genuine deliveries too; empty if it accepts them.
        """
        preflight = run_preflight(probe)
        if not preflight.stopped:
            return ""
        variable = case.options.secret_env
        return f"{preflight.stopped}; does the handler know the secret of {variable}?"

    def _send(self, case: Case, check: Check, probe: Probe) -> ReplayResult:
        secret = self.session.target.secret
        sent = tuple(remake_all(case.requests, secret, now=self.clock()))
        several = [probe.send(one) for one in sent]
        received, redactor = several[-1], Redactor([secret])
        right = _RIGHT[check.replay](case, received)
        right = right and (check.replay == "not_accepted" or not received.is_crash)
        clean = [redact_received(one, redactor) for one in several]
        unproved = NO_PROOF if right and received.status == TOO_MANY_REQUESTS else ""
        return ReplayResult(
            case=case,
            right=right and not unproved,
            unproved=unproved,
            sent=sent,
            answers=tuple(Answer(received=one) for one in clean),
            lines=tuple(answer_lines(clean[-1])),
        )

    def _send_with_control(self, case: Case, check: Check, probe: Probe) -> ReplayResult:
        """
        Send a case whose replay is right by a rejection, with genuine deliveries around it.

        Raises:
            RunStopped: No genuine delivery is accepted any more.
        """
        # The first one also finds out in which format the handler is called.
        unproved = self._rejects_all(case, probe)
        for _ in range(2):
            with probe.watched_rejections() as rejected:
                result = self._send(case, check, probe)
            if not result.right:
                return result
            if unproved:
                break
            if proves_rejections(probe, rejected):
                return result
        return replace(result, right=False, unproved=unproved or AT_TIMES)

    def _watch(self, case: Case, check: Check) -> ReplayResult:
        """
        Send a case, and look whether background work raises and whether the handler still works.
        """
        run = self._session_of(case).start()
        preflight, known = run.open(), run.probe.state.liveness
        if preflight.failure is not None:
            return ReplayResult(case=case, right=False, lines=(preflight.stopped,))
        secret = self.session.target.secret
        sent = tuple(remake_all(case.requests, secret, now=self.clock()))
        *_, received = [run.probe.send(one) for one in sent]
        found = check_liveness(run.probe, is_final=True)
        failures = [background_failure(run.probe, one) for one in known.background]
        failures += [one for one in found if isinstance(one, Failure)]
        if check.reports_background:
            failures += swallowed_exceptions(run.probe)
        lines = [one.cause for one in failures]
        if received.is_crash:
            lines.append(answer_text(received))
        if self.session.state and not (known.effects or check.reports_background):
            lines.append(NO_CHANGE)
        redactor = Redactor([secret])
        shown = tuple(redactor.text(line) for line in lines)
        return ReplayResult(case=case, right=not lines, sent=sent, lines=shown)

    def _run_check(self, case: Case, check: Check) -> ReplayResult:
        """
        Run the whole check again, where it takes more than one response to judge it.
        """
        session = self._session_of(case, case.check)
        view = session.view(session.run())
        report = view.report
        failed = [result for result in report.results if result.failures]
        result = next((one for one in report.results if one.check.id == case.check), None)
        if not failed and (result is None or result.status in ("inconclusive", "skipped")):
            what = "the case cannot be decided"
            reason = report.stopped or (result.note if result else "the check did not run")
            option = "breaker" if check.needs_breaker and session.breaker is None else "state"
            cure = f"give {OPTION} as in the run that found the case"
            raise UsageError(what, where=case.id, found=reason, cure=cure, option=option)
        explained = [explain_group(one) for one in view.groups()]
        lines = tuple(line for one in explained for line in (one.headline, *one.got))
        return ReplayResult(case=case, right=not failed, lines=lines)


@contextmanager
def replaying(
    aim: RunOptions | JsonMapping,
    *,
    secret: Secret | None = None,
    allow_remote: bool = False,
    option_name: Callable[[str], str] = argument_name,
) -> Iterator[Replayer]:
    """
    Open a target to send cases to.

    Args:
        aim: The options of the run that found them, or the member `aim` of a case.
        secret: The one that the handler knows; by default that of the environment, and
            for a target in this process else a new one.
        allow_remote: Whether the target may be on another machine; a case cannot allow that.
        option_name: Names an option in a message as the user knows it.

    Raises:
        UsageError: The target cannot be used as given.
        TargetUnreachable: It cannot be reached or imported.
    """
    options = aim if isinstance(aim, RunOptions) else options_from(aim)
    with open_session(replace(options, secret=secret, allow_remote=allow_remote)) as session:
        yield Replayer(session=session, option_name=option_name)


def check_of(case: Case) -> Check:
    """
    Return the check that found a case.

    Raises:
        UsageError: The battery has no such check.
    """
    if case.check not in _CHECKS:
        what = "there is no such check"
        raise UsageError(what, where=case.id, found=case.check)
    return _CHECKS[case.check]


_RIGHT: Final[Mapping[Judge, Callable[[Case, Received], bool]]] = {
    "accepted": lambda case, received: case.options.accepts(received.status),
    "refused": lambda _, received: received.is_rejected or received.status == TOO_MANY_REQUESTS,
    "no_leak": lambda _, received: received.status is not None and not received.leak,
    "no_crash": lambda _, received: received.status is not None,
    "not_accepted": lambda _, received: received.status not in SUCCESS,
    "prompt": lambda case, received: (
        case.options.accepts(received.status) and received.milliseconds < _SLOW[case.severity]
    ),
}
