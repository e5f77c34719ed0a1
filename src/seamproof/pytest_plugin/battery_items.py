"""
The battery as items: with a target, each check is collected as a test of its own.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.checks.runner.runner import choose
from seamproof.checks.testing.contract_tests import conclude, mark_of, speaks
from seamproof.checks.testing.per_check import Contract
from seamproof.pytest_plugin.configuration import word
from seamproof.pytest_plugin.options import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.battery.check import Check
    from seamproof.checks.runner.resolve import Terms

#: What node ids of the battery begin with.
NAME: Final = "seamproof"
_SEPARATOR: Final = "::"


class BatteryPlugin:
    """
    Collects the battery.

    Args:
        config: Of the run.
        terms: What is checked of which handler.

    Raises:
        UsageError: A node id names no check.
    """

    def __init__(self, config: pytest.Config, terms: Terms) -> None:
        self._terms = terms
        self._only = frozenset(chosen(config, terms))

    def pytest_report_header(self) -> str:
        """
        Say what is checked, and with which seed.
        """
        return f"{NAME}: {self._terms.name}, seed {self._terms.aim.seed}"

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist
        """
        Let the workers of pytest-xdist draw the same.
        """
        node.workerinput[key("seed")] = self._terms.aim.seed

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """
        Keep the node ids of the battery from being looked for in files.
        """
        config = session.config
        config.args = [one for one in config.args if own_id(config, one) is None]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """
        Add the battery, before anything is selected among the items.
        """
        if self._only:
            battery = Battery.from_parent(
                session, name=NAME, nodeid=NAME, terms=self._terms, only=self._only
            )
            items.extend(session.genitems(battery))


class Battery(pytest.Collector):
    """
    The checks of a handler, which is opened when the first of them runs.
    """

    def __init__(self, *, terms: Terms, only: frozenset[str], **members: Any) -> None:
        super().__init__(**members)
        self.contract = Contract(terms, words=word)
        self._checks = [one for one in terms.checks if one.id in only]

    def collect(self) -> Iterator[CheckItem]:
        """
        Make an item of each check, in the order in which they run.
        """
        for check in self._checks:
            yield CheckItem.from_parent(self, name=check.id, check=check)

    def teardown(self) -> None:
        """
        Shut the handler down after the last of them.
        """
        self.contract.close()


class CheckItem(pytest.Item):
    """
    A check as a test.
    """

    parent: Battery

    def __init__(self, *, check: Check, **members: Any) -> None:
        super().__init__(**members)
        self.check = check
        expected = self.parent.contract.terms.expected
        if check.id in expected:
            self.add_marker(mark_of(expected[check.id]))

    def runtest(self) -> None:
        """
        Run the check.
        """
        siblings = [one for one in self.session.items if one.parent is self.parent]
        outcome = self.parent.contract.check(
            self.check, speaks=speaks(self, siblings), again=f"pytest {self.nodeid}"
        )
        conclude(outcome, self, (self.nodeid, 1))

    def reportinfo(self) -> tuple[Path, None, str]:
        """
        Say what the test is about.
        """
        return self.config.rootpath / NAME, None, f"{self.check.id} · {self.check.title}"


def chosen(config: pytest.Config, terms: Terms) -> list[str]:
    """
    Find the checks to collect: those that node ids name, or all of them.

    With a target from the ini file, a run of some file or test leaves the battery out.

    Raises:
        UsageError: A node id names no check.
    """
    ids = [one.id for one in terms.checks]
    named = [own_id(config, one) for one in config.args]
    wanted = [one for one in named if one is not None]
    if wanted:
        patterns = tuple(one for one in wanted if one)
        found = {one.id for one in choose(patterns, ())} if all(wanted) else set(ids)
        return [one for one in ids if one in found]
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    if given and config.getoption(key("target")) is None and any(map(_is_narrow, config.args)):
        return []
    return ids


def own_id(config: pytest.Config, argument: str) -> str | None:
    """
    Read the check out of `seamproof::signature.stale`: empty for all of them, None for a file.
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
