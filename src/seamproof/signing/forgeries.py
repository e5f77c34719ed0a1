"""
Ways to sign a request: the genuine one, and each way in which it can be forged.

A request remembers its recipe, so that it can be made again tomorrow: with a new id,
a new timestamp and a new signature, and wrong in the same way.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.signing.secret import Secret
from seamproof.signing.signature import HEADERS, digest, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: By header, in lower case; a header that is not there is not sent.
Signed: TypeAlias = "dict[str, str]"
Recipe: TypeAlias = "Callable[[bytes, Secret, str, int], Signed]"

_ID, _TIMESTAMP, _SIGNATURE = HEADERS
#: A key of a rotation that is over, or of somebody else.
_OTHER: Final = Secret("whsec_" + base64.b64encode(b"not the key of the handler!").decode())
#: An Ed25519 signature has 64 bytes; nobody can verify this one.
_ASYMMETRIC: Final = "v1a," + base64.b64encode(b"asymmetric" * 6 + b"sign").decode()


def genuine(body: bytes, secret: Secret, message_id: str, timestamp: int) -> Signed:
    """
    Sign as Svix does.
    """
    headers = sign(body, secret, message_id=message_id, timestamp=timestamp).headers
    return {name: headers[name] for name in HEADERS}


def _without(*names: str) -> Recipe:
    def forge(body: bytes, secret: Secret, message_id: str, timestamp: int) -> Signed:
        signed = genuine(body, secret, message_id, timestamp)
        return {name: value for name, value in signed.items() if name not in names}

    return forge


def _with(name: str, change: Callable[[str], str]) -> Recipe:
    """
    Change a header after signing.
    """

    def forge(body: bytes, secret: Secret, message_id: str, timestamp: int) -> Signed:
        signed = genuine(body, secret, message_id, timestamp)
        return {**signed, name: change(signed[name])}

    return forge


def _other_secret(body: bytes, _: Secret, message_id: str, timestamp: int) -> Signed:
    return genuine(body, _OTHER, message_id, timestamp)


def _keyed(key: Callable[[str], bytes]) -> Recipe:
    """
    Sign with a key that is made of the secret's text in a wrong way.
    """

    def forge(body: bytes, secret: Secret, message_id: str, timestamp: int) -> Signed:
        code = digest(key(secret.reveal()), message_id, timestamp, body)
        signature = "v1," + base64.b64encode(code).decode()
        return dict(zip(HEADERS, (message_id, str(timestamp), signature), strict=True))

    return forge


def _other_body(place: int) -> Recipe:
    """
    Sign a body that has another letter or digit than the one that is sent.

    Args:
        place: Which one of them, from the beginning or, negative, from the end.
    """

    def forge(body: bytes, secret: Secret, message_id: str, timestamp: int) -> Signed:
        places = [at for at, byte in enumerate(body) if chr(byte).isascii() and chr(byte).isalnum()]
        at = places[place % len(places)] if places else 0
        other = b"0" if body[at : at + 1] != b"0" else b"1"
        return genuine(body[:at] + other + body[at + 1 :], secret, message_id, timestamp)

    return forge


def _without_bytes(body: bytes, secret: Secret, message_id: str, timestamp: int) -> Signed:
    """
    Sign a body as it was before bytes that are no text were put into it.
    """
    text = body.decode(errors="ignore").encode()
    return genuine(text, secret, message_id, timestamp)


def _over(text: str) -> Recipe:
    """
    Sign over a timestamp that is no number of seconds.
    """

    def forge(body: bytes, secret: Secret, message_id: str, _: int) -> Signed:
        content = f"{message_id}.{text}.".encode() + body
        code = hmac.digest(secret.key, content, "sha256")
        signature = "v1," + base64.b64encode(code).decode()
        return dict(zip(HEADERS, (message_id, text, signature), strict=True))

    return forge


def _rotation(*, current_first: bool) -> Recipe:
    def forge(body: bytes, secret: Secret, message_id: str, timestamp: int) -> Signed:
        keys = (secret, _OTHER) if current_first else (_OTHER, secret)
        headers = sign(body, keys, message_id=message_id, timestamp=timestamp).headers
        return {name: headers[name] for name in HEADERS}

    return forge


def _shortened(length: int) -> Callable[[str], str]:
    """
    Cut a signature to some bytes; what is left is good base64.
    """
    return lambda text: "v1," + base64.b64encode(_raw(text)[:length]).decode()


def _raw(signature: str) -> bytes:
    return base64.b64decode(signature.partition(",")[2])


def _constant(text: str) -> Callable[[str], str]:
    return lambda _: text


#: Signed before bytes that are no text were put into the body; of a text it is genuine.
STRIPPED: Final = "another body, without its bytes that are no text"
#: The recipes of requests that are genuine.
GENUINE: Final = (
    "genuine",
    "rotation, current key first",
    "rotation, current key last",
    "unknown version first",
)
#: The recipe of a request under the very headers of an earlier one.
BORROWED: Final = "headers of another delivery"

#: By name; all others make forgeries.
RECIPES: Final[Mapping[str, Recipe]] = {
    "genuine": genuine,
    "rotation, current key first": _rotation(current_first=True),
    "rotation, current key last": _rotation(current_first=False),
    "unknown version first": _with(_SIGNATURE, lambda text: f"{_ASYMMETRIC} {text}"),
    "no svix headers": _without(*HEADERS),
    "no svix-id": _without(_ID),
    "no svix-timestamp": _without(_TIMESTAMP),
    "no svix-signature": _without(_SIGNATURE),
    "empty signature": _with(_SIGNATURE, _constant("")),
    "another secret": _other_secret,
    "the empty secret": _keyed(lambda _: b""),
    "the secret's text as the key": _keyed(str.encode),
    "the secret's base64 as the key": _keyed(lambda text: text.removeprefix("whsec_").encode()),
    "another body at its beginning": _other_body(5),
    "another body at its end": _other_body(-1),
    # After the delivery whose headers they are; alone, under those of some other body.
    BORROWED: _other_body(-1),
    STRIPPED: _without_bytes,
    "another id": _with(_ID, lambda text: text[:-2] + ("aa" if text[-2:] != "aa" else "bb")),
    "a longer id": _with(_ID, lambda text: text + "x"),
    "another timestamp": _with(_TIMESTAMP, lambda text: str(int(text) - 1)),
    "a longer timestamp": _with(_TIMESTAMP, lambda text: text + "000"),
    # Of 30, 15 and 3 bytes the base64 is the beginning of that of 32.
    **{
        f"signature of {length} bytes": _with(_SIGNATURE, _shortened(length))
        for length in (31, 30, 16, 15, 3)
    },
    "signature of no bytes": _with(_SIGNATURE, _shortened(0)),
    "version v0 alone": _with(_SIGNATURE, lambda text: "v0" + text.removeprefix("v1")),
    "version v1a alone": _with(_SIGNATURE, lambda text: "v1a" + text.removeprefix("v1")),
    "signature without a comma": _with(_SIGNATURE, _constant("garbage")),
    "signature without a version": _with(_SIGNATURE, lambda text: text.removeprefix("v1,")),
    "signature with two commas": _with(_SIGNATURE, _constant("v1,garbage,garbage")),
    "signature of no base64": _with(_SIGNATURE, _constant("v1,!")),
    "signature of broken base64": _with(_SIGNATURE, lambda text: text.rstrip("=")[:-2]),
    "timestamp NaN": _with(_TIMESTAMP, _constant("NaN")),
    "timestamp NaN, signed over": _over("NaN"),
    "timestamp inf, signed over": _over("inf"),
    "timestamp empty": _with(_TIMESTAMP, _constant("")),
    "timestamp in words": _with(_TIMESTAMP, _constant("yesterday")),
}
