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
from seamproof.checks.targets.adapters.handler_thread import LATE, TIMEOUT, hurried, together
from seamproof.checks.targets.adapters.response import Answer, too_late
from seamproof.checks.targets.base import Kind, Place, Standing
from seamproof.checks.targets.tracebacks import innermost
from seamproof.events import mint_message_id
from seamproof.signing import Secret, sign
from seamproof.statuses import BAD_REQUEST, ERROR, INTERNAL_SERVER_ERROR, VALID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.checks.model.exchange import Received

#: How verifying libraries name the exception for a request that is not genuine.
REFUSALS: Final = frozenset({"WebhookVerificationError"})
_PAIR: Final = 2
#: What nobody raises to refuse.
_SLIPS: Final = (
    *(LookupError, TypeError, AttributeError, NameError, ArithmeticError, UnicodeError),
    SystemExit,
)


class FunctionTarget(Standing):
    """
    A plain function, which may be asynchronous.

    It answers with a status, with a pair of status and body, with an object that has
    a `status_code`, or with nothing, which is a 204. It refuses by a status, by an
    exception that has one, by the verifying library's exception, or by whatever else
    it raises at a forgery.

    Args:
        function: Takes the body and the headers.
        place: Where it stands.
    """

    kind: Kind = "function"
    in_process = True

    def __init__(self, function: Callable[..., Any], place: Place) -> None:
        super().__init__(place)
        self._function = function
        self._ask = asker(function)
        self._coroutine = is_coroutine_function(function)
        self._refusal: type[BaseException] | None = None
        self._asked = False
        self._returned = False

    def send(self, request: Request) -> Received:
        """
        Call the function with a request.
        """
        home = self.place.home
        try:
            if self._coroutine:
                return home.run(self._await(request)).received()
            return home.call(partial(self._answer, request)).received()
        except TimeoutError as late:
            return too_late(self.place, str(late))

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Call the function with several requests at the same time.

        A function that is not asynchronous is called in a thread for each.
        """
        if not self._coroutine:
            acts = [partial(self._received, request) for request in requests]
            return together(acts, partial(too_late, self.place))

        async def gather() -> list[Answer]:
            return await asyncio.gather(*(self._await(request) for request in requests))

        try:
            with hurried():
                return [answer.received() for answer in self.place.home.run(gather())]
        except TimeoutError as late:
            return [too_late(self.place, str(late)) for _ in requests]

    def _received(self, request: Request) -> Received:
        return self._answer(request).received()

    def _answer(self, request: Request) -> Answer:
        answer = Answer(self.place)
        try:
            result = self._ask(request)
            if inspect.isawaitable(result):
                result = asyncio.run(_awaited(result))
            self._returned = True
            read_result(result, answer)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever leaves the handler is a finding
            read_error(error, answer)
            if self._has_to_ask(answer):
                self._refusal = self._raised()
            self._judge(answer)
        answer.end()
        return answer

    async def _await(self, request: Request) -> Answer:
        answer = Answer(self.place)
        try:
            async with asyncio.timeout(TIMEOUT) as limit:
                result = await self._ask(request)
            self._returned = True
            read_result(result, answer)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever leaves the handler is a finding
            if isinstance(error, TimeoutError) and limit.expired():
                answer.reason = LATE
            else:
                read_error(error, answer)
                if self._has_to_ask(answer):
                    self._refusal = await self._raised_later()
                self._judge(answer)
        answer.end()
        return answer

    def _has_to_ask(self, answer: Answer) -> bool:
        """
        Whether it has to be found out how the function refuses: once, when it first raises.

        What has never returned refuses nothing: it fails.
        """
        if self._asked or answer.error is None or not self._returned:
            return False
        self._asked = True
        return True

    def _raised(self) -> type[BaseException] | None:
        """
        Find out what a forgery makes the function raise.
        """
        try:
            result = self._ask(_forgery())
            if inspect.isawaitable(result):
                asyncio.run(_awaited(result))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - it is what is asked for
            return type(innermost(error))
        return None

    async def _raised_later(self) -> type[BaseException] | None:
        try:
            await self._ask(_forgery())
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - it is what is asked for
            return type(innermost(error))
        return None

    def _judge(self, answer: Answer) -> None:
        """
        Take for a refusal what the function raises at a forgery as well, unless it is a slip.
        """
        error = answer.error
        if error is None or self._refusal is None or isinstance(error, _SLIPS):
            return
        if type(innermost(error)) is self._refusal:
            answer.status, answer.error = BAD_REQUEST, None
            answer.add(str(error).encode(errors="replace"))


def _forgery() -> Request:
    """
    Make a delivery signed with a secret that nobody knows.
    """
    now = time.time()
    signed = sign(b"{}", Secret.generate(), message_id=mint_message_id(now), timestamp=int(now))
    return Request(headers=tuple(signed.headers.items()), body=signed.body)


def asker(function: Callable[..., Any]) -> Callable[[Request], Any]:
    """
    Tell how the function wants the body and the headers: by name if it names them.
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
    Whether calling it makes a coroutine, be it a function, a method or an object.
    """
    while isinstance(function, partial):
        function = function.func
    call = getattr(function, "__call__", None)  # noqa: B004 - the method itself is wanted
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def read_result(result: object, answer: Answer) -> None:
    """
    Read what a function returned into an answer.
    """
    if isinstance(result, tuple) and len(result) == _PAIR:
        result, body = result
        answer.add(_text(body))
    status = result if isinstance(result, int) else getattr(result, "status_code", result)
    if result is None:
        answer.status = HTTPStatus.NO_CONTENT.value
    elif isinstance(status, int) and not isinstance(status, bool) and status in VALID:
        answer.status = int(status)
    else:
        shown = f"{type(result).__name__} {result!r}"[:200]
        answer.reason = f"the function returned {shown}, which is no status"


def read_error(error: BaseException, answer: Answer) -> None:
    """
    Read what a function raised into an answer: a status, a refusal, or a crash.
    """
    error = innermost(error)
    names = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(error, "status_code", getattr(error, "code", None))
    if isinstance(status, int) and not isinstance(error, SystemExit) and status in ERROR:
        answer.status = int(status)
    elif names & REFUSALS:
        answer.status = BAD_REQUEST
    else:
        answer.status, answer.error = INTERNAL_SERVER_ERROR, error
        return
    answer.add(str(error).encode(errors="replace"))


def _text(body: object) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode(errors="replace")


async def _awaited(result: Any) -> Any:  # noqa: ANN401 - whatever a user's function gives
    return await result
