"""
What a handler must do, and the proof that it does.

The public names are resolved on first use: a look at one of them loads no server, no
signing and no strategies for the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seamproof.checks.battery import BATTERY as BATTERY
    from seamproof.checks.demonstration import Outcome as Outcome
    from seamproof.checks.demonstration import demonstrate as demonstrate
    from seamproof.checks.loading import open_target as open_target
    from seamproof.checks.model import Check as Check
    from seamproof.checks.model import Failure as Failure
    from seamproof.checks.model import Report as Report
    from seamproof.checks.model import Result as Result
    from seamproof.checks.model_handler import create_app as create_app
    from seamproof.checks.running import run_battery as run_battery
    from seamproof.checks.settings import Settings as Settings
    from seamproof.checks.state import open_state as open_state
    from seamproof.checks.state import open_switch as open_switch
    from seamproof.checks.suites import ContractWarning as ContractWarning
    from seamproof.checks.suites import contract_tests as contract_tests

_HOMES: Final = {
    "BATTERY": "battery",
    "Check": "model",
    "ContractWarning": "suites",
    "Failure": "model",
    "Outcome": "demonstration",
    "Report": "model",
    "Result": "model",
    "Settings": "settings",
    "contract_tests": "suites",
    "create_app": "model_handler",
    "demonstrate": "demonstration",
    "open_state": "state",
    "open_switch": "state",
    "open_target": "loading",
    "run_battery": "running",
}

__all__ = [*_HOMES]  # noqa: PLE0604 - the keys are strings, which the rule cannot see


def __getattr__(name: str) -> object:
    """
    Import a public name from the module that it lives in.
    """
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - paid only by those who use a lazy name

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """
    List the lazy names beside those already loaded.
    """
    return sorted({*globals(), *_HOMES})
