"""
The side of a worker: takes the plan and the steps of a master, and hands in what happened.

Only a process that runs Locust imports this module.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import gevent
from locust import User, constant, task
from locust.env import Environment

from seamproof.errors import SeamproofError, TargetUnreachable, UsageError
from seamproof.load.messages.mix import Mix
from seamproof.load.messages.stream import EventStream
from seamproof.load.run.children import PARENT_VARIABLE
from seamproof.load.run.driver import PLAN, READY, STEP, STOP, Driver
from seamproof.load.run.plan import Plan, RateStep
from seamproof.load.sending import SignedSender
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locust.rpc.protocol import Message
    from locust.runners import Runner

    from seamproof.schemas import Catalogue
    from seamproof.signing import Secret

_FINGERPRINT: Final = 8


class ArrivalsUser(User):
    """
    Stands for the arrivals of a worker in Locust's web page; the driver sends them.
    """

    wait_time = constant(1)

    @task
    def wait_for_the_end(self) -> None:
        """
        Do nothing.
        """


def fingerprint(secrets: Sequence[Secret]) -> str:
    """
    Derive a text from secrets by which two processes compare theirs.
    """
    hashed = blake2b(b"seamproof load", digest_size=_FINGERPRINT)
    for secret in secrets:
        hashed.update(secret.key)
    return hashed.hexdigest()


@dataclass(slots=True)
class WorkerSide:
    """
    What a process needs to send, whatever the plan.

    Attributes:
        runner: Of Locust.
        secrets: Of the handler.
        url: The handler; empty for that of the plan.
        allow_remote: Whether the user of this process allows another machine.
        catalogue: The schemas; None for the built-in ones.
        driver: Of the current plan.
    """

    runner: Runner
    secrets: Sequence[Secret]
    url: str = ""
    allow_remote: bool = False
    catalogue: Catalogue | None = None
    driver: Driver | None = field(default=None, init=False)

    def register(self) -> None:
        """
        Take messages of the master from now on.
        """
        self.runner.register_message(PLAN, self._on_plan, concurrent=True)
        self.runner.register_message(STEP, self._on_step, concurrent=True)
        self.runner.register_message(STOP, self._on_stop)

    def end(self) -> None:
        """
        Hand in what was sent, and leave the run.
        """
        if self.driver is not None:
            self.driver.stop()
            gevent.spawn(self.driver.wait_and, self.runner.quit)
        else:
            self.runner.quit()

    def _on_plan(self, environment: Environment, msg: Message) -> None:
        # A master repeats the plan until it is answered.
        problem = ""
        if self.driver is None:
            try:
                self.driver = self._open(environment, msg.data)
            except SeamproofError as error:
                problem = str(error)
        ready = {"worker": msg.data["worker"], "problem": problem, "pid": os.getpid()}
        self.runner.send_message(READY, ready)

    def _open(self, environment: Environment, message: dict[str, Any]) -> Driver:
        if message["version"] != __version__:
            what = "master and worker are of different versions of seamproof"
            raise UsageError(what, expected=message["version"], found=__version__)
        plan = Plan.of(message)
        if plan.fingerprint != fingerprint(self.secrets):
            what = "master and worker have different signing secrets"
            raise UsageError(what, cure="set the same SEAM_WEBHOOK_SECRET for all of them")
        stream = EventStream(plan.seed, message["worker"], Mix.of(plan.mix), self.catalogue)
        sender = SignedSender(self.url or plan.url, self.secrets, allow_remote=self.allow_remote)
        return Driver(environment, plan, stream, sender, self.runner.send_message)

    def _on_step(self, environment: Environment, msg: Message) -> None:
        del environment
        if self.driver is not None:
            gevent.spawn(self.driver.run_step, RateStep(**msg.data))

    def _on_stop(self, environment: Environment, msg: Message) -> None:
        del environment, msg
        if self.driver is not None:
            self.driver.stop()


def serve_worker(
    master: tuple[str, int],
    secrets: Sequence[Secret],
    url: str = "",
    *,
    allow_remote: bool = False,
    catalogue: Catalogue | None = None,
) -> None:
    """
    Work for a master until it ends the run.

    Args:
        master: Host and port.
        secrets: Of the handler.
        url: The handler; empty for that of the master.
        allow_remote: Whether the user allows another machine.
        catalogue: The schemas; None for the built-in ones.

    Raises:
        TargetUnreachable: No master answers.
    """
    environment = Environment(user_classes=[ArrivalsUser])
    try:
        runner = environment.create_worker_runner(*master)
    except ConnectionError as problem:
        what = "no master answers"
        raise TargetUnreachable(what, where=f"{master[0]}:{master[1]}") from problem
    side = WorkerSide(runner, secrets, url, allow_remote, catalogue)
    side.register()
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, side.end)
    if parent := os.environ.get(PARENT_VARIABLE):
        gevent.spawn(_end_with, int(parent))
    runner.greenlet.join()
    environment.events.quitting.fire(environment=environment, reverse=True)


def _end_with(parent: int) -> None:
    """
    End this process when the one that started it is gone, however that ended.
    """
    while os.getppid() == parent:
        gevent.sleep(1)
    os._exit(1)
