"""
Tests of the tables of recipes and variants: which signatures verify, and why others do not.
"""

from __future__ import annotations

from random import Random

import pytest

from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.signing import HEADERS, Reason, Secret, sign, verify
from seamproof.signing.forgeries import (
    GENUINE,
    RECIPES,
    STRIPPED,
    VARIANTS,
    SigningInput,
)
from seamproof.signing.tampering import tamper

SECRET = Secret.generate(b"the secret of a handler".ljust)
NOW = 1_760_000_000
BODY = b'{"event_id":"9b2c61d4-0f3e-4a57-8c1d-5e6f7a8b9c0d","event_type":"device.connected"}'
PARTS = SigningInput((SECRET,), "msg_1", NOW, BODY)

#: The recipes of version 0.1.0: case files hold these names.
RELEASED = (
    *("genuine", "rotation, current key first", "rotation, current key last"),
    *("unknown version first", "no svix headers", "no svix-id", "no svix-timestamp"),
    *("no svix-signature", "empty signature", "another secret", "the empty secret"),
    *("the secret's text as the key", "the secret's base64 as the key"),
    *("another body at its beginning", "another body at its end", "headers of another delivery"),
    *("another body, without its bytes that are no text", "another id", "a longer id"),
    *("another timestamp", "a longer timestamp", "signature of 31 bytes", "signature of 30 bytes"),
    *("signature of 16 bytes", "signature of 15 bytes", "signature of 3 bytes"),
    *("signature of no bytes", "version v0 alone", "version v1a alone"),
    *("signature without a comma", "signature without a version", "signature with two commas"),
    *("signature of no base64", "signature of broken base64", "timestamp NaN"),
    *("timestamp NaN, signed over", "timestamp inf, signed over", "timestamp empty"),
    "timestamp in words",
)

#: Why a variant does not verify.
REFUSED = {
    "unsigned": Reason.MISSING_HEADER,
    "bad_signature": Reason.OTHER_SECRET,
    "wrong_secret": Reason.OTHER_SECRET,
    "stale": Reason.STALE,
    "future": Reason.FUTURE,
    "missing_header": Reason.MISSING_HEADER,
    "tampered_body": Reason.OTHER_SECRET,
    "reserialised_body": Reason.BODY_RESERIALISED,
}


def test_recipes_keep_their_names() -> None:
    """
    A case file of version 0.1.0 finds each of its recipes, in the order of then.
    """
    assert tuple(RECIPES)[: len(RELEASED)] == RELEASED


@pytest.mark.parametrize("recipe", RECIPES)
def test_only_genuine_recipes_verify(recipe: str) -> None:
    """
    A request that a recipe signs verifies if the row says so, and only then.
    """
    headers = RECIPES[recipe].headers(PARTS)

    assert verify(BODY, headers, SECRET, now=NOW).valid is RECIPES[recipe].genuine


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_signs_the_same_each_time(recipe: str) -> None:
    """
    The same parts give the same headers: what is not the secret is not random.
    """
    first, second = (SigningInput((SECRET,), "msg_1", NOW, BODY) for _ in range(2))

    assert RECIPES[recipe].headers(first) == RECIPES[recipe].headers(second)


def test_the_recipe_of_a_stripped_body_forges_other_bodies() -> None:
    """
    It signs a body without the bytes that are not UTF-8.
    """
    body = BODY + b"\xff"
    parts = SigningInput((SECRET,), "msg_1", NOW, body)
    headers = RECIPES[STRIPPED].headers(parts)

    assert not verify(body, headers, SECRET, now=NOW)
    assert verify(BODY, headers, SECRET, now=NOW)


@pytest.mark.parametrize("body", [b"", b'{"a":"0"}', "{}é".encode()])
def test_any_body_can_be_signed_as_another(body: bytes) -> None:
    """
    The other body differs, whether the body has a letter or digit or not.
    """
    headers = RECIPES["another body at its end"].headers(SigningInput((SECRET,), "m", NOW, body))

    assert not verify(body, headers, SECRET, now=NOW)


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_of_a_delivery(name: str) -> None:
    """
    Each variant fails for its own reason, or verifies with a second signature.
    """
    delivery = sign(BODY, SECRET, message_id="msg_1", timestamp=NOW)

    variant = VARIANTS[name].of(delivery, SECRET)

    verdict = verify(variant.body, variant.headers, SECRET, now=NOW)
    assert verdict.reason is REFUSED.get(name, Reason.OK)
    assert variant.headers["content-type"] == "application/json"
    assert variant.message_id == "msg_1"
    assert variant.timestamp == int(variant.headers.get("svix-timestamp", NOW))


def test_variants_are_the_faults_of_the_signature() -> None:
    """
    Each fault of the signature has a row; the one other row is for deliveries.
    """
    faults = {name for name, fault in FAULTS.items() if fault.variant is not None}

    assert {*VARIANTS} == faults | {"unsigned"}


def test_variants_can_be_combined() -> None:
    """
    A variant changes what another one made, and signs what the first one signed.
    """
    parts = SigningInput((SECRET,), "msg_1", NOW, BODY, Random("a seed"))
    headers, body = VARIANTS["wrong_secret"].apply(parts, parts.headers(), BODY)
    headers, body = VARIANTS["tampered_body"].apply(parts, headers, body)
    headers, body = VARIANTS["missing_header"].apply(parts, headers, body)

    assert body == tamper(BODY)
    assert len(headers) == len(HEADERS) - 1


def test_the_genuine_recipe_is_what_seam_sends() -> None:
    """
    Its headers are those of `sign`.
    """
    delivery = sign(BODY, SECRET, message_id="msg_1", timestamp=NOW)

    assert RECIPES[GENUINE].headers(PARTS) == {name: delivery.headers[name] for name in HEADERS}
