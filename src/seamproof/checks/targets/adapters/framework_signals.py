"""
Exceptions that a framework turns into a 500 and reports by a signal.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: Collects the exceptions of the current request; None outside of a request.
signalled: Final[ContextVar[list[BaseException] | None]] = ContextVar("signalled", default=None)

#: Module and name of each framework's signal.
SIGNALS: Final = (
    ("flask", "got_request_exception"),
    ("quart", "got_request_exception"),
    ("django.core.signals", "got_request_exception"),
)


def _collect(*_: object, exception: BaseException | None = None, **_rest: object) -> None:
    error = exception or sys.exc_info()[1]
    collected = signalled.get()
    if collected is not None and error is not None:
        collected.append(error)


def connect_signals() -> Callable[[], None]:
    """
    Connect to the signals of the frameworks that are imported.

    Returns:
        A function that disconnects.
    """
    signals: list[Any] = [
        signal
        for module, name in SIGNALS
        if (signal := getattr(sys.modules.get(module), name, None)) is not None
    ]
    for signal in signals:
        signal.connect(_collect)

    def disconnect() -> None:
        for signal in signals:
            signal.disconnect(_collect)

    return disconnect
