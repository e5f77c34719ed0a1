"""
`seamproof verify`: whether a request is genuine, and if not, why.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from seamproof.signing import Secret, sign

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.cli.runner import Run

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = Secret.generate(b"another secret".ljust).reveal()
BODY = b'{"a": 1}'
NOW = 1_700_000_000
HEADERS = sign(BODY, SECRET, message_id="msg_1", timestamp=NOW).headers


def options(headers: Mapping[str, str], secret: str = SECRET, at: float | None = NOW) -> list[str]:
    """
    Write a request as options of the command.
    """
    clock = [] if at is None else ["--at", str(at)]
    given = [word for name, text in headers.items() for word in ("--header", f"{name}: {text}")]
    return ["--secret", secret, *clock, *given]


def test_a_genuine_request_exits_0(seamproof: Run) -> None:
    """
    The exit status is for scripts, the line for people.
    """
    done = seamproof("verify", "-", *options(HEADERS), stdin=BODY)

    assert (done.status, done.stderr) == (0, "")
    assert done.stdout == "genuine: ok: the signature is valid\n"


def test_the_body_may_be_a_file(seamproof: Run, tmp_path: Path) -> None:
    """
    The bytes of the file are what was received.
    """
    file = tmp_path / "body.json"
    file.write_bytes(BODY)

    assert seamproof("verify", str(file), *options(HEADERS)).status == 0


@pytest.mark.parametrize("at", [None, NOW])
def test_the_clock_is_the_systems_unless_given(seamproof: Run, at: float | None) -> None:
    """
    A request signed in this second is genuine now, and was not a while ago.
    """
    headers = sign(BODY, SECRET, message_id="msg_1", timestamp=int(time.time())).headers

    done = seamproof("verify", *options(headers, at=at), stdin=BODY)

    assert done.status == (0 if at is None else 1)


def changed(**headers: str) -> Mapping[str, str]:
    """
    Change headers of the genuine request, `svix_id` for `svix-id`.
    """
    return {**HEADERS, **{name.replace("_", "-"): text for name, text in headers.items()}}


#: Requests that are not genuine: their options, their body, and the words of the answer.
REFUSED: Mapping[str, tuple[list[str], bytes, list[str]]] = {
    "no headers": (
        options({}),
        BODY,
        ["missing_header", "svix-id", "svix-timestamp", "svix-signature"],
    ),
    "no signature": (options(changed(svix_signature="")), BODY, ["has no svix-signature header"]),
    "too old": (options(HEADERS, at=NOW + 301), BODY, ["stale", "301 s old", "300 s"]),
    "much too old": (options(HEADERS, at=NOW + 95_000_000), BODY, ["stale", "95000000 s old"]),
    "too early": (options(HEADERS, at=NOW - 302), BODY, ["future", "302 s ahead"]),
    "timestamp in words": (
        options(changed(svix_timestamp="now")),
        BODY,
        ["timestamp_malformed", "'now'"],
    ),
    "no comma": (options(changed(svix_signature="v1")), BODY, ["signature_malformed"]),
    "other version": (options(changed(svix_signature="v2,AA==")), BODY, ["unknown_version", "v2"]),
    "body written anew": (options(HEADERS), b'{"a":1}', ["body_reserialised", "bytes"]),
    "other body": (options(HEADERS), b'{"a": 2}', ["other_secret"]),
    "other secret": (options(HEADERS, OTHER), BODY, ["other_secret", "another secret"]),
}


@pytest.mark.parametrize(("words", "body", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_is_not_genuine_exits_1_and_says_why(
    seamproof: Run, words: list[str], body: bytes, expected: list[str]
) -> None:
    """
    The reason has a name and figures.
    """
    done = seamproof("verify", *words, stdin=body)

    assert (done.status, done.stderr) == (1, "")
    assert done.stdout.startswith("not genuine: ")
    assert [word for word in expected if word not in done.stdout.replace(",", "")] == []


@pytest.mark.parametrize(
    "write",
    [
        "SVIX-ID: msg_1",
        "Svix-Id:msg_1",
        "  svix-id  :   msg_1  ",
        "webhook-id: msg_1",
    ],
)
def test_headers_are_read_as_they_are_copied(seamproof: Run, write: str) -> None:
    """
    Neither the case of a name nor the space around it matters.
    """
    rest = {name: text for name, text in HEADERS.items() if name != "svix-id"}

    done = seamproof("verify", *options(rest), "--header", write, stdin=BODY)

    assert done.status == 0


@pytest.mark.parametrize("header", ["svix-id", "svix-id msg_1", ": msg_1", ""])
def test_what_is_no_header_is_shown(seamproof: Run, header: str) -> None:
    """
    A header without a colon or a name is a mistake in the command, not a forgery.
    """
    done = seamproof("verify", *options(HEADERS), "--header", header, stdin=BODY)

    assert (done.status, done.stdout) == (2, "")
    assert "a header has the form NAME: VALUE" in done.stderr
    assert not header or f"found: {header}" in done.stderr


@pytest.mark.parametrize("given", ["options", "variable"])
def test_any_secret_of_a_rotation_will_do(
    seamproof: Run, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """
    Several secrets come from the repeated option or from the variable.
    """
    words = options(HEADERS, OTHER)
    if given == "variable":
        monkeypatch.setenv("SEAM_WEBHOOK_SECRET", f"{OTHER}\n{SECRET}")
        words = words[2:]
    else:
        words += ["--secret", SECRET]

    assert seamproof("verify", *words, stdin=BODY).status == 0


def test_a_file_that_is_not_there_is_named(seamproof: Run, tmp_path: Path) -> None:
    """
    Without a body nothing is verified.
    """
    done = seamproof("verify", str(tmp_path / "body.json"), *options(HEADERS))

    assert (done.status, done.stdout) == (2, "")
    assert str(tmp_path / "body.json") in done.stderr


def test_verify_accepts_the_headers_that_sign_prints(seamproof: Run) -> None:
    """
    Each line of `sign` is a `--header` of `verify`.
    """
    signed = seamproof("sign", "--secret", SECRET, stdin=BODY).stdout.splitlines()
    headers = [word for line in signed for word in ("--header", line)]

    done = seamproof("verify", "--secret", SECRET, *headers, stdin=BODY)

    assert done.status == 0
