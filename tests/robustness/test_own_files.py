"""
The files that seamproof writes and reads again, with each member replaced by something else.
"""

from __future__ import annotations

import copy
import json
import math
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof import json_pointer
from tests.cli.runner import run
from tests.robustness.test_command_line import NOBODY, SECRET, assert_orderly

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

HANDLER: Final = "def handler(body, headers):\n    return 500\n\ndef state():\n    return {}\n"
JUNK: Final[list[Any]] = [
    *(None, True, math.inf, math.nan, 1e308, -1, 0, 10**30, "x", "", [], {}, [[]], "\ud800"),
    *([[None, None]], [[math.inf, 1]], [[1, 2, 3]], "9" * 5000, "1_0", ["a"], {"a": 1}, [1, "b"]),
]
#: How many of them are put in the place of each member.
TRIED: Final = 5

#: By the pattern of a file, the commands that read it.
READERS: Final = {
    ".seamproof/cases/*.json": [["replay", "FILE", "--to", NOBODY, "--secret", SECRET]],
    "baseline.json": [
        ["check", "app:handler", "--select", "delivery.success_status", "--baseline", "FILE"]
    ],
    ".seamproof/last_run.json": [
        ["replay", "--last"],
        ["replay", "--failed"],
        ["check", "app:handler", "--last-failed", "--select", "signature.stale"],
    ],
}


def changed(document: Any) -> Iterator[Any]:
    """
    Replace each member by some of the junk, each time by others.
    """
    number = 0
    for path, _ in json_pointer.walk(document):
        for _ in range(TRIED):
            number += 1
            other, junk = copy.deepcopy(document), JUNK[number % len(JUNK)]
            if path:
                json_pointer.assign(other, path, junk)
            yield other if path else junk


@pytest.mark.parametrize("pattern", READERS)
def test_a_changed_file_is_used_or_reported(
    pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    No member of any type is an error in seamproof itself.
    """
    (tmp_path / "app.py").write_text(HANDLER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SEAM_WEBHOOK_SECRET", SECRET)
    first = ["check", "app:handler", "--select", "delivery.success_status"]
    run(monkeypatch, *first, "--baseline", "baseline.json", "--update-baseline")
    run(monkeypatch, *first)
    file = next(tmp_path.glob(pattern))
    original = json.loads(file.read_text(encoding="utf-8"))
    for document in changed(original):
        for words in READERS[pattern]:
            file.write_text(json.dumps(document), encoding="utf-8")
            given = [str(file) if one == "FILE" else one for one in words]
            assert_orderly(run(monkeypatch, *given), [*given, json.dumps(document)[:2000]])
