"""
What sends the requests of a run, and what ends the sending.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.exchange import Received, Request


class RequestSender(Protocol):
    """
    What the probe needs of a target.

    Attributes:
        sends_in_batches: Whether `send_each` sends more than one request where one at a time may be
            under way.
    """

    sends_in_batches: bool

    def send(self, request: Request) -> Received:
        """
        Send one request and wait for its response.
        """
        ...

    def send_each(self, requests: Sequence[Request], *, at_once: int = 1) -> list[Received]:
        """
        Send requests in turn: at least one, and as many as take little time.

        Some of them may be under way at a time.
        """
        ...

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Send requests at the same time and wait for all responses.
        """
        ...


class OutOfTime(Exception):
    """
    The time budget of the run is used up; or another one, which the message names.
    """


class HandlerGone(Exception):
    """
    The handler has stopped responding.
    """
