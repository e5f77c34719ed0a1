"""
What the control API refuses, and how it says so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from seamproof import MockServer
    from tests.mock_server.api.conftest import Control


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIh"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/events", {}, 400, ""),
        ("/events", {"event_type": "lock.locked", "journey": "x"}, 400, ""),
        ("/events", {"event_type": 7}, 400, "event_type"),
        ("/events", {"event_type": "lock.locked", "count": 0}, 400, "count"),
        ("/events", {"event_type": "lock.locked", "count": 10_001}, 400, "count"),
        ("/events", {"event_type": "lock.locked", "colour": "red"}, 400, ""),
        ("/events", {"event_type": "lock.locked", "faults": ["magic"]}, 400, "faults"),
        ("/events", {"event_type": "lock.lokced"}, 404, ""),
        (
            "/events",
            {"event_type": "lock.locked", "overrides": {"colour": "red"}},
            400,
            "overrides",
        ),
        ("/events", {"event_type": "lock.locked", "overrides": {"device_id": 7}}, 400, "overrides"),
        ("/events", {"event": {"event_type": "x"}, "overrides": {"a": 1}}, 400, "overrides"),
        ("/events", {"journey": "nowhere"}, 400, "journey"),
        ("/events", {"event": {}}, 400, "event"),
        ("/events", {"event": {"event_type": "x", "a": "b" * 350_000}}, 413, ""),
        ("/events", {"event": {"a": 1}}, 400, "event"),
        ("/endpoints", {"url": "no url"}, 400, "url"),
        ("/endpoints", {"url": "ftp://127.0.0.1/"}, 400, "url"),
        ("/endpoints", {"url": "http://"}, 400, "url"),
        ("/endpoints", {"url": "http://127.0.0.1:99999/"}, 400, "url"),
        ("/endpoints", {"url": "http://127.0.0.1\\@evil.example/"}, 400, "url"),
        ("/endpoints", {"url": "http://xn--/"}, 400, "url"),
        ("/endpoints", {"url": "http://192.0.2.1/"}, 403, ""),
        ("/endpoints", {"url": "http://127.0.0.1/", "secret": "mySecret"}, 400, "secret"),
        ("/endpoints", {"url": "http://127.0.0.1/", "headers": {"svix-id": "x"}}, 400, "headers"),
        ("/endpoints", {"url": "http://127.0.0.1/", "event_types": ["x"]}, 404, ""),
        ("/messages/msg_x/resend", {}, 404, ""),
        (f"/endpoints/{NOBODY}/enable", {}, 404, ""),
        (f"/endpoints/{NOBODY}/disable", {}, 404, ""),
        (f"/endpoints/{NOBODY}/faults", {"faults": []}, 404, ""),
        (f"/endpoints/{NOBODY}/rotate-secret", {}, 404, ""),
        (f"/endpoints/{NOBODY}/rotate-secret", {"grace": 604_801}, 400, "grace"),
        (f"/endpoints/{NOBODY}/recover", {"since": "2026-01-01T00:00:00Z"}, 404, ""),
        (f"/endpoints/{NOBODY}/recover", {"since": "lately"}, 400, "since"),
        (f"/endpoints/{NOBODY}/recover", {"since": "2016-12-31T23:59:60Z"}, 400, "since"),
        ("/clock", {"advance": -1}, 400, "advance"),
        ("/clock", {"advance": "soon"}, 400, "advance"),
        ("/clock", {"advance": "999999999d"}, 400, "advance"),
        ("/clock", {}, 400, ""),
        ("/reset", {"endpoints": "yes"}, 400, "endpoints"),
    ],
)
def test_what_cannot_be_done_is_refused(
    control: Control, path: str, body: dict[str, Any], status: int, field: str
) -> None:
    """
    Wrong input is 400 by field, what does not exist 404, what is too large 413.
    """
    got, error = control.refusal(path, **body)

    assert got == status
    assert error["message"]
    response = error.get("validation_errors", {})
    assert set(response) - {"_errors"} == ({field} if field else set())


def test_a_malformed_secret_is_not_repeated(control: Control) -> None:
    """
    A secret with a slip in it is still nearly a secret, so no answer holds it.
    """
    _, error = control.refusal("/endpoints", url="http://127.0.0.1/", secret=SECRET + "!")

    assert SECRET[6:] not in json.dumps(error)


def test_a_part_of_a_password_is_not_repeated(control: Control, server: MockServer) -> None:
    """
    A password with a slash in it makes the URL invalid; no response contains a part of it.
    """
    url = "http://bob:sec/ret@127.0.0.1/"
    status, error = control.refusal("/endpoints", url=url)
    seam = httpx.post(
        f"{server.url}/webhooks/create",
        json={"url": url},
        headers={"authorization": "Bearer seam_1"},
    )

    assert (status, seam.status_code) == (400, 400)
    assert "sec" not in error["message"]
    assert "sec" not in seam.json()["error"]["message"]


def test_what_a_disabled_endpoint_cannot_do_is_a_conflict(
    control: Control, server: MockServer
) -> None:
    """
    As things stand it cannot be done, though there is nothing wrong with the request.
    """
    path = f"/endpoints/{server.register('http://127.0.0.1:9/').webhook_id}"
    (message_id,) = server.emit("lock.locked")
    control.post(f"{path}/disable")

    since = control.get("/clock")["clock"]["now"]
    assert control.refusal(f"{path}/recover", since=since)[0] == 409
    assert control.refusal(f"/messages/{message_id}/resend")[0] == 409


@pytest.mark.parametrize(
    "parameters",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=1&limit=2",
        "limit=1.0",
        "limit=%2B1",
        "limit=1_0",
        "limit=%D9%A1",
        "limit=" + "9" * 5000,
        "before=nan",
        "before=1_0",
        "before=0",
        "status=lost",
        "colour=red",
    ],
)
def test_a_wrong_page_is_refused(server: MockServer, parameters: str) -> None:
    """
    The error of a parameter that is out of bounds or unknown has its name.
    """
    answer = httpx.get(f"{server.url}/mock/messages?{parameters}")

    assert answer.status_code == 400
    assert parameters.partition("=")[0] in answer.json()["error"]["validation_errors"]


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_is_json_whatever_its_content_type(
    server: MockServer, content_type: str | None
) -> None:
    """
    `curl -d` sends the content type of a form, and other clients none.
    """
    headers = {} if content_type is None else {"content-type": content_type}
    content = b'{"event_type": "lock.locked", "count": 3.0}'

    response = httpx.post(f"{server.url}/mock/events", content=content, headers=headers)

    assert response.status_code == 202
    assert len(response.json()["message_ids"]) == 3


@pytest.mark.parametrize(
    ("path", "body", "messages"),
    [
        (
            "/events",
            {"event_type": "lock.locked", "count": None},
            {"count": ["Expected a value, received null"]},
        ),
        (
            "/events",
            {"event_type": "lock.locked", "count": "3"},
            {"count": ["Input should be a valid integer"]},
        ),
        (
            "/events",
            {"event_type": "lock.locked", "seed": True},
            {"seed": ["Input should be a valid integer"]},
        ),
        ("/reset", {"endpoints": 1}, {"endpoints": ["Input should be a valid boolean"]}),
        (f"/endpoints/{NOBODY}/recover", {"since": "lately"}, {"since": ["Invalid timestamp"]}),
    ],
)
def test_a_value_of_another_type_is_refused(
    control: Control, path: str, body: dict[str, Any], messages: dict[str, list[str]]
) -> None:
    """
    Values are not converted, and null does not stand for a missing field.
    """
    status, error = control.refusal(path, **body)

    found = {
        name: one["_errors"] for name, one in error["validation_errors"].items() if name in body
    }
    assert status == 400
    assert found.keys() == messages.keys()
    for name, texts in messages.items():
        assert [one.partition(":")[0] for one in found[name]] == texts


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/events", {}, "Exactly one of event_type, event and journey is given"),
        ("/clock", {}, "Field required: advance"),
        ("/reset", {"colour": "red"}, "Extra inputs are not permitted: colour"),
    ],
)
def test_an_error_of_the_whole_body_is_reported_for_no_field(
    control: Control, path: str, body: dict[str, Any], message: str
) -> None:
    """
    A field that is missing or unknown has no entry of its own.
    """
    status, error = control.refusal(path, **body)

    assert (status, error["message"]) == (400, message)
    assert error["validation_errors"] == {"_errors": [message]}
