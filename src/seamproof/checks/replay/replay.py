"""
Replay: a case sent again, signed afresh, and whether the handler now does right.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.checks.model.options import Settings
from seamproof.checks.replay.cases import Aim, Case, case_from
from seamproof.checks.reporting.identity import distilled
from seamproof.checks.reporting.redaction import Redactor, clean_received
from seamproof.checks.reporting.wording import received_lines
from seamproof.environment import read_secret, secret_in_environment
from seamproof.errors import UsageError
from seamproof.signing import Secret
from seamproof.statuses import CLIENT_ERROR, SERVER_ERROR, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Result
    from seamproof.checks.state.sources import Look, Switch
    from seamproof.checks.targets.base import Target
    from seamproof.json_types import JsonMapping

Judge: TypeAlias = Literal["accepted", "refused", "no_crash", "not_accepted", "prompt", "check"]

#: How a replay is judged, by the check that found the case; the first that fits counts.
#: What is not seen in the last answer alone is judged by the check itself.
JUDGES: Final[tuple[tuple[str, Judge], ...]] = (
    ("signature.tolerated_skew", "accepted"),
    ("signature.rotation_*", "accepted"),
    ("signature.header_case", "accepted"),
    ("signature.raw_body", "accepted"),
    ("signature.*", "refused"),
    ("payload.signed_*", "no_crash"),
    ("payload.*", "accepted"),
    ("delivery.success_status", "accepted"),
    ("delivery.wrong_method", "not_accepted"),
    ("delivery.response_time", "prompt"),
    ("*", "check"),
)

#: What a handler that refuses everything would pass, one that is sent another secret for one.
_BY_REFUSAL: Final = frozenset(("refused", "no_crash", "not_accepted"))
_WITHOUT_METHOD: Final = ("function", "lambda", "lambda-v1")
#: Milliseconds in which an answer is late, and too late for Svix.
_LATE: Final = {"warning": 5_000.0, "error": 15_000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """
    What came of a replay.

    Attributes:
        case: What was replayed.
        right: Whether the handler now does right.
        sent: The requests as they went out this time.
        received: What came back for the last one; None where a whole check was run.
        told: What came back, in words.
    """

    case: Case
    right: bool
    sent: tuple[Request, ...] = ()
    received: Received | None = None
    told: tuple[str, ...] = ()

    def __str__(self) -> str:
        verdict = "does right" if self.right else "does wrong"
        lines = (f"{self.case.id}: the handler {verdict}", f"expected: {self.case.expected}")
        return "\n".join([*lines, *(f"received: {one}" for one in self.told)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """
    Sends cases to a target.

    Attributes:
        target: Where to.
        state: Tells the handler's state; None if nobody can.
        breaker: Makes the handler's dependency fail; None if nobody can.
        clock: Seconds since the epoch.
    """

    target: Target
    state: Look | None = None
    breaker: Switch | None = None
    clock: Callable[[], float] = field(default=time.time)

    def __call__(self, case: Case) -> Replayed:
        """
        Send a case.

        Raises:
            UsageError: It cannot be decided without a look at the state.
        """
        judge = judge_of(case)
        if judge == "not_accepted" and self.target.kind in _WITHOUT_METHOD:
            what = "the case cannot be decided: this target sees no method"
            raise UsageError(what, where=case.id, cure="aim at what leads to it")
        if judge == "check" or not case.requests:
            return self._check(case)
        # First: a genuine delivery also finds out in which format the handler is called.
        deaf = self._deaf(case) if judge in _BY_REFUSAL else ""
        sent, received = self._send(case)
        right = _RIGHT[judge](case, received) and (judge == "not_accepted" or not crashed(received))
        told = tuple(received_lines(clean_received(received, Redactor([self.target.secret]))))
        if right and deaf:
            right, told = False, (*told, deaf)
        return Replayed(case=case, right=right, sent=sent, received=received, told=told)

    def _deaf(self, case: Case) -> str:
        """
        Say why a handler takes no genuine delivery either, if so: it refuses for no good reason.
        """
        from seamproof.checks.generation.event_source import EventSource
        from seamproof.checks.probe.preflight import run_preflight
        from seamproof.checks.probe.probe import Probe

        settings = settings_of(case.aim, self.target.secret)
        opening = run_preflight(Probe(self.target, settings, EventSource(settings, self.clock())))
        if opening.failure is None:
            return ""
        return f"{opening.stopped}; --secret or {case.aim.secret_env} has to be the one it knows"

    def test(self, case: JsonMapping) -> None:
        """
        Send a case of a regression test.

        Raises:
            AssertionError: The handler does wrong; says what was expected and what came back.
        """
        replayed = self(case_from(case))
        if not replayed.right:
            raise AssertionError(str(replayed))

    def _send(self, case: Case) -> tuple[tuple[Request, ...], Received]:
        from seamproof.checks.generation.signed_request import remake_all

        sent = tuple(remake_all(case.requests, self.target.secret, now=self.clock()))
        *_, last = [self.target.send(one) for one in sent]
        return sent, last

    def _check(self, case: Case) -> Replayed:
        """
        Run the whole check again: what it judges by is more than an answer.
        """
        from seamproof.checks.runner.runner import run_battery

        settings = settings_of(case.aim, self.target.secret, select=(case.check,))
        report = distilled(
            run_battery(self.target, settings, state=self.state, breaker=self.breaker),
            [self.target.secret],
        )
        found = [one for one in report.results if one.failures]
        result = next((one for one in report.results if one.check.id == case.check), None)
        if not found and (result is None or result.status in ("inconclusive", "skipped")):
            what = "the case cannot be decided"
            reason = report.stopped or (result.note if result else "the check did not run")
            cure = "give --state and --break as the check needs them"
            raise UsageError(what, where=case.id, found=reason, cure=cure)
        told = tuple(line for one in found for line in _told(one))
        return Replayed(case=case, right=not found, told=told)


@contextmanager
def replaying(
    aim: Aim | JsonMapping, *, secret: Secret | None = None, allow_remote: bool = False
) -> Iterator[Replayer]:
    """
    Open a target to send cases to.

    Args:
        aim: What to aim at, as a case has it, or the members of one that are not the default.
        secret: The one that the handler knows; by default that of the environment, and
            for a target in this process else a new one.
        allow_remote: Whether the target may be on another machine.

    Raises:
        UsageError: The target cannot be used as given.
        TargetUnreachable: It cannot be reached or imported.
    """
    from seamproof.checks.state.sources import open_state, open_switch
    from seamproof.checks.targets.open import open_target

    at = aim if isinstance(aim, Aim) else Aim(**aim)
    secret = secret or read_secret(None, at.secret_env)
    if secret is None and "://" not in str(at.target):
        secret = Secret.generate()
    with ExitStack() as stack:
        if secret is not None:
            stack.enter_context(secret_in_environment(secret, at.secret_env))
        target = stack.enter_context(
            open_target(
                at.target,
                kind=at.kind,
                path=at.path,
                app_dir=at.app_dir,
                allow_remote=allow_remote,
                secret=secret,
            )
        )
        state = at.state and open_state(at.state, target, allow_remote=allow_remote)
        breaker = at.breaker and open_switch(at.breaker, target, allow_remote=allow_remote)
        yield Replayer(target=target, state=state or None, breaker=breaker or None)


def judge_of(case: Case) -> Judge:
    """
    Say how a replay of a case is judged.
    """
    return next(judge for pattern, judge in JUDGES if fnmatchcase(case.check, pattern))


def settings_of(aim: Aim, secret: Secret, *, select: tuple[str, ...] = ()) -> Settings:
    """
    Settings for a run as the one that found a case.
    """
    return Settings(
        secret=secret,
        seed=aim.seed,
        accept=tuple(range(low, high + 1) for low, high in aim.accept),
        events=aim.events,
        overrides=aim.overrides,
        select=select,
        quick=aim.quick,
    )


def crashed(received: Received) -> bool:
    """
    Whether a handler failed by itself.
    """
    return received.escaped is not None or received.status in SERVER_ERROR


def _told(result: Result) -> Iterator[str]:
    for one in result.failures:
        yield f"{result.check.id}: {one.cause}; expected {one.expected}"


_RIGHT: Final[Mapping[Judge, Callable[[Case, Received], bool]]] = {
    "accepted": lambda case, received: case.aim.accepts(received.status),
    "refused": lambda _, received: received.status in CLIENT_ERROR,
    "no_crash": lambda _, received: received.status is not None,
    "not_accepted": lambda _, received: received.status not in SUCCESS,
    "prompt": lambda case, received: (
        case.aim.accepts(received.status) and received.milliseconds < _LATE[case.severity]
    ),
}
