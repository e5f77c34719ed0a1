"""
Names the tests of `contract_tests` in JUnit files as the command and the items of the plugin do.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from typing import Final

import pytest
from _pytest.junitxml import xml_key

#: The property of a test that names its check.
CHECK_PROPERTY: Final = "seamproof.check"


class JunitNames:
    """
    Gives a test case the name of its check: class name `seamproof`, name `signature.stale`.

    Args:
        config: Of the run.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Name a test before pytest writes it; workers of pytest-xdist send the id of its check.
        """
        xml = self._config.stash.get(xml_key, None)
        check = dict(report.user_properties).get(CHECK_PROPERTY)
        if xml is None or check is None:
            return
        report.user_properties = [
            pair for pair in report.user_properties if pair[0] != CHECK_PROPERTY
        ]
        case = xml.node_reporter(report)
        case.add_attribute("classname", "seamproof")
        case.add_attribute("name", str(check))
