"""
`--seamproof-coverage`: counts the event types that are sent, and reports them after the run.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
import textwrap
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.atomic_files import write_atomically
from seamproof.checks.targets.listeners import listening
from seamproof.errors import UsageError
from seamproof.formats import read_decimal
from seamproof.pytest_plugin.configuration import find_catalogue, read_path, read_text
from seamproof.pytest_plugin.coverage.recorder import (
    Coverage,
    Recorder,
    record,
    start_recording,
    stop_recording,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.json_types import JsonObject

#: Where a worker of pytest-xdist puts what it has counted.
_KEY: Final = "seamproof_coverage"
_JOINED: Final = "\0"
_WHOLE: Final = 100.0
#: Columns beyond which a line is hard to read.
_WIDEST: Final = 96
_HEADS: Final = ("event type", "sent", "tests", "answered")
#: Of the JSON document.
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class CoverageOptions:
    """
    What is counted and reported.

    Attributes:
        event_types: Those that count.
        fail_under: The percentage of them below which the run fails.
        json: The file to write the coverage to as JSON.
    """

    event_types: tuple[str, ...]
    fail_under: float | None = None
    json: Path | None = None


def register(config: pytest.Config) -> None:
    """
    Register the plugin that counts.

    Raises:
        SeamproofError: An option cannot be used as given.
    """
    catalogue = find_catalogue(config)
    found = catalogue.match(read_text(config, "events") or "*")
    options = CoverageOptions(
        event_types=tuple(one.event_type for one in found),
        fail_under=_percent(read_text(config, "fail-under")),
        json=read_path(config, "coverage-json"),
    )
    config.pluginmanager.register(CoveragePlugin(config, options), "seamproof-coverage")


def _percent(text: str | None) -> float | None:
    if text is None:
        return None
    number = read_decimal(text.removesuffix("%"))
    if number is None or not 0 <= number <= _WHOLE:
        what, expected = "this is not a percentage", "0 to 100"
        raise UsageError(what, expected=expected, found=text, option="fail_under")
    return number


class CoveragePlugin:
    """
    The hooks of a run that counts deliveries.

    Args:
        config: Of the run.
        options: Which event types count, how many have to be sent, where to write them.
    """

    def __init__(self, config: pytest.Config, options: CoverageOptions) -> None:
        self._config = config
        self._options = options
        self._recorder = Recorder()
        self._coverage: Coverage | None = None
        self._problem = ""
        self._is_worker = hasattr(config, "workerinput")
        self._listening = ExitStack()
        self._listening.enter_context(listening(_record))
        start_recording(self._recorder)

    def pytest_unconfigure(self) -> None:
        """
        Stop counting.
        """
        stop_recording(self._recorder)
        self._listening.close()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist
        """
        Add what a worker has counted.
        """
        self._recorder.merge(getattr(node, "workeroutput", {}).get(_KEY, {}))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """
        Pass the counts to the main process, or write them and fail the run if they are too low.
        """
        if self._is_worker:
            self._config.workeroutput[_KEY] = self._recorder.dump()  # type: ignore[attr-defined]
            return
        if session.config.option.collectonly:
            return
        self._coverage = coverage = Coverage.of(self._recorder, self._options.event_types)
        if self._options.json is not None:
            self._problem = _written(self._options.json, coverage)
        least = self._options.fail_under
        too_low = least is not None and coverage.percent < least
        if session.exitstatus == pytest.ExitCode.OK and (too_low or self._problem):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Print the table.
        """
        if self._coverage is None:
            return
        terminalreporter.section("seamproof coverage")
        width = min(terminalreporter.config.get_terminal_writer().fullwidth, _WIDEST)
        for line in table(self._coverage, width):
            terminalreporter.write_line(line)
        if self._options.json is not None:
            terminalreporter.write_line(self._problem or f"written to {self._options.json}")
        least, percent = self._options.fail_under, self._coverage.percent
        if least is not None and percent < least:
            text = f"FAIL: {_share(percent)} of the event types sent, {least:g} % wanted"
            terminalreporter.write_line(text, red=True, bold=True)


def _record(request: Request, received: Received) -> None:
    record(request.event_type, received.status)


def table(coverage: Coverage, width: int = _WIDEST) -> Iterator[str]:
    """
    List the event types with deliveries, tests and statuses; then those that were never sent.

    Args:
        coverage: Of the run.
        width: Columns.
    """
    rows = [_HEADS] + [
        (
            name,
            f"{sent.deliveries:,}",
            f"{len(sent.tests):,}",
            ", ".join(f"{kind} {count:,}" for kind, count in sent.classes.items()),
        )
        for name, sent in coverage.sent.items()
        if name in coverage.event_types
    ]
    if len(rows) > 1:
        first, second, third = (max(len(row[column]) for row in rows) for column in range(3))
        for name, sent, tests, answers in rows:
            yield f"{name:<{first}}  {sent:>{second}}  {tests:>{third}}  {answers}"
        yield ""
    resources = coverage.resources
    for label, names in (
        ("by resource", [f"{name} {sent}/{of}" for name, (sent, of) in resources.items()]),
        ("never sent", coverage.missing),
        ("drawn by @given among others, not counted", coverage.drawn),
        ("sent, not counted", coverage.not_counted),
    ):
        yield from _listed(label, names, width)
    sent, total = (sum(one) for one in zip(*resources.values(), strict=True))
    yield f"{sent:,} of {total:,} event types sent, {_share(coverage.percent)}"


def document(coverage: Coverage) -> JsonObject:
    """
    Write the coverage as a JSON object.
    """
    counted = set(coverage.event_types)
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
        "drawn": list(coverage.drawn),
        "resources": {
            name: {"sent": sent, "event_types": total}
            for name, (sent, total) in coverage.resources.items()
        },
    }


def _written(path: Path, coverage: Coverage) -> str:
    """
    Write the JSON document; return why it cannot be written, or an empty text.
    """
    try:
        write_atomically(path, json.dumps(document(coverage), indent=2) + "\n")
    except OSError as problem:
        return f"{path}: cannot be written: {problem.strerror}"
    return ""


def _share(percent: float) -> str:
    # Rounded down: 99.96 % is not all, and rounding must not reach the threshold.
    return f"{int(percent * 10) / 10:.1f} %"


def _listed(label: str, names: Sequence[str], width: int) -> Iterator[str]:
    if names:
        # A name and its figures stay in one line.
        text = f"{label}: {', '.join(one.replace(' ', _JOINED) for one in names)}"
        lines = textwrap.wrap(
            text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        yield from (one.replace(_JOINED, " ") for one in lines)
        yield ""
