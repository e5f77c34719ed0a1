"""
Shifts the clock of this process for a while: a handler in it sees a later time.

time-machine shifts the functions that return the time of day. `time.monotonic` is shifted here, in
modules and objects of the handler, such as a cache; event loops and locks keep the real one.
"""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Packages whose time-outs keep the real clock.
_KEPT: Final = frozenset(
    (
        *("_pytest", "anyio", "asyncio", "concurrent", "multiprocessing", "queue", "seamproof"),
        *("selectors", "socket", "ssl", "subprocess", "threading", "time_machine", "uvicorn"),
    )
)


@contextmanager
def shifted_clock(seconds: float) -> Iterator[None]:
    """
    Let the clock of this process be later while the block lasts; it runs on from there.
    """
    import time_machine

    real = time.monotonic
    with (
        time_machine.travel(time.time() + seconds, tick=True),
        # A timer that a loop sets under another clock would be due a day late, or never.
        patch.object(asyncio.BaseEventLoop, "time", lambda _: real()),
    ):
        restore = [_shift(name, by) for name, by in _monotonic(seconds)]
        try:
            yield
        finally:
            for one in restore:
                one()


def _monotonic(seconds: float) -> Iterator[tuple[str, float]]:
    yield "monotonic", seconds
    yield "monotonic_ns", int(seconds * 1e9)


def _shift(name: str, by: float) -> Callable[[], None]:
    """
    Put a shifted function in the place of one of the module `time`; return what puts it back.
    """
    real = getattr(time, name)

    def shifted() -> float:
        return real() + by  # type: ignore[no-any-return]

    places = [
        (namespace, key)
        for namespace in _namespaces(real)
        for key, value in list(namespace.items())
        if value is real
    ]
    for namespace, key in places:
        namespace[key] = shifted

    def restore() -> None:
        for namespace, key in places:
            namespace[key] = real

    return restore


def _namespaces(function: object) -> Iterator[dict[str, Any]]:
    """
    Find the modules and objects that refer to a function.
    """
    for holder in gc.get_referrers(function):
        if isinstance(holder, dict):
            # That of a module has its name; that of an object has none.
            if _package(holder.get("__name__", "")) not in _KEPT:
                yield holder
        elif not isinstance(holder, ModuleType) and hasattr(holder, "__dict__"):
            namespace = vars(holder)
            if _package(type(holder).__module__) not in _KEPT and isinstance(namespace, dict):
                yield namespace


def _package(module: object) -> str:
    return str(module).partition(".")[0]
