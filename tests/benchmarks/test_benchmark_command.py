"""
`python -m benchmarks`, with benchmarks that yield what they are told to.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks.measuring import Bound, Figure, NotInstalled

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = Figure("quick", (60,), "events/s", "peer 1.0", (20,), Bound("at least", 3), "on one event")
MISSED = Figure("start", (32.5,), "ms", "bare", (20,), Bound("at most", 10, on="excess"))
FREE = Figure("aside", (1_234_567,), "events/s", "other 2.0", (4_000_000,))


@dataclass(frozen=True)
class Done:
    """
    What the command left behind.
    """

    status: int
    stdout: str
    stderr: str


class Run(Protocol):
    """
    Runs the command.
    """

    def __call__(self, *words: str) -> Done:
        """
        Run it with these words.
        """


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """
    Run the command in this process, streams and exit status caught.
    """

    def run_it(*words: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            benchmarks.command(list(words), prog_name="python -m benchmarks")
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, told.out, told.err)

    return run_it


def install(monkeypatch: pytest.MonkeyPatch, **figures: list[Figure]) -> None:
    """
    Put benchmarks that yield these figures in the place of all others.
    """
    monkeypatch.setattr(benchmarks, "BENCHMARKS", {name: f"fake_{name}" for name in figures})
    for name, yielded in figures.items():
        module = ModuleType(f"fake_{name}")
        vars(module)["run"] = yielded.__iter__
        monkeypatch.setitem(sys.modules, module.__name__, module)


def test_rows_lead_somewhere() -> None:
    """
    Every row of the table names a module that is there.
    """
    assert all(find_spec(home) for home in benchmarks.BENCHMARKS.values())


def test_unknown_name(run: Run) -> None:
    """
    A name that no benchmark has exits 2 with those that there are, before anything runs.
    """
    refused = run("validate", "vaildate")
    assert (refused.status, refused.stdout) == (2, "")
    assert "'vaildate'" in refused.stderr
    assert all(name in refused.stderr for name in benchmarks.BENCHMARKS)


def test_unknown_option(run: Run) -> None:
    """
    An option that there is not exits 2.
    """
    assert run("--xml").status == 2


def test_table(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """
    The table shows each figure with its bound, and the remarks below.
    """
    install(monkeypatch, some=[KEPT, FREE])
    done = run()
    assert done.status == 0
    assert done.stdout.splitlines() == [
        "some",
        "  figure                ours              peer's  peer       ratio  bound             met",
        "  quick          60 events/s         20 events/s  peer 1.0       3  at least 3 times  met",
        "  aside   1,234,567 events/s  4,000,000 events/s  other 2.0  0.309  -                 -",
        "  quick beside peer 1.0: on one event",
    ]


def test_missed_bound(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """
    One missed bound among kept ones is shown in capitals, and exits 1.
    """
    install(monkeypatch, some=[KEPT, MISSED])
    done = run("some")
    assert done.status == 1
    assert "at most 10 ms over, now 12.5  MISSED" in done.stdout


def test_json(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """
    With --json standard output is one document, of the benchmarks that were named.
    """
    install(monkeypatch, first=[KEPT], second=[FREE, MISSED])
    done = run("second", "--json")
    assert json.loads(done.stdout) == {
        "benchmarks": {"second": [FREE.as_json(), MISSED.as_json()]},
    }
    assert done.status == 1


def test_all_by_default(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """
    Without a name all run in the order of the table; a name given twice runs once.
    """
    install(monkeypatch, first=[KEPT], second=[FREE])
    assert list(json.loads(run("--json").stdout)["benchmarks"]) == ["first", "second"]
    assert list(json.loads(run("first", "first", "--json").stdout)["benchmarks"]) == ["first"]


def test_no_progress_in_a_pipe(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """
    Where standard error is no terminal nothing is written to it.
    """
    install(monkeypatch, some=[KEPT])
    assert run("--json").stderr == ""


def test_a_peer_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """
    A peer that is not installed exits 2 with the command that installs it.
    """
    monkeypatch.delitem(sys.modules, "benchmarks.validate", raising=False)
    monkeypatch.setitem(sys.modules, "fastjsonschema", None)
    refused = run("validate")
    assert (refused.status, refused.stdout) == (2, "")
    assert "needs fastjsonschema" in refused.stderr
    assert "pip install '.[bench]'" in refused.stderr


def test_a_peer_found_missing_on_the_way(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """
    What is found missing only when the benchmark runs is told alike.
    """

    def fail() -> Iterator[Figure]:
        message = "there is no console script"
        raise NotInstalled(message)

    install(monkeypatch, some=[])
    vars(sys.modules["fake_some"])["run"] = fail
    refused = run("--json")
    assert (refused.status, refused.stdout) == (2, "")
    assert "there is no console script; pip install '.[bench]'" in refused.stderr
