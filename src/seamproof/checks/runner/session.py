"""
Opens a handler for a run: the target, what reads its state and what breaks its dependency.
"""

from __future__ import annotations

import shlex
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.checks.probe.seam_api import open_seam_api
from seamproof.checks.reporting.identity import distil
from seamproof.checks.reporting.view import ReportView
from seamproof.checks.runner.runner import start_run
from seamproof.checks.state.sources import open_action, open_state, open_switch
from seamproof.checks.targets.open import open_target
from seamproof.environment import ENDPOINT_VARIABLE, read_secret, secret_in_environment
from seamproof.errors import argument_name
from seamproof.signing import Secret
from seamproof.urls import without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.options import RunOptions
    from seamproof.checks.model.results import Report, Result
    from seamproof.checks.model.snapshot import DependencySwitch, StateReader
    from seamproof.checks.probe.seam_api import SeamApi
    from seamproof.checks.runner.runner import Run
    from seamproof.checks.targets.base import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """
    A handler that is open, and the options of the run.

    Attributes:
        options: Of the run.
        target: Sends requests to the handler.
        state: Reads the handler's state; None without one.
        breaker: Makes the handler's dependency fail; None without one.
        seam: The Seam API that the handler calls; None without one.
        catch_up: Makes the handler fetch what it has missed; None without an option.
    """

    options: RunOptions
    target: Target
    state: StateReader | None = None
    breaker: DependencySwitch | None = None
    seam: SeamApi | None = None
    catch_up: Callable[[], object] | None = None

    def start(
        self,
        *,
        on_result: Callable[[Result], object] | None = None,
        option_name: Callable[[str], str] = argument_name,
    ) -> Run:
        """
        Prepare a run with the options. Arguments and errors are those of `start_run`.
        """
        return start_run(
            self.target,
            self.options.settings(self.target.secret),
            state=self.state,
            breaker=self.breaker,
            seam=self.seam,
            catch_up=self.catch_up,
            on_result=on_result,
            option_name=option_name,
        )

    def run(self) -> Report:
        """
        Run the selected checks.
        """
        run = self.start()
        run.all()
        return run.report(self.options.name or self.target.name)

    def view(self, report: Report) -> ReportView:
        """
        Prepare a report to be shown: each failure once, without secrets, judged by the options.
        """
        return ReportView(
            report=distil(report, [self.target.secret]),
            strict=self.options.strict,
            limited=self.options.max_time is not None,
            command=check_command(self.options),
        )


def check_command(options: RunOptions) -> str:
    """
    Write the command that repeats a run, without secrets and passwords; empty if none can.
    """
    if not options.can_be_replayed:
        return ""
    variable = options.seam_endpoint_env
    endpoint = None if variable == ENDPOINT_VARIABLE else variable
    texts = (
        ("--as", options.kind),
        ("--path", options.path),
        ("--app-dir", None if options.app_dir == "." else options.app_dir),
        ("--state", options.state),
        ("--break", options.breaker),
        ("--world", options.world),
        ("--catch-up", options.catch_up),
        ("--seam-endpoint-env", endpoint),
        *(("--select", one) for one in options.select),
        *(("--ignore", one) for one in options.ignore),
        ("--events", None if options.events == "*" else options.events),
        *(("--expect", one) for one in options.expect),
        *(("--set", one) for one in options.overrides),
        ("--max-time", None if options.max_time is None else f"{options.max_time:g}"),
        ("--seed", str(options.seed)),
    )
    flags = (("--quick", options.quick), ("--thorough", options.thorough))
    given = [word for name, text in texts if text for word in (name, without_password(str(text)))]
    words = ["seamproof", "check", options.name or str(options.target), *given]
    return shlex.join([*words, *(name for name, is_given in flags if is_given)])


@contextmanager
def open_session(options: RunOptions, seam: SeamApi | None = None) -> Iterator[Session]:
    """
    Open the handler that the options name, and close it at the end.

    Args:
        options: Of the run.
        seam: The Seam API of the options' world, where it had to be open before.

    Raises:
        UsageError: The target cannot be used as given.
        RemoteTarget: A URL leads to another machine, which the options do not allow.
        TargetUnreachable: The target cannot be reached or imported.
    """
    secret = options.secret or read_secret(None, options.secret_env)
    if secret is None and not options.is_url:
        secret = Secret.generate()
    remote = options.allow_remote
    with ExitStack() as stack:
        if secret is not None:
            stack.enter_context(secret_in_environment(secret, options.secret_env))
        if seam is None and options.world is not None:
            variable, handler = options.seam_endpoint_env, options.target
            seam = stack.enter_context(open_seam_api(options.world, variable, target=handler))
        target = stack.enter_context(
            open_target(
                options.target,
                kind=options.kind,
                path=options.path,
                app_dir=options.app_dir,
                allow_remote=remote,
                secret=secret,
            )
        )
        look, switch, action = options.state, options.breaker, options.catch_up
        yield Session(
            options=options,
            target=target,
            state=open_state(look, target, allow_remote=remote) if look else None,
            breaker=open_switch(switch, target, allow_remote=remote) if switch else None,
            seam=seam,
            catch_up=open_action(action, target, allow_remote=remote) if action else None,
        )
