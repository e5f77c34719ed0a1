"""
Watches the places of this process where exceptions of background work end unseen.

They are watched while a target of this process is open, and work as before besides. What would
end the process together with the run, such as `os._exit`, raises `ProcessEnded` instead where the
handler's code calls it.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import signal
import sys
import threading
import types
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from seamproof.checks.targets.background import (
    BackgroundWork,
    Origin,
    ProcessEnded,
    Unread,
    current_origin,
)
from seamproof.checks.targets.tracebacks import is_user_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.exchange import BackgroundSource

#: The module behind `os`, where there is one.
posix: Final[Any] = sys.modules.get("posix")
#: The attribute of tasks, threads and futures that holds their origin.
_ORIGIN: Final = "_seamproof_origin"
#: The attribute of a failed future that holds its `Unread`.
_UNREAD: Final = "_seamproof_unread"
#: Signals that do not end a process by default.
_HARMLESS: Final = frozenset(
    getattr(signal, name, 0) for name in ("SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH")
) | {0}

#: The targets of this process that are open.
_active: Final[list[BackgroundWork]] = []
#: What is replaced while there are any: the owner, the name, the original, the replacement.
_replaced: Final[list[tuple[Any, str, object, object]]] = []


@contextmanager
def watching(work: BackgroundWork) -> Iterator[None]:
    """
    Collect the exceptions of background work while the block lasts.
    """
    if not _active:
        _install()
    _active.append(work)
    try:
        yield
    finally:
        _active.remove(work)
        if not _active:
            _restore()


def _install() -> None:
    """
    Replace the hooks and functions of `_PATCHES`.
    """
    for owner, name, make in _PATCHES:
        original = getattr(owner, name, None)
        if original is not None:
            replacement = make(original)
            setattr(owner, name, replacement)
            _replaced.append((owner, name, original, replacement))


def _restore() -> None:
    """
    Put back what was replaced, unless somebody else has replaced it since.
    """
    while _replaced:
        owner, name, original, replacement = _replaced.pop()
        if getattr(owner, name, None) is replacement:
            setattr(owner, name, original)


def _add(
    source: BackgroundSource,
    error: BaseException | None,
    origin: Origin | None = None,
    loop: asyncio.AbstractEventLoop | None = None,
) -> bool:
    """
    Hand an exception to the target that it belongs to: without an origin the one in use.

    Returns:
        Whether it is the handler's.
    """
    work = origin.work if origin else max(_active, key=lambda one: one.last_begun, default=None)
    return work is not None and error is not None and work.add(source, error, origin, loop)


def _thread_hook(original: Callable[..., object]) -> Callable[..., object]:
    def hook(args: threading.ExceptHookArgs, /) -> object:
        # A test runner has a hook of its own, which would report the handler's once more.
        if _add("thread", args.exc_value, getattr(args.thread, _ORIGIN, None)):
            return threading.__excepthook__(args)
        return original(args)

    return hook


def _unraisable_hook(original: Callable[..., object]) -> Callable[..., object]:
    def hook(args: Any, /) -> object:  # noqa: ANN401 - its type exists for type checkers only
        is_warning = isinstance(args.exc_value, Warning)
        if not is_warning and _add("finalizer", args.exc_value, current_origin.get()):
            return sys.__unraisablehook__(args)
        return original(args)

    return hook


def _loop_handler(original: Callable[..., object]) -> Callable[..., object]:
    def call_exception_handler(
        loop: asyncio.AbstractEventLoop, context: dict[str, Any], /
    ) -> object:
        failed = context.get("task") or context.get("future")
        origin = getattr(failed, _ORIGIN, None) or current_origin.get()
        source: BackgroundSource = "task" if failed is not None else "callback"
        _add(source, context.get("exception"), origin, loop)
        return original(loop, context)

    return call_exception_handler


def _log_record(original: Callable[..., object]) -> Callable[..., object]:
    def handle(logger: logging.Logger, record: logging.LogRecord) -> object:
        if record.levelno >= logging.ERROR:
            of_record = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
            error, origin = of_record or sys.exc_info()[1], current_origin.get()
            work = origin.work if origin else (_active[-1] if _active else None)
            if isinstance(error, Exception) and work is not None:
                work.add_logged(error, origin)
        return original(logger, record)

    return handle


def _task_factory(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_task(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the original
        task = original(*args, **options)
        origin = current_origin.get()
        if origin is not None:
            with suppress(AttributeError):
                setattr(task, _ORIGIN, origin)
        work = origin.work if origin else (_active[-1] if _active else None)
        if work is not None:
            with suppress(TypeError):
                work.watch_task(task, origin)
        return task

    return create_task


def _thread_start(original: Callable[..., object]) -> Callable[..., object]:
    def start(thread: threading.Thread) -> object:
        setattr(thread, _ORIGIN, current_origin.get())
        return original(thread)

    return start


def _future_init(original: Callable[..., object]) -> Callable[..., object]:
    def init(future: Future[Any], *args: Any, **options: Any) -> None:
        original(future, *args, **options)
        setattr(future, _ORIGIN, current_origin.get())

    return init


def _future_failure(original: Callable[..., object]) -> Callable[..., object]:
    def set_exception(future: Future[Any], exception: BaseException | None) -> object:
        origin = getattr(future, _ORIGIN, None)
        work = origin.work if origin else (_active[-1] if _active else None)
        if exception is not None and work is not None and getattr(future, "is_watched", True):
            unread = Unread(ref(future), origin, exception)
            setattr(future, _UNREAD, unread)
            work.watch_future(unread)
        return original(future, exception)

    return set_exception


def _future_reader(original: Callable[..., object]) -> Callable[..., object]:
    def read(future: Future[Any], timeout: float | None = None) -> object:
        try:
            return original(future, timeout)
        finally:
            unread = getattr(future, _UNREAD, None)
            if unread is not None:
                unread.is_read = True

    return read


def _guarded(name: str, is_fatal: Callable[..., bool]) -> Callable[..., Callable[..., object]]:
    """
    Make the guard of a function that ends the process, where the handler's code calls it.
    """

    def make(original: Callable[..., object]) -> Callable[..., object]:
        owner = os.getpid()

        def guarded(*args: Any, **options: Any) -> object:
            # A process that was forked from this one ends as it likes.
            if os.getpid() != owner or not is_fatal(*args) or not _is_called_by_user():
                return original(*args, **options)
            shown = ", ".join(map(repr, args))
            error = ProcessEnded(f"{name}({shown}) would end the server")
            _add("exit", error.with_traceback(_traceback_of_caller()), current_origin.get())
            raise error.with_traceback(None)

        return guarded

    return make


def _is_called_by_user() -> bool:
    frame = inspect.currentframe()
    while frame is not None:
        if is_user_code(frame.f_code.co_filename):
            return True
        frame = frame.f_back
    return False


def _traceback_of_caller() -> types.TracebackType | None:
    frame = inspect.currentframe()
    trace: types.TracebackType | None = None
    while frame is not None:
        trace = types.TracebackType(trace, frame, frame.f_lasti, frame.f_lineno)
        frame = frame.f_back
    return trace


def _always(*_: object) -> bool:
    return True


def _is_fatal_signal(number: int, *_: object) -> bool:
    if number in _HARMLESS:
        return False
    handler = signal.getsignal(number)
    is_default = handler in (signal.SIG_DFL, signal.default_int_handler)
    # The command line has a handler of its own, which ends the run.
    is_ours = (getattr(handler, "__module__", None) or "").startswith("seamproof.")
    return is_default or is_ours


def _is_fatal_kill(process: int, number: int) -> bool:
    # 0, -1 and a group reach processes which know nothing of this one's handlers.
    if process <= 0:
        return _is_fatal_group_kill(-process, number)
    return process == os.getpid() and _is_fatal_signal(number)


def _is_fatal_group_kill(group: int, number: int) -> bool:
    return group in (0, 1, os.getpgrp()) and number not in _HARMLESS


def _is_fatal_to_thread(_: int, number: int) -> bool:
    return _is_fatal_signal(number)


def _recursion_limit(original: Callable[..., object]) -> Callable[..., object]:
    def set_limit(limit: int, /) -> object:
        # With a lower one, the run itself would fail.
        return original(max(limit, sys.getrecursionlimit()))

    return set_limit


#: What is replaced while a target is open: the owner, the name, and what makes the replacement.
_PATCHES: Final[tuple[tuple[Any, str, Callable[..., Callable[..., object]]], ...]] = (
    (threading, "excepthook", _thread_hook),
    (threading.Thread, "start", _thread_start),
    (sys, "unraisablehook", _unraisable_hook),
    (asyncio.BaseEventLoop, "call_exception_handler", _loop_handler),
    (asyncio.BaseEventLoop, "create_task", _task_factory),
    (logging.Logger, "handle", _log_record),
    (Future, "__init__", _future_init),
    (Future, "set_exception", _future_failure),
    (Future, "result", _future_reader),
    (Future, "exception", _future_reader),
    (os, "_exit", _guarded("os._exit", _always)),
    (os, "abort", _guarded("os.abort", _always)),
    (os, "execv", _guarded("os.execv", _always)),
    (os, "execve", _guarded("os.execve", _always)),
    (os, "kill", _guarded("os.kill", _is_fatal_kill)),
    (os, "killpg", _guarded("os.killpg", _is_fatal_group_kill)),
    *(
        (posix, name, _guarded(f"posix.{name}", is_fatal))
        for name, is_fatal in (
            *(("_exit", _always), ("abort", _always), ("execv", _always), ("execve", _always)),
            *(("kill", _is_fatal_kill), ("killpg", _is_fatal_group_kill)),
        )
        if posix is not None
    ),
    (signal, "pthread_kill", _guarded("signal.pthread_kill", _is_fatal_to_thread)),
    (sys, "setrecursionlimit", _recursion_limit),
    (signal, "raise_signal", _guarded("signal.raise_signal", _is_fatal_signal)),
)
