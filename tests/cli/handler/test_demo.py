"""
`seamproof demo`: send signed events and forgeries to the model handler.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from starlette.responses import Response

from seamproof.schemas import catalog

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from tests.cli.runner import Run

KINDS = [name for name in catalog() if name.startswith(("acs_credential.", "connected_account."))]

#: Runs the demonstration and then shows what is left of it. Asked to, it stops
#: at the moment of its first connection and waits there for a signal.
CHILD = """
import json, os, signal, socket, sys, threading

targets = []
interrupted = threading.Event()

def interrupt(*arguments):
    interrupted.set()
    signal.default_int_handler(*arguments)

def watch(event, arguments):
    if event == "socket.connect" and not targets:
        targets.append(arguments[1])
        if "WAIT" in os.environ:
            os.write(1, b"connecting\\n")
            interrupted.wait(60)

signal.signal(signal.SIGINT, interrupt)
sys.addaudithook(watch)
sys.argv[0] = "seamproof"
from seamproof.cli import main
try:
    main()
finally:
    with socket.socket() as probe:
        listens = probe.connect_ex(targets[0]) == 0
    # What ends the process if it does not end by itself is not left behind.
    threads = [one.name for one in threading.enumerate() if one.name != "seamproof-exit"]
    print(json.dumps({"listens": listens, "threads": threads}))
"""


def test_every_event_is_taken_and_every_forgery_refused(seamproof: Run) -> None:
    """
    A row for what was answered alike says what that proves; a summary comes last.
    """
    done = seamproof("demo")

    head, *lines, summary = done.stdout.splitlines()
    assert done.status == 0
    assert head.split() == ["sent", "events", "came", "back", "proves"]
    assert lines[0].split()[:4] == ["signed", str(len(KINDS)), "204", "good"]
    assert [line.split()[0] for line in lines[1:]] == ["tampered", "stale", "unsigned"]
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert all(" 400 " in line for line in lines[-3:])
    assert all(" good " in line for line in lines)
    assert summary == "15 of 15 deliveries answered as a good handler does"
    assert done.stderr.startswith("next: seamproof demo --broken")


@pytest.mark.parametrize("columns", ["80", pytest.param("120", marks=pytest.mark.slow)])
def test_two_bugs_are_found(
    seamproof: Run, monkeypatch: pytest.MonkeyPatch, columns: str, tmp_path: Path
) -> None:
    """
    Each with what was sent, expected and received, and how to fix it; no case file is written.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)

    done = seamproof("demo", "--broken")

    lines = done.stdout.splitlines()
    assert done.status == 0
    assert "passed        signature.wrong_secret" in lines
    assert "FAILED  delivery.duplicate · lock.unlocked" in lines
    assert "FAILED  payload.required_only · lock.unlocked" in lines
    assert "  The handler crashed because the optional property device_id was missing." in lines
    assert '  fix       Read optional properties with a default: event.get("device_id").' in lines
    assert any(line.startswith("2 of 3 checks failed · ") for line in lines)
    assert max(map(len, lines)) <= int(columns)
    assert "broken_handler.py" in done.stdout
    assert "/broken_handler.py" not in done.stdout
    assert not list(tmp_path.iterdir())


def test_the_events_are_those_of_the_seed(seamproof: Run) -> None:
    """
    Whatever the seed, the demonstration comes out well.
    """
    assert seamproof("demo", "--seed", "another").status == 0


def test_a_handler_that_accepts_everything_falls_short(
    seamproof: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Were the handler a bad one, the command would say so and exit 1.
    """

    async def gullible(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await Response()(scope, receive, send)

    monkeypatch.setattr("seamproof.checks.create_app", lambda _: gullible)

    done = seamproof("demo")

    *lines, summary = done.stdout.splitlines()
    bad = [line.split()[0] for line in lines if " BAD " in line and " not that " in line]
    assert done.status == 1
    assert bad == ["tampered", "stale", "unsigned"]
    assert summary == "12 of 15 deliveries answered as a good handler does"


def test_the_handler_itself_prints_nothing(seamproof: Run) -> None:
    """
    What the handler does with an event is not what the demonstration shows.
    """
    assert "ready to use" not in seamproof("demo").stdout


def test_no_thread_is_left_behind(seamproof: Run) -> None:
    """
    When the command ends, so has the handler.
    """
    before = threading.enumerate()

    seamproof("demo")

    assert threading.enumerate() == before


@pytest.mark.parametrize("interrupted", [False, True], ids=["to the end", "on Ctrl-C"])
def test_nothing_is_left_behind(interrupted: bool) -> None:
    """
    The port is free and every thread has ended, also when the user has had enough.
    """
    variables = {"WAIT": "1"} if interrupted else {}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **variables},
        text=True,
    ) as process:
        assert process.stdout
        if interrupted:
            assert process.stdout.readline() == "connecting\n"
            process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == (130 if interrupted else 0)
    assert json.loads(stdout.splitlines()[-1]) == {"listens": False, "threads": ["MainThread"]}
    assert "Traceback" not in stderr
    assert ("interrupted" in stderr) == interrupted
