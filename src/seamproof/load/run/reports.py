"""
Locust's own page and reports: HTML, and CSV of statistics, failures and their history.
"""

from __future__ import annotations

import csv
import socket
import sys
from typing import TYPE_CHECKING, Final

from gevent.pool import Group
from locust.html import get_html_report
from locust.stats import PERCENTILES_TO_REPORT, StatsCSVFileWriter, stats_history

from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from locust.env import Environment

    from seamproof.load.run.options import LoadOptions

_HOST: Final = "127.0.0.1"
_PORT: Final = 8089


class LocustReports:
    """
    The page while a run lasts, and the files at its end.

    Args:
        environment: Of Locust.
        options: Of the run.
        say: Is called with the address of the page.

    Raises:
        UsageError: The directory of the reports cannot be made.
    """

    def __init__(
        self, environment: Environment, options: LoadOptions, say: Callable[[str], None]
    ) -> None:
        self._environment = environment
        self._directory = options.report
        self._greenlets = Group()
        self._writer: StatsCSVFileWriter | None = None
        if environment.runner is not None and (options.web or options.report is not None):
            self._greenlets.spawn(stats_history, environment.runner)
        if options.report is not None:
            try:
                options.report.mkdir(parents=True, exist_ok=True)
            except OSError as problem:
                what = f"the directory cannot be made: {problem.strerror}"
                raise UsageError(what, where=str(options.report), option="report") from problem
            prefix = str(options.report / "load")
            self._writer = StatsCSVFileWriter(environment, PERCENTILES_TO_REPORT, prefix, True)  # noqa: FBT003 - Locust's own signature
            self._greenlets.spawn(self._writer.stats_writer)
        if options.web:
            port = _free_port()
            # The page reads the words of the command as options of Locust's own.
            del sys.argv[1:]
            environment.create_web_ui(_HOST, port)
            say(f"Locust's page: http://{_HOST}:{port}")

    def write(self) -> None:
        """
        Write the final reports.
        """
        if self._directory is None or self._writer is None:
            return
        html = get_html_report(self._environment, show_download_link=False)
        (self._directory / "report.html").write_text(html, encoding="utf-8")
        # The writer above writes every second, and not what came since.
        for name, rows in (
            ("stats", self._writer.requests_csv),
            ("failures", self._writer.failures_csv),
            ("exceptions", self._writer.exceptions_csv),
        ):
            path = self._directory / f"load_{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                rows(csv.writer(file))

    def close(self) -> None:
        """
        Close the page and the files.
        """
        self._greenlets.kill()
        if self._writer is not None:
            self._writer.close_files()
        if self._environment.web_ui is not None:
            self._environment.web_ui.stop()


def _free_port() -> int:
    """
    Return Locust's usual port, or a free one where that is in use.
    """
    for port in (_PORT, 0):
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((_HOST, port))
            except OSError:
                continue
            return int(one.getsockname()[1])
    return _PORT
