"""
A synchronous sender: a delivery becomes an attempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from aiohttp import TraceConfig

from seamproof.events import Attempt
from seamproof.mock_server.network.address_policy import AddressPolicy
from seamproof.mock_server.network.loop_thread import LoopThread
from seamproof.mock_server.network.resolver import Address
from seamproof.mock_server.network.transport import Transport
from seamproof.statuses import SUCCESS
from seamproof.version import USER_AGENT

if TYPE_CHECKING:
    from types import TracebackType

    from seamproof.events import Delivery

#: Seconds until an attempt is given up, as in Svix's cloud.
TIMEOUT: Final = 15.0


class Sender:
    """
    Sends deliveries one after the other over persistent connections.

    Redirects are failures and never followed. Proxies of the environment are not used.

    Args:
        timeout: Seconds until the headers of a response have to be there.
        allow_remote: Whether a URL may lead to another machine.
    """

    def __init__(self, timeout: float = TIMEOUT, *, allow_remote: bool = False) -> None:
        self._timeout = timeout
        self._policy = AddressPolicy.of(allow_remote=allow_remote)
        self._connecting = False
        self._thread = LoopThread("seamproof-sender")
        self._transport = self._thread.call(self._open())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.call(self._transport.close())
        self._thread.close()

    def send(self, delivery: Delivery, url: str) -> Attempt:
        """
        Post a delivery. A failure is an attempt too, not an error.
        """
        address = Address.of(url, self._policy)
        headers = {"user-agent": USER_AGENT, **address.headers, **delivery.headers}
        self._connecting = False
        result = self._thread.call(self._transport.post(address, headers, delivery.body))
        # A response that breaks off is no response.
        status = None if result.reason and result.status in SUCCESS else result.status
        reached = not self._connecting
        return Attempt(delivery, status, result.milliseconds, result.reason, reached)

    async def _open(self) -> Transport:
        trace = TraceConfig()
        trace.on_connection_create_start.append(self._note_start)
        trace.on_connection_create_end.append(self._note_end)
        return Transport(self._timeout, self._policy, trace=trace)

    async def _note_start(self, *_: object) -> None:
        self._connecting = True

    async def _note_end(self, *_: object) -> None:
        self._connecting = False
