"""
Signing secrets, signatures, verification with a reason, and forgeries.

The scheme is that of Svix (https://docs.svix.com/receiving/verifying-payloads/how-manual):
HMAC-SHA256 over `{id}.{timestamp}.{body}`. Nothing in this room reads a clock.
"""

from seamproof.signing.secret import Secret
from seamproof.signing.signature import HEADERS, sign, signature_header
from seamproof.signing.verification import TOLERANCE, Reason, Verdict, verify

__all__ = [
    "HEADERS",
    "TOLERANCE",
    "Reason",
    "Secret",
    "Verdict",
    "sign",
    "signature_header",
    "verify",
]
