"""
Tests of the model handler: what is called a good handler is one.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.checks import create_app
from seamproof.events import Event
from seamproof.mock_server import Sender, serving
from seamproof.schemas import catalog
from seamproof.signing import HEADERS, Secret, sign
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.events import Delivery

    Send = Callable[[Delivery], int | None]

SECRET = Secret.generate(b"the handler's secret".ljust)
ISSUED = Event.of(Sampler(0).event("acs_credential.issued"))


@pytest.fixture(scope="module")
def send() -> Iterator[Send]:
    """
    Send a delivery to the model handler and return the status of its response.
    """
    with serving(create_app(SECRET.reveal())) as url, Sender() as sender:
        yield lambda delivery: sender.send(delivery, f"{url}/webhooks/seam").status


def signed(
    body: bytes = ISSUED.body, message_id: str = "msg_1", *, ago: int = 0, secret: Secret = SECRET
) -> Delivery:
    """
    Sign a body some seconds ago.
    """
    return sign(body, secret, message_id=message_id, timestamp=int(time.time()) - ago)


def with_headers(delivery: Delivery, changed: Mapping[str, str | None]) -> Delivery:
    """
    Change headers, or drop those that are None.
    """
    headers = {**delivery.headers, **changed}
    return replace(delivery, headers={name: text for name, text in headers.items() if text})


def without_header(name: str) -> Delivery:
    """
    Sign a delivery, and drop a header.
    """
    return with_headers(signed(), {name: None})


def test_every_event_is_accepted(send: Send) -> None:
    """
    Whatever Seam sends is answered 2xx.
    """
    for event_type in sorted(catalog()):
        event = Event.of(Sampler(0).event(event_type))

        assert send(signed(event.body, f"msg_{event_type}")) == 204


@pytest.mark.parametrize(
    "body",
    [
        b'{"event_type": "robot.awakened", "event_id": "1"}',
        b'{ "event_type" : "robot.awakened",\n "note" : "\\/ \\u00e9 1.0 \xf0\x9f\x94\x91" }',
    ],
    ids=["unknown type", "odd white space and escapes"],
)
def test_events_of_the_future_are_accepted(send: Send, body: bytes) -> None:
    """
    An event of an unknown type, however it is written, is no reason for an error.
    """
    assert send(signed(body)) == 204


#: Signed when they are sent: in a long run of tests, ten minutes ahead are less than five later on.
FORGED: Final[Mapping[str, Callable[[], Delivery]]] = {
    "another secret": lambda: signed(secret=Secret.generate(bytes)),
    "ten minutes old": lambda: signed(ago=600),
    "ten minutes ahead": lambda: signed(ago=-600),
    "another body": lambda: replace(signed(), body=ISSUED.body + b" "),
    **{f"no {name}": partial(without_header, name) for name in HEADERS},
    "no comma in the signature": lambda: with_headers(signed(), {"svix-signature": "garbage"}),
    "no base64 in the signature": lambda: with_headers(signed(), {"svix-signature": "v1,garbage"}),
    "NaN for a timestamp": lambda: with_headers(signed(), {"svix-timestamp": "nan"}),
    "a body that is no text": lambda: signed(b"\xff"),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_what_is_not_genuine_is_refused(send: Send, forge: Callable[[], Delivery]) -> None:
    """
    A request that Seam did not make is answered 400, never 500.
    """
    assert send(forge()) == 400


def test_a_message_is_handled_once(send: Send, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The second delivery of a message is answered as the first one, and nothing is done again.
    """
    first, again = signed(message_id="msg_twice", ago=1), signed(message_id="msg_twice")

    assert [send(first), send(again)] == [204, 204]
    assert capsys.readouterr().out.count("ready to use: ") == 1


def test_the_secret_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Run on its own, the handler reads the variable that its first lines name.
    """
    monkeypatch.setenv("SEAM_WEBHOOK_SECRET", SECRET.reveal())

    with serving(create_app()) as url, Sender() as sender:
        assert sender.send(signed(), f"{url}/webhooks/seam").delivered


def test_without_a_secret_there_is_no_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A handler that cannot verify does not start, rather than taking everything.
    """
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)

    with pytest.raises(KeyError, match="SEAM_WEBHOOK_SECRET"):
        create_app()
