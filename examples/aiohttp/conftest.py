"""
The application's test client, on the event loop of anyio's plugin.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request
from app import create_app


@pytest.fixture
def anyio_backend() -> str:
    """
    The event loop that aiohttp needs.
    """
    return "asyncio"


@pytest.fixture
async def client(
    anyio_backend: str, seam_secret: str
) -> AsyncIterator[TestClient[Request, Application]]:
    """
    A client of the application, which knows the secret that seamproof signs with.
    """
    async with TestClient(TestServer(create_app(seam_secret))) as client:
        yield client
