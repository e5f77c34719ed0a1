"""
Tests of signing secrets.
"""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.errors import SecretInvalid
from seamproof.signing import Secret, sign

KEYS = st.binary(min_size=24, max_size=75)


def written(key: bytes) -> str:
    """
    Write a key as Seam shows it.
    """
    return "whsec_" + base64.b64encode(key).decode()


@given(KEYS)
def test_the_key_is_the_decoded_text_after_the_prefix(key: bytes) -> None:
    """
    The key is the decoded base64 after `whsec_`, whatever its bytes.
    """
    assert Secret(written(key)).key == key


@pytest.mark.parametrize("length", [24, 25, 26, 74, 75])
def test_padding_may_be_left_out(length: int) -> None:
    """
    A secret copied without its trailing equals signs is the same secret.
    """
    text = written(bytes(range(length)))

    assert Secret(text.rstrip("=")) == Secret(text)
    assert hash(Secret(text.rstrip("="))) == hash(Secret(text))


REFUSED = {
    "example of the documentation": ("mySecret", "begins with whsec_"),
    "empty": ("", "begins with whsec_"),
    "prefix left out": (written(bytes(24)).removeprefix("whsec_"), "begins with whsec_"),
    "prefix in capitals": (written(bytes(24)).replace("whsec_", "WHSEC_"), "begins with whsec_"),
    "space in front": (" " + written(bytes(24)), "begins with whsec_"),
    "nothing after the prefix": ("whsec_", "0 bytes"),
    "a byte too short": (written(bytes(23)), "23 bytes"),
    "a byte too long": (written(bytes(76)), "76 bytes"),
    "a character cut off": (written(bytes(24)) + "A", "standard base64"),
    "base64 of the URL kind": (written(b"\xfb\xff" * 15).replace("+", "-"), "standard base64"),
    "line feed at the end": (written(bytes(24)) + "\n", "standard base64"),
    "padding in the middle": ("whsec_AAAA=" + "A" * 32, "standard base64"),
    "letters beyond ASCII": ("whsec_" + "é" * 32, "standard base64"),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_a_malformed_secret_is_refused_with_what_is_wrong(text: str, words: str) -> None:
    """
    The error says what is wrong with the form, and what a secret looks like.
    """
    with pytest.raises(SecretInvalid) as caught:
        Secret(text)

    assert words in str(caught.value)
    assert "24 to 75 bytes" in caught.value.cure


@pytest.mark.parametrize(
    "text", ["sk_live_0123456789", "whsec_c2hvcnQga2V5", "whsec_with-dashes-0123456789-0123456789"]
)
def test_an_error_never_shows_the_secret(text: str) -> None:
    """
    Not even a malformed secret is shown: it may be a real one with a typing error.
    """
    with pytest.raises(SecretInvalid) as caught:
        Secret(text)

    assert text not in str(caught.value)
    assert text.removeprefix("whsec_") not in str(caught.value)


def test_a_new_secret_is_made_of_24_random_bytes() -> None:
    """
    The randomness passed in, and nothing else, decides the new secret.
    """
    asked: list[int] = []

    def random_bytes(count: int) -> bytes:
        asked.append(count)
        return bytes(range(count))

    assert Secret.generate(random_bytes) == Secret.generate(random_bytes)
    assert asked == [24, 24]


@given(st.binary(min_size=24, max_size=24))
def test_a_new_secret_shows_who_reads_secrets_wrongly(key: bytes) -> None:
    """
    The letter after the prefix is one of the prefix; `+` and `/` differ in base64 for URLs.
    """
    secret = Secret.generate(lambda _: key)
    text = secret.reveal()

    assert text.lstrip("whsec_") != text.removeprefix("whsec_")
    assert {"+", "/"} <= set(text)
    assert len(secret.key) == 24
    try:
        assert base64.b64decode(text.lstrip("whsec_")) != secret.key
    except ValueError:
        assert len(text.lstrip("whsec_")) % 4


def test_new_secrets_differ() -> None:
    """
    By default the randomness is that of the system.
    """
    assert len({Secret.generate() for _ in range(50)}) == 50


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format, lambda one: f"{[one]}"])
def test_a_secret_does_not_show_itself(show: object) -> None:
    """
    Only `reveal` shows the text, never a log or a traceback.
    """
    secret = Secret.generate()
    assert callable(show)

    shown = show(secret)

    assert "Secret(whsec_…)" in shown
    assert secret.reveal().removeprefix("whsec_") not in shown


@given(KEYS, KEYS)
def test_secrets_are_equal_when_their_keys_are(one: bytes, other: bytes) -> None:
    """
    Equality is that of the keys, and a text is no secret.
    """
    assert (Secret(written(one)) == Secret(written(other))) == (one == other)
    assert Secret(written(one)) != written(one)


@pytest.mark.parametrize("secrets", [[], ()])
def test_signing_takes_at_least_one_secret(secrets: list[str]) -> None:
    """
    Nothing is signed with no secret at all.
    """
    with pytest.raises(SecretInvalid, match="at least one"):
        sign(b"{}", secrets, message_id="msg_1", timestamp=1)


def test_one_bad_secret_among_good_ones_is_refused() -> None:
    """
    A rotation with a malformed secret in it is not signed in part.
    """
    with pytest.raises(SecretInvalid):
        sign(b"{}", [Secret.generate(), "mySecret"], message_id="msg_1", timestamp=1)
