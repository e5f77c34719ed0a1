"""
Tests of the checks of signatures: each bug is found by the checks that are about it.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from seamproof.checks.generation.signed_request import remake_all
from seamproof.signing import sign, verify
from tests.checks.small import SECRET, Small, check, found

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.model.exchange import Request

    Genuine = Callable[[Small, bytes, dict[str, str]], bool]


def right(body: bytes, headers: dict[str, str], *, tolerance: float = 300) -> bool:
    """
    Verify as one should, but for the tolerance.
    """
    return verify(body, headers, SECRET, now=time.time(), tolerance=tolerance).valid


def reserialised(_: Small, body: bytes, headers: dict[str, str]) -> bool:
    """
    Verify what was parsed and written anew.
    """
    written = json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()
    return right(written, headers)


def without_version(_: Small, body: bytes, headers: dict[str, str]) -> bool:
    """
    Take any version for v1.
    """
    comma, encoded = headers.get("svix-signature", "").partition(",")[1:]
    return bool(comma) and right(body, {**headers, "svix-signature": f"v1,{encoded}"})


def remembered(handler: Small, body: bytes, headers: dict[str, str]) -> bool:
    """
    Take whatever comes under an id that is known.
    """
    return headers.get("svix-id") in handler.handled or right(body, headers)


def of_the_first(_: Small, body: bytes, headers: dict[str, str]) -> bool:
    """
    Try the first signature only.
    """
    first = headers.get("svix-signature", "").partition(" ")[0]
    return right(body, {**headers, "svix-signature": first})


def of_a_beginning(_: Small, body: bytes, headers: dict[str, str]) -> bool:
    """
    Compare as many characters as there are.
    """
    try:
        made = sign(
            body, SECRET, message_id=headers["svix-id"], timestamp=int(headers["svix-timestamp"])
        )
    except (KeyError, ValueError):
        return False
    wanted = made.headers["svix-signature"]
    fresh = right(body, {**headers, "svix-signature": wanted})
    entries = [one.rstrip("=") for one in headers.get("svix-signature", "").split(" ")]
    return fresh and any(one.startswith("v1,") and wanted.startswith(one) for one in entries)


#: What is wrong with the verification, and the checks that find it.
BUGS: dict[str, tuple[Genuine, set[str]]] = {
    "no verification without a signature": (
        lambda _, body, headers: not headers.get("svix-signature") or right(body, headers),
        {"missing_all_headers", "missing_signature", "empty_signature"},
    ),
    "no tolerance for the past": (
        lambda _, body, headers: right(body, headers, tolerance=60),
        {"tolerated_skew"},
    ),
    "any timestamp": (
        lambda _, body, headers: right(body, headers, tolerance=1e12),
        {"stale", "future"},
    ),
    "a body written anew": (reserialised, {"raw_body", "non_utf8_body"}),
    "any version": (without_version, {"unsigned_version", "rotation_unknown_version_first"}),
    "known ids pass": (
        remembered,
        {"replayed_signature_new_body", "tampered_body", "tampered_timestamp"},
    ),
    "the first signature only": (
        of_the_first,
        {"rotation_last", "rotation_unknown_version_first"},
    ),
    "a beginning of the signature": (of_a_beginning, {"truncated_signature", "malformed_header"}),
}


@pytest.mark.parametrize(("is_genuine", "ids"), BUGS.values(), ids=BUGS)
def test_a_bug_of_the_verification_is_found(is_genuine: Genuine, ids: set[str]) -> None:
    """
    The checks that are about a bug fail, and none else of the signatures.
    """
    handler = Small()
    handler.is_genuine = lambda body, headers: is_genuine(handler, body, headers)  # type: ignore[method-assign]

    failed = found(check(handler, "signature.*"))

    assert failed.keys() <= {f"signature.{one}" for one in ids}
    assert failed


def test_a_good_handler_passes_all() -> None:
    """
    Against a good handler no check of signatures has anything to say.
    """
    report = check(Small(), "signature.*")

    assert {one.status for one in report.results} == {"passed"}


def test_names_in_one_case_only_are_found() -> None:
    """
    A handler that accepts header names in one case only fails this check, and no other.
    """

    class Titled(Small):
        def answer(self, request: Request, headers: dict[str, str]) -> int:
            if not any(name == "Svix-Id" for name, _ in request.headers):
                return 400
            return super().answer(request, headers)

    failed = found(check(Titled(), "signature.*", "delivery.success_status"))

    assert failed.keys() == {"signature.header_case", "delivery.success_status"}


def test_a_crash_on_garbage_is_a_warning() -> None:
    """
    A crash on a malformed header or body is a warning; to let it in would be an error.
    """

    class Narrow(Small):
        def is_genuine(self, body: bytes, headers: dict[str, str]) -> bool:
            float(headers.get("svix-timestamp", "0"))
            body.decode()
            return super().is_genuine(body, headers)

    failed = found(check(Narrow(), "signature.*"))

    assert {name: one.status for name, one in failed.items()} == {
        "signature.malformed_header": "warning",
        "signature.non_utf8_body": "warning",
    }


def test_a_request_is_made_again_wrong_in_the_same_way() -> None:
    """
    A stale request is as stale tomorrow, and what was one message stays one.
    """
    handler = Small()
    check(handler, "signature.stale", "delivery.duplicate", seen=False)
    stale = next(one for one in handler.sent if one.age)
    counts = Counter(one.message_id for one in handler.sent)
    known = next(one.message_id for one in handler.sent if counts[one.message_id] == 2)
    twice = [one for one in handler.sent if one.message_id == known]
    tomorrow = time.time() + 86_400

    made = remake_all([stale, *twice], SECRET, now=tomorrow)

    verdict = verify(made[0].body, dict(made[0].headers), SECRET, now=tomorrow)
    assert verdict.skew is not None
    assert -602 < verdict.skew < -598
    assert len(twice) == 2
    assert made[1].message_id == made[2].message_id != twice[0].message_id
    assert verify(made[1].body, dict(made[1].headers), SECRET, now=tomorrow).valid


def test_no_request_holds_the_secret() -> None:
    """
    Whatever is sent, the secret is not in it.
    """
    handler = Small()
    check(handler, "signature.*")
    secret = SECRET.reveal().removeprefix("whsec_").encode()

    assert handler.sent
    assert not any(secret in one.body or secret.decode() in str(one) for one in handler.sent)
