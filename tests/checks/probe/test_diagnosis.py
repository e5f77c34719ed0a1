"""
Tests of the diagnosis of a refused genuine delivery: what is accepted instead proves the cause.
"""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.exchange import Received
from seamproof.checks.probe.diagnosis.frameworks import recognise
from seamproof.checks.probe.diagnosis.schemes import schemes
from tests.checks.small import SECRET, Small, check

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.model.exchange import Request

    Verify = Callable[[bytes, dict[str, str]], bool]

TEXT = SECRET.reveal()


def digest(key: bytes, *parts: bytes) -> bytes:
    """
    Compute a signature.
    """
    return hmac.digest(key, b"".join(parts), "sha256")


def v1(raw: bytes) -> str:
    """
    Write a signature as Svix does.
    """
    return "v1," + base64.b64encode(raw).decode()


def svix(headers: dict[str, str], group: str = "svix") -> tuple[bytes, str]:
    """
    Read what is signed before the body, and the signature.
    """
    prefix = f"{headers[f'{group}-id']}.{headers[f'{group}-timestamp']}."
    return prefix.encode(), headers[f"{group}-signature"]


def standard(body: bytes, headers: dict[str, str]) -> bool:
    """
    Verify the headers of Standard Webhooks.
    """
    prefix, signature = svix(headers, "webhook")
    return v1(digest(SECRET.key, prefix, body)) == signature


def by_key(key: bytes) -> Verify:
    """
    Verify with another key.
    """

    def verify(body: bytes, headers: dict[str, str]) -> bool:
        prefix, signature = svix(headers)
        return v1(digest(key, prefix, body)) in signature.split()

    return verify


def hexadecimal(body: bytes, headers: dict[str, str]) -> bool:
    """
    Compare a hex digest.
    """
    prefix, signature = svix(headers)
    return digest(SECRET.key, prefix, body).hex() == signature


def body_alone(body: bytes, headers: dict[str, str]) -> bool:
    """
    Sign the body alone.
    """
    return v1(digest(SECRET.key, body)) == headers["svix-signature"]


def timestamp_and_body(body: bytes, headers: dict[str, str]) -> bool:
    """
    Sign timestamp and body.
    """
    content = headers["svix-timestamp"].encode() + b"." + body
    return v1(digest(SECRET.key, content)) == headers["svix-signature"]


def github(body: bytes, headers: dict[str, str]) -> bool:
    """
    Verify as for GitHub.
    """
    found = headers.get("x-hub-signature-256", "")
    return found == "sha256=" + digest(TEXT.encode(), body).hex()


def present(_: bytes, headers: dict[str, str]) -> bool:
    """
    Be content with a header that Seam does not send.
    """
    return "webhook-id" in headers


def written_anew(body: bytes, headers: dict[str, str]) -> bool:
    """
    Verify what was parsed and written again, in a way that no body is written.
    """
    prefix, signature = svix(headers)
    return (
        v1(digest(SECRET.key, prefix, json.dumps(json.loads(body), indent=2).encode())) == signature
    )


class Verifying(Small):
    """
    It verifies in its own way.
    """

    def __init__(self, verify: Verify, status: int = 401) -> None:
        super().__init__()
        self.verify = verify
        self.status = status

    def answer(self, request: Request, headers: dict[str, str]) -> int:
        """
        Accept what is right in its own way.
        """
        return 204 if self.verify(request.body, headers) else self.status


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("verify", "finding", "cure"),
    [
        (standard, "reads webhook-id, webhook-timestamp, webhook-signature", "read svix-id"),
        (by_key(TEXT.encode()), "the text of the secret as the key", "base64.b64decode"),
        (by_key(TEXT[6:].encode()), "without decoding its base64", "base64.b64decode"),
        (by_key(b""), "with an empty secret", "set the secret"),
        (hexadecimal, "compares a hex digest", "compare base64"),
        (body_alone, "signs the body alone", "sign f"),
        (timestamp_and_body, "signs timestamp.body", "sign f"),
        (
            github,
            "reads x-hub-signature-256 (Seam sends svix-*) and signs the body alone",
            "svix-id",
        ),
        (present, "reads webhook-id (Seam sends svix-*) and does not verify", "verify before"),
        (written_anew, "parsed and written again", "verify the bytes of the body as they came"),
        (by_key(b"another"), "the secret differs", "the same secret"),
    ],
)
def test_the_way_to_sign_that_is_accepted_is_named(
    verify: Verify, finding: str, cure: str, status: int
) -> None:
    """
    The report names what the handler does and how to mend it, whatever it answers to the rest.
    """
    report = check(Verifying(verify, status), "signature.stale", seen=False)

    (failure,) = report.failures
    assert finding in report.stopped
    assert finding in failure.finding
    assert cure in failure.cure


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_an_unknown_event_type_is_not_taken_for_another_secret(status: int) -> None:
    """
    A handler that accepts other types than those of the run has the right secret.
    """

    class TwoTypes(Small):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            known = event["event_type"] in ("lock.locked", "lock.unlocked")
            return super().once(message_id, event) if known else status

    report = check(TwoTypes(), "signature.stale", seen=False, events="phone.*")

    assert "refuses the event types of this run, and accepts lock.locked" in report.stopped


@pytest.mark.parametrize("name", ["payload", "data"])
def test_an_event_that_is_looked_for_elsewhere(name: str) -> None:
    """
    A handler that looks for the event in a member shows where, if it is sent there.
    """

    class Nested(Small):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            return super().once(message_id, event[name])

    report = check(Nested(), "signature.stale", seen=False)

    assert f"looks for the event under {name!r}" in report.stopped


def test_a_model_that_is_too_strict_is_not_taken_for_another_secret() -> None:
    """
    A forgery that is answered in another way shows that the signature is right.
    """

    class Strict(Small):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            del message_id, event
            return 422

    report = check(Strict(), "signature.stale", seen=False)

    assert "the signature is right (a forged one is answered 400)" in report.stopped


@pytest.mark.parametrize("case", ["Title", "UPPER"])
def test_a_handler_that_wants_another_encoding_is_tested_in_it(case: str) -> None:
    """
    The delivery as Seam sends it fails, and the report says how the rest was tested.
    """

    class InOneCase(Small):
        def answer(self, request: Request, headers: dict[str, str]) -> int:
            cased = str.title if case == "Title" else str.upper
            known = {name for name, _ in request.headers}
            return super().answer(request, headers) if cased("svix-id") in known else 401

    report = check(InOneCase(), "signature.wrong_secret", seen=False)

    assert {one.check.id: one.status for one in report.results} == {
        "signature.wrong_secret": "passed",
        "delivery.success_status": "failed",
    }
    assert "every delivery as Seam sends it is refused (answered 401)" in report.notice
    assert f"tested with names of headers in {case} case" in report.notice
    assert not report.stopped


@pytest.mark.parametrize(
    ("modules", "kind", "headers", "line"),
    [
        (("fastapi.applications", "starlette.applications"), "asgi", {}, "await request.body()"),
        (("flask.app",), "wsgi", {}, "request.get_data()"),
        (("django.core.handlers.wsgi",), "wsgi", {}, "request.body"),
        ((), "url", {"x-powered-by": "Express"}, "express.raw"),
        ((), "url", {"server": "Python/3.11 aiohttp/3.9.1"}, "await request.read()"),
        ((), "url", {"server": "Werkzeug/3.0 Python/3.11"}, "request.get_data()"),
        ((), "lambda", {}, 'event["body"]'),
        ((), "url", {"server": "nginx"}, "express.raw"),
    ],
)
def test_the_line_is_that_of_the_framework(
    modules: tuple[str, ...], kind: str, headers: dict[str, str], line: str
) -> None:
    """
    A framework is recognised by the classes of an application, or by the headers of a response.
    """
    assert line in recognise(modules, kind, Received(status=401, headers=headers)).raw_body


def test_the_ways_to_sign_are_few_and_begin_with_the_usual_one() -> None:
    """
    A refused handler is not sent hundreds of requests.
    """
    every = schemes()

    assert not every[0].deviations
    assert len(every) < 150
    assert len(set(every)) == len(every)
