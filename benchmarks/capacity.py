"""
How many messages the service on this machine holds: days simulated on the manual clock.

Run as `python -m benchmarks.capacity [MESSAGES_A_DAY] [DAYS]`; docs/capacity.md has the arithmetic.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.material import valid_event
from benchmarks.receiver import receiving
from seamproof import MockServer

_HOURS: Final = 24
_DAY: Final = 86_400
_PATIENCE: Final = 600.0


def main(each_day: int, days: int) -> None:
    """
    Deliver the messages of each hour at once, and move the clock to the next.
    """
    event = valid_event()
    with TemporaryDirectory() as directory, receiving() as receiver:
        file = Path(directory, "capacity.db")
        with MockServer(clock="manual", database=str(file), schedule="seam") as server:
            server.register(receiver.url)
            for day in range(days):
                began = time.perf_counter()
                for _ in range(_HOURS):
                    server.emit(event=event, count=each_day // _HOURS)
                    server.wait_idle(timeout=_PATIENCE)
                    server.advance(_DAY / _HOURS)
                took = time.perf_counter() - began
                size = sum(one.stat().st_size for one in Path(directory).iterdir())
                stored = (day + 1) * (each_day // _HOURS) * _HOURS
                print(
                    f"day {day + 1}: {stored} messages, {each_day / took:.0f} deliveries/s, "
                    f"{size / stored:.0f} bytes a message",
                    flush=True,
                )


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*given, *(24_000, 3)[len(given) :])
