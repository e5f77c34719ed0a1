"""
How many messages the service on this machine holds: days simulated on the manual clock.

Run as `python -m benchmarks.capacity [MESSAGES_A_DAY] [DAYS] [MESSAGES_BEFORE]`; docs/capacity.md
has the arithmetic. Messages before the first day are copies of a delivered one, written into the
database: it is as large as if they had been sent, and there in less time.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx

from benchmarks.material import valid_event
from benchmarks.receiver import receiving
from seamproof import MockServer

_HOURS: Final = 24
_DAY: Final = 86_400
_PATIENCE: Final = 600.0
#: Rows of a transaction.
_CHUNK: Final = 500_000
#: Columns whose value is another in each copy, as SQL; `n` is the number of the copy.
_ANEW: Final = {
    "message_id": "'msg_' || hex(randomblob(12))",
    "event_id": "hex(randomblob(16))",
    "message": "n",
}


def main(each_day: int, days: int, before: int) -> None:
    """
    Deliver the messages of each hour at once, and move the clock to the next.
    """
    event = valid_event()
    with TemporaryDirectory() as directory, receiving() as receiver:
        file = Path(directory, "capacity.db")
        if before:
            with MockServer(clock="manual", database=str(file), schedule="seam") as server:
                server.register(receiver.url)
                server.emit(event=event)
                server.wait_idle(timeout=_PATIENCE)
            fill(file, before)
        began = time.perf_counter()
        with MockServer(clock="manual", database=str(file), schedule="seam") as server:
            started = time.perf_counter() - began
            print(f"{before} messages before: started in {started:.1f} s", flush=True)
            if not before:
                server.register(receiver.url)
            for day in range(days):
                began = time.perf_counter()
                for _ in range(_HOURS):
                    server.emit(event=event, count=each_day // _HOURS)
                    server.wait_idle(timeout=_PATIENCE)
                    server.advance(_DAY / _HOURS)
                took = time.perf_counter() - began
                size = sum(one.stat().st_size for one in Path(directory).iterdir())
                stored = before + (day + 1) * (each_day // _HOURS) * _HOURS
                page = first_page(server.url)
                print(
                    f"day {day + 1}: {stored} messages, {each_day / took:.0f} deliveries/s, "
                    f"{size / stored:.0f} bytes a message, newest 50 in {page:.0f} ms",
                    flush=True,
                )


def fill(file: Path, copies: int) -> None:
    """
    Copy the first message, with its delivery and its attempt.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        # Indexes of random ids are slow on a disk. Lost copies are made again.
        database.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000")
        for start in range(1, copies + 1, _CHUNK):
            database.execute("BEGIN")
            for table in ("messages", "sendings", "attempts"):
                names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
                columns = [name for name in names if name != "number"]
                values = ", ".join(_ANEW.get(name, name) for name in columns)
                database.execute(
                    "WITH RECURSIVE copies (n) AS"  # noqa: S608 - names of the schema
                    " (SELECT ? UNION ALL SELECT n + 1 FROM copies WHERE n < ?)"
                    f" INSERT INTO {table} (number, {', '.join(columns)})"
                    f" SELECT n, {values} FROM copies, {table} AS one WHERE one.number = 1",
                    (start + 1, min(start + _CHUNK, copies + 1)),
                )
            database.execute("COMMIT")


def first_page(url: str) -> float:
    """
    Measure how long the newest messages take, in milliseconds.
    """
    began = time.perf_counter()
    httpx.get(f"{url}/mock/messages", params={"limit": 50}).raise_for_status()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*given, *(24_000, 3, 0)[len(given) :])
