"""
Listening to what is sent to targets, from outside of the run that sends it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.checks.targets.base import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.targets.base import Target

#: Hears of a request and of what came of it.
Listener: TypeAlias = "Callable[[Request, Received], object]"

_listeners: Final[list[Listener]] = []


@contextmanager
def listening(hear: Listener) -> Iterator[None]:
    """
    Hear of each request to a target that is opened while the block lasts.
    """
    _listeners.append(hear)
    try:
        yield
    finally:
        _listeners.remove(hear)


def overheard(target: Target) -> Target:
    """
    Let whoever listens hear what is sent to a target; where nobody does, it stays itself.
    """
    return Overheard(target, tuple(_listeners)) if _listeners else target


class Overheard(Standing):
    """
    A target that tells of what is sent to it.

    Args:
        target: The one that requests go to.
        listeners: Told of each.
    """

    def __init__(self, target: Target, listeners: Sequence[Listener]) -> None:
        super().__init__(target.place)
        self.kind = target.kind
        self.in_process = target.in_process
        self._target = target
        self._listeners = listeners

    def send(self, request: Request) -> Received:
        """
        Send a request and tell of it.
        """
        received = self._target.send(request)
        self._tell(request, received)
        return received

    def send_each(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests one after the other and tell of each that was sent.
        """
        return self._heard(requests, self._target.send_each(requests))

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests at the same time and tell of each.
        """
        return self._heard(requests, self._target.send_all(requests))

    def close(self) -> None:
        """
        Close the target itself.
        """
        self._target.close()

    def _heard(self, requests: Sequence[Request], answers: list[Received]) -> list[Received]:
        for request, received in zip(requests, answers, strict=False):
            self._tell(request, received)
        return answers

    def _tell(self, request: Request, received: Received) -> None:
        for hear in self._listeners:
            hear(request, received)
