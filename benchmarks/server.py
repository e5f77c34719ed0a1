"""
A server in a process of its own, as `seamproof serve` runs it, but without its lines.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIMEOUT: Final = 600.0

#: Seconds between looks at whether all is done: each look costs the server some.
_LOOK: Final = 0.02


@dataclass(frozen=True, slots=True)
class Server:
    """
    A server that runs.

    Attributes:
        url: Where it listens.
        pid: Of its process.
        client: What asks it, over a connection that is kept.
    """

    url: str
    pid: int
    client: httpx.Client

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """
        Have something done.

        Raises:
            httpx.HTTPStatusError: It does not do it.
        """
        answer = self.client.post(path, json=body)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def page(self, **parameters: str | int) -> list[dict[str, Any]]:
        """
        Read the newest messages.
        """
        answer = self.client.get("/mock/messages", params=parameters)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def deliver(self, event: dict[str, Any], count: int) -> None:
        """
        Have one event delivered many times, and wait for the last attempt to be recorded.
        """
        self.post("/mock/events", event=event, count=count)
        while self.page(status="pending", limit=1):
            time.sleep(_LOOK)


def resident(pid: int) -> float:
    """
    Look up how much memory a process has held at most, in MB; or holds now, if only that is known.
    """
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        (peak,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024
    listed = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)],  # noqa: S607 - wherever it is
        capture_output=True,
        check=True,
    )
    return int(listed.stdout) / 1024


@contextmanager
def started(database: str) -> Iterator[Server]:
    """
    Run a server on a free port for as long as the block lasts.
    """
    command = [sys.executable, "-m", "benchmarks.server", database]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        try:
            url = process.stdout.readline().decode().strip()
            headers = {"authorization": "Bearer seam_benchmark"}
            with httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT) as client:
                yield Server(url, process.pid, client)
        finally:
            process.kill()


async def _serve(database: str) -> None:
    from seamproof.mock_server.hosting.server import run_server  # noqa: PLC0415 - likewise
    from seamproof.mock_server.hosting.web_server import listen  # noqa: PLC0415 - likewise
    from seamproof.mock_server.model.clocks import RealClock  # noqa: PLC0415 - the server's process alone
    from seamproof.mock_server.model.settings import ServerSettings  # noqa: PLC0415 - likewise

    listener = listen("127.0.0.1", 0)
    settings = ServerSettings(database=database, schedule=(0.0,))
    async with run_server(
        settings, RealClock(), listener, host="127.0.0.1", api_key=None
    ) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
