"""
Health: when an endpoint that only ever fails is disabled.

As Svix documents it for its hosted service (https://docs.svix.com/retries): the clock
starts when attempts failed at least 12 hours apart within 24 hours; five days after that,
if every attempt has failed, the endpoint is disabled. One success and all is forgotten.
"""

from __future__ import annotations

from typing import Final

from seamproof.mock_server.model.records import Health

_HOUR: Final = 3600.0
_WINDOW: Final = 24 * _HOUR
_APART: Final = 12 * _HOUR
_PATIENCE: Final = 5 * 24 * _HOUR

#: Seconds within which one failure stands for all.
_THINNED: Final = 600.0

_WELL: Final = Health()


def after_success(health: Health) -> Health:
    """
    Forget every failure.
    """
    del health
    return _WELL


def after_failure(health: Health, now: float) -> tuple[Health, bool]:
    """
    Remember a failure.

    Args:
        health: What is remembered so far.
        now: When it failed, in seconds since the epoch.

    Returns:
        What is remembered from now on, the very same object if nothing changes, and
        whether the endpoint is to be disabled.
    """
    if health.since is not None:
        return health, now - health.since >= _PATIENCE
    if health.failures and now - health.failures[-1] < _THINNED:
        recent = health.failures
    else:
        recent = (*(one for one in health.failures if now - one <= _WINDOW), now)
    if any(_APART <= now - one <= _WINDOW for one in recent):
        return Health((), now), False
    return (health if recent is health.failures else Health(recent)), False
