"""
Exceptions that a framework answers with 500 itself, and tells only its listeners.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: Where the exceptions of the request at hand go.
heard: Final[ContextVar[list[BaseException] | None]] = ContextVar("heard", default=None)

#: Module and name of the signal with which a framework tells of them.
SIGNALS: Final = (
    ("flask", "got_request_exception"),
    ("quart", "got_request_exception"),
    ("django.core.signals", "got_request_exception"),
)


def _hear(*_: object, exception: BaseException | None = None, **_rest: object) -> None:
    error = exception or sys.exc_info()[1]
    listener = heard.get()
    if listener is not None and error is not None:
        listener.append(error)


def listen() -> Callable[[], None]:
    """
    Listen to those frameworks that are imported already.

    Returns:
        What ends the listening.
    """
    signals: list[Any] = [
        signal
        for module, name in SIGNALS
        if (signal := getattr(sys.modules.get(module), name, None)) is not None
    ]
    for signal in signals:
        signal.connect(_hear)

    def end() -> None:
        for signal in signals:
            signal.disconnect(_hear)

    return end
