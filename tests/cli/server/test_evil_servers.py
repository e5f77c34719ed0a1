"""
Programs behind `--server` that are no mock server, or a malicious one.
"""

from __future__ import annotations

import json
import socket
import time
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.cli.support.server import remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.runner import Run

HEAD: Final = b"HTTP/1.1 200 OK\r\n"
COMMANDS: Final = [
    ["messages"],
    ["messages", "msg_1"],
    ["trigger", "lock.locked"],
    ["trigger", "lock.locked", "--wait"],
    ["resend", "msg_1"],
    ["clock", "show"],
    ["clock", "advance", "1s"],
]


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """
    Talk to whoever connects, in a thread for each.
    """

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            talk(connection)

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def dripping(head: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """
    Send the same bytes for ever, a few at a time.
    """

    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(0.05)

    return talk


def endless(head: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """
    Send the same bytes for ever, as fast as they are read.
    """

    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece * 1000)

    return talk


def once(content: object, status: bytes = b"200 OK") -> Callable[[socket.socket], None]:
    """
    Answer with JSON.
    """
    body = json.dumps(content).encode()

    def talk(connection: socket.socket) -> None:
        head = b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
        connection.sendall(head + body)

    return talk


EVIL: Final = {
    "silence": lambda _: time.sleep(60),
    "hang up": lambda _: None,
    "dripping status": dripping(b"", b"H"),
    "dripping header": dripping(HEAD + b"a: ", b"x"),
    "dripping headers": dripping(HEAD, b"a: b\r\n"),
    "dripping interim": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "dripping body": dripping(HEAD + b"\r\n", b" "),
    "interim": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "hints": endless(b"", b"HTTP/1.1 103 Early Hints\r\na: b\r\n\r\n"),
    "headers": endless(HEAD, b"a: b\r\n"),
    "one header": endless(HEAD + b"a: ", b"x"),
    "body": endless(HEAD + b"\r\n", b"x"),
    "Latin-1": lambda one: one.sendall(b"HTTP/1.1 302 \xe9\r\nlocation: /caf\xe9\r\n\r\n"),
    "garbage": lambda one: one.sendall(bytes(range(256)) * 50),
}


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_no_answer_goes_on_for_ever(
    evil: Callable[[socket.socket], None], seamproof: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Each request has a time and a size in all, not only for each step.
    """
    monkeypatch.setattr(remote, "_GET_TIMEOUT", 0.3)
    monkeypatch.setattr(remote, "_POST_TIMEOUT", 0.3)
    monkeypatch.setattr(remote, "_MAX_BYTES", 1_000_000)
    with answering(evil) as url:
        for words in (["messages"], ["resend", "msg_1"]):
            done = seamproof(*words, "--server", url)
            assert (done.status, done.stdout) == (3, "")
            assert len(done.stderr) < 2000


SHAPES: Final[list[object]] = [
    *({"ok": True}, {"ok": False}, [], None, "x"),
    {"ok": True, "messages": [{}], "message": {}, "message_ids": [1, None], "clock": []},
    {"ok": True, "messages": "x", "message": [], "message_ids": 1, "clock": {"now": []}},
    {"ok": True, "messages": [], "message": {"attempts": 1, "sendings": []}, "message_ids": {}},
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda one: json.dumps(one)[:60])
@pytest.mark.parametrize("status", [b"200 OK", b"400 Bad Request", b"500 No"])
def test_answers_of_another_shape_are_reported(
    shape: object, status: bytes, seamproof: Run
) -> None:
    """
    None of them is an error in seamproof itself.
    """
    with answering(once(shape, status)) as url:
        for words in COMMANDS:
            done = seamproof(*words, "--server", url)
            assert done.status in (0, 1, 2, 3), words
            assert "Traceback" not in done.stderr
            if status != b"200 OK":
                assert done.status in (2, 3)


def test_answers_do_not_control_the_terminal(seamproof: Run) -> None:
    """
    Control characters are shown as escapes.
    """
    evil = "\x1b]0;owned\x07\n\r"
    message = {
        **dict.fromkeys(("status", "created_at", "event_type", "message_id"), evil),
        "sendings": [{"attempts": 1, "next_attempt_at": evil, "state": evil}],
        "attempts": [
            {
                **dict.fromkeys(("at", "url", "kind", "ordinal", "reason", "fault"), evil),
                "next_attempt_at": evil,
                "delivered": False,
                "milliseconds": 1.0,
                "response": {"status": 500, "body": evil},
            }
        ],
    }
    answer = {
        "ok": True,
        "messages": [message],
        "message": message,
        "before": evil,
        "message_ids": [evil],
        "clock": {"now": evil, "manual": False},
    }
    with answering(once(answer)) as url:
        for words in COMMANDS:
            done = seamproof(*words, "--server", url)
            assert "\x1b" not in done.stdout + done.stderr, words
    with answering(once({"ok": False, "error": {"message": evil}}, b"400 No")) as url:
        assert "\x1b" not in seamproof("messages", "--server", url).stderr


@pytest.mark.parametrize("url", ["http://me:hunter2@127.0.0.1:1", "http://me:hunter2@[::1"])
def test_a_password_of_the_server_is_not_shown(url: str, seamproof: Run) -> None:
    """
    Neither where nothing answers nor where the URL is malformed.
    """
    done = seamproof("messages", "--server", url)
    assert done.status in (2, 3)
    assert "hunter2" not in done.stderr
