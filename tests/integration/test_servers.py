"""
A handler that does right is clean behind the servers in use, however they treat connections.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.checks.model.options import Settings
from seamproof.checks.runner.runner import run_battery
from seamproof.checks.targets.open import open_target
from tests.checks.requests import SECRET, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seamproof.checks.model.results import Report

pytestmark = pytest.mark.slow

_HANDLER: Final = """
    import json, os, sys
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    import flask
    from aiohttp import web
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route
    from svix.webhooks import Webhook

    hook = Webhook(os.environ["SEAM_WEBHOOK_SECRET"])

    def handle(raw, headers):
        try:
            hook.verify(raw, {name.lower(): value for name, value in headers.items()})
            return 204 if isinstance(json.loads(raw), dict) else 400
        except Exception:
            return 400

    async def receive(request):
        return Response(status_code=handle(await request.body(), request.headers))

    asgi = Starlette(routes=[Route("/", receive, methods=["POST"])])
    wsgi = flask.Flask("handler")

    @wsgi.post("/")
    def receive_in_flask():
        return "", handle(flask.request.get_data(), flask.request.headers)

    class Plain(BaseHTTPRequestHandler):
        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(handle(raw, self.headers))
            self.end_headers()

    async def what_has_arrived(request):
        return web.Response(status=handle(await request.content.read(1 << 20), request.headers))

    if __name__ == "__main__":
        name, port = sys.argv[1], int(sys.argv[2])
        if name == "plain":
            ThreadingHTTPServer(("127.0.0.1", port), Plain).serve_forever()
        app = web.Application(client_max_size=1 << 20)
        app.add_routes([web.post("/", what_has_arrived)])
        web.run_app(app, host="127.0.0.1", port=port, print=None)
"""

_UVICORN: Final = ("-m", "uvicorn", "handler:asgi", "--port", "{port}", "--log-level", "error")
_GUNICORN: Final = ("-m", "gunicorn", "handler:wsgi", "--bind", "127.0.0.1:{port}")
SERVERS: Final = {
    "uvicorn": _UVICORN,
    "uvicorn that keeps no connection": (*_UVICORN, "--timeout-keep-alive", "0"),
    "gunicorn with threads": (*_GUNICORN, "--threads", "4"),
    "gunicorn with short-lived workers": (*_GUNICORN, "--threads", "4", "--max-requests", "20"),
    "HTTP/1.0": ("handler.py", "plain", "{port}"),
}


@contextmanager
def served(directory: Path, command: tuple[str, ...]) -> Iterator[str]:
    """
    Start a server with the handler, and wait until it listens.
    """
    if command[0] == "-m" and find_spec(command[1]) is None:
        pytest.skip(f"{command[1]} is not installed")
    write(directory, "handler", _HANDLER)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    arguments = [part.format(port=port) for part in command]
    environment = {"SEAM_WEBHOOK_SECRET": SECRET.reveal(), "PATH": ""}
    with subprocess.Popen([sys.executable, *arguments], cwd=directory, env=environment) as process:
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def examined(url: str) -> Report:
    """
    Run the checks that are about signatures, methods and connections.
    """
    select = ("signature.*", "delivery.success_status", "delivery.wrong_method", "*.split_body")
    with open_target(url, secret=SECRET) as target:
        settings = Settings(secret=SECRET, seed=1, select=(*select, "payload.large"), quick=True)
        return run_battery(target, settings)


@pytest.mark.parametrize("server", SERVERS)
def test_a_good_handler_is_clean_behind_each_server(server: str, tmp_path: Path) -> None:
    """
    Closed connections, HTTP/1.0 and workers that end are no failures of the handler.
    """
    with served(tmp_path, SERVERS[server]) as url:
        report = examined(url)

    assert {one.status for one in report.results} <= {"passed", "skipped"}, report
    assert not report.stopped


def test_a_handler_that_reads_what_has_arrived_is_found(tmp_path: Path) -> None:
    """
    A small body in two segments shows that aiohttp's `content.read(n)` reads a part of it.
    """
    with served(tmp_path, ("handler.py", "partial", "{port}")) as url:
        report = examined(url)

    failed = {one.check.id for one in report.results if one.status == "failed"}
    assert failed == {"delivery.split_body"}
