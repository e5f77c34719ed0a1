"""
`--seamproof-coverage`: counts in each process, merges, tells, and fails the run below a share.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
import textwrap
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.checks.targets.listeners import listening
from seamproof.pytest_plugin.coverage.recorder import Coverage, Recorder, begin, end, record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.json_types import JsonObject

#: Where a worker of pytest-xdist puts what it has counted.
_KEY: Final = "seamproof_coverage"
_WIDTH: Final = 96
_HEADS: Final = ("event type", "sent", "tests", "answered")
#: Of the JSON document.
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What is to be told.

    Attributes:
        wanted: The event types that count.
        at_least: The share of them, in percent, below which the run fails.
        json: Where to write it as JSON.
    """

    wanted: tuple[str, ...]
    at_least: float | None = None
    json: Path | None = None


class CoveragePlugin:
    """
    The hooks of a run that counts.

    Args:
        config: Of the run.
        asked: Which event types count, how many have to be sent, where to write them.
    """

    def __init__(self, config: pytest.Config, asked: Asked) -> None:
        self._config = config
        self._asked = asked
        self._recorder = Recorder()
        self._coverage: Coverage | None = None
        self._problem = ""
        self._is_worker = hasattr(config, "workerinput")
        self._listening = ExitStack()
        self._listening.enter_context(listening(_hear))
        begin(self._recorder)

    def pytest_unconfigure(self) -> None:
        """
        Count no longer.
        """
        end(self._recorder)
        self._listening.close()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist
        """
        Add what a worker has counted.
        """
        self._recorder.merge(getattr(node, "workeroutput", {}).get(_KEY, {}))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """
        Hand what was counted to whoever asked for it; fail the run where it is too little.
        """
        if self._is_worker:
            self._config.workeroutput[_KEY] = self._recorder.dump()  # type: ignore[attr-defined]
            return
        if session.config.option.collectonly:
            return
        self._coverage = coverage = Coverage.of(self._recorder, self._asked.wanted)
        if self._asked.json is not None:
            self._problem = _written(self._asked.json, coverage)
        too_low = self._asked.at_least is not None and coverage.percent < self._asked.at_least
        if session.exitstatus == pytest.ExitCode.OK and (too_low or self._problem):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Print the table.
        """
        if self._coverage is None:
            return
        terminalreporter.section("seamproof coverage")
        for line in table(self._coverage):
            terminalreporter.write_line(line)
        if self._asked.json is not None:
            terminalreporter.write_line(self._problem or f"written to {self._asked.json}")
        wanted, percent = self._asked.at_least, self._coverage.percent
        if wanted is not None and percent < wanted:
            told = f"FAIL: {_share(percent)} of the event types sent, {wanted:g} % wanted"
            terminalreporter.write_line(told, red=True, bold=True)


def _hear(request: Request, received: Received) -> None:
    record(request.event_type, received.status)


def table(coverage: Coverage) -> Iterator[str]:
    """
    Tell event types: sent, by how many tests, answered how; then those never sent.
    """
    rows = [_HEADS] + [
        (
            name,
            f"{sent.deliveries:,}",
            f"{len(sent.tests):,}",
            ", ".join(f"{kind} {count:,}" for kind, count in sent.classes.items()),
        )
        for name, sent in coverage.sent.items()
        if name in coverage.wanted
    ]
    if len(rows) > 1:
        first, second, third = (max(len(row[column]) for row in rows) for column in range(3))
        for name, sent, tests, answers in rows:
            yield f"{name:<{first}}  {sent:>{second}}  {tests:>{third}}  {answers}"
        yield ""
    yield from _listed("never sent", coverage.missing)
    yield from _listed("sent, not counted", coverage.beyond)
    done, wanted = len(coverage.wanted) - len(coverage.missing), len(coverage.wanted)
    yield f"{done:,} of {wanted:,} event types sent, {_share(coverage.percent)}"


def document(coverage: Coverage) -> JsonObject:
    """
    Write the same as a JSON object.
    """
    counted = set(coverage.wanted)
    return {
        "version": _VERSION,
        "percent": round(coverage.percent, 2),
        "sent": {
            name: {
                "counted": name in counted,
                "deliveries": sent.deliveries,
                "tests": sorted(sent.tests),
                "answers": {
                    "none" if status is None else str(status): count
                    for status, count in sorted(sent.answers.items(), key=lambda one: one[0] or 0)
                },
            }
            for name, sent in coverage.sent.items()
        },
        "never_sent": list(coverage.missing),
    }


def _written(path: Path, coverage: Coverage) -> str:
    """
    Write the JSON document; tell in words why that cannot be.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document(coverage), indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        return f"{path}: cannot be written: {problem.strerror}"
    return ""


def _share(percent: float) -> str:
    # Rounded down: 99.96 % is not all, and what is wanted is not reached by rounding.
    return f"{int(percent * 10) / 10:.1f} %"


def _listed(label: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        text = f"{label}: {', '.join(names)}"
        yield from textwrap.wrap(
            text, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        yield ""
