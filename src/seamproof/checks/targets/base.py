"""
What all targets have in common.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, Self, TypeAlias

from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.targets.adapters.handler_thread import Home
    from seamproof.signing import Secret

Kind: TypeAlias = Literal["asgi", "wsgi", "function", "lambda", "lambda-v1", "url"]

#: Where a webhook is expected when nobody says otherwise.
#: Bytes of an answer that are kept.
KEPT: Final = 4096
#: Who a server in this process would seem to be.
HOST: Final = "localhost"
PORT: Final = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where a target stands.

    Attributes:
        name: As the user named it.
        home: The thread that it lives in.
        secret: The signing secret that it knows; never part of what it hands back.
        path: Of the webhook, with a query if need be.
        root: The directory of the handler's own code.
    """

    name: str
    home: Home
    secret: Secret
    path: str = DEFAULT_PATH
    root: Path = field(default_factory=Path.cwd)


class Target(Protocol):
    """
    A handler that requests can be sent to. All of it is for one thread at a time.

    Attributes:
        kind: What it is.
        place: Where it stands.
        in_process: Whether exceptions that escape it are seen.
    """

    kind: Kind
    place: Place
    in_process: bool

    @property
    def name(self) -> str:
        """
        As the user named it.
        """
        ...

    @property
    def secret(self) -> Secret:
        """
        The signing secret that it knows.
        """
        ...

    def send(self, request: Request) -> Received:
        """
        Send a request and wait for the answer; a failure is an answer, not an error.

        Raises:
            TargetUnreachable: The first request finds nothing at the target's address.
        """
        ...

    def send_each(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests one after the other: as many as take little time, one at the least.

        What is done with them is that of `send`; it may take less time to come and go.
        """
        ...

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests at the same time; the answers come in the order of the requests.
        """
        ...

    def close(self) -> None:
        """
        Shut the application down, or close the connections.
        """


class Standing(ABC):
    """
    What every target takes from its place.

    Args:
        place: Where it stands.
    """

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    def name(self) -> str:
        """
        As the user named it.
        """
        return self.place.name

    @property
    def secret(self) -> Secret:
        """
        The signing secret that it knows.
        """
        return self.place.secret

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def send(self, request: Request) -> Received:
        """
        Send a request and wait for the answer.
        """

    def send_each(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send one request, unless a target knows how to make more of a visit.
        """
        return [self.send(requests[0])]

    def close(self) -> None:  # noqa: B027 - most targets keep it as it is
        """
        Nothing to close, unless a target says otherwise.
        """
