"""
Opens what options name: the source of a handler's state, a switch of its dependency, an action.
"""

from __future__ import annotations

import inspect
import json
import sys
import time
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.snapshot import Snapshot
from seamproof.checks.model.tuning import (
    SETTLE_PATIENCE,
    SETTLE_PATIENCE_WITH_WORKER,
    SETTLE_PAUSE,
    SETTLE_PAUSE_WITH_WORKER,
    SETTLE_READINGS,
    SOURCE_MAX_BYTES,
    SOURCE_TIMEOUT,
)
from seamproof.checks.state.parts import PartsEncoder, PartsParser
from seamproof.checks.targets.detect import describe
from seamproof.checks.targets.importer import import_name, split_name
from seamproof.checks.targets.tracebacks import class_of, place_of, text_of, without_secret
from seamproof.errors import SeamproofError, TargetUnreachable, UsageError
from seamproof.json_types import parse_json
from seamproof.mock_server import check_target
from seamproof.mock_server.network.address_policy import AddressPolicy
from seamproof.statuses import SUCCESS
from seamproof.urls import is_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from seamproof.checks.model.snapshot import DependencySwitch, StateReader
    from seamproof.checks.state.parts import Parts
    from seamproof.checks.targets.base import Target, TargetContext
    from seamproof.json_types import Json

#: Characters of a body that an error shows.
_SHOWN: Final = 120


def open_state(
    source: str | Callable[[], Json], target: Target, *, allow_remote: bool = False
) -> StateReader:
    """
    Open the source that the option `state` names.

    Args:
        source: A URL that is fetched by GET, or `module:function`, which takes no arguments; or
            such a function.
        target: The handler whose state it is; it has to be open.
        allow_remote: Whether a URL may lead to another machine.

    Raises:
        UsageError: The source is neither a URL nor a function.
        RemoteTarget: The URL leads to another machine.
        TargetUnreachable: The function cannot be imported.
    """
    if is_url(source):
        url = check_target(source, allow_remote=allow_remote)
        fetch = partial(_fetch, url, AddressPolicy.of(allow_remote=allow_remote))
        return _SettlingReader(source, fetch, target.context, is_observable=False)
    name, function = _find_function("state", source, target.context)
    fetch = partial(_call, "state", name, target.context, _latest(source, function))
    return _SettlingReader(name, fetch, target.context, is_observable=target.in_process)


def open_switch(
    source: str | Callable[[bool], object], target: Target, *, allow_remote: bool = False
) -> DependencySwitch:
    """
    Open the switch that the option `breaker` names.

    Args:
        source: A URL that `{"broken": true}` is posted to, or `module:function`, which
            takes a boolean; or such a function.
        target: The handler that has the dependency; it has to be open.
        allow_remote: Whether a URL may lead to another machine.

    Raises:
        UsageError: The source is neither a URL nor a function.
        RemoteTarget: The URL leads to another machine.
        TargetUnreachable: The function cannot be imported.
    """
    if is_url(source):
        url = check_target(source, allow_remote=allow_remote)
        policy = AddressPolicy.of(allow_remote=allow_remote)
        return lambda broken, /: _request("breaker", "POST", url, policy, {"broken": broken})
    name, function = _find_function("breaker", source, target.context)

    def switch(broken: bool, /) -> None:  # noqa: FBT001 - the interface of `--break`
        _call("breaker", name, target.context, partial(function, broken))

    return switch


def open_action(
    source: str | Callable[[], object], target: Target, *, allow_remote: bool = False
) -> Callable[[], object]:
    """
    Open the action that the option `catch_up` names. Arguments and errors are those of a switch.

    Args:
        source: A URL that `{}` is posted to, or `module:function`, which takes no arguments.
        target: The handler that acts; it has to be open.
        allow_remote: Whether a URL may lead to another machine.
    """
    if is_url(source):
        url = check_target(source, allow_remote=allow_remote)
        policy = AddressPolicy.of(allow_remote=allow_remote)
        return partial(_request, "catch_up", "POST", url, policy, {})
    name, function = _find_function("catch_up", source, target.context)
    return partial(_call, "catch_up", name, target.context, function)


def check_source(option: str, source: object, *, allow_remote: bool = False) -> None:
    """
    Check that the option `state` or `breaker` can be used, before the handler is opened.

    Raises:
        UsageError: The source is neither a URL nor `module:function` nor a function.
        RemoteTarget: The URL leads to another machine.
    """
    if source is None or callable(source):
        return
    if not isinstance(source, str):
        what, expected = "this is not a function", "a function, module:function or a URL"
        raise UsageError(what, expected=expected, found=repr(source), option=option)
    try:
        if is_url(source):
            check_target(source, allow_remote=allow_remote)
        else:
            split_name(source)
    except SeamproofError as problem:
        problem.option, problem.where = option, ""
        raise


class _SettlingReader:
    """
    Reads the state until two readings are equal: a worker may still be processing deliveries.

    A state that has settled once will settle again and is waited for longer: only a worker
    changes it. A state that does not settle at first contains a clock or the like and is not
    waited for any more. Where no worker can exist one reading is enough.

    Args:
        name: The source as the user named it.
        fetch: Fetches the state.
        context: Of the target.
        is_observable: Whether all work of the handler can be observed from this process.
    """

    def __init__(
        self, name: str, fetch: Callable[[], Json], context: TargetContext, *, is_observable: bool
    ) -> None:
        self._name = name
        self._fetch = fetch
        self._context = context
        self._is_observable = is_observable
        self._pause = SETTLE_PAUSE
        self._patience = SETTLE_PATIENCE
        self._encoder = PartsEncoder()
        self._parser = PartsParser()

    def __call__(self) -> Snapshot:
        self._context.thread.wait_for_tasks()
        if self.sees_all_work:
            is_final = not self._context.thread.has_tasks
            return Snapshot(self._parse(self._read()), time.time(), is_final)
        until = time.monotonic() + self._patience
        previous: Parts | None = None
        current, readings = self._read(), 1
        while current != previous and time.monotonic() < until:
            time.sleep(self._pause)
            previous, current, readings = current, self._read(), readings + 1
            if readings > SETTLE_READINGS:
                self._pause = SETTLE_PAUSE_WITH_WORKER
        self._patience = SETTLE_PATIENCE_WITH_WORKER if current == previous else 0.0
        return Snapshot(self._parse(current), time.time())

    @property
    def sees_all_work(self) -> bool:
        """
        Whether nothing can change the state any more that a reading would not wait for.
        """
        return self._is_observable and self._context.thread.is_only_thread

    def _parse(self, parts: Parts) -> Json:
        try:
            return self._parser.parse(parts)
        except ValueError as problem:
            what = f"the state cannot be compared: {problem}"
            raise UsageError(what, where=self._name, option="state") from problem

    def _read(self) -> Parts:
        state = self._fetch()
        try:
            return self._encoder.encode(state)
        except Exception as problem:
            what, expected = "the state is not JSON-ready", "objects, lists, texts, numbers"
            found = text_of(problem) or type(problem).__name__
            raise UsageError(
                what, where=self._name, expected=expected, found=found, option="state"
            ) from problem


def _find_function(
    option: str, source: object, context: TargetContext
) -> tuple[str, Callable[..., object]]:
    """
    Import a function by its name, or use the one that is given.

    Returns:
        Its name for messages, and the function.
    """
    name, found = (source, source) if isinstance(source, str) else (describe(source), source)
    try:
        if isinstance(source, str):
            split_name(source)
            found = context.thread.call(partial(import_name, source, context.root, context.secret))
    except UsageError as problem:
        problem.option = option
        raise
    if not callable(found):
        what = "this is not a function"
        raise UsageError(what, where=name, found=type(found).__name__, option=option)
    return name, found


def _latest(source: object, function: Callable[..., object]) -> Callable[..., object]:
    """
    Call a function of the module as it is at that time: it may be imported again.
    """
    if not isinstance(source, str):
        return function
    module, attribute = split_name(source)
    found = attrgetter(attribute)
    return lambda: found(sys.modules[module])() if module in sys.modules else function()


def _call(option: str, name: str, context: TargetContext, function: Callable[[], object]) -> Json:
    try:
        found = context.thread.call(function)
        return context.thread.run(_await(found)) if inspect.isawaitable(found) else found
    except (KeyboardInterrupt, SeamproofError):
        raise
    except BaseException as error:
        what, where = "the function failed", f"{name} at {place_of(error, context.root)}"
        message = without_secret(f"{class_of(error)}: {text_of(error)}", context.secret)
        raise UsageError(what, where=where, found=message, option=option) from error


async def _await(found: Awaitable[object]) -> object:
    return await found


def _fetch(url: str, policy: AddressPolicy) -> Json:
    content = _request("state", "GET", url, policy)
    try:
        return parse_json(content)
    except (ValueError, RecursionError) as problem:
        what, expected = "the answer is not JSON", "the handler's state as JSON"
        found = content[:_SHOWN].decode(errors="replace")
        raise UsageError(
            what, where=url, expected=expected, found=found, option="state"
        ) from problem


def _request(
    option: str, method: str, url: str, policy: AddressPolicy, value: Json = None
) -> bytes:
    """
    Send a request and return the body of the answer, which may neither drip nor grow for ever.
    """
    import aiohttp

    from seamproof.mock_server.network.transport import explain
    from seamproof.mock_server.network.whole_response import ResponseTooLarge, WholeRequest, fetch

    request = WholeRequest(
        method,
        url,
        timeout=SOURCE_TIMEOUT,
        max_bytes=SOURCE_MAX_BYTES,
        headers={} if value is None else {"content-type": "application/json"},
        body=None if value is None else json.dumps(value).encode(),
    )
    try:
        status, content = fetch(request, policy)
    except ResponseTooLarge as problem:
        what, found = "the answer is too large", str(problem)
        raise UsageError(what, where=url, found=found, option=option) from problem
    except (aiohttp.ClientError, OSError, ValueError) as problem:
        if isinstance(problem, TimeoutError):
            what, found = "the answer does not end", f"no end within {SOURCE_TIMEOUT:g} s"
            raise UsageError(what, where=url, found=found, option=option) from problem
        what, found = "nothing answers", explain(problem)
        raise TargetUnreachable(what, where=url, found=found, option=option) from problem
    if status not in SUCCESS:
        what, found = f"{method} is not answered 2xx", str(status)
        raise UsageError(what, where=url, expected="200-299", found=found, option=option)
    return content
