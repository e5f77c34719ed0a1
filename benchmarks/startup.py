"""
How long a start takes, beside what it cannot do without.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks.material import versioned
from benchmarks.measuring import (
    Bound,
    Contestant,
    Figure,
    NotInstalled,
    interleave,
    milliseconds,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_BYTECODE: Final = "both run from bytecode, as what is installed does"


def script() -> str:
    """
    Find the console script of the environment that runs this.

    Raises:
        NotInstalled: It has none.
    """
    directory = Path(sys.executable).parent
    found = shutil.which("seamproof", path=str(directory))
    if found is None:
        message = f"there is no console script seamproof in {directory}"
        raise NotInstalled(message)
    return found


def environment(bytecode: str) -> dict[str, str]:
    """
    Make an environment whose bytecode goes to a directory of its own.

    A source tree may have none, or be set to keep none; then each start would
    compile seamproof anew, which no user's start does.
    """
    kept = {key: text for key, text in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": bytecode}


def run() -> Iterator[Figure]:
    """
    Measure whole processes, from their start to their end.
    """
    commands = {
        "version": [script(), "--version"],
        "click": [sys.executable, "-c", "import click"],
        "import": [sys.executable, "-c", "import seamproof"],
        "bare": [sys.executable, "-c", ""],
    }
    with TemporaryDirectory() as directory:
        settings = environment(directory)
        contestants = [
            Contestant(name, partial(start, words, settings)) for name, words in commands.items()
        ]
        taken = interleave(contestants, rounds=31, seconds=0, clock=time.perf_counter)
    yield Figure(
        name="seamproof --version",
        values=milliseconds(taken["version"]),
        unit="ms",
        peer=f'python -c "import click" ({versioned("click")})',
        peer_values=milliseconds(taken["click"]),
        bound=Bound("at most", 1.5),
        remark=_BYTECODE,
    )
    yield Figure(
        name='python -c "import seamproof"',
        values=milliseconds(taken["import"]),
        unit="ms",
        peer='python -c ""',
        peer_values=milliseconds(taken["bare"]),
        bound=Bound("at most", 10, on="excess"),
        remark=_BYTECODE,
    )


def start(words: Sequence[str], settings: Mapping[str, str]) -> None:
    """
    Run a command to its end; its output goes nowhere.
    """
    subprocess.run(
        words, env=settings, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
    )
