"""
The dependency of a handler, such as its database, which the option `break` makes fail.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.probe.probe import Probe


@contextmanager
def broken_dependency(probe: Probe) -> Iterator[None]:
    """
    Make the dependency of the handler fail for as long as the block lasts.
    """
    if probe.breaker is None:
        message = "there is nothing that makes the dependency fail"
        raise RuntimeError(message)
    try:
        _set_broken(probe, broken=True)
        probe.breaker(True)  # noqa: FBT003 - the signature that users implement
        with probe.pacer.expected():
            yield
    finally:
        probe.breaker(False)  # noqa: FBT003 - the signature that users implement
        _set_broken(probe, broken=False)


def _set_broken(probe: Probe, *, broken: bool) -> None:
    probe.is_broken = broken
    # Until something is accepted again, 503 comes from the failure, not from a limit.
    probe.accepted_when_broken = probe.accepted
    background = getattr(probe.target, "background", None)
    if background is not None:
        background.is_expected_to_fail = broken
