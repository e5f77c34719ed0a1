"""
A handler over a real socket that verifies, counts what it does, and makes mistakes on request.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from standardwebhooks import Webhook, WebhookVerificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Receiver:
    """
    What the handler did, and what it is to do.

    Attributes:
        drops: Which of the deliveries it acknowledges without processing them.
        repeats: Which it processes twice.
        status: By the ordinal of the delivery, the status of the answer.
        seconds: How long it works on one delivery, one after the other.
        ledger: What its ledger gives; by default the ids with their counts.
    """

    drops: Callable[[int], bool] = lambda _: False
    repeats: Callable[[int], bool] = lambda _: False
    status: Callable[[int], int] = lambda _: 204
    seconds: float = 0.0
    ledger: Callable[[Receiver], Any] = lambda one: dict(one.processed)
    url: str = ""
    received: list[tuple[str, bytes]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    processed: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    working: threading.Lock = field(default_factory=threading.Lock)

    def deliver(self, headers: dict[str, str], body: bytes) -> int:
        """
        Process a delivery, and return the status.
        """
        if self.seconds:
            with self.working:
                time.sleep(self.seconds)
        message = headers.get("svix-id", "")
        try:
            Webhook(SECRET).verify(
                body.decode(), {k.replace("svix", "webhook"): v for k, v in headers.items()}
            )
        except WebhookVerificationError as problem:
            with self.lock:
                self.refused.append(str(problem))
            return 401
        with self.lock:
            ordinal = len(self.received)
            self.received.append((message, body))
            status = self.status(ordinal)
            if status == 204 and not self.processed[message] and not self.drops(ordinal):
                self.processed[message] += 2 if self.repeats(ordinal) else 1
        return status


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        """
        Receive a delivery.
        """
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(self.server.receiver.deliver(headers, body))
        self.send_header("content-length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """
        Show the ledger.
        """
        with self.server.receiver.lock:
            ledger = json.dumps(self.server.receiver.ledger(self.server.receiver)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(ledger)))
        self.end_headers()
        self.wfile.write(ledger)

    def log_message(self, *_: object) -> None:
        """
        Print nothing.
        """


@contextmanager
def running(receiver: Receiver) -> Iterator[Receiver]:
    """
    Serve at a free port.
    """
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.receiver = receiver
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
