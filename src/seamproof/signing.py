"""
Secrets, signatures, and why a request does not carry a right one.

The scheme is Svix's (https://docs.svix.com/receiving/verifying-payloads/how-manual):
HMAC-SHA256 over `{id}.{timestamp}.{body}`. Nothing here reads a clock.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import math
import re
import secrets as entropy
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, Final

from standardwebhooks.webhooks import hmac_data

from seamproof.errors import SecretInvalid
from seamproof.events import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    Secrets: TypeAlias = "Secret | str | Sequence[Secret | str]"

PREFIX: Final = "whsec_"
MIN_KEY: Final = 24
MAX_KEY: Final = 75

#: Seconds that a timestamp may lie before or after the receiver's clock.
TOLERANCE: Final = 300

HEADERS: Final = ("svix-id", "svix-timestamp", "svix-signature")

#: Bodies over this many bytes are not searched for re-serialised variants.
_DIAGNOSED: Final = 1_000_000
_CURE: Final = (
    "copy the secret that Seam shows for the webhook: whsec_ and base64 of 24 to 75 bytes"
)


class Secret:
    """
    A signing secret. Its text never shows up in a `repr`, a log or an error.

    Args:
        text: `whsec_` and standard base64 of 24 to 75 bytes, with or without padding.

    Raises:
        SecretInvalid: Saying what is wrong with the text, without showing it.
    """

    __slots__ = ("_text", "key")

    def __init__(self, text: str) -> None:
        self._text = text
        self.key = _decode(text)

    @classmethod
    def generate(cls, random_bytes: Callable[[int], bytes] = entropy.token_bytes) -> Secret:
        """
        Make a new secret of 24 bytes, as Svix does.
        """
        return cls(PREFIX + base64.b64encode(random_bytes(MIN_KEY)).decode())

    def reveal(self) -> str:
        """
        The text itself, for the one place that has to be told.
        """
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({PREFIX}…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self.key, other.key)

    def __hash__(self) -> int:
        return hash(self.key)


def _decode(text: str) -> bytes:
    if not text.startswith(PREFIX):
        what, found = f"a signing secret begins with {PREFIX}", f"{len(text)} characters without it"
        raise SecretInvalid(what, found=found, cure=_CURE)
    encoded = text.removeprefix(PREFIX).rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9+/]*", encoded) or len(encoded) % 4 == 1:
        what = f"what follows {PREFIX} in a signing secret is standard base64"
        found = f"{len(encoded)} characters that are not"
        raise SecretInvalid(what, found=found, cure=_CURE)
    key = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    if not MIN_KEY <= len(key) <= MAX_KEY:
        what = f"a signing secret stands for {MIN_KEY} to {MAX_KEY} bytes"
        raise SecretInvalid(what, found=f"{len(key)} bytes", cure=_CURE)
    return key


def _all(secrets: Secrets) -> tuple[Secret, ...]:
    several = [secrets] if isinstance(secrets, Secret | str) else list(secrets)
    if not several:
        what = "signing takes at least one secret"
        raise SecretInvalid(what, found="none")
    return tuple(one if isinstance(one, Secret) else Secret(one) for one in several)


def _digest(key: bytes, message_id: str, timestamp: int, body: bytes) -> bytes:
    return hmac_data(key, f"{message_id}.{timestamp}.".encode() + body)


def sign(body: bytes | str, secret: Secrets, *, message_id: str, timestamp: int) -> Delivery:
    """
    Sign a body as Svix signs it.

    Args:
        body: The exact JSON text. A str is taken as UTF-8.
        secret: One secret, or several while a rotation lasts: the current one
            first, then the old ones. Each adds a signature, in that order.
        message_id: `msg_…`: the same for every attempt of a message.
        timestamp: Whole seconds since the epoch, taken anew for each attempt.

    Returns:
        The delivery with its headers: `svix-id`, `svix-timestamp`,
        `svix-signature` and `content-type`.

    Raises:
        SecretInvalid: A secret is not of the right form.
    """
    raw = body.encode() if isinstance(body, str) else body
    signatures = (
        "v1," + base64.b64encode(_digest(one.key, message_id, timestamp, raw)).decode()
        for one in _all(secret)
    )
    values = (message_id, str(timestamp), " ".join(signatures))
    headers = dict(zip(HEADERS, values, strict=True)) | {"content-type": "application/json"}
    return Delivery(message_id, timestamp, raw, headers)


class Reason(StrEnum):
    """
    Why a request verifies or does not.
    """

    OK = "ok"
    SECRET_MALFORMED = "secret_malformed"  # noqa: S105 - a reason's name, not a secret
    MISSING_HEADER = "missing_header"
    TIMESTAMP_MALFORMED = "timestamp_malformed"
    STALE = "stale"
    FUTURE = "future"
    SIGNATURE_MALFORMED = "signature_malformed"
    UNKNOWN_VERSION = "unknown_version"
    BODY_RESERIALISED = "body_reserialised"
    SECRET_NOT_DECODED = "secret_not_decoded"  # noqa: S105 - a reason's name, not a secret
    OTHER_SECRET = "other_secret"  # noqa: S105 - a reason's name, not a secret


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    Whether a request is genuine, and if not, exactly why.

    Attributes:
        reason: The kind of failure, or `Reason.OK`.
        explanation: The same in words, with names and figures.
        missing: The headers that are absent or empty.
        skew: Seconds from the receiver's clock to the timestamp: negative is
            the past. None when there is no readable timestamp.
    """

    reason: Reason
    explanation: str
    missing: tuple[str, ...] = ()
    skew: float | None = None

    @property
    def valid(self) -> bool:
        """
        Whether the request is genuine.
        """
        return self.reason is Reason.OK

    def __bool__(self) -> bool:
        return self.valid


def verify(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: Secrets,
    *,
    now: float,
    tolerance: float = TOLERANCE,
) -> Verdict:
    """
    Say whether a request is genuine, and if not, exactly why.

    Args:
        body: The body as it was received.
        headers: In any case. `webhook-…` stands in for `svix-…`, as with Svix.
        secret: One secret, or several while a rotation lasts: any of them will do.
        now: The receiver's clock, in seconds since the epoch.
        tolerance: Seconds that the timestamp may lie before or after it.
    """
    try:
        keys = tuple(one.key for one in _all(secret))
    except SecretInvalid as problem:
        found = f" (found: {problem.found})" if problem.found else ""
        return Verdict(Reason.SECRET_MALFORMED, f"{problem.what}{found}; {problem.cure}")
    raw = body.encode() if isinstance(body, str) else body
    given = _headers(headers)
    missing = tuple(name for name in HEADERS if not given[name])
    if missing:
        absent = " and ".join(missing)
        return Verdict(Reason.MISSING_HEADER, f"the request has no {absent} header", missing)
    timestamp = _seconds(given["svix-timestamp"])
    if timestamp is None:
        text = f"svix-timestamp is {given['svix-timestamp']!r}, not seconds since the epoch"
        return Verdict(Reason.TIMESTAMP_MALFORMED, text)
    signed = _Signed(given["svix-id"], math.floor(timestamp), raw, given["svix-signature"])
    skew = timestamp - now
    if abs(skew) > tolerance:
        return _out_of_time(skew, tolerance, genuine=signed.matches(keys))
    reason, explanation = _judge(signed, keys, list(_texts(secret)))
    return Verdict(reason, explanation, skew=skew)


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    lower = {name.lower(): value for name, value in headers.items()}
    return {
        name: lower.get(name, lower.get(name.replace("svix", "webhook"), "")) for name in HEADERS
    }


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _out_of_time(skew: float, tolerance: float, *, genuine: bool) -> Verdict:
    reason, way = (Reason.STALE, "old") if skew < 0 else (Reason.FUTURE, "ahead of the clock")
    rest = "the signature itself is right" if genuine else "the signature is not right either"
    text = f"svix-timestamp is {abs(skew):g} s {way}, {tolerance:g} s are tolerated; {rest}"
    return Verdict(reason, text, skew=skew)


@dataclass(frozen=True, slots=True)
class _Signed:
    """
    What a request says was signed, and the signatures that it brings.
    """

    message_id: str
    timestamp: int
    body: bytes
    signatures: str

    def entries(self) -> Iterator[tuple[str, str]]:
        """
        Each signature as (version, base64); a version of "" has no comma.
        """
        for entry in self.signatures.split():
            version, comma, encoded = entry.partition(",")
            yield (version, encoded) if comma else ("", entry)

    def matches(self, keys: Iterable[bytes], body: bytes | None = None) -> bool:
        """
        Whether any v1 signature is that of any key over the (or another) body.
        """
        content = self.body if body is None else body
        wanted = [_digest(key, self.message_id, self.timestamp, content) for key in keys]
        return any(
            hmac.compare_digest(digest, brought)
            for brought in (_unbase64(text) for version, text in self.entries() if version == "v1")
            if brought is not None
            for digest in wanted
        )


def _unbase64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return None


def _judge(signed: _Signed, keys: tuple[bytes, ...], texts: list[str]) -> tuple[Reason, str]:
    if signed.matches(keys):
        return Reason.OK, "the signature is right"
    versions = [version for version, _ in signed.entries()]
    if any(
        version == "" or (version == "v1" and _unbase64(text) is None)
        for version, text in signed.entries()
    ):
        return Reason.SIGNATURE_MALFORMED, (
            "svix-signature is not `v1,` and base64, several of them separated by one space"
        )
    if "v1" not in versions:
        found = ", ".join(sorted(set(versions)))
        return Reason.UNKNOWN_VERSION, f"no signature of version v1 was sent, only {found}"
    style = next(
        (style for style, body in _variants(signed.body) if signed.matches(keys, body)), ""
    )
    if style:
        return Reason.BODY_RESERIALISED, (
            f"the signature is right for the body {style}: "
            "the body was changed on the way, as parsing and serialising it anew does; "
            "verify the bytes as they came in"
        )
    if signed.matches(_undecoded(texts)):
        return Reason.SECRET_NOT_DECODED, (
            "the signature was made with the characters of the secret; "
            f"the key is what the base64 after {PREFIX} stands for"
        )
    return Reason.OTHER_SECRET, (
        "no secret given makes this signature: the request was signed with another secret, "
        "or its id, timestamp or body was changed after signing"
    )


def _texts(secret: Secrets) -> Iterator[str]:
    for one in [secret] if isinstance(secret, Secret | str) else secret:
        yield one.reveal() if isinstance(one, Secret) else one


def _undecoded(texts: list[str]) -> list[bytes]:
    return [key.encode() for text in texts for key in (text, text.removeprefix(PREFIX))]


def _variants(body: bytes) -> Iterator[tuple[str, bytes]]:
    """
    Bodies that the sender may have signed, given one that was serialised anew.
    """
    if len(body) > _DIAGNOSED:
        return
    yield "without the white space around it", body.strip()
    yield "with a line feed at its end", body + b"\n"
    yield "with LF for CRLF", body.replace(b"\r\n", b"\n")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    for (style, indent, separators), ascii_only, in_order in product(
        _STYLES, (False, True), (False, True)
    ):
        text = json.dumps(
            value,
            indent=indent,
            separators=separators,
            ensure_ascii=ascii_only,
            sort_keys=in_order,
        )
        name = style + (", escaped to ASCII" if ascii_only else "")
        name += ", keys sorted" if in_order else ""
        raw = text.encode(errors="surrogatepass")
        yield name, raw
        yield f"{name}, slashes escaped", raw.replace(b"/", b"\\/")


_STYLES: Final = (
    ("as compact JSON", None, (",", ":")),
    ("as JSON with spaces after commas and colons", None, (", ", ": ")),
    ("as JSON indented by two spaces", 2, (",", ": ")),
    ("as JSON indented by four spaces", 4, (",", ": ")),
    ("as JSON indented by tabs", "\t", (",", ": ")),
)
