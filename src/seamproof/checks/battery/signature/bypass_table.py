"""
The table of the signature checks that are about ways around the verification.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from seamproof.checks.battery.check import Check
from seamproof.checks.battery.signature.bypasses import no_leak, other_content_type
from seamproof.checks.battery.signature.checks import (
    non_utf8_body,
    rejected,
    replayed_signature_new_body,
)
from seamproof.checks.model.check_info import Phase

VERIFYING: Final = "Svix: https://docs.svix.com/receiving/verifying-payloads/how-manual"
MALFORMED: Final = "RFC 9110, section 15.5.1: 400 for a malformed request; 500 is the server's own"

#: A row of this table, with the values that most of its rows have.
_check: Final = partial(Check, phase=Phase.SIGNATURE, replay="refused")

BYPASSES: Final = (
    _check(
        id="signature.other_case",
        title="with the signature in another letter case: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "Base64 distinguishes capital letters from small ones. A comparison that does not "
            "accepts many signatures for one, and shows that the comparison is not one of bytes."
        ),
        cure=(
            "Compare the signatures as they are, in constant time: hmac.compare_digest, "
            "crypto.timingSafeEqual."
        ),
        run=rejected(
            "signature in lower case", "signature in upper case", "signature in the other case"
        ),
    ),
    _check(
        id="signature.other_content_type",
        title="forged, with another content type: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "Whoever forges a request chooses its content type. A handler that verifies only "
            "application/json is bypassed with text/plain or a form."
        ),
        cure=(
            "Verify the raw body of every request before its content type is looked at; reject "
            "other content types with 415, or verify them as well."
        ),
        run=other_content_type,
    ),
    _check(
        id="signature.malformed_header",
        title="with malformed Svix headers: rejected, without a crash",
        severity="error",
        source=MALFORMED,
        why=(
            "Seam signs in one form only; what accepts others is a way past the check, as a "
            "timestamp of NaN that passes every comparison. A crash fills the error log."
        ),
        cure=(
            "Catch what the verification raises for malformed headers too (a plain ValueError, "
            "among others) and answer 400."
        ),
        run=rejected(
            "signature without a comma",
            "signature without a version",
            "signature with two commas",
            "signature of no base64",
            "signature of broken base64",
            "timestamp NaN",
            "timestamp empty",
            "timestamp in words",
            "timestamp NaN, signed over",
            "timestamp inf, signed over",
            crash="warning",
            accepted_cure=(
                "Accept only signatures of the form v1,<base64> that equal the right one as a "
                "whole, and timestamps that are whole seconds; answer 400 to all others."
            ),
        ),
    ),
    _check(
        id="signature.non_utf8_body",
        title="with a body that is not UTF-8: rejected, without a crash",
        severity="error",
        source=MALFORMED,
        why=(
            "Decoding before verifying raises on bytes that are not text, so that anybody can "
            "make the handler answer 500."
        ),
        cure="Verify bytes, not text; or catch the decoding error and answer 400.",
        run=non_utf8_body,
    ),
    _check(
        id="signature.replayed_signature_new_body",
        title="the headers of a delivery with another body: rejected",
        severity="error",
        source=VERIFYING,
        why=(
            "A handler that caches a verdict by id or signature, or answers a duplicate before it "
            "is verified, accepts any body under known headers."
        ),
        cure="Verify first, each time; look for duplicates only among genuine requests.",
        run=replayed_signature_new_body,
    ),
    # After the others: it judges the responses to their forgeries as well.
    _check(
        id="signature.leak_in_response",
        violation="The answer to a forgery contains what an attacker needs.",
        title="the response to a forgery: without the right signature and the secret",
        severity="error",
        replay="no_leak",
        source="OWASP: Error Handling Cheat Sheet, no internal values in responses",
        why=(
            "A response such as `expected signature …` signs whatever is sent to it: the sender "
            "copies it into the next request, which is then accepted."
        ),
        cure=(
            "Answer a forgery with 400 or 401 and a fixed text. Keep the expected signature and "
            "the secret out of responses, and out of debug pages."
        ),
        run=no_leak,
    ),
)
