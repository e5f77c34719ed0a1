"""
A dependency of a handler that is made to fail: its database by the option `break`, or Seam's API.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.snapshot import DependencySwitch
    from seamproof.checks.probe.probe import Probe


@contextmanager
def broken_dependency(probe: Probe, switch: DependencySwitch) -> Iterator[None]:
    """
    Make a dependency of the handler fail for as long as the block lasts.
    """
    try:
        _set_broken(probe, broken=True)
        switch(True)  # noqa: FBT003 - the signature that users implement
        with probe.pacer.expected():
            yield
    finally:
        switch(False)  # noqa: FBT003 - the signature that users implement
        _set_broken(probe, broken=False)


def _set_broken(probe: Probe, *, broken: bool) -> None:
    probe.is_broken = broken
    # Until something is accepted again, 503 comes from the failure, not from a limit.
    probe.accepted_when_broken = probe.accepted
    background = getattr(probe.target, "background", None)
    if background is not None:
        background.is_expected_to_fail = broken
