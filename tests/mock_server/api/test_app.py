"""
The application as a whole: what it answers when the service behind it cannot go on.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from seamproof.errors import SeamproofError, UsageError
from seamproof.mock_server.api.app import create_app
from seamproof.mock_server.api.context import Rules, ServerContext
from seamproof.mock_server.model.call_log import CallLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from seamproof.mock_server.model.records import StreamEntry

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Failing:
    """
    A service that cannot do anything.
    """

    def __init__(self, problem: Exception, failure: SeamproofError | None = None) -> None:
        self.failure = failure
        self._problem = problem
        self.endpoints = self.lifecycle = self.world = self
        self.calls = CallLog()

    def refusal(self, path: str) -> None:
        """
        Refuse no call on purpose.
        """

    async def all(self) -> None:
        """
        Fail, in Seam's API and in the control API.
        """
        raise self._problem

    async def subscribe(self, after: int | None) -> AsyncIterator[StreamEntry]:
        """
        End before anything has happened.
        """
        del after
        nothing: tuple[StreamEntry, ...] = ()
        for entry in nothing:
            yield entry


def ask(service: Any, path: str) -> httpx.Response:
    """
    Ask the application, without a socket.
    """

    async def asked() -> httpx.Response:
        app = create_app(ServerContext(service, asyncio.Event(), Rules()))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path, headers={"authorization": "Bearer seam_1"})

    return asyncio.run(asked())


@pytest.mark.parametrize("path", ["/webhooks/list", "/mock/endpoints"])
def test_a_database_that_broke_is_reported_as_unavailable(path: str) -> None:
    """
    When nothing can be stored any more, that is 503 and no fault of the request.
    """
    problem = UsageError("the disk is full", where="/home/me/mock.sqlite3")

    answer = ask(Failing(problem, failure=problem), path)

    assert (answer.status_code, answer.json()["error"]["type"]) == (503, "unavailable")
    assert "the disk is full" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/webhooks/list", "/mock/endpoints"])
def test_a_fault_of_ours_is_logged_and_not_shown(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """
    A bug is 500 in Seam's form, with nothing of what went wrong in it but where to look.
    """
    answer = ask(Failing(RuntimeError(SECRET)), path)

    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "internal_error")
    assert SECRET not in answer.text
    (record,) = caplog.records
    assert answer.headers["seam-request-id"] in record.getMessage()


def test_a_stream_ends_with_the_service() -> None:
    """
    When nothing follows any more, the answer ends.
    """
    answer = ask(Failing(RuntimeError()), "/mock/stream")

    assert answer.text == ": seamproof\n\n"
