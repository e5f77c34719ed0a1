"""
A handler of the table behind a real server, with its state at another path.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.checks.dependencies.animals import Animal


@contextmanager
def served(animal: Animal, *, delay: float = 0.0) -> Iterator[str]:
    """
    Serve a handler at `/hook`, and its state at `/state`.

    Args:
        animal: The handler.
        delay: How long it takes for each delivery, in seconds.

    Yields:
        The URL of the server.
    """
    lock = threading.Lock()

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            with lock:
                self.answer(200, json.dumps(animal.state()).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            time.sleep(delay)
            try:
                with lock:
                    status = animal.handle(body, headers)
            except Exception:  # noqa: BLE001 - what a framework does
                status = 500
            self.answer(status, b"")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Requests) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
