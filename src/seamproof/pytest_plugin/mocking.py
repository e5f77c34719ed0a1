"""
Mock servers for tests: one that all share, and ones of one's own.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Self

import pytest

from seamproof.mock_server import MockServer
from seamproof.pytest_plugin.telling import shortly

if TYPE_CHECKING:
    from seamproof.signing import Secret

#: The fixture by whose name a test is known to use the shared server.
SHARED: Final = "seam_mock_server"


class StartedServer(MockServer):
    """
    A mock server that runs already; `with` stops it early.
    """

    def __enter__(self) -> Self:
        """
        Go on with the server, or start it.
        """
        return self if self._thread is not None else super().__enter__()


class MockServers:
    """
    Starts servers, and stops them at the end of the session.

    Args:
        secret: What they sign with, unless a server is given another one.
    """

    def __init__(self, secret: Secret | str) -> None:
        self._secret = secret
        self._stack = ExitStack()

    def __repr__(self) -> str:
        return "<seam_mock_server_factory>"

    @shortly
    def __call__(self, **settings: Any) -> MockServer:  # noqa: ANN401 - those of MockServer
        """
        Start one.
        """
        server = StartedServer(**{"secret": self._secret, "clock": "manual", **settings})
        return self._stack.enter_context(server)

    def close(self) -> None:
        """
        Stop them all.
        """
        self._stack.close()


class Resetting:
    """
    Makes the shared server forget what the test before has left. It is registered as a plugin.

    Args:
        server: The shared server.
    """

    def __init__(self, server: MockServer) -> None:
        self._server = server

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """
        Forget all, before a test that uses the server is set up.
        """
        if SHARED in getattr(item, "fixturenames", ()):
            # The test before may have stopped it.
            self._server.__enter__()
            self._server.reset(endpoints=True)
