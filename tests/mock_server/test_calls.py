"""
The calls of Seam's API that a server remembers.
"""

from __future__ import annotations

from contextlib import suppress

from seam.exceptions import SeamHttpApiError

from seamproof.mock_server import MockServer
from seamproof.mock_server.model.call_log import REMEMBERED, ApiCall, CallLog
from tests.mock_server.sdk import Sdk


def test_calls_are_listed_with_their_parameters_and_the_status() -> None:
    """
    A call that finds nothing is listed as well.
    """
    with MockServer() as server:
        sdk = Sdk("sync", server.url)
        with suppress(SeamHttpApiError):
            sdk("devices.get", device_id="00000000-0000-4000-8000-000000000001")
        sdk("events.list", since="2026-01-01T00:00:00.000Z")
        first, second = server.calls
    gone = {"device_id": "00000000-0000-4000-8000-000000000001"}
    assert first == ApiCall("/devices/get", gone, 404)
    assert (second.path, second.status) == ("/events/list", 200)
    assert second.parameters["since"] == "2026-01-01T00:00:00.000Z"


def test_the_last_calls_are_remembered() -> None:
    """
    The log does not grow for ever.
    """
    log = CallLog()
    for at in range(REMEMBERED + 3):
        log.add(ApiCall(f"/{at}", {}, 200))
    assert [one.path for one in log.since(log.count - 2)] == [
        f"/{REMEMBERED + 1}",
        f"/{REMEMBERED + 2}",
    ]
    assert len(log.since()) == REMEMBERED
    assert log.since(0)[0].path == "/3"
    assert log.since(log.count) == []
