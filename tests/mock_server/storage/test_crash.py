"""
A server that is killed again and again loses nothing that it took in.
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
    A server in a process of its own, that can be killed and started again.
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
        Kill it, as nothing can be caught: SIGKILL.
        """
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def recorded(self, copy: Path) -> set[str]:
        """
        Read from a copy of what the killed server left which messages it knew to be delivered.
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
    What was asked for, and what was promised.
    """

    wanted: list[int]
    promised: list[str] = field(default_factory=list)

    async def ask(self, client: httpx.AsyncClient, url: str) -> None:
        """
        Have one batch of messages taken in; it is asked for again if no answer comes.
        """
        count = self.wanted.pop()
        try:
            answer = await client.post(
                f"{url}/mock/events",
                json={"event_type": "access_code.created", "count": count},
                timeout=60,
            )
        except httpx.HTTPError:
            self.wanted.append(count)
            return
        assert answer.status_code == 202
        self.promised += answer.json()["message_ids"]

    async def ask_on(self, url: str, most: int) -> None:
        """
        Ask for batches at several at a time.
        """
        async with httpx.AsyncClient() as client:
            asked = [self.ask(client, url) for _ in range(min(most, len(self.wanted)))]
            await asyncio.gather(*asked)


async def slowly(_: Request) -> bytes:
    """
    Take a message, and some milliseconds with it, so that a kill finds some under way.
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
    Read how every message stands.
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
    List the ids of what arrived.
    """
    return [one.headers["svix-id"] for one in handler.received[start:]]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
async def test_kills_lose_nothing(tmp_path: Path, kills: int) -> None:
    """
    Killed 20 times during 2,000 messages, the server delivers every one that it promised to,
    and repeats only those whose answer it had not recorded.
    """
    batches = MESSAGES // BATCH
    chance, ledger = Random(5), Ledger([BATCH] * batches * kills)
    known, before = set[str](), 0
    async with handling(slowly) as handler:
        server = Server(tmp_path / "store.db", handler.url)
        for turn in range(kills):
            await server.start()
            asking = asyncio.create_task(ledger.ask_on(server.url, batches + 1))
            await asyncio.sleep(chance.uniform(0.01, 0.25))
            server.kill()
            await asking
            arrived = len(handler.received)
            recorded = server.recorded(tmp_path / f"copy-{turn}.db")
            assert recorded <= {*ids_of(handler)}
            assert not known & {*ids_of(handler, before)}, "a recorded delivery was repeated"
            known, before = recorded, arrived
        await server.start()
        while ledger.wanted:
            await ledger.ask_on(server.url, 4)
        await until_idle(server.url)
        stand = await statuses(server.url)
        server.kill()

    assert len(ledger.promised) == len({*ledger.promised}) == MESSAGES * kills
    assert not known & {*ids_of(handler, before)}
    assert {*ledger.promised} <= {*ids_of(handler)}
    assert {stand[one] for one in ledger.promised} == {"delivered"}
    assert {*stand.values()} == {"delivered"}
    repeated = len(handler.received) - len(stand)
    assert repeated <= kills * 16 * 3
