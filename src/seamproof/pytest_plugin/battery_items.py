"""
Collects each check of the battery as a test, where the options name a target.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.checks.runner.selection import select_checks
from seamproof.checks.testing.contract_tests import (
    checks_in_order,
    conclude,
    reports_problem,
    xfail_mark,
)
from seamproof.checks.testing.per_check import CheckStepper
from seamproof.pytest_plugin.configuration import option_name, read_run_options
from seamproof.pytest_plugin.options import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.options import RunOptions

#: What node ids of the battery begin with.
NAME: Final = "seamproof"
_SEPARATOR: Final = "::"


def register(config: pytest.Config) -> None:
    """
    Register the plugin that collects the battery.

    Raises:
        SeamproofError: An option cannot be used as given.
    """
    plugin = BatteryPlugin(config, read_run_options(config))
    config.pluginmanager.register(plugin, "seamproof-battery")


class BatteryPlugin:
    """
    Collects the battery.

    Args:
        config: Of the run.
        options: Which handler is checked, and how.

    Raises:
        UsageError: A node id names no check.
    """

    def __init__(self, config: pytest.Config, options: RunOptions) -> None:
        self._options = options
        self._checks = collected_checks(config, options)

    def pytest_report_header(self) -> str:
        """
        Show which handler is checked, and the seed.
        """
        return f"{NAME}: {self._options.name}, seed {self._options.seed}"

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist
        """
        Give the workers of pytest-xdist the seed, so that they draw the same events.
        """
        node.workerinput[key("seed")] = self._options.seed

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """
        Remove the node ids of the battery from the arguments, which pytest looks for in files.
        """
        config = session.config
        config.args = [one for one in config.args if own_id(config, one) is None]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """
        Add the battery before other plugins select items.
        """
        if self._checks:
            battery = BatteryCollector.from_parent(
                session, name=NAME, nodeid=NAME, options=self._options, checks=self._checks
            )
            items.extend(session.genitems(battery))


class BatteryCollector(pytest.Collector):
    """
    Collects the checks of a handler, which the first of them opens.
    """

    def __init__(self, *, options: RunOptions, checks: list[Check], **members: Any) -> None:
        super().__init__(**members)
        self.stepper = CheckStepper(options, option_name=option_name)
        self._checks = checks

    def collect(self) -> Iterator[CheckItem]:
        """
        Make an item of each check, in the order in which they run.
        """
        for check in self._checks:
            yield CheckItem.from_parent(self, name=check.id, check=check)

    def teardown(self) -> None:
        """
        Close the handler after the last check.
        """
        self.stepper.close()


class CheckItem(pytest.Item):
    """
    A check as a test.
    """

    parent: BatteryCollector

    def __init__(self, *, check: Check, **members: Any) -> None:
        super().__init__(**members)
        self.check = check
        expected = self.parent.stepper.options.expected_failures
        if check.id in expected:
            self.add_marker(xfail_mark(expected[check.id]))

    def runtest(self) -> None:
        """
        Run the check.
        """
        outcome = self.parent.stepper.check(
            self.check,
            reports_problem=reports_problem(self),
            rerun=f"pytest {self.nodeid}",
            whole=self.config.getoption("verbose") > 0,
        )
        conclude(outcome, self, (self.nodeid, 1))

    def reportinfo(self) -> tuple[Path, None, str]:
        """
        Name the test in reports.
        """
        return self.config.rootpath / NAME, None, f"{self.check.id} · {self.check.title}"


def collected_checks(config: pytest.Config, options: RunOptions) -> list[Check]:
    """
    Find the checks to collect: those that node ids name, or all that the options select.

    With a target from the ini file, a run of some file or test collects none.

    Raises:
        UsageError: A node id names no check.
    """
    checks = checks_in_order(options)
    ids = [check for one in config.args if (check := own_id(config, one)) is not None]
    if ids:
        named = select_checks(ids) if all(ids) else checks
        return [check for check in checks if check in named]
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    if given and config.getoption(key("target")) is None and any(map(_is_narrow, config.args)):
        return []
    return checks


def own_id(config: pytest.Config, argument: str) -> str | None:
    """
    Read the check of `seamproof::signature.stale`: empty for all checks, None for a file.
    """
    name, _, check = argument.partition(_SEPARATOR)
    place = config.invocation_params.dir / name
    if name and not place.exists() and (name == NAME or place.resolve() == config.rootpath / NAME):
        return check
    return None


def _is_narrow(argument: str) -> bool:
    """
    Whether an argument names a file or a test rather than a directory.
    """
    return _SEPARATOR in argument or Path(argument).is_file()
