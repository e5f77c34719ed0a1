"""
The receiver as a fixture, and what async tests run on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mock_server.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mock_server.receiver import Receiver


@pytest.fixture(scope="module")
def _listening() -> Iterator[Receiver]:
    """
    Starting and stopping a receiver takes a while, so a module shares one.
    """
    with receiving() as one:
        yield one


@pytest.fixture
def receiver(_listening: Receiver) -> Receiver:
    """
    A handler on a real socket that takes everything, and keeps what this test sends.
    """
    _listening.received.clear()
    return _listening


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """
    Async tests run on asyncio, which is what the server is made of.
    """
    return "asyncio"
