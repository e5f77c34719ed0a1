"""
The first validation in a new process: the whole catalogue beside one of one event.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks.material import EVENT_TYPE, document, valid_event
from benchmarks.measuring import Bound, Contestant, Figure, interleave, milliseconds
from benchmarks.startup import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: From the first import to the end of the first validation; the process reports how long that took.
_FIRST: Final = """
import json, sys, time
event = json.loads(sys.argv[1])
begun = time.perf_counter()
from seamproof.schemas import {imports}
validate(event{more})
print(time.perf_counter() - begun)
"""


class Meter:
    """
    A clock that goes on by what processes say they took.
    """

    def __init__(self) -> None:
        self._seconds = 0.0

    def now(self) -> float:
        """
        Return the seconds that all processes took together.
        """
        return self._seconds

    def run(self, code: str, arguments: list[str], settings: Mapping[str, str]) -> None:
        """
        Run Python code that prints how long it took.
        """
        words = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(words, env=settings, capture_output=True, check=True, text=True)
        self._seconds += float(done.stdout)


def run() -> Iterator[Figure]:
    """
    Measure new processes, each with the one or the other catalogue.
    """
    event, meter = json.dumps(valid_event()), Meter()
    whole = _FIRST.format(imports="validate", more="")
    single = _FIRST.format(
        imports="load_catalog, validate", more=", catalogue=load_catalog(sys.argv[2])"
    )
    with TemporaryDirectory() as one_event, TemporaryDirectory() as bytecode:
        (Path(one_event) / f"{EVENT_TYPE}.json").write_text(json.dumps(document()), "utf-8")
        settings = environment(bytecode)
        contestants = [
            Contestant("whole", partial(meter.run, whole, [event], settings)),
            Contestant("single", partial(meter.run, single, [event, one_event], settings)),
        ]
        taken = interleave(contestants, rounds=31, seconds=0, clock=meter.now)
    yield Figure(
        name="first validate, the whole catalogue",
        values=milliseconds(taken["whole"]),
        unit="ms",
        peer="catalogue of one event",
        peer_values=milliseconds(taken["single"]),
        bound=Bound("at most", 1.5),
        remark="in a new process, imports included, the interpreter's start not",
    )
