"""
Seam's API, spoken to by Seam's own SDK over a real socket.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from seam.exceptions import (
    SeamHttpApiError,
    SeamHttpInvalidInputError,
    SeamHttpUnauthorizedError,
)
from seam.seam import Seam
from seam.seam_webhook import SeamWebhook

from seamproof import MockServer
from seamproof.schemas import catalog
from seamproof.signing import Secret
from tests.mock_server.sdk import KEY, Sdk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mock_server.receiver import Receiver

HANDLER = "http://127.0.0.1:9/webhooks/seam"
NOBODY = "00000000-0000-4000-8000-000000000000"

#: Every path of Seam's OpenAPI document, its methods, and parameters that are accepted.
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/webhooks/create", {"url": HANDLER}),
    ("GET", "/webhooks/get", {"webhook_id": "?"}),
    ("POST", "/webhooks/get", {"webhook_id": "?"}),
    ("GET", "/webhooks/list", {}),
    ("POST", "/webhooks/list", {}),
    ("POST", "/webhooks/update", {"webhook_id": "?", "event_types": ["*"]}),
    ("PUT", "/webhooks/update", {"webhook_id": "?", "event_types": ["*"]}),
    ("GET", "/events/list", {"since": "2020-01-01"}),
    ("POST", "/events/list", {"since": "2020-01-01"}),
    ("GET", "/events/get", {"event_type": "lock.locked"}),
    ("POST", "/events/get", {"event_type": "lock.locked"}),
    ("DELETE", "/webhooks/delete", {"webhook_id": "?"}),
    ("POST", "/webhooks/delete", {"webhook_id": "?"}),
]
BY_ONE = [
    *("access_code_id", "access_grant_id", "access_method_id", "acs_access_group_id"),
    *("acs_credential_id", "acs_encoder_id", "acs_entrance_id", "acs_system_id", "acs_user_id"),
    *("connect_webview_id", "connected_account_id", "device_id", "space_id", "user_identity_id"),
]
BY_SEVERAL = [
    *("access_code_ids", "access_grant_ids", "access_method_ids", "acs_system_ids"),
    *("device_ids", "event_ids", "space_ids"),
]


@pytest.fixture(scope="module")
def _running() -> Iterator[MockServer]:
    """
    One server for the module: starting it takes a while.
    """
    with MockServer(schedule="none") as server:
        yield server


@pytest.fixture
def server(_running: MockServer) -> MockServer:
    """
    A server that has neither webhooks nor events.
    """
    _running.reset(endpoints=True)
    return _running


@pytest.fixture(params=["sync", "async"])
def sdk(server: MockServer, request: pytest.FixtureRequest) -> Sdk:
    """
    The SDK, in each of its forms.
    """
    return Sdk(request.param, server.url)


def is_uuid(text: str | None) -> bool:
    """
    Whether a text is a UUID as it is usually written.
    """
    return text is not None and str(uuid.UUID(text)) == text


def event(created_at: str = "2026-01-02T00:00:00.000Z", **properties: Any) -> dict[str, Any]:
    """
    Make an event with just what a test looks at.
    """
    return {
        "event_id": str(uuid.uuid4()),
        "event_type": "lock.locked",
        "created_at": created_at,
        "occurred_at": created_at,
        **properties,
    }


def emitted(server: MockServer, *events: dict[str, Any]) -> list[str]:
    """
    Emit events and return their ids.
    """
    for one in events:
        server.emit(event=one)
    return [one["event_id"] for one in events]


def listed(sdk: Sdk, **parameters: Any) -> list[str]:
    """
    List events since long ago, and return their ids.
    """
    asked = parameters if "between" in parameters else {"since": "2020-01-01", **parameters}
    return [one.event_id for one in sdk("events.list", **asked)]


def test_a_webhook_is_created_with_a_real_secret(sdk: Sdk) -> None:
    """
    `create` answers the webhook as it was asked for, its event types `*` and its secret usable.
    """
    made = sdk("webhooks.create", url=HANDLER)

    assert (made.url, made.event_types) == (HANDLER, ["*"])
    assert is_uuid(made.webhook_id)
    assert len(Secret(made.secret).key) == 24


def test_a_webhook_is_got_listed_updated_and_deleted(sdk: Sdk) -> None:
    """
    The five calls of webhooks do what their names say.
    """
    made = sdk("webhooks.create", url=HANDLER, event_types=["lock.locked", "lock.unlocked"])
    other = sdk("webhooks.create", url=HANDLER)

    assert made.event_types == ["lock.locked", "lock.unlocked"]
    assert sdk("webhooks.get", webhook_id=made.webhook_id) == made
    assert sdk("webhooks.list") == [made, other]

    assert sdk("webhooks.update", webhook_id=made.webhook_id, event_types=["*"]) is None
    assert sdk("webhooks.get", webhook_id=made.webhook_id).event_types == ["*"]

    assert sdk("webhooks.delete", webhook_id=made.webhook_id) is None
    assert sdk("webhooks.list") == [other]


def test_what_is_emitted_arrives_signed(sdk: Sdk, server: MockServer, receiver: Receiver) -> None:
    """
    The SDK's own verifier takes what the webhook that the SDK created is sent.
    """
    made = sdk("webhooks.create", url=f"{receiver.url}/hook")

    server.emit("acs_credential.issued")

    assert server.wait_idle(timeout=60)
    (got,) = receiver.received
    verified: Any = SeamWebhook(made.secret).verify(got.body.decode(), got.headers)
    assert verified.event_type == "acs_credential.issued"


def test_an_emitted_event_can_be_got_and_listed(sdk: Sdk, server: MockServer) -> None:
    """
    Samples are events of the API as well, in the SDK's own classes.
    """
    server.emit("lock.unlocked", seed=7)

    (one,) = sdk("events.list", since="2020-01-01T00:00:00Z")

    assert type(one).__name__ == "LockUnlockedEvent"
    assert sdk("events.get", event_id=one.event_id) == one
    assert sdk("events.get", event_type="lock.unlocked") == one
    assert sdk("events.get", device_id=one.device_id) == one


def test_the_latest_event_that_fits_is_got(sdk: Sdk, server: MockServer) -> None:
    """
    Of several events of a device the last one is answered, and all that is given has to fit.
    """
    device = str(uuid.uuid4())
    _, last, unlocked = emitted(
        server,
        event("2026-01-01T00:00:00Z", device_id=device),
        event("2026-01-03T00:00:00Z", device_id=device),
        event("2026-01-02T00:00:00Z", device_id=device, event_type="lock.unlocked"),
    )

    assert sdk("events.get", device_id=device).event_id == last
    assert sdk("events.get", device_id=device, event_type="lock.unlocked").event_id == unlocked


@pytest.mark.parametrize("name", BY_ONE)
def test_events_are_listed_by_an_id(sdk: Sdk, server: MockServer, name: str) -> None:
    """
    Each id of the document leaves the events that have it.
    """
    wanted, other = str(uuid.uuid4()), str(uuid.uuid4())
    first, *_ = emitted(server, event(**{name: wanted}), event(**{name: other}), event())

    assert listed(sdk, **{name: wanted}) == [first]
    assert listed(sdk, **{name: NOBODY}) == []


@pytest.mark.parametrize("names", BY_SEVERAL)
def test_events_are_listed_by_several_ids(sdk: Sdk, server: MockServer, names: str) -> None:
    """
    Each list of ids leaves the events that have one of them; an empty one leaves none.
    """
    name = names.removesuffix("s")
    values = [str(uuid.uuid4()) for _ in range(3)]
    ids = emitted(server, *(event(**{name: value}) for value in values))

    assert listed(sdk, **{names: values[:2]}) == ids[:2]
    assert listed(sdk, **{names: values[2:]}) == ids[2:]
    assert listed(sdk, **{names: []}) == []


def test_an_id_is_found_in_a_list_as_well(sdk: Sdk, server: MockServer) -> None:
    """
    An event of several access grants is found by each of them.
    """
    grants = [str(uuid.uuid4()) for _ in range(2)]
    ids = emitted(server, event(access_grant_ids=grants), event())

    assert listed(sdk, access_grant_id=grants[1]) == ids[:1]


def test_all_filters_hold_together(sdk: Sdk, server: MockServer) -> None:
    """
    An id and a list of ids of the same kind leave what is in both.
    """
    devices = [str(uuid.uuid4()) for _ in range(2)]
    ids = emitted(server, *(event(device_id=one, customer_key="hotel-9") for one in devices))

    assert listed(sdk, device_id=devices[0], device_ids=devices) == ids[:1]
    assert listed(sdk, device_id=devices[0], device_ids=devices[1:]) == []
    assert listed(sdk, device_ids=devices, customer_key="hotel-9") == ids
    assert listed(sdk, device_ids=devices, customer_key="hotel-8") == []


def test_events_are_listed_by_type(sdk: Sdk, server: MockServer) -> None:
    """
    By one type, by several, and by what both leave.
    """
    types = ["lock.locked", "lock.unlocked", "lock.access_denied"]
    locked, unlocked, _ = emitted(server, *(event(event_type=one) for one in types))

    assert listed(sdk, event_type="lock.locked") == [locked]
    assert listed(sdk, event_types=types[:2]) == [locked, unlocked]
    assert listed(sdk, event_type="lock.unlocked", event_types=types[:2]) == [unlocked]
    assert listed(sdk, event_type="lock.access_denied", event_types=types[:2]) == []


def test_events_are_listed_by_when_they_were_created(sdk: Sdk, server: MockServer) -> None:
    """
    `since` and both ends of `between` leave out what was created at that very moment.
    """
    days = [f"2026-01-0{day}T00:00:00Z" for day in (1, 2, 3)]
    ids = emitted(server, *map(event, days))

    assert listed(sdk, since=days[0]) == ids[1:]
    assert listed(sdk, since="2026-01-01T23:59:59+00:00") == ids[1:]
    assert listed(sdk, between=[days[0], days[2]]) == ids[1:2]
    assert listed(sdk, between=["2025-12-31", "2026-01-04"]) == ids


def test_a_list_is_cut_to_pages(sdk: Sdk, server: MockServer) -> None:
    """
    `limit` and `unstable_offset` cut a page out; without a limit it is 500.
    """
    ids = emitted(server, *(event(f"2026-01-0{day}T00:00:00Z") for day in (1, 2, 3)))

    assert listed(sdk, limit=2) == ids[:2]
    assert listed(sdk, limit=2, unstable_offset=1) == ids[1:]
    assert listed(sdk, limit=2.0, unstable_offset=2.0) == ids[2:]
    assert listed(sdk, unstable_offset=9) == []

    server.emit("lock.locked", count=500)
    assert len(listed(sdk)) == 500


@pytest.mark.parametrize(
    ("call", "parameters", "fields"),
    [
        ("webhooks.create", {"url": "no url"}, {"url"}),
        ("webhooks.create", {"url": "ftp://127.0.0.1/"}, {"url"}),
        ("webhooks.create", {"url": "http://127.0.0.1\\@evil.example/"}, {"url"}),
        ("webhooks.create", {"url": "http://xn--/"}, {"url"}),
        ("webhooks.create", {"url": 7}, {"url"}),
        ("webhooks.create", {"url": HANDLER, "event_types": ["lock.lokced"]}, {"event_types"}),
        ("webhooks.create", {"url": HANDLER, "event_types": "*"}, {"event_types"}),
        ("webhooks.update", {"webhook_id": None, "event_types": ["*"]}, {"webhook_id"}),
        ("webhooks.update", {"webhook_id": 7, "event_types": [7]}, {"event_types", "webhook_id"}),
        ("webhooks.get", {"webhook_id": None}, {"webhook_id"}),
        ("webhooks.delete", {"webhook_id": None}, {"webhook_id"}),
        ("events.list", {"event_type": "lock.locked"}, set()),
        ("events.list", {"since": "2020-01-01", "between": ["2020", "2021"]}, {"between"}),
        ("events.list", {"since": "yesterday"}, {"since"}),
        ("events.list", {"between": ["2020-01-01"]}, {"between"}),
        ("events.list", {"since": "2020-01-01", "event_type": "lock.lokced"}, {"event_type"}),
        ("events.list", {"since": "2020-01-01", "event_types": ["lock"]}, {"event_types"}),
        ("events.list", {"since": "2020-01-01", "limit": -1}, {"limit"}),
        ("events.list", {"since": "2020-01-01", "limit": 1.5}, {"limit"}),
        ("events.list", {"since": "2020-01-01", "unstable_offset": "x"}, {"unstable_offset"}),
        ("events.list", {"since": "2020-01-01", "space_ids": [NOBODY] * 101}, {"space_ids"}),
        ("events.get", {"device_id": "front door"}, {"device_id"}),
        *(("events.list", {"since": "2020-01-01", name: "front door"}, {name}) for name in BY_ONE),
        *(
            ("events.list", {"since": "2020-01-01", name: ["front door"]}, {name})
            for name in BY_SEVERAL
        ),
    ],
)
def test_invalid_input_is_told_by_field(
    sdk: Sdk, call: str, parameters: dict[str, Any], fields: set[str]
) -> None:
    """
    A 400 is the SDK's own exception, with the messages of each field and the request's id.
    """
    with pytest.raises(SeamHttpInvalidInputError) as raised:
        sdk(call, **parameters)

    error = raised.value
    assert (error.status_code, error.code) == (400, "invalid_input")
    assert {one.parameter_name for one in error.validation_errors} == fields
    assert all(one.error_messages for one in error.validation_errors)
    assert is_uuid(error.request_id)
    assert str(error)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"event_type": "lock.locked"}, "Must specify either since or between"),
        ({"since": "2020-01-01", "between": ["2020-01-01", "2021-01-01"]}, "Cannot specify both"),
    ],
)
def test_since_or_between_is_demanded(sdk: Sdk, parameters: dict[str, Any], message: str) -> None:
    """
    Exactly one of the two says from when events are listed.
    """
    with pytest.raises(SeamHttpInvalidInputError, match=message):
        sdk("events.list", **parameters)


def test_an_unknown_event_type_is_refused_with_the_nearest(sdk: Sdk) -> None:
    """
    The error of a misspelled event type suggests the nearest ones.
    """
    with pytest.raises(SeamHttpInvalidInputError) as raised:
        sdk("webhooks.create", url=HANDLER, event_types=["*", "lock.lokced"])

    (message,) = raised.value.get_validation_error_messages("event_types")
    assert "lock.locked" in message
    assert sdk("webhooks.list") == []


@pytest.mark.parametrize(
    ("call", "parameters", "code"),
    [
        ("webhooks.get", {"webhook_id": NOBODY}, "webhook_not_found"),
        ("webhooks.get", {"webhook_id": "no uuid"}, "webhook_not_found"),
        ("webhooks.delete", {"webhook_id": NOBODY}, "webhook_not_found"),
        ("webhooks.update", {"webhook_id": NOBODY, "event_types": ["*"]}, "webhook_not_found"),
        ("events.get", {"event_id": NOBODY}, "event_not_found"),
        ("events.get", {"event_type": "lock.locked"}, "event_not_found"),
        ("events.get", {"device_id": NOBODY}, "event_not_found"),
    ],
)
def test_what_does_not_exist_is_not_found(
    sdk: Sdk, call: str, parameters: dict[str, Any], code: str
) -> None:
    """
    A 404 is the SDK's exception for errors of the API, with Seam's code.
    """
    with pytest.raises(SeamHttpApiError) as raised:
        sdk(call, **parameters)

    error = raised.value
    assert not isinstance(error, SeamHttpInvalidInputError)
    assert (error.status_code, error.code) == (404, code)
    assert is_uuid(error.request_id)


@pytest.mark.parametrize("form", ["sync", "async"])
def test_another_key_is_unauthorized(form: str) -> None:
    """
    A 401 is the SDK's own exception, with the request's id.
    """
    with MockServer(api_key="seam_the_one") as server:
        with pytest.raises(SeamHttpUnauthorizedError) as raised:
            Sdk(form, server.url, "seam_another")("webhooks.list")

        assert is_uuid(raised.value.request_id)
        assert Sdk(form, server.url, "seam_the_one")("webhooks.list") == []


def test_a_personal_access_token_passes(server: MockServer) -> None:
    """
    The SDK's other way to be authorized begins with `seam_` as well.
    """
    client = Seam(personal_access_token="seam_at1_x", workspace_id=NOBODY, endpoint=server.url)
    with client.client:
        assert client.webhooks.list() == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer live_key"},
        {"authorization": "Basic seam_x"},
        {"authorization": "seam_x"},
    ],
)
def test_no_key_of_seams_form_is_unauthorized(server: MockServer, headers: dict[str, str]) -> None:
    """
    On loopback any key passes that begins with `seam_`, and none that does not.
    """
    answer = httpx.get(f"{server.url}/webhooks/list", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "unauthorized"
    assert answer.json()["ok"] is False


@pytest.mark.parametrize(("method", "path", "parameters"), CALLS)
def test_every_method_of_the_document_is_answered(
    server: MockServer, method: str, path: str, parameters: dict[str, Any]
) -> None:
    """
    GET and DELETE take their parameters in the query, POST and PUT in the body; all say `ok`.
    """
    webhook_id = server.register(HANDLER).webhook_id
    server.emit("lock.locked")
    asked = {name: webhook_id if one == "?" else one for name, one in parameters.items()}
    given = {"params": asked} if method in ("GET", "DELETE") else {"json": asked}

    with httpx.Client(headers={"authorization": f"Bearer {KEY}"}) as client:
        answer = client.request(method, f"{server.url}{path}", **given)  # type: ignore[arg-type]

    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert is_uuid(answer.headers["seam-request-id"])


def test_an_event_is_not_got_by_nothing(server: MockServer) -> None:
    """
    The SDK refuses that itself; the server does as well.
    """
    headers = {"authorization": f"Bearer {KEY}"}

    answer = httpx.get(f"{server.url}/events/get", headers=headers)

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_input")


@pytest.mark.parametrize("path", sorted({path for _, path, _ in CALLS}))
def test_other_methods_are_refused(server: MockServer, path: str) -> None:
    """
    A method that the document does not give a path gets 405, with the methods that the path has.
    """
    headers = {"authorization": f"Bearer {KEY}"}

    answer = httpx.patch(f"{server.url}{path}", headers=headers)

    known = {method for method, one, _ in CALLS if one == path}
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == known


def test_a_request_is_told_its_id_in_the_error(server: MockServer) -> None:
    """
    The id in the header and that in the error are the same, and another one each time.
    """
    answers = [httpx.get(f"{server.url}/webhooks/list") for _ in range(2)]

    ids = [answer.headers["seam-request-id"] for answer in answers]
    assert ids == [answer.json()["error"]["request_id"] for answer in answers]
    assert len(set(ids)) == 2


def test_health_is_answered_without_a_key(server: MockServer) -> None:
    """
    `/health` shows that the server is up.
    """
    answer = httpx.get(f"{server.url}/health")

    assert (answer.status_code, answer.json()["ok"]) == (200, True)


def test_every_event_type_can_be_subscribed_to(server: MockServer) -> None:
    """
    The catalogue is what event types are judged by.
    """
    made = server.register(HANDLER, event_types=list(catalog()))

    assert list(made.event_types) == list(catalog())
