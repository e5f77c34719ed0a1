"""
What all targets have in common.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.checks.model.exchange import Received, Request, Transfer
    from seamproof.checks.model.options import Kind
    from seamproof.checks.targets.background import BackgroundWork
    from seamproof.checks.targets.handler_thread import HandlerThread
    from seamproof.checks.targets.work.pending_work import PendingWork
    from seamproof.signing import Secret

#: Bytes of a response that are kept.
MAX_BODY: Final = 4096
#: Bytes of a response in which a secret is looked for.
SEARCHED_BODY: Final = 65_536
#: The address that a handler in this process sees as the server's.
HOST: Final = "localhost"
PORT: Final = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetContext:
    """
    What a target of any kind needs.

    Attributes:
        name: The target as the user named it.
        thread: The thread that it runs in.
        secret: The signing secret that it knows; never part of what it returns.
        path: Of the webhook, with a query if needed.
        root: The directory of the handler's own code.
        background: Collects the exceptions of its background work; None where it is another
            process.
        pending_work: What the handler goes on with after its answers; None where it is another
            process.
    """

    name: str
    thread: HandlerThread
    secret: Secret
    path: str = DEFAULT_PATH
    root: Path = field(default_factory=Path.cwd)
    background: BackgroundWork | None = None
    pending_work: PendingWork | None = None


class Target(ABC):
    """
    A handler that requests can be sent to. It is used by one thread at a time.

    Args:
        context: What a target of any kind needs.

    Attributes:
        kind: How it is called.
        in_process: Whether exceptions that escape it are seen.
        sends_in_batches: Whether `send_each` sends more than one request where one at a time may be
            under way.
    """

    kind: Kind
    in_process: bool
    sends_in_batches = False

    def __init__(self, context: TargetContext) -> None:
        self.context = context

    @property
    def name(self) -> str:
        """
        The target as the user named it.
        """
        return self.context.name

    @property
    def secret(self) -> Secret:
        """
        The signing secret that it knows.
        """
        return self.context.secret

    @property
    def receives_method(self) -> bool:
        """
        Whether the handler sees the HTTP method; otherwise a gateway before it decides.
        """
        return True

    @property
    def keeps_header_case(self) -> bool:
        """
        Whether the handler sees header names in the case in which they were sent.
        """
        return True

    @property
    def transfers(self) -> frozenset[Transfer]:
        """
        The ways to transfer a body that the handler could notice, besides a whole one.
        """
        return frozenset()

    @property
    def background(self) -> BackgroundWork | None:
        """
        Collects the exceptions of the handler's background work, where they are seen.
        """
        return self.context.background

    @property
    def pending_work(self) -> PendingWork | None:
        """
        What the handler goes on with after its answers, where that is seen.
        """
        return self.context.pending_work

    @property
    def application_modules(self) -> tuple[str, ...]:
        """
        The modules of the application's classes, by which its framework is recognised.
        """
        return ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def send(self, request: Request) -> Received:
        """
        Send a request and wait for the response. A failure is a response, not an error.

        Raises:
            TargetUnreachable: The first request finds nothing at the address of the target.
        """

    def send_each(
        self,
        requests: Sequence[Request],
        *,
        at_once: int = 1,  # noqa: ARG002 - how many may be, not how many have to be
    ) -> list[Received]:
        """
        Send requests in turn: at least one, and as many as take little time.

        The effect is that of `send` for each; the way there and back may take less time.

        Args:
            requests: In their order.
            at_once: How many may be under way at a time.
        """
        return [self.send(requests[0])]

    @abstractmethod
    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests at the same time; the responses come in the order of the requests.
        """

    def send_over_new_connections(
        self,
        requests: Sequence[Request],  # noqa: ARG002 - a target in this process has no connections
    ) -> list[tuple[Received, int | None]]:
        """
        Send requests over new connections, which several worker processes may answer.

        Returns:
            Each response, and the id of the process that gave it, where that can be seen; nothing
            for a target in this process.
        """
        return []

    @property
    def restarts(self) -> Sequence[Callable[[], object]]:
        """
        What starts the application anew, if anything does: what keeps more of it comes first.

        Each raises TargetUnreachable if the application does not start.
        """
        return ()

    def close(self) -> None:  # noqa: B027 - not abstract: most targets close nothing
        """
        Shut the application down, or close the connections.
        """


def header_bytes(text: str) -> bytes:
    """
    Encode a header as servers receive it: Latin-1 where that is possible, else UTF-8.
    """
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()
