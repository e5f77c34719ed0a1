"""
Plain functions: `handler(body: bytes, headers: Mapping[str, str])`.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.model.exchange import Request
from seamproof.checks.targets.adapters.response import (
    ResponseRecorder,
    as_bytes,
    begin_response,
    receive_concurrently,
    receive_in_threads,
    receive_in_turn,
    receive_in_turn_by_threads,
    timed_out,
)
from seamproof.checks.targets.base import Target, TargetContext
from seamproof.checks.targets.handler_thread import (
    LATE,
    TIMEOUT,
    fast_thread_switching,
)
from seamproof.checks.targets.tracebacks import attempt, ungrouped
from seamproof.events import mint_message_id
from seamproof.signing.forgeries import RECIPES, SigningInput
from seamproof.statuses import BAD_REQUEST, ERROR, INTERNAL_SERVER_ERROR, VALID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.checks.model.exchange import Received
    from seamproof.signing import Secret

#: The exceptions with which verifying libraries reject a request.
REJECTIONS: Final = frozenset({"WebhookVerificationError"})
_PAIR: Final = 2
#: Exceptions that are bugs: no handler raises them to reject a request.
_BUGS: Final = (
    *(LookupError, TypeError, AttributeError, NameError, ArithmeticError, UnicodeError),
    SystemExit,
)


class FunctionTarget(Target):
    """
    A plain function, which may be asynchronous.

    It returns a status, a pair of status and body, an object that has a `status_code`, or
    None, which is a 204. It rejects by a status, by an exception that has one, by the exception
    of the verifying library, or by any other exception that it raises for a forgery.

    Args:
        function: Takes the body and the headers.
        context: What a target of any kind needs.
    """

    kind = "function"
    in_process = True

    def __init__(self, function: Callable[..., Any], context: TargetContext) -> None:
        super().__init__(context)
        self._function = function
        self._call = caller(function)
        self._coroutine = is_coroutine_function(function)
        self._rejection: type[BaseException] | None = None
        self._probed = False
        self._returned = False

    @property
    def receives_method(self) -> bool:
        """
        No: a function gets the body and the headers only.
        """
        return False

    def send(self, request: Request) -> Received:
        """
        Call the function with a request.
        """
        thread = self.context.thread
        try:
            if self._coroutine:
                return thread.run(self._await(request)).received()
            return thread.call(partial(self._respond, request)).received()
        except TimeoutError as late:
            return timed_out(self.context, str(late))

    def send_each(self, requests: Sequence[Request], *, at_once: int = 1) -> list[Received]:
        """
        Call the function with several requests, in its event loop or in a few threads.
        """
        if at_once == 1:
            return super().send_each(requests)
        if self._coroutine:
            return receive_in_turn(self.context, self._await, requests, at_once)
        return receive_in_turn_by_threads(self.context, self._respond, requests, at_once)

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Call the function with several requests at the same time.

        A function that is not asynchronous is called in one thread for each request.
        """
        if not self._coroutine:
            return receive_in_threads(self.context, self._respond, requests)
        with fast_thread_switching():
            return receive_concurrently(self.context, self._await, requests)

    def _respond(self, request: Request) -> ResponseRecorder:
        response = begin_response(self.context, request)
        try:
            result = self._call(request)
            if inspect.isawaitable(result):
                result = asyncio.run(_awaited(result))
            self._returned = True
            read_result(result, response)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            read_error(error, response)
            if self._needs_forgery(response):
                self._rejection = self._exception_for_forgery()
            self._apply_rejection(response)
        response.end()
        return response

    async def _await(self, request: Request) -> ResponseRecorder:
        response = begin_response(self.context, request)
        try:
            async with asyncio.timeout(TIMEOUT) as limit:
                result = await self._call(request)
            self._returned = True
            read_result(result, response)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if isinstance(error, TimeoutError) and limit.expired():
                response.reason = LATE
            else:
                read_error(error, response)
                if self._needs_forgery(response):
                    self._rejection = await self._exception_for_forgery_async()
                self._apply_rejection(response)
        response.end()
        return response

    def _needs_forgery(self, response: ResponseRecorder) -> bool:
        """
        Whether a forgery has to show how the function rejects: once, when it first raises.

        A function that has never returned does not reject: it fails.
        """
        if self._probed or response.error is None or not self._returned:
            return False
        self._probed = True
        return True

    def _exception_for_forgery(self) -> type[BaseException] | None:
        """
        Find the class of the exception that the function raises for a forgery.
        """
        try:
            result = self._call(_forgery(self.secret))
            if inspect.isawaitable(result):
                asyncio.run(_awaited(result))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return type(ungrouped(error))
        return None

    async def _exception_for_forgery_async(self) -> type[BaseException] | None:
        try:
            await self._call(_forgery(self.secret))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return type(ungrouped(error))
        return None

    def _apply_rejection(self, response: ResponseRecorder) -> None:
        """
        Turn an exception that a forgery raises as well into a 400, unless it is a bug.
        """
        error = response.error
        if error is None or self._rejection is None or isinstance(error, _BUGS):
            return
        if type(ungrouped(error)) is self._rejection:
            response.status, response.error = BAD_REQUEST, None
            response.add(as_bytes(error))


def _forgery(secret: Secret) -> Request:
    """
    Make a delivery that is signed with another secret than that of the handler.
    """
    now, body = time.time(), b"{}"
    headers = RECIPES["another secret"].headers(
        SigningInput((secret,), mint_message_id(now), int(now), body)
    )
    headers["content-type"] = "application/json"
    return Request(headers=tuple(headers.items()), body=body)


def caller(function: Callable[..., Any]) -> Callable[[Request], Any]:
    """
    Make the call of a function: by keyword if it has parameters of these names.
    """
    try:
        names = {
            name
            for name, one in inspect.signature(function).parameters.items()
            if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
        }
    except (TypeError, ValueError):
        names = set()
    if {"body", "headers"} <= names:
        return lambda request: function(body=request.body, headers=dict(request.headers))
    return lambda request: function(request.body, dict(request.headers))


def is_coroutine_function(function: object) -> bool:
    """
    Whether calling it returns a coroutine: a function, a method or an object.
    """
    while isinstance(function, partial):
        function = function.func
    call = getattr(function, "__call__", None)  # noqa: B004 - the method itself is inspected
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def read_result(result: object, response: ResponseRecorder) -> None:
    """
    Record what a function returned.
    """
    if isinstance(result, tuple) and len(result) == _PAIR:
        result, body = result
        response.add(as_bytes(body))
    status = result
    if not isinstance(result, int):
        status = attempt(lambda: getattr(result, "status_code", result), result)
    if result is None:
        response.status = HTTPStatus.NO_CONTENT.value
    elif isinstance(status, int) and not isinstance(status, bool) and status in VALID:
        response.status = int(status)
    else:
        shown = attempt(lambda: repr(result), "‹its text raises an exception›")
        shown = f"{type(result).__name__} {shown}"[:200]
        response.reason = f"the function returned {shown}, which is no status"


def read_error(error: BaseException, response: ResponseRecorder) -> None:
    """
    Record what a function raised: a status, a rejection, or a crash.
    """
    error = ungrouped(error)
    names = {kind.__name__ for kind in type(error).__mro__}
    status = attempt(lambda: getattr(error, "status_code", getattr(error, "code", None)), None)
    if isinstance(status, int) and not isinstance(error, SystemExit) and status in ERROR:
        response.status = int(status)
    elif names & REJECTIONS:
        response.status = BAD_REQUEST
    else:
        response.status, response.error = INTERNAL_SERVER_ERROR, error
        return
    response.add(as_bytes(error))


async def _awaited(result: Any) -> Any:  # noqa: ANN401 - what a user's function returns
    return await result
