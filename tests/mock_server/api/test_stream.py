"""
The stream of messages and attempts, as server-sent events over a real socket.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from seamproof import MockServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mock_server.receiver import Receiver


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """
    One server for the module.
    """
    with MockServer(schedule="none") as one:
        yield one


class Stream:
    """
    Reads server-sent events from an answer, one after the other.
    """

    def __init__(self, answer: httpx.Response) -> None:
        assert answer.headers["content-type"].startswith("text/event-stream")
        self._lines = answer.iter_lines()
        assert next(self._lines).startswith(":")
        assert next(self._lines) == ""

    def next(self) -> dict[str, Any]:
        """
        Wait for the next event.
        """
        fields: dict[str, Any] = {}
        for line in self._lines:
            if not line:
                break
            name, _, value = line.partition(": ")
            fields[name] = value
        return {**fields, "data": json.loads(fields["data"])}


def test_messages_and_attempts_are_streamed(server: MockServer, receiver: Receiver) -> None:
    """
    Each message and each attempt is an event of its kind, with an id that rises.
    """
    server.reset(endpoints=True)
    server.register(f"{receiver.url}/hook")
    with httpx.stream("GET", f"{server.url}/mock/stream", timeout=60) as answer:
        stream = Stream(answer)
        (message_id,) = server.emit("lock.locked")
        message, attempt = stream.next(), stream.next()

    assert (message["event"], attempt["event"]) == ("message", "attempt")
    assert message["data"]["message_id"] == attempt["data"]["message_id"] == message_id
    assert attempt["data"]["response"]["status"] == 204
    assert int(attempt["id"]) > int(message["id"])


def test_a_stream_carries_on_after_a_break(server: MockServer) -> None:
    """
    `Last-Event-ID` brings what happened since, and then what happens.
    """
    server.reset(endpoints=True)
    ids = server.emit("lock.locked", count=3)
    with httpx.stream("GET", f"{server.url}/mock/stream?after=0", timeout=60) as answer:
        first = Stream(answer).next()
    headers = {"last-event-id": first["id"]}

    with httpx.stream("GET", f"{server.url}/mock/stream", headers=headers, timeout=60) as answer:
        stream = Stream(answer)
        seen = [stream.next(), stream.next()]
        (fourth,) = server.emit("lock.locked")
        seen.append(stream.next())

    assert first["data"]["message_id"] == ids[0]
    assert [one["data"]["message_id"] for one in seen] == [*ids[1:], fourth]


@pytest.mark.parametrize("given", ["x", "-1", "1.5", "9" * 30, "٣"])
def test_an_id_that_is_none_is_refused(server: MockServer, given: str) -> None:
    """
    What no event of this stream can have had as its id gets 400.
    """
    answer = httpx.get(f"{server.url}/mock/stream", params={"after": given})

    assert answer.status_code == 400


def test_silence_is_broken_by_a_comment(
    server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    While nothing happens, comments keep the connection open.
    """
    monkeypatch.setattr("seamproof.mock_server.api.stream._HEARTBEAT", 0.01)
    with httpx.stream("GET", f"{server.url}/mock/stream", timeout=60) as answer:
        lines = answer.iter_lines()
        seen = [next(lines) for _ in range(5)]

    assert seen == [": seamproof", "", ": still here", "", ": still here"]


def test_a_server_stops_although_a_stream_is_read() -> None:
    """
    An open stream ends with the server, and does not hold it up.
    """
    with MockServer() as one, httpx.Client(timeout=60) as client:
        request = client.build_request("GET", f"{one.url}/mock/stream")
        answer = client.send(request, stream=True)
        stream = Stream(answer)
        one.emit("lock.locked")
        stream.next()

    with pytest.raises((KeyError, httpx.HTTPError)):
        stream.next()
