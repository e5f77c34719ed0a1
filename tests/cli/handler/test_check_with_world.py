"""
Command `seamproof check --world`: the handler gets a Seam API to call.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cli.runner import Run

#: A server that asks Seam for each device, and does not expect that it is gone.
SERVER = """
import http.server
import json
import os
import sys
import time
import urllib.request

from seamproof import verify

KEY = os.environ["SEAM_API_KEY"]
HEADERS = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        secret = os.environ["SEAM_WEBHOOK_SECRET"]
        genuine = verify(body, dict(self.headers), secret, now=time.time())
        self.send_response(self.act(json.loads(body)) if genuine else 400)
        self.end_headers()

    def act(self, event):
        url = os.environ["MY_SEAM"] + "/devices/get"
        asked = json.dumps({"device_id": event["device_id"]}).encode()
        request = urllib.request.Request(url, asked, HEADERS)
        try:
            urllib.request.urlopen(request).close()
        except urllib.error.HTTPError as refused:
            refused.close()
            return 500
        return 204

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_a_started_server_finds_the_seam_api(
    seamproof: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The variable that the user names leads to the records of the world; it is as before afterwards.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "server.py").write_text(SERVER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = f'"{sys.executable}" server.py {port}'

    done = seamproof(
        *("check", f"http://127.0.0.1:{port}/", "--start", command, "--quick"),
        *("--world", "office", "--seam-endpoint-env", "MY_SEAM"),
        *("--select", "callback.gone,delivery.success_status", "--events", "device.connected"),
    )

    assert done.status == 1, done.stdout + done.stderr
    assert "1 of 2 checks failed" in done.stdout
    assert "with its record deleted by the time that the handler asks" in " ".join(
        done.stdout.split()
    )
    assert "MY_SEAM" not in os.environ


def test_a_world_and_its_address_have_to_be_known(
    seamproof: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A misspelt world is named; a server that runs already does not know where this Seam is.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEAM_ENDPOINT", raising=False)
    (tmp_path / "lenient.py").write_text("def handler(body, headers):\n    return 204\n")
    secret = "whsec_" + "A" * 32

    unknown = seamproof("check", "lenient:handler", "--world", "hotell")
    unaware = seamproof(
        *("check", "http://127.0.0.1:9/", "--world", "hotel", "--secret", secret),
    )

    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        monkeypatch.setenv("SEAM_ENDPOINT", f"http://127.0.0.1:{busy.getsockname()[1]}")
        taken = seamproof(
            *("check", "http://127.0.0.1:9/", "--world", "hotel", "--secret", secret),
        )
        inside = seamproof(
            *("check", "lenient:handler", "--world", "hotel"),
            *("--select", "delivery.success_status"),
        )

    assert (unknown.status, unaware.status, taken.status, inside.status) == (2, 2, 3, 0)
    assert "end what listens there, or set SEAM_ENDPOINT to another port" in taken.stderr
    assert "did you mean hotel?" in unknown.stderr
    assert "set SEAM_ENDPOINT=http://127.0.0.1:4010" in unaware.stderr
