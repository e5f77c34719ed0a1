"""
Recorded events are found in answers of Seam's API, HAR files, and exports of ngrok and Hookdeck.
"""

from __future__ import annotations

import base64
import gzip
import json
from io import BytesIO
from typing import Any

import pytest

from seamproof.events import Event
from seamproof.recordings.sources.reading import read_recordings
from seamproof.recordings.sources.recording import NoEvent, Recording
from seamproof.strategies import Sampler

ONE, TWO = Sampler(1).events("lock.*", count=2)
BODY = Event.of(ONE).body
SPACED = json.dumps(ONE, indent=1).encode()


def read(content: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """
    Read the events of a file, and the reasons of what is none.
    """
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    found = [*read_recordings(BytesIO(raw))]
    events = [one.payload for one in found if isinstance(one, Recording)]
    return events, [one.reason for one in found if isinstance(one, NoEvent)]


def raw_request(body: bytes, *headers: str) -> str:
    """
    Write a request as ngrok captures it.
    """
    lines = ["POST /hook HTTP/1.1", "Host: x.ngrok.app", "Content-Type: application/json", *headers]
    head = "\r\n".join([*lines, "", ""]).encode()
    return base64.b64encode(head + body).decode()


def ngrok(*raws: str) -> dict[str, Any]:
    """
    Write an answer of ngrok's agent.
    """
    requests = [
        {
            "uri": "/api/requests/http/1",
            "id": "1",
            "request": {"method": "POST", "headers": {}, "uri": "/hook", "raw": raw},
            "response": None,
        }
        for raw in raws
    ]
    return {"uri": "/api/requests/http", "requests": requests}


def har(*entries: dict[str, Any]) -> dict[str, Any]:
    """
    Write a HAR file.
    """
    return {"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": entries}}


def entry(sent: str | None = None, answer: dict[str, Any] | None = None) -> dict[str, Any]:
    """
    Write an entry of a HAR file.
    """
    request: dict[str, Any] = {
        "method": "POST",
        "url": "https://connect.getseam.com/",
        "headers": [],
    }
    if sent is not None:
        request["postData"] = {"mimeType": "application/json", "text": sent}
    return {"request": request, "response": {"status": 200, "content": answer or {"size": 0}}}


def hookdeck(body: Any) -> dict[str, Any]:
    """
    Write an event of Hookdeck.
    """
    data = {"path": "/", "query": "", "headers": {"svix-id": "msg_1"}, "body": body}
    return {
        "id": "evt_1",
        "team_id": "tm_1",
        "webhook_id": "web_1",
        "status": "SUCCESSFUL",
        "data": data,
    }


LISTED = json.dumps({"events": [ONE, TWO], "ok": True})


@pytest.mark.parametrize(
    ("content", "events"),
    [
        (ONE, [ONE]),
        ([ONE, TWO], [ONE, TWO]),
        (BODY + b"\n" + Event.of(TWO).body + b"\n", [ONE, TWO]),
        (SPACED + SPACED, [ONE, ONE]),
        (LISTED.encode(), [ONE, TWO]),
        ({"event": ONE, "ok": True}, [ONE]),
        (ngrok(raw_request(BODY), raw_request(SPACED)), [ONE, ONE]),
        (ngrok(raw_request(BODY))["requests"][0], [ONE]),
        (ngrok(raw_request(gzip.compress(BODY), "Content-Encoding: gzip")), [ONE]),
        (
            ngrok(
                raw_request(
                    b"5\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (BODY[:5], len(BODY) - 5, BODY[5:]),
                    "Transfer-Encoding: chunked",
                )
            ),
            [ONE],
        ),
        (har(entry(BODY.decode())), [ONE]),
        (har(entry('{"since": "2026-01-01"}', {"text": LISTED})), [ONE, TWO]),
        (
            har(
                entry(
                    answer={
                        "text": base64.b64encode(LISTED.encode()).decode(),
                        "encoding": "base64",
                    }
                )
            ),
            [ONE, TWO],
        ),
        ({"models": [hookdeck(ONE), hookdeck(BODY.decode())], "pagination": {}}, [ONE, ONE]),
        (hookdeck(ONE), [ONE]),
        ([hookdeck(ONE), hookdeck(TWO)], [ONE, TWO]),
        (
            json.dumps(hookdeck(ONE)).encode() + b"\n" + json.dumps(hookdeck(TWO)).encode(),
            [ONE, TWO],
        ),
    ],
)
def test_events_are_found(content: Any, events: list[dict[str, Any]]) -> None:
    """
    Every event of an export is read, and nothing is skipped.
    """
    assert read(content) == (events, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "it is not JSON"),
        (b"", "it is not JSON"),
        (b"\xff{}", "it is not JSON"),
        ({"ok": True}, "it has no event_type"),
        ({"event_type": 3}, "it has no event_type"),
        (har(entry()), "no body"),
        (har(entry("a=1&b=2")), "it is not JSON"),
        (har(entry("{}", {"text": "<html>"})), "it has no event_type"),
        (har({"request": {}}), "no body"),
        (ngrok("%"), "not base64"),
        (ngrok(base64.b64encode(b"GET / HTTP/1.1").decode()), "no body"),
        (ngrok(raw_request(BODY[:40], f"Content-Length: {len(BODY)}")), "only 40 of"),
        (ngrok(raw_request(BODY[:40])), "it is not JSON"),
        (ngrok(raw_request(b"5\r\nab", "Transfer-Encoding: chunked")), "in part only"),
        (ngrok(raw_request(BODY, "Content-Encoding: br")), "compressed as br"),
        (ngrok(raw_request(BODY, "Content-Encoding: gzip")), "cannot be read"),
        (ngrok(raw_request(BODY, f"Content-Length: {'9' * 5000}")), ""),
        ({"requests": [{"request": {"raw": None}}]}, "no body"),
        ({"models": [{"id": "evt_1", "event_data_id": "evtdat_1"}]}, "with its data"),
        ({"models": [hookdeck(None)]}, "with its data"),
        ({"models": [None]}, "it has no event_type"),
    ],
)
def test_what_is_no_event_is_skipped_with_a_reason(content: Any, reason: str) -> None:
    """
    An entry without an event does not end the import; the reason says what is missing.
    """
    _, reasons = read(content)

    assert [one for one in reasons if reason in one] or not reason


def test_events_beside_others_are_found() -> None:
    """
    Entries that are no events are counted, the others are read.
    """
    events, reasons = read(har(entry(), entry(BODY.decode()), entry("{}"), {"request": None}))

    assert events == [ONE]
    assert len(reasons) == 3


def test_the_bytes_of_an_event_are_kept() -> None:
    """
    White space and escapes are those of the recording, where it has them.
    """
    content = json.dumps(ngrok(raw_request(SPACED))).encode()
    (one,) = read_recordings(BytesIO(content))

    assert isinstance(one, Recording)
    assert one.body == SPACED
