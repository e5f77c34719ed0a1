"""
The table of the signature checks.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from seamproof.checks.battery.check import Check
from seamproof.checks.battery.signature.bypass_table import BYPASSES, VERIFYING
from seamproof.checks.battery.signature.checks import (
    accepted,
    header_case,
    raw_body,
    rejected,
    tampered,
    tolerated_skew,
)
from seamproof.checks.model.check_info import Phase
from seamproof.signing.forgeries import GENUINE, STALE_AGE

TOLERANCE: Final = f"{VERIFYING}; five minutes, as in Svix's libraries"
ROTATION: Final = "Standard Webhooks: several signatures, separated by a space"
HEADER_CASE: Final = "RFC 9110, section 5.1: field names are case-insensitive"
WITHIN_TOLERANCE: Final = (
    "Require abs(now - timestamp) <= 300: reject timestamps that lie more than five minutes before "
    "the clock, and those that lie more than five minutes ahead of it."
)

#: A row of this table, with the values that most of its rows have.
_check: Final = partial(Check, phase=Phase.SIGNATURE, replay="refused")

SIGNATURE: Final = (
    _check(
        id="signature.missing_all_headers",
        title="without any Svix header: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "Anybody who finds the URL can post to it. A handler that accepts unsigned requests "
            "lets anybody unlock, revoke or delete."
        ),
        cure=(
            "Verify every request before anything else. Reject a request with a missing header "
            "with 400; never skip the verification."
        ),
        run=rejected("no svix headers"),
    ),
    _check(
        id="signature.missing_id",
        title="without svix-id: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "The id is part of the signed content. Without it the signature cannot be verified, "
            "and duplicates cannot be recognised."
        ),
        cure="Reject a request without svix-id with 400; do not use an empty text in its place.",
        run=rejected("no svix-id"),
    ),
    _check(
        id="signature.missing_timestamp",
        title="without svix-timestamp: rejected",
        severity="error",
        source=VERIFYING,
        why="Only the timestamp prevents that a recorded delivery is replayed a year later.",
        cure=(
            "Reject a request without svix-timestamp with 400; do not use the current time in its "
            "place."
        ),
        run=rejected("no svix-timestamp"),
    ),
    _check(
        id="signature.missing_signature",
        title="without svix-signature: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "A verification that runs only if there is a signature is bypassed by leaving the "
            "signature out."
        ),
        cure="Reject a request without svix-signature with 400.",
        run=rejected("no svix-signature"),
    ),
    _check(
        id="signature.empty_signature",
        title="with an empty svix-signature: rejected",
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
        title="signed with another secret: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "The header has the right form; only computing the signature shows that it is wrong. "
            "A secret that is empty, or was not decoded, protects nothing."
        ),
        cure=(
            "Compute the HMAC with the bytes that the base64 after whsec_ encodes, and compare. "
            "Do not start the handler without a secret."
        ),
        run=rejected(
            "another secret",
            "the empty secret",
            "the secret's text as the key",
            "the secret's base64 as the key",
        ),
        explains=("signature.*",),
    ),
    _check(
        id="signature.tampered_body",
        title="with a body changed after signing: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "An attacker who can change the body in transit, or reuse a signature, decides what "
            "the event says."
        ),
        cure=(
            "Compute the signature over the received body, each time; cache no verdict by id or "
            "by signature."
        ),
        run=tampered("another body at its beginning", "another body at its end"),
    ),
    _check(
        id="signature.tampered_id",
        title="with a svix-id changed after signing: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "If the signature does not cover the id, a recorded delivery can be sent again and "
            "again as a new message."
        ),
        cure="Sign `{id}.{timestamp}.{body}`, with the id exactly as received.",
        run=tampered("another id", "a longer id"),
    ),
    _check(
        id="signature.tampered_timestamp",
        title="with a svix-timestamp changed after signing: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "If the signature does not cover the timestamp, an old delivery can be given a "
            "current one."
        ),
        cure="Sign `{id}.{timestamp}.{body}`, with the timestamp exactly as received.",
        run=tampered("another timestamp", "a longer timestamp"),
    ),
    _check(
        id="signature.stale",
        title="signed 10 minutes ago: rejected",
        severity="error",
        source=TOLERANCE,
        why="Otherwise a delivery that was recorded once can be replayed for ever.",
        cure=WITHIN_TOLERANCE,
        run=rejected(GENUINE, age=STALE_AGE),
    ),
    _check(
        id="signature.future",
        title="signed 10 minutes ahead: rejected",
        severity="error",
        source=TOLERANCE,
        why="A delivery with a timestamp in the future can be held back and replayed later.",
        cure=WITHIN_TOLERANCE,
        run=rejected(GENUINE, age=-STALE_AGE),
    ),
    _check(
        id="signature.tolerated_skew",
        title="signed 4 minutes ago or ahead: accepted",
        severity="error",
        replay="accepted",
        source=TOLERANCE,
        why=(
            "Clocks differ and networks are slow: a tolerance below Svix's five minutes loses "
            "events."
        ),
        cure=(
            "Tolerate five minutes on either side of the clock, and synchronise the clock with NTP."
        ),
        run=tolerated_skew,
    ),
    _check(
        id="signature.truncated_signature",
        title="with a truncated signature: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "A comparison that stops at the end of the shorter text accepts a prefix, and a "
            "prefix can be guessed."
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
        title="with a signature of v0 or v1a alone: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "Only v1 is an HMAC with this secret. A handler that ignores the version can be made "
            "to accept another one."
        ),
        cure="Compare the signatures of version v1, ignore all others, and reject if none is left.",
        run=rejected("version v0 alone", "version v1a alone"),
    ),
    _check(
        id="signature.rotation_first",
        title="two signatures, the right one first: accepted",
        severity="error",
        replay="accepted",
        source=ROTATION,
        why="While a secret is rotated each delivery has several signatures, separated by a space.",
        cure="Split svix-signature at spaces and accept if any v1 signature is right.",
        run=accepted("rotation, current key first"),
        explains=("signature.rotation_*",),
    ),
    _check(
        id="signature.rotation_last",
        title="two signatures, the right one last: accepted",
        severity="error",
        replay="accepted",
        source=ROTATION,
        why=(
            "While a secret is rotated, the handler may still have the old one, whose signature "
            "comes last."
        ),
        cure="Split svix-signature at spaces and compare every v1 signature, not only the first.",
        run=accepted("rotation, current key last"),
        explains=("signature.rotation_*",),
    ),
    _check(
        id="signature.rotation_unknown_version_first",
        title="an unknown version first, then v1: accepted",
        severity="error",
        replay="accepted",
        source=ROTATION,
        why=(
            "Svix may add versions beside v1. A handler that fails at the first unknown one stops "
            "working that day."
        ),
        cure="Ignore signatures of unknown versions; reject only if no signature is right.",
        run=accepted("unknown version first"),
    ),
    _check(
        id="signature.header_case",
        title="header names in lower, Title and UPPER case: accepted",
        severity="error",
        replay="accepted",
        source=HEADER_CASE,
        why="Header names are case-insensitive. Proxies, HTTP/2 and gateways change their case.",
        cure="Look header names up case-insensitively, or convert all of them to lower case first.",
        run=header_case,
    ),
    _check(
        id="signature.raw_body",
        title="JSON serialised in other ways: accepted",
        severity="error",
        replay="accepted",
        source=VERIFYING,
        why=(
            "The signature covers the bytes. A body that was parsed and serialised again has "
            "other spaces, another order or other escapes, and no longer matches."
        ),
        cure=(
            "Verify the raw body before it is parsed: request.get_data(), await request.body(), "
            "express.raw()."
        ),
        run=raw_body,
    ),
    *BYPASSES,
)
