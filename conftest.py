"""
Configuration shared by every test.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# No test is about time: a busy machine is no failure.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")

#: Asks for the tests that run the whole battery on each of a hundred handlers, which takes minutes.
WHOLE = "SEAMPROOF_WHOLE"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Leave out what takes minutes, unless it is asked for.
    """
    if not os.environ.get(WHOLE):
        for item in items:
            if item.get_closest_marker("whole"):
                item.add_marker(pytest.mark.skip(reason=f"takes minutes: set {WHOLE}=1"))
