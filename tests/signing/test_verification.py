"""
Tests of verification: whether a request is genuine, and the reason if it is not.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from itertools import permutations, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamproof.signing import HEADERS, Reason, Secret, Verdict, sign, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.events import Delivery
    from seamproof.signing.secret import Secrets

SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
OTHER = Secret.generate(b"other secret".ljust)
NOW = 1_700_000_000
BODY = b'{"event_type": "acs_credential.issued", "n": 1.0}'

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
STYLES: Mapping[str, Callable[[object], str]] = {
    "compact": lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
    "compact, ASCII": lambda value: json.dumps(value, separators=(",", ":")),
    "as Python writes it": json.dumps,
    "with spaces": lambda value: json.dumps(value, ensure_ascii=False),
    "indented by two": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    "indented by four": lambda value: json.dumps(value, indent=4, ensure_ascii=False),
    "indented by tabs": lambda value: json.dumps(value, indent="\t", ensure_ascii=False),
    "keys sorted": lambda value: json.dumps(value, sort_keys=True),
    "as PHP writes it": lambda value: json.dumps(value, separators=(",", ":")).replace("/", r"\/"),
}


def signed(body: bytes = BODY, secret: Secret = SECRET, timestamp: int = NOW) -> Delivery:
    """
    Sign a body at the time of these tests.
    """
    return sign(body, secret, message_id="msg_1", timestamp=timestamp)


def verified(
    body: bytes | str = BODY,
    changed: Mapping[str, str] | None = None,
    *,
    now: float = NOW,
    secret: Secrets = SECRET,
) -> Verdict:
    """
    Judge a request that is genuine but for what is given.
    """
    return verify(body, {**signed().headers, **(changed or {})}, secret, now=now)


@given(st.binary(), st.integers(0, 2**33))
def test_what_was_signed_is_genuine(body: bytes, timestamp: int) -> None:
    """
    A delivery that arrives as it was signed verifies, whatever its body.
    """
    delivery = signed(body, timestamp=timestamp)

    verdict = verify(delivery.body, delivery.headers, SECRET, now=timestamp)

    assert verdict == Verdict(Reason.OK, "the signature is valid", skew=0)
    assert verdict


@pytest.mark.parametrize("missing", [*permutations(HEADERS, 1), *permutations(HEADERS, 2), HEADERS])
@pytest.mark.parametrize("absence", ["absent", "empty"])
def test_a_missing_header_is_named(missing: tuple[str, ...], absence: str) -> None:
    """
    Each header that is absent or empty is named, and no other.
    """
    kept = {name: value for name, value in signed().headers.items() if name not in missing}
    emptied = dict.fromkeys(missing, "") if absence == "empty" else {}

    verdict = verify(BODY, kept | emptied, SECRET, now=NOW)

    assert verdict.reason is Reason.MISSING_HEADER
    assert set(verdict.missing) == set(missing)
    assert {name for name in HEADERS if name in verdict.explanation} == set(missing)


WINDOW = [
    (0, Reason.OK),
    (299, Reason.OK),
    (300, Reason.OK),
    (301, Reason.STALE),
    (-299, Reason.OK),
    (-300, Reason.OK),
    (-301, Reason.FUTURE),
    (-302, Reason.FUTURE),
    (300.5, Reason.STALE),
    (86_400, Reason.STALE),
    (1_234_567, Reason.STALE),
    (-1_234_567, Reason.FUTURE),
]


@pytest.mark.parametrize(("later", "reason"), WINDOW)
def test_a_timestamp_may_lie_five_minutes_off(later: float, reason: Reason) -> None:
    """
    300 seconds to either side are tolerated, and the skew is exact.
    """
    verdict = verified(now=NOW + later)

    assert verdict.reason is reason
    assert verdict.skew == -later


@pytest.mark.parametrize("later", [301, -302, 86_400, 1_234_567, 85_734_670])
def test_the_explanation_says_by_how_many_seconds(later: int) -> None:
    """
    A reader sees the seconds in full, not rounded to a power of ten.
    """
    explanation = verified(now=NOW + later).explanation

    assert f"{abs(later)} s" in explanation.replace(",", "")
    assert "300 s are tolerated" in explanation


@pytest.mark.parametrize(
    ("body", "words"),
    [(BODY, "the signature itself is valid"), (b"{}", "the signature is not valid either")],
)
def test_a_stale_request_is_checked_all_the_same(body: bytes, words: str) -> None:
    """
    Whether only the time is wrong, or the signature as well, is part of the answer.
    """
    assert words in verified(body, now=NOW + 301).explanation


def test_the_tolerance_is_the_callers() -> None:
    """
    A receiver may be stricter or laxer than Svix.
    """
    headers = signed().headers

    assert not verify(BODY, headers, SECRET, now=NOW + 11, tolerance=10)
    assert verify(BODY, headers, SECRET, now=NOW + 3600, tolerance=3600)


@pytest.mark.parametrize(
    "text",
    ["yesterday", "nan", "inf", "-inf", "2023-11-14T22:13:20Z", "0x1", "1_700_000_000", "١٢"],
)
def test_a_timestamp_that_is_no_number_is_shown(text: str) -> None:
    """
    A timestamp has to be seconds since the epoch, and the one that is not is quoted.
    """
    verdict = verified(changed={"svix-timestamp": text})

    assert verdict.reason is Reason.TIMESTAMP_MALFORMED
    assert repr(text) in verdict.explanation
    assert verdict.skew is None


RIGHT = signed().headers["svix-signature"]
WRONG = signed(secret=OTHER).headers["svix-signature"]
SIGNATURES = {
    "no comma": (RIGHT.replace(",", ""), Reason.SIGNATURE_MALFORMED),
    "cut short": (RIGHT[:-2], Reason.SIGNATURE_MALFORMED),
    "cut short to whole bytes": (RIGHT[:-4], Reason.OTHER_SECRET),
    "not base64": ("v1,é", Reason.SIGNATURE_MALFORMED),
    "only the version": ("v1,", Reason.OTHER_SECRET),
    "v0 only": (RIGHT.replace("v1", "v0"), Reason.UNKNOWN_VERSION),
    "v1a only": (RIGHT.replace("v1", "v1a"), Reason.UNKNOWN_VERSION),
    "another secret's": (WRONG, Reason.OTHER_SECRET),
    "right one last": (f"{WRONG} {RIGHT}", Reason.OK),
    "right one first": (f"{RIGHT} {WRONG}", Reason.OK),
    "beside an unknown version": (f"v1a,AAAA {RIGHT}", Reason.OK),
    "right one twice": (f"{RIGHT} {RIGHT}", Reason.OK),
}


@pytest.mark.parametrize(("signature", "reason"), SIGNATURES.values(), ids=SIGNATURES)
def test_a_signature_header_is_judged_by_its_entries(signature: str, reason: Reason) -> None:
    """
    One valid v1 entry is enough; without one, the reason says what the header holds.
    """
    assert verified(changed={"svix-signature": signature}).reason is reason


def test_an_unknown_version_is_named() -> None:
    """
    The versions that were sent instead of v1 stand in the explanation.
    """
    explanation = verified(changed={"svix-signature": "v2,AAAA v1a,AAAA"}).explanation

    assert "only v1a, v2" in explanation


@pytest.mark.parametrize("changed", [{"svix-id": "msg_2"}, {"svix-timestamp": str(NOW + 1)}])
def test_what_was_changed_after_signing_is_not_genuine(changed: dict[str, str]) -> None:
    """
    Id and timestamp are signed along with the body.
    """
    assert verified(changed=changed).reason is Reason.OTHER_SECRET


@pytest.mark.parametrize("secrets", [[SECRET, OTHER], [OTHER, SECRET], (OTHER, SECRET.reveal())])
def test_any_secret_of_a_rotation_is_accepted(secrets: list[Secret]) -> None:
    """
    During a rotation a receiver knows two secrets, in whichever order.
    """
    assert verified(secret=secrets)
    assert verified(secret=[OTHER]).reason is Reason.OTHER_SECRET


@given(JSON, *[st.sampled_from(sorted(STYLES))] * 2)
def test_a_body_that_was_serialised_anew_is_recognised(value: object, sent: str, read: str) -> None:
    """
    The most common mistake, to parse the body and serialise it again, has its own reason.
    """
    body, received = STYLES[sent](value).encode(), STYLES[read](value).encode()
    same_order = "keys sorted" not in {sent, read} or sent == read

    verdict = verify(received, signed(body).headers, SECRET, now=NOW)

    if received == body:
        assert verdict.reason is Reason.OK
    elif same_order or sent == "keys sorted":
        assert verdict.reason is Reason.BODY_RESERIALISED
        assert "verify the bytes as they were received" in verdict.explanation
    else:
        # Once sorted, the order in which the keys were sent is lost.
        assert verdict.reason in (Reason.BODY_RESERIALISED, Reason.OTHER_SECRET)


@pytest.mark.parametrize(
    ("sent", "received", "words"),
    [
        (b'{"a": 1}', b'{"a": 1}\n', "without the white space around it"),
        (b'{"a": 1}\n', b'{"a": 1}', "with a line feed at its end"),
        (b'{\n"a": 1}', b'{\r\n"a": 1}', "with LF for CRLF"),
    ],
)
def test_white_space_that_came_or_went_is_recognised(
    sent: bytes, received: bytes, words: str
) -> None:
    """
    A body with other line ends has a valid signature for the former ones.
    """
    verdict = verify(received, signed(sent).headers, SECRET, now=NOW)

    assert verdict.reason is Reason.BODY_RESERIALISED
    assert words in verdict.explanation


@pytest.mark.parametrize("text", [SECRET.reveal(), SECRET.reveal().removeprefix("whsec_")])
def test_a_sender_that_did_not_decode_the_secret_is_recognised(text: str) -> None:
    """
    A signature with the text of the secret as the key has a reason of its own.
    """
    hashed = hmac.new(text.encode(), b"msg_1.%d.%s" % (NOW, BODY), hashlib.sha256).digest()

    verdict = verified(changed={"svix-signature": "v1," + base64.b64encode(hashed).decode()})

    assert verdict.reason is Reason.SECRET_NOT_DECODED


def test_a_malformed_secret_is_the_receivers_mistake() -> None:
    """
    A secret of the wrong form is reported before anything else, and not shown.
    """
    verdict = verified(secret="mySecret")

    assert verdict.reason is Reason.SECRET_MALFORMED
    assert "begins with whsec_" in verdict.explanation
    assert "mySecret" not in verdict.explanation


@pytest.mark.parametrize(
    ("prefix", "case"), [*product(["svix", "webhook"], [str.lower, str.title, str.upper])]
)
def test_headers_are_found_in_any_case(prefix: str, case: Callable[[str], str]) -> None:
    """
    Header names have no case, and `webhook-…` is read as `svix-…`.
    """
    headers = {
        case(name.replace("svix", prefix)): value for name, value in signed().headers.items()
    }

    assert verify(BODY, headers, SECRET, now=NOW)


def test_a_body_given_as_text_is_its_bytes() -> None:
    """
    Some frameworks hand out the body as text.
    """
    assert verified(BODY.decode())


@given(st.binary(), st.fixed_dictionaries(dict.fromkeys(HEADERS, st.text())))
def test_whatever_is_sent_there_is_a_verdict(body: bytes, headers: dict[str, str]) -> None:
    """
    No request makes the verification crash.
    """
    verdict = verify(body, headers, SECRET, now=NOW)

    assert not verdict
    assert verdict.reason is not Reason.OK
    assert verdict.explanation


@pytest.mark.parametrize("header", HEADERS)
def test_bytes_that_are_no_text_in_a_header_are_verified(header: str) -> None:
    """
    On aiohttp such bytes become lone surrogates; the request is not genuine.
    """
    assert not verified(changed={header: "\udcff"})


@pytest.mark.parametrize("depth", [500, 1005, 100_000])
def test_a_deeply_nested_body_is_verified(depth: int) -> None:
    """
    A body too deep to be parsed or serialised is not genuine, and does not crash.
    """
    assert verified(b"[" * depth + b"]" * depth).reason is Reason.OTHER_SECRET


@pytest.mark.parametrize(
    ("levels", "reason"), [(200, Reason.BODY_RESERIALISED), (201, Reason.OTHER_SECRET)]
)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_bodies_are_serialised_again_up_to_a_depth(
    levels: int, reason: Reason, opening: str, closing: str
) -> None:
    """
    Deeper ones are no events; what was closed again does not count.
    """
    deep = f"{opening * (levels - 1)} 1{closing * (levels - 1)}"
    body = f"[[], {{}}, {deep}]".encode()
    sent = json.dumps(json.loads(body), separators=(",", ":")).encode()

    assert verify(body, signed(sent).headers, SECRET, now=NOW).reason is reason


@pytest.mark.parametrize(
    ("text", "second"),
    [(f"{NOW}.9999998", NOW + 1), (f"{NOW}.9999994", NOW), (f"{NOW}.5", NOW)],
)
def test_a_fraction_of_a_second_is_rounded_to_microseconds(text: str, second: int) -> None:
    """
    The signature is that of the whole second, as the official library computes it.
    """
    headers = {**signed(timestamp=second).headers, "svix-timestamp": text}

    assert verify(BODY, headers, SECRET, now=NOW)
