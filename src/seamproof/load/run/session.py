"""
A run from its options to its account, over Locust's library.

Only a process that runs Locust imports this module.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import gevent
from locust.env import Environment
from locust.runners import MasterRunner
from yarl import URL

from seamproof.environment import read_catalogue
from seamproof.errors import TargetUnreachable
from seamproof.load.accounting.account import Account
from seamproof.load.messages.ids import RunIds
from seamproof.load.messages.stream import EventStream
from seamproof.load.run import limit
from seamproof.load.run.children import Children
from seamproof.load.run.conductor import Conductor, StepProgress, StepResult
from seamproof.load.run.ledger_reader import LedgerReader
from seamproof.load.run.plan import Plan, RateStep
from seamproof.load.run.reports import LocustReports
from seamproof.load.run.worker import ArrivalsUser, WorkerSide, fingerprint
from seamproof.mock_server.network.address_policy import check_target
from seamproof.urls import hide_credentials
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from locust.runners import LocalRunner

    from seamproof.load.run.options import LoadOptions

_MOST_FILES: Final = 65_536
#: Seconds.
_CONNECT_TIMEOUT: Final = 10.0


@dataclass(slots=True)
class RunResult:
    """
    What a run came to.

    Attributes:
        options: Of the run.
        account: Of all messages.
        steps: One, or those of the search for the limit.
        verdicts: Of the search.
        limit: The highest rate that held; None if none did, or none was searched for.
        lost: From each worker that was lost to the seconds of the step when it was.
        interrupted: The signal that ended the run early; None if none did.
        generator_limits: Whether the search ended where this program could not send faster.
        unproved: Messages of earlier steps that were not delivered.
    """

    options: LoadOptions
    account: Account = field(default_factory=Account)
    steps: list[StepResult] = field(default_factory=list)
    verdicts: list[limit.RateVerdict] = field(default_factory=list)
    limit: float | None = None
    lost: dict[int, float] = field(default_factory=dict)
    interrupted: int | None = None
    generator_limits: bool = False
    unproved: int = 0


def run_load(
    options: LoadOptions,
    show: Callable[[StepProgress], None],
    say: Callable[[str], None],
) -> RunResult:
    """
    Run the load, and account for every message.

    Args:
        options: Of the run.
        show: Is called with the progress of a step.
        say: Is called with what a user should know meanwhile.

    Raises:
        UsageError: An option cannot be used, or a worker cannot take part.
        RemoteTarget: The handler or its ledger is on another machine, which is not allowed.
        TargetUnreachable: No connection to the handler can be opened.
    """
    check_target(options.url, allow_remote=options.allow_remote)
    catalogue = read_catalogue(options.catalogue)
    EventStream(options.seed, 0, options.mix, catalogue)
    _raise_file_limit()
    with ExitStack() as stack:
        environment = Environment(user_classes=[ArrivalsUser], host=options.url)
        runner = _runner(environment, options)
        ids = RunIds.of(options.seed)
        ledger = LedgerReader(options, ids)
        if not options.workers:
            _connect(options.url)
        plan = _plan(options)
        ended = _never
        if options.processes and isinstance(runner, MasterRunner):
            children = Children(options, runner.server.port)
            stack.callback(children.end)
            ended = children.ended
        elif not options.workers:
            own = WorkerSide(runner, options.secrets, "", options.allow_remote, catalogue)
            own.register()
        stack.callback(runner.quit)
        conductor = Conductor(runner, plan, ended, show)
        result = RunResult(options)
        handlers = [
            gevent.signal_handler(number, _interrupt, conductor, result, number)
            for number in (signal.SIGINT, signal.SIGTERM)
        ]
        for one in handlers:
            stack.callback(one.cancel)
        reports = LocustReports(environment, options, say)
        stack.callback(reports.close)
        if options.workers:
            host, port = options.bind
            say(f"waiting for {options.workers} workers at {host}:{port}")
        conductor.prepare()
        if options.find_limit:
            _find_limit(conductor, options, result, ledger)
        elif not conductor.interrupted:
            step = RateStep(0, options.rate, options.seconds, options.held)
            result.steps.append(conductor.run_step(step))
        result.lost = dict(conductor.lost)
        _check_reached(result)
        result.account = ledger.account(conductor)
        reports.write()
    return result


def _connect(url: str) -> None:
    """
    Open a connection to the handler before anything is sent: the retries would take long.

    Raises:
        TargetUnreachable: None can be opened.
    """
    at = URL(url)
    try:
        socket.create_connection((at.host or "", at.port or 0), _CONNECT_TIMEOUT).close()
    except OSError as problem:
        raise _unreachable(url) from problem


def _unreachable(url: str) -> TargetUnreachable:
    what, cure = "nothing answers", "is the handler running there?"
    return TargetUnreachable(what, where=hide_credentials(url), cure=cure)


def _never(pid: int | None) -> bool:
    del pid
    return False


def _interrupt(conductor: Conductor, result: RunResult, number: int) -> None:
    if result.interrupted is not None:
        # A second signal ends the process at once; workers end with it.
        os._exit(128 + number)
    result.interrupted = number
    conductor.interrupt()


def _runner(environment: Environment, options: LoadOptions) -> LocalRunner | MasterRunner:
    if options.processes:
        return environment.create_master_runner("127.0.0.1", 0)
    if options.workers:
        return environment.create_master_runner(*options.bind)
    return environment.create_local_runner()


def _plan(options: LoadOptions) -> Plan:
    return Plan(
        version=__version__,
        url=options.url,
        seed=options.seed,
        workers=options.processes or options.workers or 1,
        mix=options.mix.as_table(),
        schedule=(0.0,) if options.find_limit else options.schedule,
        poisson=options.poisson,
        fingerprint=fingerprint(options.secrets),
    )


def _raise_file_limit() -> None:
    """
    Allow as many open files as the system does: each connection is one.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _find_limit(
    conductor: Conductor, options: LoadOptions, result: RunResult, ledger: LedgerReader
) -> None:
    search = limit.rates(options.rate, options.highest or limit.HIGHEST)
    rate = next(search)
    try:
        while not conductor.interrupted and not conductor.lost:
            verdict = _try_rate(conductor, options, result, ledger, rate)
            if verdict.problem and verdict.repeatable and not conductor.interrupted:
                # A pause of the machine looks the same once.
                verdict = _try_rate(conductor, options, result, ledger, rate)
            result.verdicts.append(verdict)
            if verdict.problem == limit.GENERATOR:
                result.generator_limits = True
            rate = search.send(not verdict.problem)
    except StopIteration as end:
        result.limit = end.value


def _try_rate(
    conductor: Conductor,
    options: LoadOptions,
    result: RunResult,
    ledger: LedgerReader,
    rate: float,
) -> limit.RateVerdict:
    step = RateStep(len(result.steps), rate, options.seconds)
    outcome = conductor.run_step(step)
    result.steps.append(outcome)
    account = ledger.account(conductor)
    verdict = limit.judge(outcome, account, result.unproved, options.p99)
    result.unproved = account.messages - account.delivered
    return verdict


def _check_reached(result: RunResult) -> None:
    """
    Check that the handler was there at all.

    Raises:
        TargetUnreachable: No connection to it was ever opened.
    """
    interrupted = result.interrupted is not None
    if interrupted or result.lost or not any(one.sent for one in result.steps):
        return
    if not any(one.reached for one in result.steps):
        raise _unreachable(result.options.url)
