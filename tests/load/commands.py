"""
Running `seamproof load` in processes of its own, as Locust wants it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.cli.runner import Done, run
from tests.load.receiver import SECRET

if TYPE_CHECKING:
    from collections.abc import Sequence

MAIN: Final = (sys.executable, "-c", "from seamproof.cli import main; main()")
ROOT: Final = Path(__file__).parents[2]
ENVIRONMENT: Final = {**os.environ, "SEAM_WEBHOOK_SECRET": SECRET}


@dataclass(frozen=True)
class Ended(Done):
    """
    How a command ended.
    """

    @property
    def document(self) -> dict[str, Any]:
        """
        The result in JSON.
        """
        document = json.loads(self.stdout)
        assert isinstance(document, dict)
        return document

    @property
    def account(self) -> dict[str, Any]:
        """
        The sums of the result.
        """
        account = self.document["account"]
        assert isinstance(account, dict)
        return account

    def ids(self, group: str) -> set[str]:
        """
        List the messages that the result names in a group.
        """
        return {one["message_id"] for one in self.account["named"].get(group, [])}


def load_each(*commands: Sequence[str], stdin: str = "") -> list[Ended]:
    """
    Run commands one after the other in one process: each would take longer to start than to end.
    """
    code = "from tests.load.commands import print_each; print_each()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps({"commands": commands, "stdin": stdin}),
        capture_output=True,
        check=True,
        text=True,
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        timeout=600,
    )
    return [Ended(**one) for one in json.loads(done.stdout)]


def print_each() -> None:
    """
    Run the commands of the standard input, and print how each ended.
    """
    given = json.load(sys.stdin)
    with pytest.MonkeyPatch.context() as patch:
        ended = [
            asdict(run(patch, "load", *words, stdin=given["stdin"])) for words in given["commands"]
        ]
    sys.stdout.write(json.dumps(ended))


def start(*words: str, **environment: str) -> subprocess.Popen[str]:
    """
    Start a command.
    """
    return subprocess.Popen(
        [*MAIN, "load", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ENVIRONMENT, **environment},
    )


def end(process: subprocess.Popen[str]) -> Ended:
    """
    Wait until a command ends.
    """
    stdout, stderr = process.communicate(timeout=120)
    return Ended(process.returncode, stdout, stderr)


def load(*words: str, **environment: str) -> Ended:
    """
    Run a command until it ends.
    """
    return end(start(*words, **environment))
