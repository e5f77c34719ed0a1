"""
Access to a handler's state: snapshots, the reader that takes them, the switch of a dependency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from seamproof.json_types import Json


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    The state of a handler at a point in time.

    Attributes:
        data: JSON-ready.
        at: Seconds since the epoch.
    """

    data: Json
    at: float


class StateReader(Protocol):
    """
    Takes snapshots of a handler's state.
    """

    def __call__(self) -> Snapshot:
        """
        Wait until the work that earlier deliveries caused is done, then take a snapshot.

        Raises:
            UsageError: The state is not JSON-ready, or reading it fails.
            TargetUnreachable: Nothing answers at the URL of the state.
        """
        ...


class DependencySwitch(Protocol):
    """
    Makes a dependency of the handler fail, or work again.
    """

    def __call__(self, broken: bool, /) -> object:  # noqa: FBT001 - the interface of `--break`
        """
        Break the dependency (True) or repair it (False).

        Raises:
            UsageError: The switch fails.
            TargetUnreachable: Nothing answers at the URL of the switch.
        """
        ...
