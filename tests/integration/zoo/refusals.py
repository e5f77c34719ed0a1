"""
Handlers that refuse what is genuine, or fall over what is not.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import TYPE_CHECKING

from svix.webhooks import Webhook, WebhookVerificationError

from tests.integration.zoo.core import TOLERANCE, Event, Handler, NotGenuineError
from tests.integration.zoo.frames import (
    aws_rest,
    django_app,
    fastapi_app,
    flask_app,
    starlette_app,
)
from tests.integration.zoo.table import broken

if TYPE_CHECKING:
    from collections.abc import Mapping


@broken("signature.tolerated_skew")
class OneMinute(Handler):
    """
    One minute is tolerated, so a busy queue or a clock that runs slow loses events.
    """

    def _check_time(self, timestamp: str) -> None:
        super()._check_time(timestamp)
        if abs(time.time() - int(timestamp)) > 60:
            raise NotGenuineError(timestamp)


@broken("signature.tolerated_skew", frame=flask_app)
class NoFuture(Handler):
    """
    A sender whose clock is ahead is refused.
    """

    def _check_time(self, timestamp: str) -> None:
        super()._check_time(timestamp)
        if int(timestamp) > time.time() + 1:
            raise NotGenuineError(timestamp)


@broken("signature.rotation_first")
class LastSignatureOnly(Handler):
    """
    Only the last signature is tried.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        super()._check_signature(expected, signatures.rpartition(" ")[2])


@broken("signature.rotation_last", frame=fastapi_app)
class FirstSignatureOnly(Handler):
    """
    Of the signatures of version v1 only the first is tried.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        first = next((one for one in signatures.split(" ") if one.startswith("v1,")), "")
        super()._check_signature(expected, first)


@broken(
    "signature.rotation_last",
    "signature.rotation_first",
    "signature.rotation_unknown_version_first",
    frame=flask_app,
)
class OneSignatureExpected(Handler):
    """
    The whole header is compared with the one signature that is expected.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        if not hmac.compare_digest(signatures.encode(), f"v1,{expected}".encode()):
            raise NotGenuineError(signatures)


@broken("signature.rotation_unknown_version_first")
class UnknownVersionIsAnError(Handler):
    """
    A version that is not known is refused before the known one is reached.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        for entry in signatures.split(" "):
            version, _, signature = entry.partition(",")
            if version != "v1":
                raise NotGenuineError(version)
            if hmac.compare_digest(signature.encode(), expected.encode()):
                return
        raise NotGenuineError(signatures)


@broken("signature.header_case")
class LowerCaseOnly(Handler):
    """
    The headers are looked up in lower case, in a dictionary that is not.
    """

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        if name not in headers:
            raise NotGenuineError(name)
        return headers[name]


@broken("signature.header_case", frame=aws_rest)
class LowerOrTitleCase(Handler):
    """
    The headers are looked up in two cases, as the API Gateway of both versions has them.
    """

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        value = headers.get(name) or headers.get(name.title())
        if value is None:
            raise NotGenuineError(name)
        return value


@broken("signature.raw_body")
class SerialisedAnew(Handler):
    """
    The signature is checked over JSON that was parsed and serialised again.
    """

    def _sign(self, message_id: str, timestamp: str, body: bytes) -> str:
        try:
            event = json.loads(body)
        except ValueError as problem:
            raise NotGenuineError from problem
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        return super()._sign(message_id, timestamp, text.encode(errors="replace"))


@broken("signature.raw_body")
class DumpedInOrder(Handler):
    """
    The body is parsed, and dumped with its names sorted.
    """

    def _sign(self, message_id: str, timestamp: str, body: bytes) -> str:
        try:
            event = json.loads(body)
        except ValueError as problem:
            raise NotGenuineError from problem
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return super()._sign(message_id, timestamp, text.encode(errors="replace"))


@broken("signature.raw_body", "delivery.success_status", frame=django_app)
class DumpedWithDefaults(Handler):
    """
    The body is parsed and dumped as Python does by default: spaces, and ASCII alone.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            dumped = json.dumps(json.loads(body))
        except ValueError as problem:
            raise NotGenuineError from problem
        super()._verify(dumped.encode(), headers)


@broken("signature.raw_body", frame=starlette_app)
class DumpedInAscii(Handler):
    """
    The body is parsed and dumped compactly, but with every letter beyond ASCII escaped.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            dumped = json.dumps(json.loads(body), separators=(",", ":"))
        except ValueError as problem:
            raise NotGenuineError from problem
        super()._verify(dumped.encode(), headers)


@broken("signature.raw_body")
class Stripped(Handler):
    """
    White space around the body is stripped before the signature is checked.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        super()._verify(body.strip(), headers)


@broken("signature.malformed_header", frame=starlette_app)
class BadBase64Escapes(Handler):
    """
    What is not base64 raises binascii.Error, which nobody catches.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        wanted = base64.b64decode(expected)
        for entry in signatures.split(" "):
            version, _, signature = entry.partition(",")
            if version == "v1" and hmac.compare_digest(base64.b64decode(signature), wanted):
                return
        raise NotGenuineError(signatures)


@broken("signature.malformed_header", "signature.empty_signature")
class CommaExpected(Handler):
    """
    A signature without a comma cannot be split in two: ValueError, and 500.
    """

    def _check_signature(self, expected: str, signatures: str) -> None:
        for entry in signatures.split(" "):
            version, signature = entry.split(",")
            if version == "v1" and hmac.compare_digest(signature.encode(), expected.encode()):
                return
        raise NotGenuineError(signatures)


@broken("signature.malformed_header")
class AnyNumberIsATime(Handler):
    """
    The timestamp is read with float(): NaN is neither too old nor too young.
    """

    def _check_time(self, timestamp: str) -> None:
        try:
            age = time.time() - float(timestamp)
        except ValueError as problem:
            raise NotGenuineError(timestamp) from problem
        if age > TOLERANCE or age < -TOLERANCE:
            raise NotGenuineError(timestamp)


@broken(
    "signature.malformed_header",
    "signature.non_utf8_body",
    "payload.signed_malformed_json",
    frame=fastapi_app,
)
class NarrowExcept(Handler):
    """
    Only the library's own exception is caught; it lets others through.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            Webhook(self.secret).verify(body, dict(headers))
        except WebhookVerificationError as problem:
            raise NotGenuineError from problem


@broken("signature.non_utf8_body")
class DecodedFirst(Handler):
    """
    The body is decoded before anything is caught.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        self.log = body.decode()
        return super()._receive(body, headers)


@broken("signature.non_utf8_body")
class DecodedGenerously(Handler):
    """
    Bytes that are no text are left out before the signature is checked: anybody can add some.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        super()._verify(body.decode(errors="ignore").encode(), headers)

    def _parse(self, body: bytes) -> Event:
        return super()._parse(body.decode(errors="ignore").encode())
