"""
Tests of the order in which checks run.
"""

from __future__ import annotations

from seamproof.checks.battery.registry import BATTERY
from seamproof.checks.model.check_info import Depth
from seamproof.checks.runner.selection import in_depth_order


def test_a_second_pass_that_has_to_wait_comes_after_those_that_need_not() -> None:
    """
    They fill the time; what is drawn at random comes after all of them.
    """
    ordered = in_depth_order(BATTERY, is_slow=False)

    waiting = [at for at, check in enumerate(ordered) if check.has_to_wait]
    drawn = [at for at, check in enumerate(ordered) if check.depth is Depth.RANDOM]
    assert waiting
    assert waiting == list(range(drawn[0] - len(waiting), drawn[0]))
