"""
Handlers that work after the answer, or no longer work after an odd event.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import fastapi

from tests.integration.zoo.core import Event, Handler, StoreDownError
from tests.integration.zoo.frames import PATH, fastapi_app, flask_app
from tests.integration.zoo.table import broken, broken_frame, good

#: For how long a worker waits for its database.
_PAUSE: Final = 0.01


def is_odd(event: Event) -> bool:
    """
    Whether an event has a null: it may, and the work of these handlers does not expect it.
    """
    return any(value is None for value in event.values())


def require_values(event: Event) -> None:
    """
    Raise an exception for a null.
    """
    if is_odd(event):
        message = "null"
        raise TypeError(message)


class WithWorker(Handler):
    """
    A worker does the work after the answer; it waits for a database that is down.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.todo: queue.SimpleQueue[tuple[str, Event]] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def _process(self, message_id: str, event: Event) -> None:
        self.store.connect()
        self.todo.put((message_id, event))

    def _run(self) -> None:
        while True:
            self._work(*self.todo.get())

    def _work(self, message_id: str, event: Event) -> None:
        while True:
            try:
                super()._process(message_id, event)
            except StoreDownError:
                time.sleep(_PAUSE)
            else:
                return


@broken("delivery.still_working", "delivery.background_work", frame=flask_app)
class WorkerDies(WithWorker):
    """
    The thread of the queue dies at the first null, and everything is still answered 204.
    """

    def _act(self, event: Event) -> None:
        require_values(event)
        super()._act(event)


@broken("delivery.still_working")
class WorkerGivesUp(WithWorker):
    """
    The worker writes the exception into its log, and leaves its loop.
    """

    def _run(self) -> None:
        while True:
            message_id, event = self.todo.get()
            if is_odd(event):
                logging.getLogger(__name__).error("not understood: %s", event)
                return
            self._work(message_id, event)


@broken("effect.unusual_event", frame=flask_app)
class LoggedAndForgotten(WithWorker):
    """
    The worker writes the exception of a null into its log, and goes on with the next event.
    """

    def _act(self, event: Event) -> None:
        if is_odd(event):
            logging.getLogger(__name__).error("not understood: %s", event)
            return
        super()._act(event)


@good(frame=flask_app)
class SetAside(WithWorker):
    """
    What the worker does not understand is kept for a person to look at.
    """

    def _act(self, event: Event) -> None:
        if is_odd(event):
            self.store.notices["set aside"] += 1
            return
        super()._act(event)


@broken("delivery.still_working", "payload.nulls", frame=fastapi_app)
class NeverRolledBack(Handler):
    """
    A statement that fails leaves the session unusable, and nobody rolls it back.
    """

    is_inactive = False

    def _act(self, event: Event) -> None:
        if self.is_inactive:
            message = "this session's transaction has been rolled back"
            raise RuntimeError(message)
        if is_odd(event):
            self.is_inactive = True
            message = "NOT NULL constraint failed"
            raise ValueError(message)
        super()._act(event)


@broken("delivery.still_working", frame=fastapi_app)
class NeverReleased(Handler):
    """
    An exception leaves the lock taken, and all that comes later is answered 503: busy.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self._busy = threading.Lock()

    def _process(self, message_id: str, event: Event) -> None:
        if not self._busy.acquire(timeout=_PAUSE):
            message = "busy"
            raise StoreDownError(message)
        try:
            super()._process(message_id, event)
        except StoreDownError:
            self._busy.release()
            raise
        require_values(event)
        self._busy.release()


@broken_frame("delivery.background_work")
def task_not_awaited(handler: Handler) -> fastapi.FastAPI:
    """
    The notice is sent by a task that nobody awaits, and that a null ends.
    """
    app = fastapi.FastAPI()
    tasks: set[asyncio.Task[None]] = set()

    async def notify(event: Event) -> None:
        await asyncio.sleep(0)
        require_values(event)

    @app.post(PATH)
    async def receive(request: fastapi.Request) -> fastapi.Response:
        body = await request.body()
        status = handler.receive(body, request.headers)
        if status == fastapi.status.HTTP_204_NO_CONTENT:
            task = asyncio.create_task(notify(handler._parse(body)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        return fastapi.Response(status_code=status)

    return app


@broken("delivery.background_work")
class FutureNotRead(Handler):
    """
    A pool does more work after the answer, and nobody asks what came of it.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.pool = ThreadPoolExecutor(1)

    def _process(self, message_id: str, event: Event) -> None:
        super()._process(message_id, event)
        self.pool.submit(self._notify, event)

    def _notify(self, event: Event) -> None:
        require_values(event)


@good()
class FutureRead(FutureNotRead):
    """
    A job of the pool may fail: a callback reads that and counts it.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.failed = 0

    def _process(self, message_id: str, event: Event) -> None:
        Handler._process(self, message_id, event)
        self.pool.submit(self._notify, event).add_done_callback(self._read)

    def _read(self, future: Future[None]) -> None:
        self.failed += future.exception() is not None


@good(frame=flask_app)
class WorkerGoesOn(WithWorker):
    """
    The worker writes into its log what it does not understand, and takes the next event.
    """

    def _act(self, event: Event) -> None:
        try:
            require_values(event)
        except TypeError:
            logging.getLogger(__name__).warning("not understood: %s", event)
        super()._act(event)


@good(frame=flask_app)
class ThreadForEach(Handler):
    """
    A thread of its own warms a cache for each delivery, and exits.
    """

    def _process(self, message_id: str, event: Event) -> None:
        super()._process(message_id, event)
        threading.Thread(target=self._warm, daemon=True).start()

    def _warm(self) -> None:
        raise SystemExit
