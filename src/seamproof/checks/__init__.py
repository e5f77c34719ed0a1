"""
The battery of checks against a handler: runner, reports, replay.

The public names are resolved on first use: a look at one of them loads no server, no
signing and no strategies for the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from seamproof.checks.battery.check import Check as Check
    from seamproof.checks.battery.registry import BATTERY as BATTERY
    from seamproof.checks.demo.demo import Outcome as Outcome
    from seamproof.checks.demo.demo import demonstrate as demonstrate
    from seamproof.checks.demo.model_handler import create_app as create_app
    from seamproof.checks.model.options import Settings as Settings
    from seamproof.checks.model.results import Failure as Failure
    from seamproof.checks.model.results import Report as Report
    from seamproof.checks.model.results import Result as Result
    from seamproof.checks.replay.replay import replaying as replaying
    from seamproof.checks.runner.runner import run_battery as run_battery
    from seamproof.checks.state.sources import open_state as open_state
    from seamproof.checks.state.sources import open_switch as open_switch
    from seamproof.checks.targets.open import open_target as open_target
    from seamproof.checks.testing.contract_tests import ContractWarning as ContractWarning
    from seamproof.checks.testing.contract_tests import contract_tests as contract_tests

    __all__: list[str]
else:
    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "battery.check": ("Check",),
            "battery.registry": ("BATTERY",),
            "demo.demo": ("Outcome", "demonstrate"),
            "demo.model_handler": ("create_app",),
            "model.options": ("Settings",),
            "model.results": ("Failure", "Report", "Result"),
            "replay.replay": ("replaying",),
            "runner.runner": ("run_battery",),
            "state.sources": ("open_state", "open_switch"),
            "targets.open": ("open_target",),
            "testing.contract_tests": ("ContractWarning", "contract_tests"),
        },
    )
