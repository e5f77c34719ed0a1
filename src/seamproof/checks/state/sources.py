"""
A look at a handler's state, and the switch that makes what it depends on fail.
"""

from __future__ import annotations

import inspect
import json
import time
from dataclasses import dataclass
from datetime import date
from datetime import time as time_of_day
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

from seamproof.checks.state.diff import difference, numbered_in
from seamproof.checks.targets.detect import describe
from seamproof.checks.targets.importer import import_name, split_name
from seamproof.checks.targets.tracebacks import class_of, place_of, without_secret
from seamproof.errors import SeamproofError, TargetUnreachable, UsageError
from seamproof.mock_server import check_target
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.targets.base import Target, TargetContext
    from seamproof.json_types import Json

__all__ = [
    "Look",
    "Snapshot",
    "Switch",
    "difference",
    "numbered_in",
    "open_state",
    "open_switch",
]

#: Seconds until a look by URL is given up.
_TIMEOUT: Final = 20.0
#: Seconds between two looks that have to be the same, and how long that is waited for.
_PAUSE: Final = 0.005
_PATIENCE: Final = 0.5
#: The same for a handler with a worker, once the state was seen to move after an answer.
_WORKER: Final = 0.05
_BACKLOG: Final = 10.0
_MOVED: Final = 2
_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    A handler's state at a time.

    Attributes:
        data: JSON-ready.
        at: Seconds since the epoch.
    """

    data: Any
    at: float


class Look(Protocol):
    """
    Looks at the state.
    """

    def __call__(self) -> Snapshot:
        """
        Wait for work that answers have left behind, then look.

        Raises:
            UsageError: What is seen is not JSON-ready, or looking fails.
            TargetUnreachable: Nothing answers where the state should be.
        """
        ...


class Switch(Protocol):
    """
    Makes what a handler depends on fail, or work again.
    """

    def __call__(self, broken: bool, /) -> None:  # noqa: FBT001 - the handler's own interface
        """
        Break it, or mend it.

        Raises:
            UsageError: The switch does not work.
            TargetUnreachable: Nothing answers where it should be.
        """
        ...


def open_state(
    text: str | Callable[[], Any], target: Target, *, allow_remote: bool = False
) -> Look:
    """
    Find what the option `state` names.

    Args:
        text: A URL that is fetched by GET, or `module:function`, which takes no arguments; or
            such a function.
        target: The handler whose state it is; it has to be open.
        allow_remote: Whether a URL may lead to another machine.

    Raises:
        UsageError: The text names nothing of the kind.
        RemoteTarget: The URL leads to another machine.
        TargetUnreachable: The function cannot be imported.
    """
    if isinstance(text, str) and "://" in text:
        url = check_target(text, allow_remote=allow_remote)
        return _Look(text, partial(_fetch, "state", url), target.context, elsewhere=True)
    name, function = _function("state", text, target.context)
    see = partial(_call, "state", name, target.context, function)
    return _Look(name, see, target.context, elsewhere=not target.in_process)


def open_switch(
    text: str | Callable[[bool], object], target: Target, *, allow_remote: bool = False
) -> Switch:
    """
    Find what the option `breaker` names.

    Args:
        text: A URL that `{"broken": true}` is posted to, or `module:function`, which
            takes a boolean; or such a function.
        target: The handler that depends on it; it has to be open.
        allow_remote: Whether a URL may lead to another machine.

    Raises:
        UsageError: The text names nothing of the kind.
        RemoteTarget: The URL leads to another machine.
        TargetUnreachable: The function cannot be imported.
    """
    if isinstance(text, str) and "://" in text:
        url = check_target(text, allow_remote=allow_remote)
        return lambda broken, /: _post("breaker", url, {"broken": broken})
    name, function = _function("breaker", text, target.context)

    def switch(broken: bool, /) -> None:  # noqa: FBT001 - the handler's own interface
        _call("breaker", name, target.context, partial(function, broken))

    return switch


def check_source(option: str, text: object, *, allow_remote: bool = False) -> None:
    """
    Check that the option `state` or `breaker` can be used, before the handler is opened.

    Raises:
        UsageError: It is neither a URL nor `module:function` nor a function.
        RemoteTarget: The URL leads to another machine.
    """
    if text is None or callable(text):
        return
    if not isinstance(text, str):
        what, expected = "this is no function", "a function, module:function or a URL"
        raise UsageError(what, expected=expected, found=repr(text), option=option)
    try:
        if "://" in text:
            check_target(text, allow_remote=allow_remote)
        else:
            split_name(text)
    except SeamproofError as problem:
        problem.option = problem.option or option
        raise


class _Look:
    """
    Looks until two looks are the same: a worker may still be at what was answered.

    What has rested once will rest again, and is waited for: only a worker moves it. What
    does not rest at the first look holds a clock or the like. Where there can be no worker
    one look is enough.

    Args:
        text: As the user named it.
        see: Fetches the state.
        place: Where the target stands.
        elsewhere: Whether what is at work cannot be seen from here.
    """

    def __init__(
        self, text: str, see: Callable[[], Any], place: TargetContext, *, elsewhere: bool
    ) -> None:
        self._text = text
        self._see = see
        self._place = place
        self._elsewhere = elsewhere
        self._pause = _PAUSE
        self._patience = _PATIENCE

    def __call__(self) -> Snapshot:
        self._place.thread.wait_for_tasks()
        if self.is_sure:
            return Snapshot(json.loads(self._once()), time.time())
        until = time.monotonic() + self._patience
        seen, again, looks = None, self._once(), 1
        while again != seen and time.monotonic() < until:
            time.sleep(self._pause)
            seen, again, looks = again, self._once(), looks + 1
            if looks > _MOVED:
                self._pause = _WORKER
        self._patience = _BACKLOG if again == seen else 0.0
        return Snapshot(json.loads(again), time.time())

    @property
    def is_sure(self) -> bool:
        """
        Whether nobody is at work that the state could change by later.
        """
        return not self._elsewhere and self._place.thread.is_only_thread

    def _once(self) -> str:
        return _ready(self._see(), self._text)


def _function(option: str, named: object, place: TargetContext) -> tuple[str, Callable[..., Any]]:
    """
    Find a function by its name, or take the one in hand; with what to call it.
    """
    text, found = (named, named) if isinstance(named, str) else (describe(named), named)
    try:
        if isinstance(named, str):
            split_name(named)
            found = place.thread.call(partial(import_name, named, place.root, place.secret))
    except UsageError as problem:
        problem.option = option
        raise
    if not callable(found):
        what = "this is no function"
        raise UsageError(what, where=text, found=type(found).__name__, option=option)
    return text, found


def _call(option: str, text: str, place: TargetContext, function: Callable[[], Any]) -> Any:  # noqa: ANN401
    try:
        found = place.thread.call(function)
        return place.thread.run(_awaited(found)) if inspect.isawaitable(found) else found
    except (KeyboardInterrupt, SeamproofError):
        raise
    except BaseException as error:
        what, where = "the function failed", f"{text} at {place_of(error, place.root)}"
        found = without_secret(f"{class_of(error)}: {error}", place.secret)
        raise UsageError(what, where=where, found=found, option=option) from error


async def _awaited(found: Any) -> Any:  # noqa: ANN401 - whatever a user's function gives
    return await found


def _fetch(option: str, url: str) -> Json:
    text = _exchange(option, "GET", url, None)
    try:
        return json.loads(text)
    except ValueError as problem:
        what, expected = "the answer is no JSON", "the handler's state as JSON"
        found = text[:_SHOWN].decode(errors="replace")
        raise UsageError(
            what, where=url, expected=expected, found=found, option=option
        ) from problem


def _post(option: str, url: str, value: object) -> None:
    _exchange(option, "POST", url, value)


def _exchange(option: str, method: str, url: str, value: object) -> bytes:
    import httpx

    try:
        with httpx.Client(trust_env=False, timeout=_TIMEOUT) as client:
            answer = client.request(method, url, json=value) if value else client.get(url)
    except httpx.HTTPError as problem:
        what = "nothing answers"
        found = str(problem) or type(problem).__name__
        raise TargetUnreachable(what, where=url, found=found, option=option) from problem
    if answer.status_code not in SUCCESS:
        what, found = f"{method} is not answered 2xx", str(answer.status_code)
        raise UsageError(what, where=url, expected="200-299", found=found, option=option)
    return answer.content


def _plain(value: object) -> str:
    """
    Write what rows of a database often hold as JSON would have it.
    """
    if isinstance(value, date | time_of_day):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    message = f"Object of type {type(value).__name__} is not JSON serializable"
    raise TypeError(message)


def _ready(value: object, text: str) -> str:
    """
    Write a value as JSON: a copy, as the handler goes on changing its own.
    """
    try:
        return json.dumps(value, allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as problem:
        what, expected = "the state is not JSON-ready", "objects, lists, texts, numbers"
        found = str(problem) or type(problem).__name__
        raise UsageError(
            what, where=text, expected=expected, found=found, option="state"
        ) from problem
