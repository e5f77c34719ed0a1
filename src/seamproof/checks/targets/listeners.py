"""
Listeners to the requests and responses of targets, from outside of the run that sends them.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.checks.targets.base import Target
from seamproof.errors import TargetUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seamproof.checks.model.exchange import Received, Request, Transfer

#: Called with a request and its response.
Listener: TypeAlias = "Callable[[Request, Received], object]"

_listeners: Final[list[Listener]] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """
    Call a listener for each request to a target that is opened while the block lasts.
    """
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def observed(target: Target, renew: Callable[[], Target] | None = None) -> Target:
    """
    Let the present listeners observe a target; without any, the target itself is returned.

    Args:
        target: The one that requests are sent to.
        renew: Opens it anew, with its modules imported again; None where that is not possible.
    """
    is_needed = _listeners or renew is not None
    return ObservedTarget(target, tuple(_listeners), renew) if is_needed else target


class ObservedTarget(Target):
    """
    A target that reports each request and response to listeners, and that may be opened anew.

    Args:
        target: The one that requests are sent to.
        listeners: Called for each request.
        renew: Opens it anew, with its modules imported again; None where that is not possible.
    """

    def __init__(
        self,
        target: Target,
        listeners: Sequence[Listener],
        renew: Callable[[], Target] | None = None,
    ) -> None:
        super().__init__(target.context)
        self.kind = target.kind
        self.in_process = target.in_process
        self.sends_in_batches = target.sends_in_batches
        self._target = target
        self._listeners = listeners
        self._renew = renew

    @property
    def receives_method(self) -> bool:
        """
        As the target.
        """
        return self._target.receives_method

    @property
    def keeps_header_case(self) -> bool:
        """
        As the target.
        """
        return self._target.keeps_header_case

    @property
    def transfers(self) -> frozenset[Transfer]:
        """
        As the target.
        """
        return self._target.transfers

    @property
    def application_modules(self) -> tuple[str, ...]:
        """
        As the target.
        """
        return self._target.application_modules

    def send(self, request: Request) -> Received:
        """
        Send a request and report it.
        """
        received = self._target.send(request)
        self._notify([request], [received])
        return received

    def send_each(self, requests: Sequence[Request], *, at_once: int = 1) -> list[Received]:
        """
        Send requests in turn and report each that was sent.
        """
        return self._notify(requests, self._target.send_each(requests, at_once=at_once))

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests at the same time and report each.
        """
        return self._notify(requests, self._target.send_all(requests))

    def send_over_new_connections(
        self, requests: Sequence[Request]
    ) -> list[tuple[Received, int | None]]:
        """
        Send requests over new connections and report each.
        """
        sent = self._target.send_over_new_connections(requests)
        self._notify(requests, [received for received, _ in sent])
        return sent

    @property
    def restarts(self) -> Sequence[Callable[[], object]]:
        """
        Those of the target, and opening it anew.
        """
        own = self._target.restarts
        return own if self._renew is None else (*own, partial(self._open_anew, self._renew))

    def _open_anew(self, renew: Callable[[], Target]) -> None:
        self._target.close()
        try:
            self._target = renew()
        except TargetUnreachable:
            for start_again in self._target.restarts:
                start_again()
            raise

    def close(self) -> None:
        """
        Close the target itself.
        """
        self._target.close()

    def _notify(self, requests: Sequence[Request], responses: list[Received]) -> list[Received]:
        for request, received in zip(requests, responses, strict=False):
            for listener in self._listeners:
                listener(request, received)
        return responses
