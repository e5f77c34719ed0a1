"""
Configuration shared by every test.
"""

from __future__ import annotations

from hypothesis import settings

# No test is about time: a busy machine is no failure.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")
