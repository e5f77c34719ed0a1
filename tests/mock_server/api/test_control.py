"""
The control API under `/mock`, over a real socket.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import httpx
import pytest

from seamproof import MockServer
from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.mock_server.model.clocks import ManualClock
from tests.mock_server.api.conftest import Control

if TYPE_CHECKING:
    from tests.mock_server.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIh"
NOBODY = "00000000-0000-4000-8000-000000000000"


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


def test_the_contract_says_what_it_rests_on(server: MockServer) -> None:
    """
    Each source is a line with its version and date, the oldest first.
    """
    sources = httpx.get(f"{server.url}/mock/event-types", timeout=60).json()["sources"]

    assert len(sources) > 2
    assert all(re.search(r"[a-z] \S*\d \S*of \d{4}-\d\d-\d\d$", one) for one in sources)
    assert sorted(sources, key=lambda one: one[-10:]) == sources
