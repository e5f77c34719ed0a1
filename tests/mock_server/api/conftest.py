"""
A server whose clock is advanced by hand, and its control API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from seamproof import MockServer

if TYPE_CHECKING:
    from collections.abc import Iterator


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def _running() -> Iterator[MockServer]:
    """
    One server for the module, whose clock is advanced by hand.
    """
    with MockServer(clock="manual", jitter=0, secret=SECRET) as server:
        yield server


@pytest.fixture
def server(_running: MockServer) -> MockServer:
    """
    A server that has neither webhooks nor events.
    """
    _running.reset(endpoints=True)
    return _running


class Control:
    """
    Asks the control API.
    """

    def __init__(self, server: MockServer) -> None:
        self._url = server.url

    def get(self, path: str, **parameters: str | int) -> dict[str, Any]:
        """
        Ask, and demand an answer of 2xx.
        """
        return self._read(httpx.get(f"{self._url}/mock{path}", params=parameters))

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """
        Have something done, and demand an answer of 2xx.
        """
        return self._read(httpx.post(f"{self._url}/mock{path}", json=body))

    def refusal(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        """
        Have something refused.
        """
        answer = httpx.post(f"{self._url}/mock{path}", json=body)
        response = answer.json()
        assert response["ok"] is False
        return answer.status_code, response["error"]

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, answer.text
        response: dict[str, Any] = answer.json()
        assert response["ok"] is True
        return response


@pytest.fixture
def control(server: MockServer) -> Control:
    """
    The control API of the server.
    """
    return Control(server)
