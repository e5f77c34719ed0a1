"""
The control API under `/mock`, over a real socket.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from seamproof import MockServer
from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.mock_server.model.clocks import ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mock_server.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIh"
NOBODY = "00000000-0000-4000-8000-000000000000"


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


def test_events_of_a_pattern_are_enqueued(control: Control) -> None:
    """
    A pattern, a count and a seed are answered with 202 and the ids of as many messages.
    """
    response = control.post("/events", event_type="acs_credential.*", count=6, seed=7)

    assert len(set(response["message_ids"])) == 6
    types = [one["event_type"] for one in control.get("/messages")["messages"]]
    assert len(types) == 6
    assert all(one.startswith("acs_credential.") for one in types)


def test_a_journey_is_emitted_in_its_order(control: Control) -> None:
    """
    The events of a journey belong together, and so do their messages.
    """
    from seamproof.strategies import JOURNEYS, Sampler  # noqa: PLC0415 - this test alone has to do with them

    for name in JOURNEYS:
        response = control.post("/events", journey=name, seed=7)
        expected = [one["event_type"] for one in Sampler(7).journey(name)]
        shown = [control.get(f"/messages/{one}")["message"] for one in response["message_ids"]]
        assert [one["event_type"] for one in shown] == expected


def test_overrides_are_put_into_events(control: Control) -> None:
    """
    A value is put where its path leads, as text or as JSON.
    """
    response = control.post(
        "/events", event_type="lock.unlocked", overrides={"device_id": NOBODY, "method": "unknown"}
    )

    shown = control.get(f"/messages/{response['message_ids'][0]}")["message"]
    event = json.loads(shown["body"])
    assert (event["device_id"], event["method"]) == (NOBODY, "unknown")


def test_a_whole_event_is_sent_byte_for_byte(server: MockServer, receiver: Receiver) -> None:
    """
    White space, order and escapes of the event in the request are those of the delivery.
    """
    server.register(f"{receiver.url}/hook")
    written = b'{ "event_type":"lock.locked" ,\n "b": 1.0, "a": "\\u00e9\\/", "z": [1,2 ] }'

    answer = httpx.post(
        f"{server.url}/mock/events", content=b'{"count": 2, "event" :' + written + b"  }"
    )

    assert answer.status_code == 202
    assert server.wait_idle(timeout=60)
    assert receiver.bodies == [written, written]


def test_an_attempt_is_shown_in_full(
    control: Control, server: MockServer, receiver: Receiver
) -> None:
    """
    A message shows every attempt: what went out, what came back, and when the next one is due.
    """
    server.register(f"{receiver.url}/status/503")
    (message_id,) = control.post("/events", event_type="lock.locked")["message_ids"]
    assert server.wait_idle(timeout=60)

    shown = control.get(f"/messages/{message_id}")["message"]

    (attempt,) = shown["attempts"]
    assert attempt["request"]["headers"]["svix-id"] == message_id
    assert attempt["request"]["body"] == shown["body"]
    assert attempt["response"]["status"] == 503
    assert "content-length" in attempt["response"]["headers"]
    assert (attempt["delivered"], attempt["ordinal"], attempt["kind"]) == (False, 1, "schedule")
    assert "503" in attempt["reason"]
    assert attempt["milliseconds"] > 0
    assert attempt["next_attempt_at"] > attempt["at"]
    (sending,) = shown["sendings"]
    assert (shown["status"], sending["state"]) == ("pending", "pending")
    assert sending["next_attempt_at"] == attempt["next_attempt_at"]


def test_a_clock_is_advanced(control: Control, server: MockServer, receiver: Receiver) -> None:
    """
    Five seconds on, the second attempt has been made by the time of the answer.
    """
    server.register(f"{receiver.url}/status/500")
    before = control.get("/clock")["clock"]
    control.post("/events", event_type="lock.locked")
    assert server.wait_idle(timeout=60)

    after = control.post("/clock", advance="5s")["clock"]

    assert before["manual"] is True
    assert after["timestamp"] - before["timestamp"] == pytest.approx(5)
    assert len(receiver.received) == 2
    control.post("/clock", advance=35 * 60)
    assert len(receiver.received) == 4


def test_messages_are_filtered_and_paged(
    control: Control, server: MockServer, receiver: Receiver
) -> None:
    """
    By how they stand, by type and by endpoint; each page leads to the next, the newest first.
    """
    one = server.register(f"{receiver.url}/hook", event_types=["lock.locked"])
    ids = [*server.emit("lock.locked", count=3), *server.emit("lock.unlocked", count=2)]
    assert server.wait_idle(timeout=60)

    def listed(**asked: str | int) -> list[str]:
        return [each["message_id"] for each in control.get("/messages", **asked)["messages"]]

    assert listed() == ids[::-1]
    assert listed(status="delivered") == ids[2::-1]
    assert listed(status="unmatched") == ids[:2:-1]
    assert listed(status="failed") == []
    assert listed(event_type="lock.unlocked") == ids[:2:-1]
    assert listed(endpoint=one.webhook_id) == ids[2::-1]
    first = control.get("/messages", limit=2)
    second = control.get("/messages", limit=2, before=first["before"])
    third = control.get("/messages", limit=2, before=second["before"])
    pages = [[each["message_id"] for each in page["messages"]] for page in (first, second, third)]
    assert [each for page in pages for each in page] == ids[::-1]
    assert third["before"] is None


def test_a_message_is_resent(control: Control, server: MockServer, receiver: Receiver) -> None:
    """
    Resending is one more attempt with the same id.
    """
    endpoint = server.register(f"{receiver.url}/hook")
    (message_id,) = server.emit("lock.locked")
    assert server.wait_idle(timeout=60)

    control.post(f"/messages/{message_id}/resend")
    control.post(f"/messages/{message_id}/resend", webhook_id=endpoint.webhook_id)

    assert server.wait_idle(timeout=60)
    assert [one.headers["svix-id"] for one in receiver.received] == [message_id] * 3


def test_an_endpoint_is_disabled_enabled_and_recovered(
    control: Control, server: MockServer, receiver: Receiver
) -> None:
    """
    While it is disabled it gets nothing; recovering sends what had failed.
    """
    path = f"/endpoints/{server.register(f'{receiver.url}/status/500').webhook_id}"
    (message_id,) = server.emit("lock.locked")
    assert server.wait_idle(timeout=60)

    assert control.post(f"{path}/disable")["endpoint"]["disabled"]
    server.emit("lock.locked")
    assert server.wait_idle(timeout=60)
    assert len(receiver.received) == 1

    assert control.post(f"{path}/enable")["endpoint"]["disabled"] == ""
    since = control.get("/messages")["messages"][-1]["created_at"]
    assert control.post(f"{path}/recover", since=since)["message_ids"] == [message_id]
    assert server.wait_idle(timeout=60)
    assert len(receiver.received) == 2


def test_a_secret_is_rotated_and_never_shown(
    control: Control, server: MockServer, receiver: Receiver
) -> None:
    """
    During the grace period both secrets sign; Seam's API shows the new one, `/mock` none.
    """
    endpoint = server.register(f"{receiver.url}/hook")

    response = control.post(
        f"/endpoints/{endpoint.webhook_id}/rotate-secret", secret=OTHER, grace=60
    )
    again = control.post(f"/endpoints/{endpoint.webhook_id}/rotate-secret")
    server.emit("lock.locked")

    assert server.wait_idle(timeout=60)
    assert len(receiver.received[0].headers["svix-signature"].split()) == 3
    assert "whsec" not in json.dumps([response, again, control.get("/endpoints")])
    got = httpx.get(
        f"{server.url}/webhooks/get",
        params={"webhook_id": endpoint.webhook_id},
        headers={"authorization": "Bearer seam_1"},
    ).json()["webhook"]
    assert got["secret"] not in (SECRET, OTHER)


def test_an_endpoint_is_registered_with_all_that_seams_api_lacks(
    control: Control, server: MockServer, receiver: Receiver
) -> None:
    """
    Headers, a secret, faults; a password in the URL is sent as Basic auth and shown nowhere.
    """
    url = f"{receiver.url}/hook".replace("http://", "http://me:hunter2@")
    headers = {"X-Api-Key": "hush-hush"}

    made = control.post(
        "/endpoints", url=url, headers=headers, secret=SECRET, faults=["bad_signature"]
    )["endpoint"]
    (message_id,) = server.emit("lock.locked")

    assert server.wait_idle(timeout=60)
    (got,) = receiver.received
    assert got.headers["x-api-key"] == "hush-hush"
    assert got.headers["authorization"].startswith("Basic ")
    assert (made["faults"], made["header_names"]) == (["bad_signature"], ["X-Api-Key"])
    shown = [made, control.get("/endpoints"), control.get(f"/messages/{message_id}")]
    for secret in ("hunter2", "hush-hush", SECRET, got.headers["authorization"]):
        assert secret not in json.dumps(shown)


def test_faults_are_set_listed_and_asked_for(
    control: Control, server: MockServer, receiver: Receiver
) -> None:
    """
    A fault strikes where it is asked for: at an endpoint, or at what one request emits.
    """
    endpoint = server.register(f"{receiver.url}/hook")

    assert [one["name"] for one in control.get("/faults")["faults"]] == list(FAULTS)
    control.post(f"/endpoints/{endpoint.webhook_id}/faults", faults=[{"name": "duplicate"}])
    control.post("/events", event_type="lock.locked")
    assert server.wait_idle(timeout=60)
    assert len(receiver.received) == 2

    control.post(f"/endpoints/{endpoint.webhook_id}/faults", faults=[])
    fault = {"name": "duplicate", "probability": 1, "count": 1, "seed": 7}
    control.post("/events", event_type="lock.locked", count=2, faults=[fault])
    assert server.wait_idle(timeout=60)
    assert len(receiver.received) == 5


def test_a_reset_forgets(control: Control, server: MockServer) -> None:
    """
    Messages are forgotten, endpoints only when that is asked for.
    """
    server.register("http://127.0.0.1:9/")
    server.emit("lock.locked")

    control.post("/reset")
    assert control.get("/messages")["messages"] == []
    assert len(control.get("/endpoints")["endpoints"]) == 1

    control.post("/reset", endpoints=True)
    assert control.get("/endpoints")["endpoints"] == []


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


def test_recovering_takes_a_date(control: Control, server: MockServer) -> None:
    """
    `since` is read as `/events/list` reads it: a date, or a time without an offset.
    """
    path = f"/endpoints/{server.register('http://127.0.0.1:9/').webhook_id}"
    (message_id,) = server.emit("lock.locked")
    assert server.wait_idle(timeout=60)
    control.post(f"{path}/disable")
    control.post(f"{path}/enable")
    today = control.get("/clock")["clock"]["now"][:10]

    assert control.post(f"{path}/recover", since=today)["message_ids"] == [message_id]
    assert control.post(f"{path}/recover", since=f"{today}T00:00")["ok"]


def test_messages_of_a_removed_endpoint_are_listed(control: Control, server: MockServer) -> None:
    """
    What went to an endpoint stays when it is removed; an id that never was is 404.
    """
    endpoint = server.register("http://127.0.0.1:9/")
    ids = server.emit("lock.locked")
    answer = httpx.post(
        f"{server.url}/webhooks/delete",
        json={"webhook_id": endpoint.webhook_id},
        headers={"authorization": "Bearer seam_1"},
    )
    assert answer.is_success

    listed = control.get("/messages", endpoint=endpoint.webhook_id)["messages"]
    assert [one["message_id"] for one in listed] == ids
    assert httpx.get(f"{server.url}/mock/messages?endpoint={NOBODY}").status_code == 404


def test_secrets_whose_grace_is_over_do_not_count(control: Control, server: MockServer) -> None:
    """
    `secrets` says how many sign now.
    """
    path = f"/endpoints/{server.register('http://127.0.0.1:9/').webhook_id}"

    assert control.post(f"{path}/rotate-secret", grace=60)["endpoint"]["secrets"] == 2
    control.post("/clock", advance=61)
    assert control.get("/endpoints")["endpoints"][0]["secrets"] == 1


def test_a_real_clock_is_not_advanced() -> None:
    """
    Advancing real time cannot be done, which the answer says.
    """
    with MockServer() as server:
        status, error = Control(server).refusal("/clock", advance=5)

    assert status == 409
    assert "a manual clock" in error["message"]


def test_a_clock_stays_within_what_can_be_dated() -> None:
    """
    The year 2100 is refused, and the clock goes on from where it was.
    """
    with MockServer(clock=ManualClock(4_070_000_000)) as server:
        control = Control(server)
        control.post("/clock", advance="366d")
        status, error = control.refusal("/clock", advance="366d")

        assert status == 409
        assert "2099" in error["message"]
        assert control.post("/clock", advance=1)["clock"]["now"] == "2099-12-22T11:33:21.000Z"
        assert control.post("/events", event_type="lock.locked")


def test_nothing_is_resent_to_endpoints_that_are_gone(
    control: Control, server: MockServer, receiver: Receiver
) -> None:
    """
    A resend that goes nowhere is not answered as if it were done.
    """
    ids = [server.register(f"{receiver.url}/{one}").webhook_id for one in range(2)]
    (message_id,) = server.emit("lock.locked")
    assert server.wait_idle(timeout=60)
    for one in ids:
        control.post(f"/endpoints/{one}/disable")

    status, error = control.refusal(f"/messages/{message_id}/resend")

    assert status == 409
    assert "every endpoint it went to is disabled or gone" in error["message"]
    control.post(f"/endpoints/{ids[0]}/enable")
    control.post(f"/messages/{message_id}/resend")
    assert server.wait_idle(timeout=60)
    assert len(receiver.received) == 3


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


def test_the_methods_of_a_path_are_listed(server: MockServer) -> None:
    """
    A method that a path does not have is 405, with all that it has, whatever their routes.
    """
    response = httpx.put(f"{server.url}/mock/endpoints")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"
    assert response.json()["error"]["message"] == "Method Not Allowed: PUT /mock/endpoints"


def test_head_is_answered_as_get(server: MockServer) -> None:
    """
    HEAD has the status and the headers of GET, without its body.
    """
    head, get = (
        httpx.request(method, f"{server.url}/mock/endpoints") for method in ("HEAD", "GET")
    )

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
