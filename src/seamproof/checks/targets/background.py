"""
Collects the exceptions of work that a handler does in the background, which no answer shows.

A thread, a task or a job of an executor may raise after the answer. Python prints the exception,
or drops it, and the event is lost. While a target of this process is open, the places where such
exceptions end are watched (`targets.process_hooks`), and each is attributed to its request.
"""

from __future__ import annotations

import gc
import time
from collections import Counter, deque
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from seamproof.checks.model.exchange import BackgroundFailure, LoggedException
from seamproof.checks.targets.tracebacks import (
    attempt,
    class_of,
    escaped_exception,
    is_user_code,
    place_of,
    ungrouped,
)
from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from pathlib import Path

    from seamproof.checks.model.exchange import BackgroundSource, Request
    from seamproof.checks.targets.handler_thread import HandlerThread
    from seamproof.signing import Secret

#: Requests among which that of an exception is looked for.
_RECENT: Final = 300
#: Frames and members of values that are searched for the ids of a request.
_FRAMES: Final = 20
_MEMBERS: Final = 20
_DEPTH: Final = 2
#: How often an exception of one place is kept that was logged: it may be that of a malformed event.
_LOGGED: Final = 50
#: Seconds after which an exception that was not read counts as lost, while something could still
#: read it.
_UNREAD: Final = 1.0
#: Seconds that threads get to end what they do.
_SETTLE: Final = 0.05


class ProcessEnded(BaseException):
    """
    The handler tried to end the process that it runs in.

    Attributes:
        has_escaped: Whether the handler let it escape, so that the answer shows it.
    """

    has_escaped = False


ProcessEnded.__module__ = "seamproof"


@dataclass(frozen=True, slots=True)
class Origin:
    """
    The request that is being handled, in its context.

    Attributes:
        work: The collector of its target.
        request: The request.
        is_expected_to_fail: Whether a dependency was made to fail meanwhile.
    """

    work: BackgroundWork
    request: Request
    is_expected_to_fail: bool


@dataclass(slots=True)
class Unread:
    """
    A task or future that may fail without anybody reading its exception.

    Attributes:
        of: The task or future.
        origin: In which request it was made.
        error: Its exception, as soon as it is known; that of a task is asked for.
        since: When it was first seen to have failed, by `time.monotonic`.
        is_read: Whether somebody has read the exception.
    """

    of: ref[Any]
    origin: Origin | None
    error: BaseException | None = None
    since: float = 0.0
    is_read: bool = False


#: The request that is being handled in this context.
current_origin: Final[ContextVar[Origin | None]] = ContextVar("current_origin", default=None)


class BackgroundWork:
    """
    The exceptions of a target's background work, each place once.

    Args:
        root: The directory that places are relative to.
        secret: What must not appear in a description.

    Attributes:
        thread: The thread of the target, as soon as there is one; all tasks of its event loop
            are the handler's.
        is_expected_to_fail: Whether a dependency is made to fail at the moment.
        has_overlapped: Whether calls that were last made at once have overlapped; None before.
        keeps_each: Whether those of each request are kept, and not only one of each place.
        last_begun: When the last request was begun, by `time.monotonic`.
    """

    def __init__(self, root: Path, secret: Secret) -> None:
        self.thread: HandlerThread | None = None
        self.is_expected_to_fail = False
        self.has_overlapped: bool | None = None
        self.keeps_each = False
        self.last_begun = 0.0
        self._root = root
        self._secret = secret
        self._recent: deque[Origin] = deque(maxlen=_RECENT)
        self._known: set[tuple[str, str]] = set()
        self._failures: list[tuple[BackgroundFailure, BaseException]] = []
        self._logged: list[LoggedException] = []
        self._logged_at: Counter[tuple[str, str]] = Counter()
        self._tasks: list[Unread] = []
        self._futures: list[Unread] = []

    def begin(self, request: Request) -> None:
        """
        Note that a request is handled from now on, in this context.
        """
        origin = Origin(self, request, self.is_expected_to_fail)
        current_origin.set(origin)
        self._recent.append(origin)
        self.last_begun = time.monotonic()

    def add(
        self,
        source: BackgroundSource,
        error: BaseException,
        origin: Origin | None = None,
        loop: AbstractEventLoop | None = None,
    ) -> bool:
        """
        Add an exception that nobody handles, if it is the handler's and its place is new.

        A thread that exits by `SystemExit` ends on purpose.

        Args:
            source: What raised it.
            error: The exception.
            origin: The request in which the work was begun, where it is known.
            loop: The event loop that it ended in.

        Returns:
            Whether it is the handler's.
        """
        error = ungrouped(error)
        in_own_loop = self.thread is not None and loop is self.thread.loop
        if not (origin or in_own_loop or _is_in_user_code(error)):
            return False
        if source == "thread" and isinstance(error, SystemExit):
            return True
        key = (class_of(error), place_of(error, self._root))
        origin = self._mentioned(error) or origin or (self._recent[-1] if self._recent else None)
        if (key in self._known and not self.keeps_each) or (origin and origin.is_expected_to_fail):
            return True
        self._known.add(key)
        failure = BackgroundFailure(
            source=source,
            escaped=escaped_exception(error, self._root, self._secret),
            request=origin.request if origin else None,
        )
        self._failures.append((failure, error))
        return True

    def add_logged(self, error: BaseException, origin: Origin | None) -> None:
        """
        Add an exception that the handler has caught and logged, some times for each place.
        """
        error = ungrouped(error)
        key = (class_of(error), place_of(error, self._root))
        is_known = self._logged_at[key] >= _LOGGED and not self.keeps_each
        if is_known or isinstance(error, ProcessEnded):
            return
        origin = origin or self._mentioned(error)
        if origin is not None and not origin.is_expected_to_fail:
            self._logged_at[key] += 1
            escaped = escaped_exception(error, self._root, self._secret)
            self._logged.append(LoggedException(escaped=escaped, request=origin.request))

    def forget_logged(self) -> None:
        """
        Forget how often an exception of each place was logged.
        """
        self._logged_at.clear()

    def take_logged(self) -> list[LoggedException]:
        """
        Return the exceptions that were logged since the last call.
        """
        found, self._logged = self._logged, []
        return found

    def watch_task(self, task: Any, origin: Origin | None) -> None:  # noqa: ANN401 - of any loop
        """
        Watch a task, whose exception may never be read.
        """
        self._tasks.append(Unread(ref(task), origin))

    def watch_future(self, unread: Unread) -> None:
        """
        Watch a future that has failed, until its exception is read.
        """
        unread.since = time.monotonic()
        self._futures.append(unread)

    def failures(self, *, is_final: bool = False) -> list[BackgroundFailure]:
        """
        Return what was found since the last call.

        Args:
            is_final: Whether to wait for work that is not done, or may still read an exception.
        """
        if is_final:
            if self.thread is not None:
                self.thread.wait_for_tasks()
            if self.thread is None or not self.thread.is_only_thread or self.thread.has_tasks:
                time.sleep(_SETTLE)
        self._look_at_tasks()
        if is_final and (self._futures or any(one.since for one in self._tasks)):
            time.sleep(_UNREAD)
            gc.collect()
            self._look_at_tasks()
        self._look_at_futures(is_final=is_final)
        found, self._failures = self._failures, []
        return [
            failure
            for failure, error in found
            if not (isinstance(error, ProcessEnded) and error.has_escaped)
        ]

    def _look_at_tasks(self) -> None:
        tasks, self._tasks = self._tasks, []
        for one in tasks:
            task, now = one.of(), time.monotonic()
            if task is None or not task.done():
                if task is not None:
                    self._tasks.append(one)
                continue
            # Asking the task for its exception would count as reading it.
            error = getattr(task, "_exception", None)
            if error is None or not getattr(task, "_log_traceback", False):
                continue
            one.since = one.since or now
            if now - one.since >= _UNREAD:
                self.add("task", error, one.origin, task.get_loop())
            else:
                self._tasks.append(one)

    def _look_at_futures(self, *, is_final: bool) -> None:
        futures, self._futures = self._futures, []
        for one in futures:
            is_lost = one.of() is None or time.monotonic() - one.since >= _UNREAD
            if one.is_read or one.error is None:
                continue
            if is_lost and (one.of() is None or is_final):
                self.add("executor", one.error, one.origin)
            else:
                self._futures.append(one)

    def _mentioned(self, error: BaseException) -> Origin | None:
        """
        Find the request whose ids are in the variables of the code that has raised.
        """
        frames = [frame for frame, _ in walk_tb(error.__traceback__)]
        mentioned: list[str] = []
        for frame in reversed(frames[-_FRAMES:]):
            if is_user_code(frame.f_code.co_filename):
                for value in list(frame.f_locals.values()):
                    mentioned += attempt(partial(_ids, value), [])
        if not mentioned:
            return None
        by_id: dict[str, Origin] = {}
        for one in self._recent:
            by_id[one.request.message_id] = one
            by_id[_event_id(one.request.body)] = one
        by_id.pop("", None)
        return next((by_id[text] for text in mentioned if text in by_id), None)


def _is_in_user_code(error: BaseException) -> bool:
    return any(is_user_code(frame.f_code.co_filename) for frame, _ in walk_tb(error.__traceback__))


def _ids(value: object, depth: int = 0) -> list[str]:
    """
    Find what may be the id of an event or a message in a variable of a handler.
    """
    if isinstance(value, str | bytes):
        raw = value if isinstance(value, bytes) else value.encode(errors="replace")
        return [_event_id(raw)] if raw[:1] == b"{" else [raw.decode(errors="replace")]
    if depth > _DEPTH:
        return []
    if isinstance(value, dict):
        inner = [one for one in value.values() if isinstance(one, dict)]
        members = [value.get("event_id"), *inner[:_MEMBERS]]
    elif isinstance(value, tuple):
        members = list(value[:_MEMBERS])
    else:
        members = [getattr(value, "event_id", None)]
    return [text for one in members if one is not None for text in _ids(one, depth + 1)]


def _event_id(body: bytes) -> str:
    try:
        event = parse_json(body)
    except (ValueError, RecursionError):
        return ""
    name = event.get("event_id") if isinstance(event, dict) else None
    return name if isinstance(name, str) else ""
