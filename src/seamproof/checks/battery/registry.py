"""
The battery: every check, in the order in which they run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.callbacks.table import CALLBACKS
from seamproof.checks.battery.delivery.table import DELIVERY
from seamproof.checks.battery.effects.table import EFFECTS
from seamproof.checks.battery.payload.table import PAYLOAD
from seamproof.checks.battery.signature.table import SIGNATURE

if TYPE_CHECKING:
    from seamproof.checks.battery.check import Check

#: Signature checks, then payload, delivery and effect checks, and those of calls to Seam.
BATTERY: Final[tuple[Check, ...]] = (*SIGNATURE, *PAYLOAD, *DELIVERY, *EFFECTS, *CALLBACKS)
