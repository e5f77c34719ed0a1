"""
Which test is running, and which fixture: what the values of samples depend on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

#: What a fixture of anybody's raises passes by here, and comes from elsewhere.
__tracebackhide__ = True


class Running:
    """
    Knows who is calling. It is registered as a plugin by the fixtures that need it.

    What a fixture draws is kept apart from what the test draws: a fixture of the module is
    made by whichever test comes first, and must not move the values of that one.

    Args:
        item: The test that is being set up.

    Attributes:
        item: The test that runs; None before the first one.
    """

    def __init__(self, item: pytest.Item | None) -> None:
        self.item = item
        self._phase = "setup"
        self._fixtures: list[str] = []
        #: Rises with each start of a test, also of one that is run again.
        self.turn = 0

    @property
    def test(self) -> str:
        """
        The id of the test, as it is without any plugin that writes something after it.
        """
        return "" if self.item is None else id_of(self.item)

    @property
    def caller(self) -> str:
        """
        The test and the phase of it, or the fixture that is being made.
        """
        return self._fixtures[-1] if self._fixtures else f"{self.test} {self._phase}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """
        Begin a test.
        """
        self.item, self._phase = item, "setup"
        self.turn += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self) -> None:
        """
        Begin the test's own part.
        """
        # A fixture's code before is no part of what the test draws.
        self._phase = "call"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """
        Begin what comes after it.
        """
        self._phase = "teardown"

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """
        Remember the fixture that is being made.
        """
        node = id_of(request.node) if isinstance(request.node, pytest.Item) else request.node.nodeid
        # A fixture with parameters is made once for each of them.
        place = getattr(request, "param_index", 0)
        self._fixtures.append(f"{node} {fixturedef.argname} {place}")
        try:
            return (yield)
        finally:
            self._fixtures.pop()


def id_of(item: pytest.Item) -> str:
    """
    Tell a test's id; pytest-xdist writes the name of a group after it.
    """
    return f"{item.parent.nodeid}::{item.name}" if item.parent else item.nodeid


def seed_of(text: str) -> int:
    """
    Make a seed of a text, the same in every process.
    """
    from hashlib import sha256  # noqa: PLC0415 - only where a run needs a number

    return int.from_bytes(sha256(text.encode(errors="surrogateescape")).digest()[:4], "big")
