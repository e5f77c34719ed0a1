"""
The calls of Seam's API that a server was sent.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping

#: How many calls are remembered.
REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class ApiCall:
    """
    A call of Seam's API.

    Attributes:
        path: Such as `/devices/get`.
        parameters: Those of the query and of the body.
        status: Of the answer.
        at: When it was made, by `time.monotonic`.
    """

    path: str
    parameters: JsonMapping
    status: int
    at: float = field(default_factory=time.monotonic, compare=False)


@dataclass(slots=True)
class CallLog:
    """
    The last calls that were made.

    Attributes:
        count: How many were made in all.
    """

    count: int = 0
    _last: deque[ApiCall] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def add(self, call: ApiCall) -> None:
        """
        Note a call that is answered now.
        """
        self._last.append(call)
        self.count += 1

    def since(self, number: int = 0) -> list[ApiCall]:
        """
        List the calls after so many, in order; those that are no longer remembered are left out.
        """
        last = list(self._last)
        return last[max(0, len(last) - (self.count - number)) :] if number < self.count else []
