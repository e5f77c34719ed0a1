"""
Tests of requests over new connections: which worker process answers, and what it remembers.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import sys
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from seamproof import verify
from seamproof.checks import Settings, open_state, open_target, run_battery
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = Secret.generate(b"the secret of several workers".ljust)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the process at the other end is seen on Linux only"
)


class Server(HTTPServer):
    """
    A server whose socket several processes share.
    """

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(listening.getsockname(), Webhook, bind_and_activate=False)
        self.socket.close()
        self.socket = listening


class Webhook(BaseHTTPRequestHandler):
    """
    Writes each message that is new to this process into a database.
    """

    database = ""
    shares_ids = False
    known: frozenset[str] = frozenset()

    def do_POST(self) -> None:
        """
        Handle a delivery.
        """
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = dict(self.headers.items())
        if not verify(body, headers, SECRET, now=time.time()):
            self._answer(400)
            return
        with sqlite3.connect(self.database, timeout=60) as rows:
            rows.execute("BEGIN IMMEDIATE")
            if self._is_new(rows, headers["svix-id"]):
                event_type = str(json.loads(body)["event_type"])
                rows.execute("INSERT INTO effects VALUES (?)", (event_type,))
        self._answer(204)

    def _is_new(self, rows: sqlite3.Connection, message_id: str) -> bool:
        if self.shares_ids:
            added = rows.execute("INSERT OR IGNORE INTO ids VALUES (?)", (message_id,))
            return added.rowcount == 1
        is_new = message_id not in Webhook.known
        Webhook.known |= {message_id}
        return is_new

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """
        Print nothing.
        """


@contextmanager
def workers(count: int, database: Path, *, shares_ids: bool) -> Iterator[str]:
    """
    Serve the webhook from several processes.
    """
    with sqlite3.connect(database) as rows:
        rows.execute("CREATE TABLE effects (event_type TEXT)")
        rows.execute("CREATE TABLE ids (id TEXT PRIMARY KEY)")
    listening = socket.create_server(("127.0.0.1", 0))
    children = [fork(listening, str(database), shares_ids) for _ in range(count)]
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        listening.close()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def fork(listening: socket.socket, database: str, shares_ids: bool) -> int:
    """
    Start a worker process; return its id.
    """
    if child := os.fork():
        return child
    Webhook.database, Webhook.shares_ids = database, shares_ids
    try:
        Server(listening).serve_forever()
    finally:
        os._exit(0)


@pytest.mark.parametrize(
    ("count", "shares_ids", "wanted"),
    [(2, False, "failed"), (2, True, "passed"), (1, False, "skipped")],
)
def test_ids_in_the_memory_of_one_worker_are_found(
    tmp_path: Path, count: int, shares_ids: bool, wanted: str
) -> None:
    """
    Several processes answer over new connections; where one does, it is said.
    """
    database = tmp_path / "effects.sqlite"

    def look() -> list[str]:
        with sqlite3.connect(database, timeout=60) as rows:
            return [one for (one,) in rows.execute("SELECT event_type FROM effects")]

    settings = Settings(
        secret=SECRET,
        seed=0,
        quick=True,
        select=("delivery.duplicate_elsewhere",),
        events="device.*",
    )
    with (
        workers(count, database, shares_ids=shares_ids) as url,
        open_target(url, secret=SECRET) as target,
    ):
        report = run_battery(target, settings, state=open_state(look, target))

    (result,) = report.results
    assert result.status == wanted, result.note
    if wanted == "skipped":
        assert result.note.startswith("one process answered: ")
