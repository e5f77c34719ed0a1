"""
Ways to sign a delivery that a handler may have been written for, in place of that of Svix.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from seamproof.signing.secret import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import JsonObject
    from seamproof.signing import Secret

_Make = TypeVar("_Make")


@dataclass(frozen=True, slots=True)
class Variation(Generic[_Make]):
    """
    One part of a way to sign.

    Attributes:
        make: Makes the part.
        finding: What a handler does that expects it; empty where it does right.
        cure: What it should do.
        is_alone: Whether it is tried with no other variation.
    """

    make: _Make
    finding: str = ""
    cure: str = ""
    is_alone: bool = False


def _dumped(**how: Any) -> Callable[[JsonObject], bytes]:
    return lambda event: json.dumps(event, **how).encode()


#: Serialisations of a parsed body, by their descriptions.
SERIALISATIONS: Final[Mapping[str, Callable[[JsonObject], bytes]]] = {
    "json.dumps": _dumped(),
    "json.dumps with sorted keys": _dumped(sort_keys=True),
    "json.dumps with sorted keys and without spaces": _dumped(
        sort_keys=True, separators=(",", ":")
    ),
    "json.dumps with an indent of 2": _dumped(indent=2),
    "json.dumps with an indent of 4": _dumped(indent=4),
    "str of a dict": lambda event: str(event).encode(),
}

_SIGN: Final = 'sign f"{svix_id}.{svix_timestamp}." and the raw body'

#: What is signed, from id, timestamp and body.
CONTENTS: Final[tuple[Variation[Callable[[str, str, bytes], bytes]], ...]] = (
    Variation(lambda message_id, stamp, body: f"{message_id}.{stamp}.".encode() + body),
    Variation(lambda _, __, body: body, "signs the body alone", _SIGN),
    Variation(
        lambda _, stamp, body: f"{stamp}.".encode() + body,
        "signs timestamp.body, without the id",
        _SIGN,
    ),
    Variation(
        lambda message_id, _, body: f"{message_id}.".encode() + body,
        "signs id.body, without the timestamp",
        _SIGN,
    ),
    Variation(
        lambda message_id, stamp, body: f"{message_id}{stamp}".encode() + body,
        "signs id, timestamp and body without the dots between them",
        _SIGN,
    ),
)

_DECODE: Final = 'use the bytes: key = base64.b64decode(secret.removeprefix("whsec_"))'
_SET: Final = "set the secret where the handler reads it, and refuse to start without one"

#: The key, from the secret.
KEYS: Final[tuple[Variation[Callable[[Secret], bytes]], ...]] = (
    Variation(lambda secret: secret.key),
    Variation(
        lambda secret: secret.reveal().encode(),
        "uses the text of the secret as the key",
        _DECODE,
    ),
    Variation(
        lambda secret: secret.reveal().removeprefix(PREFIX).encode(),
        "uses the text after whsec_ as the key, without decoding its base64",
        _DECODE,
    ),
    Variation(
        lambda secret: _decoded(secret.reveal().lstrip(PREFIX)),
        "strips the letters of whsec_ off the secret, and with them letters of the key",
        _DECODE,
        is_alone=True,
    ),
    Variation(lambda _: b"", "verifies with an empty secret", _SET, is_alone=True),
    Variation(
        lambda _: b"None", 'verifies with the text "None" as the secret', _SET, is_alone=True
    ),
    Variation(
        lambda _: b"undefined",
        'verifies with the text "undefined" as the secret',
        _SET,
        is_alone=True,
    ),
)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "==")
    except binascii.Error:
        return text.encode()


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


_COMPARE: Final = (
    'compare base64 of the digest with what stands after "v1," in each part of svix-signature, '
    "which are separated by spaces"
)

#: The signature as it is sent, from the digest and the timestamp.
SIGNATURES: Final[tuple[Variation[Callable[[bytes, str], str]], ...]] = (
    Variation(lambda digest, _: f"v1,{_base64(digest)}"),
    Variation(lambda digest, _: _base64(digest), 'expects base64 without "v1,"', _COMPARE),
    Variation(lambda digest, _: digest.hex(), "compares a hex digest", _COMPARE),
    Variation(
        lambda digest, _: f"v1,{digest.hex()}", 'compares a hex digest after "v1,"', _COMPARE
    ),
    Variation(
        lambda digest, _: f"sha256={digest.hex()}",
        'compares "sha256=" and a hex digest',
        _COMPARE,
    ),
    Variation(lambda digest, _: f"v1={digest.hex()}", 'compares "v1=" and a hex digest', _COMPARE),
    Variation(
        lambda digest, stamp: f"t={stamp},v1={digest.hex()}",
        'reads "t=…,v1=…" with a hex digest, as Stripe sends it',
        _COMPARE,
    ),
)

_SECONDS: Final = "read svix-timestamp as whole seconds since the epoch"

#: The timestamp, from seconds since the epoch.
TIMESTAMPS: Final[tuple[Variation[Callable[[int], str]], ...]] = (
    Variation(str),
    Variation(
        lambda now: str(now * 1000), "reads the timestamp as milliseconds", _SECONDS, is_alone=True
    ),
    Variation(
        lambda now: datetime.fromtimestamp(now, UTC).isoformat(),
        "reads the timestamp as ISO 8601",
        _SECONDS,
        is_alone=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Scheme:
    """
    A way to sign: a variation of each part.
    """

    content: Variation[Callable[[str, str, bytes], bytes]] = CONTENTS[0]
    key: Variation[Callable[[Secret], bytes]] = KEYS[0]
    signature: Variation[Callable[[bytes, str], str]] = SIGNATURES[0]
    timestamp: Variation[Callable[[int], str]] = TIMESTAMPS[0]

    @property
    def deviations(self) -> tuple[Variation[Any], ...]:
        """
        The parts that are not as Svix makes them.
        """
        parts = (self.content, self.key, self.signature, self.timestamp)
        return tuple(one for one in parts if one.finding)

    def sign(self, secret: Secret, message_id: str, now: int, body: bytes) -> tuple[str, str]:
        """
        Make the timestamp and the signature of a body.
        """
        stamp = self.timestamp.make(now)
        content = self.content.make(message_id, stamp, body)
        digest = hmac.digest(self.key.make(secret), content, "sha256")
        return stamp, self.signature.make(digest, stamp)


def schemes() -> list[Scheme]:
    """
    List the ways to sign: those that deviate least come first, the one of Svix as the very first.
    """
    every = [Scheme(*parts) for parts in product(CONTENTS, KEYS, SIGNATURES, TIMESTAMPS)]
    plausible = [
        one
        for one in every
        if not one.deviations[1:] or not any(d.is_alone for d in one.deviations)
    ]
    return sorted(plausible, key=lambda scheme: len(scheme.deviations))


#: The headers of Svix, of Standard Webhooks, and of other senders: id, timestamp, signature.
SVIX_NAMES: Final = ("svix-id", "svix-timestamp", "svix-signature")
STANDARD_NAMES: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
_OTHER_NAMES: Final = (
    ("seam-id", "seam-timestamp", "seam-signature"),
    ("x-seam-id", "x-seam-timestamp", "x-seam-signature"),
    ("x-webhook-id", "x-webhook-timestamp", "x-webhook-signature"),
    ("x-svix-id", "x-svix-timestamp", "x-svix-signature"),
    ("seam-webhook-id", "seam-webhook-timestamp", "seam-webhook-signature"),
    ("x-request-id", "x-timestamp", "x-signature"),
    ("x-seam-webhook-id", "x-seam-webhook-timestamp", "x-seam-webhook-signature"),
    ("id", "timestamp", "signature"),
    ("x-event-id", "x-signature-timestamp", "x-hub-signature-256"),
)
#: All of them; what a handler reads is found out by leaving the others out.
NAMES: Final = (SVIX_NAMES, STANDARD_NAMES, *_OTHER_NAMES)
