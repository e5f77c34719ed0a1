"""
Tests of leaks: what a response to a forgery may not contain, in each usual encoding.
"""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest

from seamproof.signing import Secret
from seamproof.signing.leaks import find_leak
from seamproof.signing.signature import digest

SECRET = Secret.generate(b"the secret of leaks".ljust)
BODY = b'{"event_type": "lock.locked"}'
SENT = (("Svix-Id", "msg_1"), ("svix-timestamp", "1750000000"), ("svix-signature", "v1,wrong"))
RIGHT = digest(SECRET.key, "msg_1", "1750000000", BODY)
TEXT = base64.b64encode(RIGHT).decode()


def found(response: str, sent: tuple[tuple[str, str], ...] = SENT) -> str:
    """
    Look into a response.
    """
    return find_leak(sent, BODY, response, SECRET)


@pytest.mark.parametrize(
    "response",
    [
        f"expected v1,{TEXT}",
        f"expected {TEXT.rstrip('=')}",
        base64.urlsafe_b64encode(RIGHT).decode(),
        base64.b64encode(TEXT.encode()).decode(),
        RIGHT.hex(),
        RIGHT.hex().upper(),
        RIGHT.hex(":"),
        repr(RIGHT),
        json.dumps({"type": "Buffer", "data": list(RIGHT)}),
        json.dumps(list(RIGHT), indent=2),
        json.dumps(TEXT).replace("/", "\\/").replace("+", "\\u002B"),
        quote(TEXT, safe=""),
        html.escape(TEXT).replace("+", "&#43;").replace("=", "&#x3D;"),
        RIGHT.decode("latin-1"),
    ],
)
def test_the_right_signature_is_found_in_each_encoding(response: str) -> None:
    """
    Whatever the handler writes it as, the sender can read it.
    """
    assert found(f"<p>{response}</p>") == "the right signature"


@pytest.mark.parametrize("absent", ["", "None", "null", "undefined"])
def test_a_missing_header_is_signed_as_some_text(absent: str) -> None:
    """
    A handler computes a signature without an id as well.
    """
    signature = digest(SECRET.key, absent, "1750000000", BODY).hex()

    assert found(signature, SENT[1:]) == "the right signature"


@pytest.mark.parametrize(
    "response",
    [
        SECRET.reveal(),
        SECRET.reveal().removeprefix("whsec_"),
        SECRET.key.hex(),
        base64.b64encode(SECRET.reveal().encode()).decode(),
        quote(SECRET.reveal(), safe=""),
    ],
)
def test_the_secret_is_found(response: str) -> None:
    """
    Also without its prefix, and as the key that it encodes.
    """
    assert found(f"cannot verify with {response}") == "the secret"


@pytest.mark.parametrize("response", ["", "wrong signature", "v1,wrong", "whsec_***", TEXT[:20]])
def test_other_responses_have_no_leak(response: str) -> None:
    """
    A reason, and what the sender sent, may be told.
    """
    assert found(response) == ""


def test_what_the_sender_sent_may_be_repeated() -> None:
    """
    A stale request has the right signature itself.
    """
    sent = (*SENT[:2], ("svix-signature", f"v1,{TEXT}"))

    assert found(f"stale: v1,{TEXT}", sent) == ""
    assert found(f"stale: {RIGHT.hex()}", sent) == "the right signature"
