"""
Tests against the official verifiers: svix's, which Seam's handlers use, and Seam's own.

Both read the real clock, so what they are to accept is signed with the current time.
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from svix.webhooks import Webhook, WebhookVerificationError

from seamproof.events import Event, mint_message_id
from seamproof.schemas import catalog
from seamproof.signing import HEADERS, Secret, sign, verify
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo
    from typing import Self

    from seamproof.events import Delivery

SECRET: Final = Secret.generate(b"the handler's secret".ljust)
OTHER: Final = Secret.generate(b"another secret".ljust)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
#: Objects in any serialisation: what Seam sends is one of them.
BODIES = st.builds(
    json.dumps,
    st.dictionaries(st.text(), JSON, max_size=4),
    indent=st.sampled_from([None, 0, 2, "\t"]),
    ensure_ascii=st.booleans(),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :")]),
)
SECRETS = st.builds(
    lambda key: Secret("whsec_" + base64.b64encode(key).decode()),
    st.binary(min_size=24, max_size=75),
)


def signed_now(body: bytes | str, secret: Secret | list[Secret] = SECRET) -> Delivery:
    """
    Sign a body with the current time.
    """
    now = time.time()
    return sign(body, secret, message_id=mint_message_id(now), timestamp=int(now))


@settings(deadline=None)
@given(BODIES, SECRETS)
def test_svix_accepts_every_delivery(body: str, secret: Secret) -> None:
    """
    Whatever the body and the secret, svix's own verifier takes the delivery as genuine.
    """
    delivery = signed_now(body, secret)

    returned = Webhook(secret.reveal()).verify(delivery.body, dict(delivery.headers))

    # svix 1 hands out the payload, svix 2 nothing.
    assert returned in (json.loads(body), None)


@settings(deadline=None)
@given(BODIES, st.lists(SECRETS, min_size=2, max_size=4, unique=True), st.data())
def test_svix_accepts_any_secret_of_a_rotation(
    body: str, secrets: list[Secret], data: st.DataObject
) -> None:
    """
    While several secrets are in use, a handler that knows any one of them is served.
    """
    known = data.draw(st.sampled_from(secrets))
    delivery = signed_now(body, secrets)

    returned = Webhook(known.reveal()).verify(delivery.body, dict(delivery.headers))

    assert returned in (json.loads(body), None)


@settings(deadline=None)
@given(st.sampled_from(sorted(catalog())), st.integers(0, 2**32), SECRETS)
def test_the_seam_sdk_reads_every_sampled_event(event_type: str, seed: int, secret: Secret) -> None:
    """
    Seam's SDK verifies a sampled event and makes the event of its type out of it.
    """
    seam = pytest.importorskip("seam", reason="the seam SDK is not installed: it pins svix < 2")
    payload = Sampler(seed).event(event_type)
    delivery = signed_now(Event.of(payload).body, secret)

    event = seam.SeamWebhook(secret.reveal()).verify(delivery.body.decode(), dict(delivery.headers))

    assert event.event_type == event_type
    assert event.event_id == payload["event_id"]
    assert event.created_at == payload["created_at"]


@settings(deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=4), SECRETS)
def test_the_seam_sdk_accepts_events_of_the_future(
    members: dict[str, object], secret: Secret
) -> None:
    """
    An event of a type that nobody knows yet is delivered all the same.
    """
    seam = pytest.importorskip("seam", reason="the seam SDK is not installed: it pins svix < 2")
    payload = {**members, "event_id": "5f2a", "event_type": "robot.awakened"}
    delivery = signed_now(Event.of(payload).body, secret)

    event = seam.SeamWebhook(secret.reveal()).verify(delivery.body.decode(), dict(delivery.headers))

    assert event["event_type"] == "robot.awakened"


@dataclass(frozen=True)
class Request:
    """
    What arrives at a handler that knows `SECRET`.
    """

    body: bytes
    headers: Mapping[str, str]

    def with_header(self, name: str, change: Callable[[str], str]) -> Request:
        """
        Change one header.
        """
        return replace(self, headers={**self.headers, name: change(self.headers[name])})

    def without(self, *names: str) -> Request:
        """
        Drop headers.
        """
        kept = {name: text for name, text in self.headers.items() if name not in names}
        return replace(self, headers=kept)


def request(secret: Secret | list[Secret] = SECRET, *, ago: int = 0) -> Request:
    """
    Sign an event some seconds ago.
    """
    now = int(time.time()) - ago
    delivery = sign(b'{"n": 10, "s": "\xc3\xa9"}', secret, message_id="msg_10", timestamp=now)
    return Request(delivery.body, delivery.headers)


def changed(header: str, change: Callable[[str], str]) -> Callable[[], Request]:
    """
    Describe a genuine request of which one header is changed.
    """
    return lambda: request().with_header(header, change)


#: What may happen to a request: from its description to its making, and whether it is genuine.
REQUESTS: Final[Mapping[str, tuple[Callable[[], Request], bool]]] = {
    "untouched": (request, True),
    "no id": (lambda: request().without("svix-id"), False),
    "no timestamp": (lambda: request().without("svix-timestamp"), False),
    "no signature": (lambda: request().without("svix-signature"), False),
    "no header at all": (lambda: request().without(*HEADERS), False),
    "an empty id": (changed("svix-id", lambda _: ""), False),
    "another secret": (lambda: request(OTHER), False),
    "a changed body": (lambda: replace(request(), body=b'{"n": 11, "s": "\xc3\xa9"}'), False),
    "a body written anew": (lambda: replace(request(), body=b'{"n":10,"s":"\xc3\xa9"}'), False),
    "a changed id": (changed("svix-id", lambda text: text + "1"), False),
    "a later timestamp": (changed("svix-timestamp", lambda text: str(int(text) + 1)), False),
    "a timestamp of one digit": (changed("svix-timestamp", lambda _: "1"), False),
    "a timestamp in words": (changed("svix-timestamp", lambda _: "now"), False),
    "NaN for a timestamp": (changed("svix-timestamp", lambda _: "nan"), False),
    "a timestamp past the year 9999": (changed("svix-timestamp", lambda _: "1e300"), False),
    "a timestamp with a fraction": (changed("svix-timestamp", lambda text: text + ".5"), True),
    "a fraction that rounds up": (changed("svix-timestamp", lambda text: text + ".9999998"), False),
    "ten minutes old": (lambda: request(ago=600), False),
    "ten minutes ahead": (lambda: request(ago=-600), False),
    "a signature cut short": (changed("svix-signature", lambda text: text[:-4]), False),
    "version v0 only": (changed("svix-signature", lambda text: "v0" + text[2:]), False),
    "version v1a only": (changed("svix-signature", lambda text: "v1a" + text[2:]), False),
    "an unknown version first": (changed("svix-signature", lambda text: f"v1a,x {text}"), True),
    "the current secret of a rotation": (lambda: request([SECRET, OTHER]), True),
    "the old secret of a rotation": (lambda: request([OTHER, SECRET]), True),
    "a tab before the version": (changed("svix-signature", lambda text: f"v1a,x \t{text}"), False),
    "the webhook- names": (
        lambda: Request(
            request().body,
            {name.replace("svix", "webhook"): text for name, text in request().headers.items()},
        ),
        True,
    ),
    "names in capitals": (
        lambda: Request(
            request().body, {name.upper(): text for name, text in request().headers.items()}
        ),
        True,
    ),
}


def official(one: Request) -> bool | None:
    """
    Ask svix whether a request is genuine; None where it crashes instead of answering.
    """
    try:
        Webhook(SECRET.reveal()).verify(one.body, dict(one.headers))
    except WebhookVerificationError:
        return False
    except ValueError:
        return None
    return True


@pytest.mark.parametrize(("make", "genuine"), REQUESTS.values(), ids=REQUESTS)
def test_both_verifiers_agree(make: Callable[[], Request], genuine: bool) -> None:
    """
    The mutation of the request decides, and svix's verifier and ours agree.
    """
    one = make()

    assert official(one) is genuine
    assert verify(one.body, one.headers, SECRET, now=time.time()).valid is genuine


WINDOW = {-302: False, -301: False, -300: True, -299: True, 299: True, 300: True, 301: False}


@pytest.mark.parametrize(("ago", "genuine"), WINDOW.items())
def test_both_verifiers_agree_on_the_window(
    monkeypatch: pytest.MonkeyPatch,
    ago: int,
    genuine: bool,
) -> None:
    """
    With the clocks of both stopped at one moment, both draw the line at the same second.
    """
    one = request(ago=ago)
    now = int(one.headers["svix-timestamp"]) + ago

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(now, tz)

    # The first versions of svix read the clock themselves, later ones leave it to what they wrap.
    for module in ("standardwebhooks.webhooks", "svix.webhooks"):
        monkeypatch.setattr(f"{module}.datetime", Stopped)

    assert official(one) is genuine
    assert verify(one.body, one.headers, SECRET, now=now).valid is genuine


@settings(deadline=None)
@given(st.data())
def test_both_verifiers_agree_on_requests_cut_and_mixed(data: st.DataObject) -> None:
    """
    However body and headers of different requests are cut and put together, both say the same.
    """
    pool = [request(), request(OTHER), request([OTHER, SECRET]), request(ago=7), request(ago=400)]
    one = replace(
        data.draw(st.sampled_from(pool)),
        headers={name: data.draw(st.sampled_from(pool)).headers[name] for name in HEADERS},
    )
    name = data.draw(st.sampled_from(HEADERS))
    start = data.draw(st.sampled_from([0, 0, 0, 1, 2]))
    end = data.draw(st.sampled_from([None, None, None, -1, -4]))
    one = one.with_header(name, lambda text: text[start:end])

    theirs = official(one)
    ours = verify(one.body, one.headers, SECRET, now=time.time())

    # svix crashes on base64 that was cut; that is no request of a genuine sender.
    assert ours.valid is bool(theirs)


@pytest.mark.parametrize("text", ["", "v1", "garbage", "v1;AAAA"])
def test_where_svix_crashes_there_is_a_verdict_here(text: str) -> None:
    """
    On an entry without a comma svix raises ValueError, which a handler has to expect.
    """
    one = request().with_header("svix-signature", lambda right: f"{text} {right}")

    assert official(one) is None
    assert verify(one.body, one.headers, SECRET, now=time.time())
