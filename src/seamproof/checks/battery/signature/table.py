"""
What the checks of signatures are about, and where their rules are written.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from seamproof.checks.battery.check import Check
from seamproof.checks.battery.signature.checks import (
    accepted,
    header_case,
    malformed_header,
    non_utf8_body,
    raw_body,
    rejected,
    replayed_signature_new_body,
    tampered,
    tolerated_skew,
)
from seamproof.checks.model.check_info import Phase
from seamproof.signing.forgeries import GENUINE, STALE_AGE

VERIFYING: Final = "Svix: https://docs.svix.com/receiving/verifying-payloads/how-manual"
TOLERANCE: Final = f"{VERIFYING}; five minutes, as Svix's libraries have it"
ROTATION: Final = "Standard Webhooks: several signatures, separated by a space"
HEADER_CASE: Final = "RFC 9110, section 5.1: field names are case-insensitive"
MALFORMED: Final = "RFC 9110, section 15.5.1: 400 for a malformed request; 500 is the server's own"

#: A row of this table, with the values that most of its rows have.
_check: Final = partial(Check, phase=Phase.SIGNATURE, replay="refused")

SIGNATURE: Final = (
    _check(
        id="signature.missing_all_headers",
        title="without any Svix header: refused",
        severity="error",
        source=VERIFYING,
        why=(
            "Whoever finds the URL can post to it. A handler that takes what is not signed "
            "lets anybody unlock, revoke or delete."
        ),
        cure=(
            "Verify every request before anything else; a missing header is a refusal "
            "(400), never a reason to skip the verification."
        ),
        run=rejected("no svix headers"),
    ),
    _check(
        id="signature.missing_id",
        title="without svix-id: refused",
        severity="error",
        source=VERIFYING,
        why=(
            "The id is part of what is signed. Without it nothing can be verified, and no "
            "duplicate can be told."
        ),
        cure=("Refuse a request without svix-id with 400; do not put an empty text in its place."),
        run=rejected("no svix-id"),
    ),
    _check(
        id="signature.missing_timestamp",
        title="without svix-timestamp: refused",
        severity="error",
        source=VERIFYING,
        why=("The timestamp is what keeps a recorded delivery from being played again next year."),
        cure=(
            "Refuse a request without svix-timestamp with 400; do not put the current time "
            "in its place."
        ),
        run=rejected("no svix-timestamp"),
    ),
    _check(
        id="signature.missing_signature",
        title="without svix-signature: refused",
        severity="error",
        source=VERIFYING,
        why=(
            "A check that runs only when there is something to check is passed by leaving it out."
        ),
        cure="Refuse a request without svix-signature with 400.",
        run=rejected("no svix-signature"),
    ),
    _check(
        id="signature.empty_signature",
        title="with an empty svix-signature: refused",
        severity="error",
        source=VERIFYING,
        why=(
            "An empty text is false in most languages, so that `if signature:` skips the "
            "verification."
        ),
        cure="Treat an empty svix-signature as a wrong one: 400.",
        run=rejected("empty signature"),
    ),
    _check(
        id="signature.wrong_secret",
        title="signed with another secret: refused",
        severity="error",
        source=VERIFYING,
        why=(
            "The header looks right and is not: only computing the signature tells. An "
            "empty secret, or one that was not decoded, is as good as none."
        ),
        cure=(
            "Compute the HMAC with the bytes that the base64 after whsec_ stands for, and "
            "compare. Let the handler not start without a secret."
        ),
        run=rejected(
            "another secret",
            "the empty secret",
            "the secret's text as the key",
            "the secret's base64 as the key",
        ),
    ),
    _check(
        id="signature.tampered_body",
        title="with a body changed after signing: refused",
        severity="error",
        source=VERIFYING,
        why=(
            "Whoever can change the body on the way, or reuse a signature, decides what the "
            "event says."
        ),
        cure=(
            "Compute the signature over the body that was received, each time; keep no "
            "verdict by id or by signature."
        ),
        run=tampered("another body at its beginning", "another body at its end"),
    ),
    _check(
        id="signature.tampered_id",
        title="with a svix-id changed after signing: refused",
        severity="error",
        source=VERIFYING,
        why=(
            "With an id that is not covered, a recorded delivery can be sent again and "
            "again as a new message."
        ),
        cure="Sign `{id}.{timestamp}.{body}`, with the id exactly as it came in.",
        run=tampered("another id", "a longer id"),
    ),
    _check(
        id="signature.tampered_timestamp",
        title="with a svix-timestamp changed after signing: refused",
        severity="error",
        source=VERIFYING,
        why="With a timestamp that is not covered, an old delivery is made young again.",
        cure="Sign `{id}.{timestamp}.{body}`, with the timestamp exactly as it came in.",
        run=tampered("another timestamp", "a longer timestamp"),
    ),
    _check(
        id="signature.stale",
        title="signed 10 minutes ago: refused",
        severity="error",
        source=TOLERANCE,
        why="A delivery that was recorded once could be replayed for ever.",
        cure="Refuse timestamps that lie more than five minutes before the clock.",
        run=rejected(GENUINE, age=STALE_AGE),
    ),
    _check(
        id="signature.future",
        title="signed 10 minutes ahead: refused",
        severity="error",
        source=TOLERANCE,
        why="A delivery signed for later can be held back and played when it suits.",
        cure=(
            "Refuse timestamps that lie more than five minutes ahead of the clock; look at "
            "both sides."
        ),
        run=rejected(GENUINE, age=-STALE_AGE),
    ),
    _check(
        id="signature.tolerated_skew",
        title="signed 4 minutes ago or ahead: accepted",
        severity="error",
        replay="accepted",
        source=TOLERANCE,
        why=(
            "Clocks differ and networks are slow: a tolerance tighter than Svix's five "
            "minutes loses events."
        ),
        cure=(
            "Tolerate five minutes on either side of the clock, and keep the clock in step "
            "with NTP."
        ),
        run=tolerated_skew,
    ),
    _check(
        id="signature.truncated_signature",
        title="with a signature cut short: refused",
        severity="error",
        source=VERIFYING,
        why=(
            "A comparison that stops at the shorter text takes a prefix, and a prefix can "
            "be guessed."
        ),
        cure=(
            "Compare the whole signature, in constant time: hmac.compare_digest, "
            "crypto.timingSafeEqual after a check of the length."
        ),
        run=rejected(
            "signature of 31 bytes",
            "signature of 30 bytes",
            "signature of 16 bytes",
            "signature of 15 bytes",
            "signature of 3 bytes",
            "signature of no bytes",
        ),
    ),
    _check(
        id="signature.unsigned_version",
        title="with a signature of v0 or v1a alone: refused",
        severity="error",
        source=VERIFYING,
        why=(
            "Only v1 is an HMAC with this secret. A handler that does not read the version "
            "can be talked into another one."
        ),
        cure=(
            "Try the signatures of version v1, pass over all others, and refuse if none is left."
        ),
        run=rejected("version v0 alone", "version v1a alone"),
    ),
    _check(
        id="signature.rotation_first",
        title="two signatures, the right one first: accepted",
        severity="error",
        replay="accepted",
        source=ROTATION,
        why=(
            "While a secret is rotated each delivery brings several signatures, separated "
            "by a space."
        ),
        cure="Split svix-signature at spaces and accept if any v1 signature is right.",
        run=accepted("rotation, current key first"),
    ),
    _check(
        id="signature.rotation_last",
        title="two signatures, the right one last: accepted",
        severity="error",
        replay="accepted",
        source=ROTATION,
        why=(
            "While a secret is rotated, the handler may still have the old one: its "
            "signature comes last."
        ),
        cure="Split svix-signature at spaces and try every v1 signature, not only the first.",
        run=accepted("rotation, current key last"),
    ),
    _check(
        id="signature.rotation_unknown_version_first",
        title="an unknown version first, then v1: accepted",
        severity="error",
        replay="accepted",
        source=ROTATION,
        why=(
            "Svix adds versions beside v1. A handler that fails at the first unknown one "
            "stops working that day."
        ),
        cure=(
            "Pass over signatures of versions that are not known; only if none is right, refuse."
        ),
        run=accepted("unknown version first"),
    ),
    _check(
        id="signature.header_case",
        title="header names in lower, Title and UPPER case: accepted",
        severity="error",
        replay="accepted",
        source=HEADER_CASE,
        why=(
            "Header names have no case. Proxies, HTTP/2 and gateways each write them in "
            "their own way."
        ),
        cure="Look header names up without regard to case, or lower all of them first.",
        run=header_case,
    ),
    _check(
        id="signature.raw_body",
        title="JSON written in other ways: accepted",
        severity="error",
        replay="accepted",
        source=VERIFYING,
        why=(
            "The signature covers the bytes. A body that was parsed and written again has "
            "other spaces, another order, other escapes, and no longer fits."
        ),
        cure=(
            "Verify the raw body before it is parsed: request.get_data(), await "
            "request.body(), express.raw()."
        ),
        run=raw_body,
    ),
    _check(
        id="signature.malformed_header",
        title="with malformed Svix headers: refused, without a crash",
        severity="error",
        source=MALFORMED,
        why=(
            "Garbage comes from scanners every day. A crash fills the error log and pages "
            "somebody; a timestamp of NaN can pass every comparison."
        ),
        cure=(
            "Catch what the verification raises for malformed headers too (a plain "
            "ValueError, among others) and answer 400."
        ),
        run=malformed_header,
    ),
    _check(
        id="signature.non_utf8_body",
        title="with a body that is not UTF-8: refused, without a crash",
        severity="error",
        source=MALFORMED,
        why=(
            "Decoding before verifying raises on bytes that are no text, and the handler "
            "answers 500 to anybody."
        ),
        cure="Verify bytes, not text; or catch the decoding error and answer 400.",
        run=non_utf8_body,
    ),
    _check(
        id="signature.replayed_signature_new_body",
        title="the headers of a delivery with another body: refused",
        severity="error",
        source=VERIFYING,
        why=(
            "A verdict remembered by id or signature, or a duplicate answered before it is "
            "verified, takes any body under known headers."
        ),
        cure=("Verify first, each time; look for duplicates only among requests that are genuine."),
        run=replayed_signature_new_body,
    ),
)
