"""
`seamproof sign`: the headers that make a body genuine.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from svix.webhooks import Webhook

from seamproof.signing import Secret, verify
from tests.mock_server.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.runner import Run
    from tests.mock_server.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = Secret.generate(b"another secret".ljust).reveal()
MAIN = [sys.executable, "-c", "from seamproof.cli import main; main()"]
BODY = '{"test": 2432232314}'
VECTOR = ["--secret", SECRET, "--id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "--timestamp", "1614265330"]
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def headers_of(text: str) -> dict[str, str]:
    """
    Read headers as `--format headers` prints them.
    """
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name: value for name, _, value in pairs}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """
    A handler on a real socket that accepts and keeps everything.
    """
    with receiving() as one:
        yield one


@pytest.mark.parametrize("words", [[], ["-"]], ids=["by default", "by name"])
def test_standard_input_is_signed(seamproof: Run, words: list[str]) -> None:
    """
    The headers are those of the public test vector.
    """
    done = seamproof("sign", *words, *VECTOR, stdin=BODY)

    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "svix-id: msg_p5jXN8AQM9LWM0D4loKWxJek",
        "svix-timestamp: 1614265330",
        f"svix-signature: {SIGNATURE}",
        "content-type: application/json",
    ]


def test_a_file_is_signed_byte_for_byte(seamproof: Run, tmp_path: Path) -> None:
    """
    No byte of a file is changed, white space around the JSON included.
    """
    file = tmp_path / "event.json"
    file.write_bytes(b"\xef\xbb\xbf {}\r\n\n")

    done = seamproof("sign", str(file), *VECTOR)

    headers = headers_of(done.stdout)
    assert verify(file.read_bytes(), headers, SECRET, now=1614265330)
    assert not verify(b"{}", headers, SECRET, now=1614265330)


def test_the_headers_can_be_had_as_json(seamproof: Run) -> None:
    """
    For a program there is one JSON object.
    """
    done = seamproof("sign", *VECTOR, "--format", "json", stdin=BODY)

    assert json.loads(done.stdout)["svix-signature"] == SIGNATURE


def test_by_default_a_message_is_new(seamproof: Run) -> None:
    """
    By default id and timestamp are new, and svix verifies the request.
    """
    before = int(time.time())
    done, again = (seamproof("sign", "--secret", SECRET, stdin=BODY) for _ in range(2))

    headers = headers_of(done.stdout)
    Webhook(SECRET).verify(BODY, headers)
    assert before <= int(headers["svix-timestamp"]) <= time.time()
    assert headers["svix-id"] != headers_of(again.stdout)["svix-id"]


@pytest.mark.parametrize("given", ["options", "variable"])
def test_a_rotation_takes_several_secrets(
    seamproof: Run, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """
    The current secret is first, both with a repeated option and in the variable.
    """
    if given == "variable":
        monkeypatch.setenv("SEAM_WEBHOOK_SECRET", f"{OTHER} {SECRET}")
    options = ["--secret", OTHER, "--secret", SECRET] if given == "options" else []

    done = seamproof("sign", *options, *VECTOR[2:], stdin=BODY)

    first, second = headers_of(done.stdout)["svix-signature"].split(" ")
    assert first != SIGNATURE
    assert second == SIGNATURE


def test_an_option_counts_for_more_than_the_variable(
    seamproof: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The option has precedence over the variable.
    """
    monkeypatch.setenv("SEAM_WEBHOOK_SECRET", OTHER)

    done = seamproof("sign", *VECTOR, stdin=BODY)

    assert headers_of(done.stdout)["svix-signature"] == SIGNATURE


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_named(seamproof: Run, tmp_path: Path, name: str) -> None:
    """
    The error names the file, and nothing is signed.
    """
    file = tmp_path / name

    done = seamproof("sign", str(file), *VECTOR)

    assert (done.status, done.stdout) == (2, "")
    assert f"seamproof: {file}: the file cannot be read" in done.stderr


@pytest.mark.parametrize(
    ("options", "url"),
    [
        (["--to", "http://127.0.0.1:9/hook"], "http://127.0.0.1:9/hook"),
        (["--to", "http://127.0.0.1:9/?a=1&b=$2"], "http://127.0.0.1:9/?a=1&b=$2"),
        (["--format", "curl"], "http://127.0.0.1:8000/"),
    ],
)
def test_a_curl_line_holds_the_whole_request(seamproof: Run, options: list[str], url: str) -> None:
    """
    A shell reads the line as one POST with every header and the body.
    """
    done = seamproof("sign", *VECTOR, *options, stdin=BODY)

    words = shlex.split(done.stdout)
    assert words[:4] == ["curl", "--request", "POST", url]
    assert f"svix-signature: {SIGNATURE}" in words
    assert "content-type: application/json" in words
    assert words[-2:] == ["--data-raw", BODY]


def test_the_format_that_is_asked_for_is_given(seamproof: Run) -> None:
    """
    `--to` means curl only where nothing else is said.
    """
    done = seamproof("sign", *VECTOR, "--to", "http://x/", "--format", "headers", stdin=BODY)

    assert headers_of(done.stdout)["svix-signature"] == SIGNATURE


BODIES = {
    "plain": b'{"a": 1}',
    "quotes": b"""{"a": "it's \\"quoted\\" `twice` $HOME \\\\n"}""",
    "several lines": b'{\n  "a": 1\n}\n\n',
    "carriage returns": b'{\r\n"a": 1}\r\n',
    "beyond ASCII": '{"a": "é\u2028🔑"}'.encode(),
    "like a file name": b"@/etc/hostname",
    "like an option": b"--data",
    "percent and plus": b'{"a": "100%25+1&b=2"}',
    "empty": b"",
}


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("source", ["file", "standard input"])
def test_a_curl_line_really_works(
    receiver: Receiver, tmp_path: Path, body: bytes, source: str
) -> None:
    """
    The command delivers the body to a handler unchanged, and genuine.
    """
    receiver.received.clear()
    file = tmp_path / "it's an event.json"
    file.write_bytes(body)
    sign = [*MAIN, "sign", str(file) if source == "file" else "-"]

    # curl is to look neither for a .curlrc nor for a proxy.
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    line = subprocess.check_output(
        [*sign, "--secret", SECRET, "--to", receiver.url], input=body, env=environment
    )
    subprocess.run([b"/bin/sh", b"-c", line], check=True, capture_output=True, env=environment)

    (received,) = receiver.received
    assert received.body == body
    assert received.headers["content-type"] == "application/json"
    assert verify(received.body, received.headers, SECRET, now=time.time())


@pytest.mark.parametrize("body", [b"\xff", b'{"a": "\0"}'], ids=["no text", "a NUL"])
def test_a_curl_line_says_what_it_cannot_hold(seamproof: Run, tmp_path: Path, body: bytes) -> None:
    """
    Bytes that a shell cannot pass on are refused from standard input, but not in a file.
    """
    file = tmp_path / "body"
    file.write_bytes(body)

    refused = seamproof("sign", *VECTOR, "--format", "curl", stdin=body)
    taken = seamproof("sign", str(file), *VECTOR, "--format", "curl")

    assert (refused.status, refused.stdout) == (2, "")
    assert "save it to a file" in refused.stderr
    assert shlex.split(taken.stdout)[-2:] == ["--data-binary", f"@{file}"]
