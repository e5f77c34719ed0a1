"""
Configuration shared by every test.
"""

from __future__ import annotations

import signal
from functools import cache

from httpx._transports import default
from hypothesis import HealthCheck, settings

from seamproof.checks.model.options import CheckOptions

# No test is about time: a busy machine is no failure. Each run draws other examples, so that few
# are enough for one.
settings.register_profile(
    "unhurried",
    settings.default,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")

# Nor does a run of checks end after 30 s: unless a test says when, it has the time that it needs.
CheckOptions.time_limit = property(  # type: ignore[method-assign,assignment]
    lambda self: self.max_time if self.max_time is not None or self.thorough else 600.0
)

# Each client of httpx reads the certificates of all authorities, which takes ten times as long as a
# request to this machine.
default.create_ssl_context = cache(default.create_ssl_context)  # type: ignore[attr-defined]

# A shell starts what runs in the background with Ctrl-C ignored, which the processes that tests
# start and interrupt would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
