"""
Tests of signing: a body becomes a delivery.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import FrozenInstanceError
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.signing import Secret, sign

#: The public test vector (https://docs.svix.com/receiving/verifying-payloads/how-manual).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = '{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

SECRETS = st.binary(min_size=24, max_size=75).map(
    lambda key: Secret("whsec_" + base64.b64encode(key).decode())
)
TIMESTAMPS = st.integers(0, 2**33)
MESSAGE_IDS = st.from_regex(r"msg_[0-9A-Za-z]{27}", fullmatch=True)


@pytest.mark.parametrize("body", [BODY, BODY.encode()], ids=["text", "bytes"])
@pytest.mark.parametrize("secret", [SECRET, Secret(SECRET), [SECRET]], ids=["text", "read", "list"])
def test_the_public_test_vector_is_reproduced(body: str | bytes, secret: str) -> None:
    """
    The result is the signature that the documentation of Svix shows.
    """
    delivery = sign(body, secret, message_id=MESSAGE_ID, timestamp=TIMESTAMP)

    assert dict(delivery.headers) == {
        "svix-id": MESSAGE_ID,
        "svix-timestamp": "1614265330",
        "svix-signature": SIGNATURE,
        "content-type": "application/json",
    }
    assert (delivery.message_id, delivery.timestamp) == (MESSAGE_ID, TIMESTAMP)


@given(st.binary(), SECRETS, MESSAGE_IDS, TIMESTAMPS)
def test_a_signature_is_a_keyed_hash_of_id_timestamp_and_body(
    body: bytes, secret: Secret, message_id: str, timestamp: int
) -> None:
    """
    The standard library, asked for HMAC-SHA256 over `{id}.{timestamp}.{body}`, agrees.
    """
    delivery = sign(body, secret, message_id=message_id, timestamp=timestamp)

    content = b".".join([message_id.encode(), str(timestamp).encode(), body])
    hashed = hmac.new(secret.key, content, hashlib.sha256).digest()
    assert delivery.headers["svix-signature"] == "v1," + base64.b64encode(hashed).decode()


@given(st.binary())
def test_a_body_is_delivered_byte_for_byte(body: bytes) -> None:
    """
    Signing neither parses nor changes the body, which need not even be JSON.
    """
    assert sign(body, SECRET, message_id=MESSAGE_ID, timestamp=TIMESTAMP).body == body


@given(st.text())
def test_a_text_is_signed_as_utf_8(body: str) -> None:
    """
    A text gives the same delivery as its bytes in UTF-8.
    """
    of_text = sign(body, SECRET, message_id=MESSAGE_ID, timestamp=TIMESTAMP)
    of_bytes = sign(body.encode(), SECRET, message_id=MESSAGE_ID, timestamp=TIMESTAMP)

    assert of_text == of_bytes


@given(st.lists(SECRETS, min_size=2, max_size=4))
def test_a_rotation_signs_with_each_secret_in_order(secrets: list[Secret]) -> None:
    """
    The current secret's signature stands first, one space before each old one's.
    """
    together = sign(BODY, secrets, message_id=MESSAGE_ID, timestamp=TIMESTAMP)
    alone = [sign(BODY, one, message_id=MESSAGE_ID, timestamp=TIMESTAMP) for one in secrets]

    expected = " ".join(delivery.headers["svix-signature"] for delivery in alone)
    assert together.headers["svix-signature"] == expected


@pytest.mark.parametrize(
    "change",
    [
        {"body": BODY + " "},
        {"secret": Secret.generate(bytes)},
        {"message_id": MESSAGE_ID[:-1]},
        {"timestamp": TIMESTAMP + 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_everything_that_is_signed_matters(change: dict[str, object]) -> None:
    """
    Another body, secret, id or timestamp makes another signature.
    """
    given_: dict[str, object] = {
        "body": BODY,
        "secret": SECRET,
        "message_id": MESSAGE_ID,
        "timestamp": TIMESTAMP,
    }

    delivery = sign(**{**given_, **change})  # type: ignore[arg-type] # the names are those of sign

    assert delivery.headers["svix-signature"] != SIGNATURE


def test_a_delivery_is_frozen_all_through() -> None:
    """
    Neither a field nor a header of what was signed can be changed afterwards.
    """
    delivery = sign(BODY, SECRET, message_id=MESSAGE_ID, timestamp=TIMESTAMP)

    with pytest.raises(FrozenInstanceError):
        delivery.body = b"{}"  # type: ignore[misc] # that is what is refused
    with pytest.raises(TypeError):
        cast("dict[str, str]", delivery.headers)["svix-id"] = "msg_2"
