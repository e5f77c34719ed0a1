"""
Handlers that believe too much of what claims to come from Seam.
"""

from __future__ import annotations

import base64
import hmac
import time
import uuid
from typing import TYPE_CHECKING

from tests.integration.zoo.core import TOLERANCE, Handler, NotGenuineError
from tests.integration.zoo.frames import django_app, fastapi_app, flask_app, starlette_app
from tests.integration.zoo.table import broken

if TYPE_CHECKING:
    from collections.abc import Mapping

FORGERIES = (
    "signature.wrong_secret",
    "signature.tampered_body",
    "signature.tampered_id",
    "signature.tampered_timestamp",
    "signature.truncated_signature",
    "signature.unsigned_version",
    "signature.other_case",
    "signature.empty_signature",
    "signature.replayed_signature_new_body",
)


@broken("signature.missing_all_headers")
class UnsignedIsDevelopment(Handler):
    """
    A request without any Svix header is handled as the developer's own.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        if any(name.lower().startswith("svix-") for name in headers):
            super()._verify(body, headers)

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        try:
            return super()._header(headers, name)
        except NotGenuineError:
            if any(given.lower().startswith("svix-") for given in headers):
                raise
            return str(uuid.uuid4())


@broken(
    "signature.missing_signature",
    "signature.missing_all_headers",
    "signature.missing_id",
    "signature.missing_timestamp",
    frame=flask_app,
)
class VerifiedIfAllHeadersAreThere(Handler):
    """
    Verification is skipped when any of the three headers is missing.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        given = {name.lower() for name in headers}
        if {"svix-id", "svix-timestamp", "svix-signature"} <= given:
            super()._verify(body, headers)

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        given = {key.lower(): value for key, value in headers.items()}
        return given.get(name) or str(uuid.uuid4())


@broken("signature.missing_id", "signature.missing_all_headers", frame=fastapi_app)
class LogsTheIdFirst(Handler):
    """
    The id is read for a line of the log before anything is checked: 500 without it.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        self.log = f"received {headers['svix-id']}"
        return super()._receive(body, headers)


@broken("signature.missing_timestamp")
class NoTimestampIsNone(Handler):
    """
    A missing timestamp is None, int(None) is a TypeError, and only ValueError is caught.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        given = {name.lower(): value for name, value in headers.items()}
        message_id = self._header(headers, "svix-id")
        timestamp = given.get("svix-timestamp")
        self._check_time(timestamp)  # type: ignore[arg-type]  # the bug
        expected = self._sign(message_id, str(timestamp), body)
        self._check_signature(expected, self._header(headers, "svix-signature"))


@broken("signature.missing_signature", frame=starlette_app)
class UnsignedInStaging(Handler):
    """
    A request with an id and a timestamp passes without any signature.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        self._header(headers, "svix-id")
        self._check_time(self._header(headers, "svix-timestamp"))
        if "svix-signature" in headers:
            super()._verify(body, headers)


@broken("signature.empty_signature")
class NoneOfNothingIsWrong(Handler):
    """
    It is refused if there are signatures and all of them are wrong, so not if there is none.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        entries = signatures.split()
        wrong = [entry for entry in entries if entry != f"v1,{expected}"]
        if wrong and len(wrong) == len(entries):
            raise NotGenuineError(signatures)


@broken("signature.wrong_secret", *FORGERIES, "signature.malformed_header", frame=flask_app)
class ComparedAndForgotten(Handler):
    """
    The signatures are compared, and nothing is done with what comes of it.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        for entry in signatures.split(" "):
            hmac.compare_digest(entry.encode(), f"v1,{expected}".encode())


@broken("signature.wrong_secret")
class OldSecretIsEmpty(Handler):
    """
    During a rotation the old secret is tried too; it is not set, and an empty key is a key.
    """

    old_secret = ""

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            super()._verify(body, headers)
        except NotGenuineError:
            current, self.key = self.key, base64.b64decode(self.old_secret)
            try:
                super()._verify(body, headers)
            finally:
                self.key = current


@broken(
    "signature.tampered_body",
    *FORGERIES,
    "signature.missing_all_headers",
    "signature.missing_signature",
    "signature.missing_timestamp",
    "signature.missing_id",
    "signature.stale",
    "signature.future",
    "signature.malformed_header",
)
class LoggedAndLetThrough(Handler):
    """
    A failed verification is logged, and the event handled all the same.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            super()._verify(body, headers)
        except NotGenuineError as problem:
            self.log = f"could not verify: {problem}"

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        given = {key.lower(): value for key, value in headers.items()}
        return given.get(name) or str(uuid.uuid4())


@broken(
    "signature.tampered_body",
    "signature.tampered_timestamp",
    "signature.replayed_signature_new_body",
    frame=django_app,
)
class DuplicateAnsweredFirst(Handler):
    """
    An id that was handled is answered before the signature is looked at.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        if headers.get("svix-id") in self.store.handled:
            return 200
        return super()._receive(body, headers)


@broken("signature.tampered_id")
class IdCutToItsColumn(Handler):
    """
    The id is cut to the width of its column before the signature is checked.
    """

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        value = super()._header(headers, name)
        return value[:31] if name == "svix-id" else value


@broken("signature.tampered_timestamp")
class TimestampCutToSeconds(Handler):
    """
    A timestamp in milliseconds is cut to seconds before the signature is checked.
    """

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        value = super()._header(headers, name)
        return value[:10] if name == "svix-timestamp" else value


@broken("signature.stale", "signature.future", frame=fastapi_app)
class AnyTime(Handler):
    """
    The timestamp is signed, but not looked at.
    """

    def _check_time(self, timestamp: str) -> None:
        if not timestamp.isdecimal():
            raise NotGenuineError(timestamp)


@broken("signature.stale")
class OnlyTheFutureIsRefused(Handler):
    """
    Nothing is too old, as a retry may come hours late (it is signed anew).
    """

    def _check_time(self, timestamp: str) -> None:
        if not timestamp.isdecimal() or int(timestamp) - time.time() > TOLERANCE:
            raise NotGenuineError(timestamp)


@broken("signature.stale", "signature.future")
class ToleranceInMilliseconds(Handler):
    """
    Five minutes are written in milliseconds and compared with seconds.
    """

    def _check_time(self, timestamp: str) -> None:
        if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 5 * 60 * 1000:
            raise NotGenuineError(timestamp)


@broken("signature.future", frame=starlette_app)
class OnlyThePastIsRefused(Handler):
    """
    The age is compared without its absolute value: the future is very young.
    """

    def _check_time(self, timestamp: str) -> None:
        if not timestamp.isdecimal() or time.time() - int(timestamp) > TOLERANCE:
            raise NotGenuineError(timestamp)


@broken("signature.truncated_signature", "signature.malformed_header")
class ComparedAsFarAsItGoes(Handler):
    """
    The characters are compared pair by pair, which ends with the shorter of the two.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        for entry in signatures.split(" "):
            version, _, signature = entry.partition(",")
            pairs = zip(signature, expected, strict=False)
            if version == "v1" and signature and all(a == b for a, b in pairs):
                return
        raise NotGenuineError(signatures)


@broken("signature.other_case")
class ComparedWithoutCase(Handler):
    """
    Signatures are compared in small letters, as those in hexadecimal digits may be.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        for entry in signatures.split(" "):
            version, _, signature = entry.partition(",")
            if version == "v1" and signature.lower() == expected.lower():
                return
        raise NotGenuineError(signatures)


class OneTypeIsTrusted(Handler):
    """
    The content type of an old sender is let through; the body is JSON all the same.
    """

    trusted = "application/x-www-form-urlencoded"

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        given = {name.lower(): value for name, value in headers.items()}
        if not given.get("content-type", "").startswith(self.trusted):
            super()._verify(body, headers)


@broken("signature.other_content_type", frame=flask_app)
class FormIsTrusted(OneTypeIsTrusted):
    """
    JSON that is called a form is not verified.
    """


@broken("signature.other_content_type", frame=fastapi_app)
class MultipartIsTrusted(OneTypeIsTrusted):
    """
    JSON that is called a form of several parts is not verified.
    """

    trusted = "multipart/form-data"


@broken("signature.other_content_type", frame=flask_app)
class OnlyJsonIsVerified(Handler):
    """
    What is not sent as JSON is thought to come from the form of a colleague.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        given = {name.lower(): value for name, value in headers.items()}
        if given.get("content-type", "").startswith("application/json"):
            super()._verify(body, headers)

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        given = {key.lower(): value for key, value in headers.items()}
        if given.get("content-type", "").startswith("application/json"):
            return super()._header(headers, name)
        return given.get(name) or str(uuid.uuid4())


@broken("signature.unsigned_version", frame=starlette_app)
class VersionNotRead(Handler):
    """
    The version before the comma is thrown away unread.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        given = [entry.partition(",")[2] for entry in signatures.split(" ")]
        if expected not in given:
            raise NotGenuineError(signatures)


@broken("signature.unsigned_version")
class VersionBeginsWithOne(Handler):
    """
    Every version that begins with v1 is handled as v1: v1a is an asymmetric signature.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        for entry in signatures.split(" "):
            if entry.startswith("v1") and entry.endswith(f",{expected}"):
                return
        raise NotGenuineError(signatures)


@broken("signature.replayed_signature_new_body", "signature.tampered_timestamp")
class VerifiedOnce(Handler):
    """
    A message that was verified once is not verified again: its retry may bring any body.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.verified: set[tuple[str, str]] = set()

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        proof = self._header(headers, "svix-id"), self._header(headers, "svix-signature")
        if proof not in self.verified:
            super()._verify(body, headers)
            self.verified.add(proof)


@broken(
    "signature.replayed_signature_new_body",
    "signature.tampered_id",
    "signature.tampered_timestamp",
)
class SignatureRemembered(Handler):
    """
    A signature that was right once is accepted with any body.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.known: set[str] = set()

    def _check_signature(self, expected: str, signatures: str) -> None:
        if signatures not in self.known:
            super()._check_signature(expected, signatures)
            self.known.add(signatures)
