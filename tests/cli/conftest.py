"""
The command line as a fixture.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.cli.runner import run

if TYPE_CHECKING:
    from tests.cli.runner import Run


@pytest.fixture
def seamproof(monkeypatch: pytest.MonkeyPatch) -> Run:
    """
    Run a command: `seamproof("validate", "-", stdin=…)`, by default without a secret.
    """
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)
    return partial(run, monkeypatch)
