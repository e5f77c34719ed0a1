"""
A thread that runs an event loop, for synchronous callers.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from contextlib import AbstractAsyncContextManager

T = TypeVar("T")


class LoopThread:
    """
    A daemon thread that runs an event loop until it is closed.

    Args:
        name: Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._runner = asyncio.Runner()
        self._loop = self._runner.get_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix=name))
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[object, object, T]) -> T:
        """
        Run a coroutine in the loop and wait for its result.

        Raises:
            BaseException: Whatever the coroutine raises.
        """
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """
        Cancel the remaining tasks, and end the loop and the thread.
        """
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        with self._runner:
            self._loop.run_forever()


@contextmanager
def run_in_thread(
    manager: AbstractAsyncContextManager[T], name: str
) -> Iterator[tuple[LoopThread, T]]:
    """
    Hold an asynchronous context open in a thread while the block lasts.

    Args:
        manager: Of the context.
        name: Of the thread.
    """
    thread = LoopThread(name)
    try:
        value = thread.call(manager.__aenter__())
        try:
            yield thread, value
        finally:
            thread.call(manager.__aexit__(None, None, None))
    finally:
        thread.close()
