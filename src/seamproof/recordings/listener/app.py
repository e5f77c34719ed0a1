"""
The ASGI application that receives deliveries.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers

from seamproof.mock_server.network.incoming import BodyTooLarge, is_own_site, read_body
from seamproof.recordings.listener.delivery import HandlerAnswer, ReceivedRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from starlette.types import Receive, Scope, Send

    from seamproof.recordings.listener.delivery import Judgement
    from seamproof.recordings.listener.forwarder import Forwarder
    from seamproof.recordings.listener.judge import Judge

    #: Takes a delivery, what became known of it, and how it was answered.
    Report: TypeAlias = Callable[[ReceivedRequest, Judgement, HandlerAnswer], object]

_LOG: Final = logging.getLogger(__name__)

#: How many deliveries are processed at once; each may be a megabyte.
_MOST: Final = 256
#: Seconds until a body has to be complete.
_BODY_TIMEOUT: Final = 30.0
_BUSY: Final = 5


class Listener:
    """
    Receives deliveries, and reports each once its answer has been sent.

    Args:
        judge: Verifies and validates them, in a thread: a hostile body may take long.
        forwarder: Sends them to the handler; without one the listener answers by the signature.
        report: Is called in the event loop with each delivery.
    """

    def __init__(
        self,
        judge: Judge,
        forwarder: Forwarder | None,
        report: Report,
    ) -> None:
        self._judge = judge
        self._forwarder = forwarder
        self._report = report
        self._running = 0
        self._thread = ThreadPoolExecutor(1, "seamproof-judge")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Process one request.
        """
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _send(send, refusal)
            return
        self._running += 1
        try:
            request = await _receive(scope, receive)
            if isinstance(request, ReceivedRequest):
                await self._process(request, send)
            elif request is not None:
                await _send(send, request)
        except Exception:
            # A bug of the listener: the log shows it, and the next delivery is received.
            _LOG.exception("a delivery could not be processed")
            raise
        finally:
            self._running -= 1

    def close(self) -> None:
        """
        Drop the deliveries that have not been judged, and wait for the one that is being judged.
        """
        self._thread.shutdown(cancel_futures=True)

    def _refusal(self, scope: Scope) -> HandlerAnswer | None:
        """
        Refuse what is no delivery, and what is too much.
        """
        if scope["method"] != "POST":
            return _text(405, "this address takes deliveries of webhooks, by POST", allow="POST")
        if not is_own_site(Headers(scope=scope)):
            return _text(403, "a web page of another site has caused this request")
        if self._running >= _MOST:
            retry = {"retry-after": str(_BUSY)}
            return _text(503, f"{_MOST} deliveries are being processed", **retry)
        return None

    async def _process(self, request: ReceivedRequest, send: Send) -> None:
        loop = asyncio.get_running_loop()
        judging = loop.run_in_executor(self._thread, self._judge.judge, request)
        if self._forwarder is None:
            answer = _own_answer(await judging)
        else:
            answer = await self._forwarder.forward(request)
        await _send(send, answer)
        self._report(request, await judging, answer)


def _own_answer(judgement: Judgement) -> HandlerAnswer:
    """
    Answer as a correct handler would.
    """
    if judgement.genuine is False and judgement.verdict is not None:
        return _text(400, judgement.verdict.reason.value)
    return HandlerAnswer(204)


async def _receive(scope: Scope, receive: Receive) -> ReceivedRequest | HandlerAnswer | None:
    """
    Read a request; None if its sender has hung up.
    """
    at = time.time()
    try:
        async with asyncio.timeout(_BODY_TIMEOUT):
            body = await read_body(receive, Headers(scope=scope))
    except BodyTooLarge as problem:
        return _text(413, str(problem), connection="close")
    except TimeoutError:
        what = f"the body was not complete after {_BODY_TIMEOUT:g} s"
        return _text(408, what, connection="close")
    if body is None:
        return None
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    target = f"{path}?{query}" if query else path
    return ReceivedRequest(at, target, tuple(scope["headers"]), body)


def _text(status: int, text: str, **headers: str) -> HandlerAnswer:
    named = {"content-type": "text/plain; charset=utf-8", **headers}
    pairs = ((name.replace("_", "-").encode(), value.encode()) for name, value in named.items())
    return HandlerAnswer(status, tuple(pairs), f"{text}\n".encode(), reason=text)


async def _send(send: Send, answer: HandlerAnswer) -> None:
    length = [] if answer.status in (204, 304) else [(b"content-length", b"%d" % len(answer.body))]
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [*answer.headers, *length],
        }
    )
    await send({"type": "http.response.body", "body": answer.body})
