"""
Configuration shared by every test.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No test is about time: a busy machine is no failure.
settings.register_profile(
    "unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")
