"""
Mock servers for tests: one that all share, and ones of one's own.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import pytest

from seamproof.mock_server import MockServer
from seamproof.mock_server.clocks import ManualClock
from seamproof.pytest_plugin.coverage import is_on, record
from seamproof.pytest_plugin.telling import shortly

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from seamproof.mock_server.threads import ServerThread
    from seamproof.signing import Secret


def _told_shortly(server: type[StartedServer]) -> type[StartedServer]:
    """
    Let wrong calls of a server end at the line of the test that made them.
    """
    for name, member in vars(MockServer).items():
        if not name.startswith("_") and callable(member):
            setattr(server, name, shortly(member))
    return server


class EachTestsClock(ManualClock):
    """
    A manual clock that shows the machine's time again at the beginning of each test.
    """

    def restart(self) -> None:
        """
        Forget what it was advanced by; for a server that has forgotten everything.
        """
        self._now = time.time()


@_told_shortly
class StartedServer(MockServer):
    """
    A mock server that runs already; `with` stops it early.

    Args:
        settings: The arguments of `MockServer`.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - those of MockServer
        super().__init__(**settings)
        self._counted = 0
        self._used = False

    def __enter__(self) -> Self:
        """
        Go on with the server, or start it.
        """
        return self if self._thread is not None else super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """
        Count what was sent, and stop the server.
        """
        self.count()
        super().__exit__(kind, error, trace)

    def count(self) -> None:
        """
        Tell the coverage of the attempts since the last time.
        """
        if is_on() and self._used and self._thread is not None:
            attempts = [one for message in self.messages for one in message.attempts]
            for attempt in attempts:
                if attempt.number > self._counted:
                    record(attempt.event_type, attempt.status)
            self._counted = max([self._counted, *(one.number for one in attempts)])

    def forget(self, clock: EachTestsClock) -> None:
        """
        Be as new, if anybody has used it; a test may have stopped it.
        """
        if self._used or self._thread is None:
            self.__enter__()
            self.reset(endpoints=True)
            clock.restart()
            self._used = False

    def _alive(self) -> ServerThread:
        # Whatever is asked of the server comes by here, and so does who asks for its URL.
        self._used = True
        return super()._alive()


class MockServers:
    """
    Starts servers, and stops them at the end of the session. It is registered as a plugin.

    Args:
        secret: What they sign with, unless a server is given another one.
    """

    def __init__(self, secret: Secret | str) -> None:
        self._secret = secret
        self._servers: list[StartedServer] = []
        self._clock = EachTestsClock()
        #: The one that forgets what a test has left.
        self.shared: StartedServer | None = None

    def __repr__(self) -> str:
        return "<seam_mock_server_factory>"

    @shortly
    def __call__(self, **settings: Any) -> MockServer:  # noqa: ANN401 - those of MockServer
        """
        Start one.
        """
        return self._started(settings)

    @shortly
    def share(self) -> MockServer:
        """
        Start the one that all tests share.
        """
        self.shared = self._started({"clock": self._clock})
        return self.shared

    def close(self) -> None:
        """
        Stop them all.
        """
        with ExitStack() as stack:
            for server in self._servers:
                stack.push(server)

    def _started(self, settings: Mapping[str, Any]) -> StartedServer:
        server = StartedServer(**{"secret": self._secret, "clock": "manual", **settings})
        server.__enter__()
        self._servers.append(server)
        return server

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """
        Let the shared server forget what the test before has left, if that has used it.
        """
        if self.shared is not None:
            self.shared.forget(self._clock)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """
        Count what a test has sent.
        """
        for server in self._servers:
            server.count()
