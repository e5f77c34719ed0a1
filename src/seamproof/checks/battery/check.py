"""
A check: its row of the battery with the function that runs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.checks.model.check_info import CheckInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(CheckInfo):
    """
    One row of the battery.

    Attributes:
        run: Sends the requests of the check and yields what is wrong; nothing if all is well.
        look_again: Looks at the end of a run at what came later, where `run` has found nothing.
    """

    run: Callable[[Probe], Iterator[Finding]]
    look_again: Callable[[Probe], Iterator[Finding]] | None = None
