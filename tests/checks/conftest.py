"""
What tests of checks share.
"""

from __future__ import annotations

import time

import pytest

from tests.checks.simulated_time import SimulatedTime


@pytest.fixture
def simulated_time(monkeypatch: pytest.MonkeyPatch) -> SimulatedTime:
    """
    Let a run that waits take no time.
    """
    simulated = SimulatedTime()
    monkeypatch.setattr(time, "monotonic", simulated.monotonic)
    monkeypatch.setattr(time, "perf_counter", simulated.monotonic)
    monkeypatch.setattr(time, "time", simulated.time)
    monkeypatch.setattr(time, "sleep", simulated.sleep)
    return simulated
