"""
A summary after the integration tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """
    Print the table of the zoo: each bug, the check that should find it, whether it did.

    The rows come with the tests' reports, so that those of other workers are among them.
    """
    reports = [one for many in terminalreporter.stats.values() for one in many]
    properties = [pair for one in reports for pair in getattr(one, "user_properties", ())]
    rows = [str(value) for name, value in dict.fromkeys(properties) if name == "zoo"]
    if rows:
        heading = f"{'bug':28} {'check':43} {'found':10} also"
        for line in ("", heading, *rows):
            terminalreporter.write_line(line)
