"""
Command `seamproof check` as it is used every day: ended early, after a failure, with a server.
"""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.runner import Run

#: Accepts everything, so that each forgery is a failure.
LENIENT = "def handler(body, headers):\n    return 204\n"
SELECTED = ["--select", "signature.stale,signature.future,signature.wrong_secret"]
SERVER = """
import http.server
import os
import sys
import time

from seamproof import verify

print("the server starts", flush=True)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        secret = os.environ["SEAM_WEBHOOK_SECRET"]
        genuine = verify(body, dict(self.headers), secret, now=time.time())
        self.send_response(204 if genuine else 400)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A directory with a handler that verifies nothing, and a server.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)
    (tmp_path / "lenient.py").write_text(LENIENT)
    (tmp_path / "server.py").write_text(SERVER)
    return tmp_path


@pytest.fixture
def port() -> int:
    """
    A port at which nothing listens.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("words", "failed"), [([], 3), (["-x"], 1), (["--exitfirst"], 1), (["--max-failures", "2"], 2)]
)
def test_a_run_ends_after_failures(seamproof: Run, words: list[str], failed: int) -> None:
    """
    As many checks fail as are allowed; the others are skipped, and the report says why.
    """
    done = seamproof("check", "lenient:handler", *SELECTED, *words)

    assert done.status == 1
    assert f"{failed} of 3 checks failed" in done.stdout
    assert ("--max-failures allows no more" in done.stdout) is bool(words)


@pytest.mark.usefixtures("project")
def test_what_failed_last_is_run_alone(seamproof: Run) -> None:
    """
    Without a failed check in the last run, all that are selected run.
    """
    first = seamproof("check", "lenient:handler", "--last-failed", "--select", "signature.stale")
    seamproof("check", "lenient:handler", "--select", "signature.future,delivery.success_status")
    last = seamproof("check", "lenient:handler", "--last-failed")

    assert "no check failed in the last run" in first.stderr
    assert "signature.stale" in first.stdout
    assert "signature.future" in last.stdout
    assert "1 of 1 check failed" in last.stdout


def test_a_server_is_started_and_ended(seamproof: Run, project: Path, port: int) -> None:
    """
    It gets a new secret, what it prints is in a file, and nothing listens afterwards.
    """
    url = f"http://127.0.0.1:{port}/"
    command = f'"{sys.executable}" server.py {port}'

    done = seamproof("check", url, "--start", command, *SELECTED)

    assert done.status == 0, done.stdout + done.stderr
    assert "3 of 3 checks passed" in done.stdout
    assert (project / ".seamproof/server.log").read_text() == "the server starts\n"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


@pytest.mark.usefixtures("project")
def test_a_server_that_does_not_start(seamproof: Run, port: int) -> None:
    """
    The status is 3, with its last lines; a module, or a port in use, is a mistake of usage.
    """
    url = f"http://127.0.0.1:{port}/"

    broken = seamproof("check", url, "--start", "echo no module named app; exit 7")
    module = seamproof("check", "lenient:handler", "--start", "true")
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", port))
        busy.listen()
        used = seamproof("check", url, "--start", "true")

    assert broken.status == 3
    assert "it ended with status 7" in broken.stderr
    assert "no module named app" in broken.stderr
    assert (module.status, used.status) == (2, 2)
    assert "--start goes with a target that is a URL" in module.stderr
    assert "something already listens there" in used.stderr
