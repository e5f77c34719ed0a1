"""
Access to a handler's state: snapshots, the reader that takes them, the switch of a dependency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.json_types import Json


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    The state of a handler at a point in time.

    Attributes:
        data: JSON-ready.
        at: Seconds since the epoch.
        is_final: Whether no thread, task or child process of this process can still change it.
    """

    data: Json
    at: float
    is_final: bool = False


#: Waits until the work that earlier deliveries caused is done, then takes a snapshot.
StateReader: TypeAlias = "Callable[[], Snapshot]"
#: Makes a dependency of the handler fail (True) or work again (False).
DependencySwitch: TypeAlias = "Callable[[bool], object]"
