"""
Auto-disable: disables an endpoint whose attempts have all failed for five days.

As Svix documents it for its hosted service (https://docs.svix.com/retries): the five days
begin when attempts failed at least 12 hours apart within 24 hours. If every attempt fails
until they end, the endpoint is disabled. One success resets everything.
"""

from __future__ import annotations

from typing import Final

from seamproof.mock_server.model.records import Health

_HOUR: Final = 3600.0

#: Two failures of the last 24 hours, at least 12 hours apart, begin the five days.
_WINDOW: Final = 24 * _HOUR
_MIN_DISTANCE: Final = 12 * _HOUR
#: Seconds for which every attempt fails until the endpoint is disabled.
PERIOD: Final = 5 * 24 * _HOUR

#: Seconds within which only the first failure is remembered.
_RESOLUTION: Final = 600.0

HEALTHY: Final = Health()


def after_failure(health: Health, now: float) -> tuple[Health, bool]:
    """
    Update an endpoint's health after a failed attempt.

    Args:
        health: Before the attempt.
        now: The present, in seconds since the epoch.

    Returns:
        The new health, which is the same object if nothing changes, and whether the endpoint
        is to be disabled.
    """
    if health.since is not None:
        return health, now - health.since >= PERIOD
    if health.failures and now - health.failures[-1] < _RESOLUTION:
        recent = health.failures
    else:
        recent = (*(one for one in health.failures if now - one <= _WINDOW), now)
    if any(_MIN_DISTANCE <= now - one <= _WINDOW for one in recent):
        return Health((), now), False
    return (health if recent is health.failures else Health(recent)), False
