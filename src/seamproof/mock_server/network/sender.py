"""
Sending: a delivery becomes an attempt.
"""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Final, Self

import httpx

from seamproof.events import Attempt
from seamproof.mock_server.network.outcome import reason_against
from seamproof.version import __version__

if TYPE_CHECKING:
    from types import TracebackType

    from seamproof.events import Delivery

#: Seconds until an attempt is given up, as Svix's cloud does.
TIMEOUT: Final = 15.0
USER_AGENT: Final = f"Svix-Webhooks/1.0 (seamproof {__version__})"

#: Bytes of an answer's body that are read.
_DRAINED: Final = 65_536


class Sender:
    """
    Sends deliveries one after the other over kept connections.

    Redirects are failures and never followed. Proxies of the environment are
    not used: an event goes where the user said or nowhere.

    Args:
        timeout: Seconds for connecting and for each wait for the answer.
    """

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._client = httpx.Client(
            follow_redirects=False,
            headers={"user-agent": USER_AGENT, "accept": "*/*"},
            timeout=timeout,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.__exit__(kind, error, trace)

    def send(self, delivery: Delivery, url: str) -> Attempt:
        """
        Post a delivery and say what came of it. A failure is an attempt, not an error.
        """
        begun = perf_counter()

        def attempt(status: int | None, reason: str, *, reached: bool = True) -> Attempt:
            milliseconds = (perf_counter() - begun) * 1000
            return Attempt(delivery, status, milliseconds, reason, reached)

        headers = dict(delivery.headers)
        try:
            with self._client.stream("POST", url, content=delivery.body, headers=headers) as answer:
                status = answer.status_code
                done = attempt(status, reason_against(status, answer.headers.get("location")))
                _drain(answer, begun + self._timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
            return attempt(None, f"no connection: {str(problem) or 'timed out'}", reached=False)
        except httpx.TimeoutException:
            return attempt(None, f"no answer within {self._timeout:g} s")
        except httpx.HTTPError as problem:
            return attempt(None, f"the connection broke: {problem}")
        return done


def _drain(answer: httpx.Response, until: float) -> None:
    """
    Read the rest of an answer, so that its connection can be kept, but not for ever.

    The headers have decided already: a body that stalls or never ends changes nothing.
    """
    taken = 0
    with suppress(httpx.ReadTimeout):
        for chunk in answer.iter_raw():
            taken += len(chunk)
            if taken > _DRAINED or perf_counter() > until:
                return
