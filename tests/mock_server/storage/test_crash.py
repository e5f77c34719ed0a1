"""
A server that is killed again and again loses no message that it accepted.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.mock_server.workbench import OK, Handler, Request, handling

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

#: Messages that one kill falls into.
MESSAGES = 100
BATCH = 25


def spawn(command: list[str], said: Path, wrong: Path) -> subprocess.Popen[bytes]:
    """
    Start Python, its output and its errors going to files.
    """
    with said.open("wb") as out, wrong.open("wb") as err:
        return subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )


def first_line(file: Path) -> bytes:
    """
    Read the first line of a file, once it is whole.
    """
    line, end, _ = file.read_bytes().partition(b"\n")
    return line if end else b""


@dataclass
class Server:
    """
    A server in a separate process, which can be killed and started again.
    """

    database: Path
    handler: str
    url: str = ""
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """
        Start it, and wait until it listens.
        """
        command = ["-c", "from seamproof.cli import main; main()", "serve", "--port", "0"]
        command += ["--db", str(self.database), "--format", "json", "--schedule", "fast"]
        if not self.url:
            command += ["--to", self.handler]
        said, wrong = self.database.with_name("out"), self.database.with_name("err")
        self.process = spawn(command, said, wrong)
        async with asyncio.timeout(60):
            while not (line := first_line(said)):
                assert self.process.poll() is None, wrong.read_text()
                await asyncio.sleep(0.01)
        self.url = json.loads(line)["serving"]["url"]

    def kill(self) -> None:
        """
        Kill it with SIGKILL, which no process can catch.
        """
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def recorded(self, copy: Path) -> set[str]:
        """
        Read from a copy of the killed server's database which messages it recorded as delivered.
        """
        for ending in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copy(f"{self.database}{ending}", f"{copy}{ending}")
        connection = sqlite3.connect(copy)
        found = connection.execute(
            "SELECT message_id FROM attempts JOIN messages ON messages.number = message"
            " WHERE reason = ''"
        ).fetchall()
        connection.close()
        return {message_id for (message_id,) in found}


@dataclass
class Ledger:
    """
    The batches to emit, and the ids of the messages that the server accepted.
    """

    batches: list[int]
    accepted: list[str] = field(default_factory=list)

    async def emit(self, client: httpx.AsyncClient, url: str) -> None:
        """
        Emit one batch of messages; put it back if no response comes.
        """
        count = self.batches.pop()
        try:
            answer = await client.post(
                f"{url}/mock/events",
                json={"event_type": "access_code.created", "count": count},
                timeout=60,
            )
        except httpx.HTTPError:
            self.batches.append(count)
            return
        assert answer.status_code == 202
        self.accepted += answer.json()["message_ids"]

    async def emit_batches(self, url: str, most: int) -> None:
        """
        Emit several batches at a time.
        """
        async with httpx.AsyncClient() as client:
            requests = [self.emit(client, url) for _ in range(min(most, len(self.batches)))]
            await asyncio.gather(*requests)


async def slowly(_: Request) -> bytes:
    """
    Answer after some milliseconds, so that a kill interrupts running attempts.
    """
    await asyncio.sleep(0.005)
    return OK


async def until_idle(url: str) -> None:
    """
    Wait until nothing is pending.
    """
    async with httpx.AsyncClient() as client, asyncio.timeout(120):
        while True:
            page = await client.get(f"{url}/mock/messages", params={"status": "pending"})
            if not page.json()["messages"]:
                return
            await asyncio.sleep(0.05)


async def statuses(url: str) -> dict[str, str]:
    """
    Read the status of every message.
    """
    found: dict[str, str] = {}
    async with httpx.AsyncClient() as client:
        parameters: dict[str, Any] = {"limit": 500}
        while True:
            page = (await client.get(f"{url}/mock/messages", params=parameters)).json()
            found |= {one["message_id"]: one["status"] for one in page["messages"]}
            if page["before"] is None:
                return found
            parameters["before"] = page["before"]


def ids_of(handler: Handler, start: int = 0) -> list[str]:
    """
    List the ids of the messages that arrived.
    """
    return [one.headers["svix-id"] for one in handler.received[start:]]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
async def test_kills_lose_nothing(tmp_path: Path, kills: int) -> None:
    """
    A server that is killed while it accepts messages delivers each accepted one, and repeats only
    those whose response it had not recorded.
    """
    batches = MESSAGES // BATCH
    chance, ledger = Random(5), Ledger([BATCH] * batches * kills)
    known, before = set[str](), 0
    async with handling(slowly) as handler:
        server = Server(tmp_path / "store.db", handler.url)
        for turn in range(kills):
            await server.start()
            asking = asyncio.create_task(ledger.emit_batches(server.url, batches + 1))
            await asyncio.sleep(chance.uniform(0.01, 0.25))
            server.kill()
            await asking
            arrived = len(handler.received)
            recorded = server.recorded(tmp_path / f"copy-{turn}.db")
            assert recorded <= {*ids_of(handler)}
            assert not known & {*ids_of(handler, before)}, "a recorded delivery was repeated"
            known, before = recorded, arrived
        await server.start()
        while ledger.batches:
            await ledger.emit_batches(server.url, 4)
        await until_idle(server.url)
        stand = await statuses(server.url)
        server.kill()

    assert len(ledger.accepted) == len({*ledger.accepted}) == MESSAGES * kills
    assert not known & {*ids_of(handler, before)}
    assert {*ledger.accepted} <= {*ids_of(handler)}
    assert {stand[one] for one in ledger.accepted} == {"delivered"}
    assert {*stand.values()} == {"delivered"}
    repeated = len(handler.received) - len(stand)
    assert repeated <= kills * 16 * 3
