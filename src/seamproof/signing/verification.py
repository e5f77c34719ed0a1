"""
Verification of signed requests, with the reason why one is not genuine.
"""

from __future__ import annotations

import base64
import hmac
import json
import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, Final

from seamproof.errors import SecretInvalid
from seamproof.formats import read_decimal
from seamproof.json_types import parse_json
from seamproof.signing.secret import PREFIX, parse_secrets
from seamproof.signing.signature import HEADERS, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seamproof.signing.secret import Secrets

#: Seconds by which a timestamp may differ from the receiver's clock.
TOLERANCE: Final = 300

#: Larger bodies, in bytes, are not tried in other serialisations.
_LARGEST_DIAGNOSED: Final = 1_000_000


class Reason(StrEnum):
    """
    The reasons why a request is not genuine, and `OK`.
    """

    OK = "ok"
    SECRET_MALFORMED = "secret_malformed"
    MISSING_HEADER = "missing_header"
    TIMESTAMP_MALFORMED = "timestamp_malformed"
    STALE = "stale"
    FUTURE = "future"
    SIGNATURE_MALFORMED = "signature_malformed"
    UNKNOWN_VERSION = "unknown_version"
    BODY_RESERIALISED = "body_reserialised"
    SECRET_NOT_DECODED = "secret_not_decoded"
    OTHER_SECRET = "other_secret"


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    The result of a verification. It is true if the request is genuine.

    Attributes:
        reason: `Reason.OK`, or why the request is not genuine.
        explanation: The reason in words, with names and figures.
        missing: The headers that are absent or empty.
        skew: Seconds from the receiver's clock to the timestamp; negative is
            the past. None if there is no readable timestamp.
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
    Verify a request; if it is not genuine, find out why.

    Args:
        body: The body as it was received.
        headers: Names in any case; `webhook-…` is read where `svix-…` is missing, as Svix does.
        secret: One secret, or several during a rotation: a signature with any of them is valid.
        now: The receiver's clock, in seconds since the epoch.
        tolerance: Seconds by which the timestamp may differ from the clock.
    """
    try:
        secrets = parse_secrets(secret)
    except SecretInvalid as problem:
        found = f" (found: {problem.found})" if problem.found else ""
        return Verdict(Reason.SECRET_MALFORMED, f"{problem.what}{found}; {problem.cure}")
    raw = body.encode() if isinstance(body, str) else body
    given = _svix_headers(headers)
    missing = tuple(name for name in HEADERS if not given[name])
    if missing:
        absent = " and ".join(missing)
        return Verdict(Reason.MISSING_HEADER, f"the request has no {absent} header", missing)
    timestamp = read_decimal(given["svix-timestamp"])
    if timestamp is None:
        text = f"svix-timestamp is {given['svix-timestamp']!r}, not seconds since the epoch"
        return Verdict(Reason.TIMESTAMP_MALFORMED, text)
    signed = _SignedParts(
        given["svix-id"], math.floor(round(timestamp, 6)), raw, given["svix-signature"]
    )
    keys, skew = [one.key for one in secrets], timestamp - now
    if abs(skew) > tolerance:
        return _outside_tolerance(skew, tolerance, genuine=signed.matches(keys))
    reason, explanation = _diagnose(signed, keys, [one.reveal() for one in secrets])
    return Verdict(reason, explanation, skew=skew)


def _svix_headers(headers: Mapping[str, str]) -> dict[str, str]:
    lower = {name.lower(): value for name, value in headers.items()}
    return {
        name: lower.get(name, lower.get(name.replace("svix", "webhook"), "")) for name in HEADERS
    }


def _outside_tolerance(skew: float, tolerance: float, *, genuine: bool) -> Verdict:
    reason, side = (Reason.STALE, "old") if skew < 0 else (Reason.FUTURE, "ahead of the clock")
    rest = "the signature itself is valid" if genuine else "the signature is not valid either"
    distance, allowed = (
        f"{seconds:.3f}".rstrip("0").rstrip(".") for seconds in (abs(skew), tolerance)
    )
    text = f"svix-timestamp is {distance} s {side}, {allowed} s are tolerated; {rest}"
    return Verdict(reason, text, skew=skew)


@dataclass(frozen=True, slots=True)
class _SignedParts:
    """
    The parts of a request that are signed, and its signatures.
    """

    message_id: str
    timestamp: int
    body: bytes
    signatures: str

    def entries(self) -> Iterator[tuple[str, str]]:
        """
        Split the header into pairs of version and base64; the version is "" without a comma.
        """
        for entry in self.signatures.split(" "):
            version, comma, encoded = entry.partition(",")
            yield (version, encoded) if comma else ("", entry)

    def matches(self, keys: Iterable[bytes], body: bytes | None = None) -> bool:
        """
        Whether a v1 signature is valid with any of the keys, for this body or another one.
        """
        content = self.body if body is None else body
        expected = [digest(key, self.message_id, self.timestamp, content) for key in keys]
        received = [_unbase64(text) for version, text in self.entries() if version == "v1"]
        return any(
            hmac.compare_digest(one, other)
            for one in received
            if one is not None
            for other in expected
        )


def _unbase64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text)
    except ValueError:
        return None


def _diagnose(signed: _SignedParts, keys: list[bytes], texts: list[str]) -> tuple[Reason, str]:
    if signed.matches(keys):
        return Reason.OK, "the signature is valid"
    versions = [version for version, _ in signed.entries()]
    if any(
        version == "" or (version == "v1" and _unbase64(text) is None)
        for version, text in signed.entries()
    ):
        return Reason.SIGNATURE_MALFORMED, (
            "svix-signature is not `v1,` and base64, or several of these separated by one space"
        )
    if "v1" not in versions:
        found = ", ".join(sorted(set(versions)))
        return Reason.UNKNOWN_VERSION, f"no signature of version v1 was sent, only {found}"
    style = next(
        (style for style, body in _variants(signed.body) if signed.matches(keys, body)), ""
    )
    if style:
        return Reason.BODY_RESERIALISED, (
            f"the signature is valid for the body {style}: "
            "the body was changed after signing, as parsing and serialising it does; "
            "verify the bytes as they were received"
        )
    undecoded = [key.encode() for text in texts for key in (text, text.removeprefix(PREFIX))]
    if signed.matches(undecoded):
        return Reason.SECRET_NOT_DECODED, (
            "the signature was computed with the text of the secret as the key; "
            f"the key is the decoded base64 after {PREFIX}"
        )
    return Reason.OTHER_SECRET, (
        "the signature is valid with none of the secrets: the request was signed with another "
        "secret, or its id, timestamp or body was changed after signing"
    )


def _variants(body: bytes) -> Iterator[tuple[str, bytes]]:
    """
    Serialise a body in other ways, one of which the sender may have signed.
    """
    if len(body) > _LARGEST_DIAGNOSED:
        return
    yield "without the white space around it", body.strip()
    yield "with a line feed at its end", body + b"\n"
    yield "with LF for CRLF", body.replace(b"\r\n", b"\n")
    try:
        value = parse_json(body)
    except ValueError:
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


_STYLES: Final[tuple[tuple[str, int | str | None, tuple[str, str]], ...]] = (
    ("as compact JSON", None, (",", ":")),
    ("as JSON with spaces after commas and colons", None, (", ", ": ")),
    ("as JSON indented by two spaces", 2, (",", ": ")),
    ("as JSON indented by four spaces", 4, (",", ": ")),
    ("as JSON indented by tabs", "\t", (",", ": ")),
)
