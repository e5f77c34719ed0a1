"""
`seamproof emit --fault`: signed events at a handler, with something going wrong on the way.
"""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks import create_app
from seamproof.mock_server import serving
from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.signing import verify
from tests.mock_server.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.runner import Run
    from tests.mock_server.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD = "whsec_" + "b2xkZXIgb2xkZXIgb2xkZXIgb2xkZXIh"
#: Half a minute of waiting proves nothing more here.
QUICK = [name for name in FAULTS if name != "delay"]


@pytest.fixture(scope="module")
def handler() -> Iterator[str]:
    """
    The model handler, on a real socket.
    """
    with serving(create_app(SECRET)) as url:
        yield f"{url}/webhooks/seam"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """
    A handler that takes everything.
    """
    with receiving() as one:
        yield one


def emit(seamproof: Run, url: str, *words: str) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
    """
    Emit with faults, and read the lines and the summary.
    """
    done = seamproof("emit", *words, "--to", url, "--secret", SECRET, "--format", "json")
    *lines, summary = map(json.loads, done.stdout.splitlines())
    return done.status, lines, summary["summary"]


@pytest.mark.parametrize("name", QUICK)
def test_the_model_handler_stands_every_fault(seamproof: Run, handler: str, name: str) -> None:
    """
    A good handler answers each fault as the table says, and the status tells so.
    """
    status, lines, summary = emit(seamproof, handler, "lock.locked", "--fault", name)

    assert (status, summary["events"], summary["wrong"]) == (0, 1, 0)
    assert any(line["fault"] == name for line in lines)
    assert all(line["good"] for line in lines)


@pytest.mark.parametrize("name", ["bad_signature", "stale", "tampered_body", "missing_header"])
def test_a_handler_that_takes_everything_is_found_out(
    seamproof: Run, receiver: Receiver, name: str
) -> None:
    """
    An answer of 2xx to a forgery is status 1.
    """
    status, lines, summary = emit(seamproof, receiver.url, "lock.locked", "--fault", name)

    assert status == 1
    assert [line["good"] for line in lines] == [False]
    assert summary == {"events": 1, "attempts": 1, "good": 0, "wrong": 1}


def test_a_refused_forgery_is_judged_right(
    seamproof: Run, handler: str, receiver: Receiver
) -> None:
    """
    The text says that a forgery was refused as it should be, or accepted although it should not.
    """
    words = ["emit", "lock.locked", "--secret", SECRET, "--fault", "stale", "--to"]

    right, wrong = seamproof(*words, handler), seamproof(*words, receiver.url)

    assert "refused, as it should be [stale]" in right.stdout
    assert "accepted, but it should be refused [stale]" in wrong.stdout
    assert (right.status, wrong.status) == (0, 1)


def test_a_share_and_a_count_hold_for_all_events(seamproof: Run, receiver: Receiver) -> None:
    """
    Of ten events three have the fault, the same ones for the same seed.
    """
    words = ["lock.locked", "--count", "10", "--seed", "7", "--fault"]

    _, counted, _ = emit(seamproof, receiver.url, *words, "unknown_field:x3")
    shares = [emit(seamproof, receiver.url, *words, "unknown_field:0.5")[1] for _ in range(2)]

    assert sum(line["fault"] == "unknown_field" for line in counted) == 3
    first, second = (sorted(line["fault"] or "" for line in lines) for lines in shares)
    assert first == second
    assert 0 < sum(map(bool, first)) < 10


def test_a_lost_attempt_is_made_again(seamproof: Run, receiver: Receiver) -> None:
    """
    What is lost on purpose arrives at the second attempt.
    """
    status, lines, _ = emit(seamproof, receiver.url, "lock.locked", "--fault", "drop_then_retry")

    assert status == 0
    assert [line["status"] for line in lines] == [None, 204]
    assert len(receiver.received) == 1


def test_both_secrets_of_a_rotation_sign(
    seamproof: Run, receiver: Receiver, tmp_path: Path
) -> None:
    """
    The current secret's signature comes first, and a file's event is sent byte for byte.
    """
    body = b'{ "event_type": "lock.locked",  "a": 1.0 }'
    (tmp_path / "event.json").write_bytes(body)

    done = seamproof(
        *("emit", "--file", str(tmp_path / "event.json"), "--to", receiver.url),
        *("--secret", SECRET, "--secret", OLD, "--fault", "duplicate"),
    )

    assert done.status == 0
    assert receiver.bodies == [body, body]
    for got in receiver.received:
        first, second = got.headers["svix-signature"].split()
        for secret, signature in ((SECRET, first), (OLD, second)):
            assert verify(
                got.body, {**got.headers, "svix-signature": signature}, secret, now=time.time()
            )


def test_a_line_for_people_names_the_fault(seamproof: Run, receiver: Receiver) -> None:
    """
    Each attempt is a line, and a summary comes last.
    """
    done = seamproof(
        *("emit", "lock.locked", "--to", receiver.url, "--secret", SECRET),
        *("--fault", "unknown_field"),
    )

    line, summary = done.stdout.splitlines()
    assert done.status == 0
    assert "204" in line
    assert "[unknown_field]" in line
    assert summary == "1 event sent in 1 attempt, 1 answered as by a good handler, 0 not"


def test_nothing_that_listens_is_status_3(seamproof: Run) -> None:
    """
    Without a handler there is nothing to try.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = ["--to", f"http://127.0.0.1:{port}/", "--secret", SECRET, "--fault", "stale"]

    done = seamproof("emit", "lock.locked", *words)

    assert (done.status, done.stdout) == (3, "")
    assert "nothing answers" in done.stderr


def test_an_unknown_fault_is_status_2(seamproof: Run, receiver: Receiver) -> None:
    """
    A slip is told with what may have been meant.
    """
    words = ["--to", receiver.url, "--secret", SECRET, "--fault", "stael"]

    done = seamproof("emit", "lock.locked", *words)

    assert (done.status, done.stdout) == (2, "")
    assert "stale" in done.stderr
