"""
Handlers that read a body in a way that depends on how it arrives.
"""

from __future__ import annotations

import codecs
import threading
from typing import TYPE_CHECKING, Any

import fastapi
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.integration.zoo.core import Handler, NotGenuineError
from tests.integration.zoo.frames import PATH
from tests.integration.zoo.table import broken_frame, good

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from tests.integration.zoo.core import Event

    Message = dict[str, Any]
    Application = Callable[
        [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
        Awaitable[None],
    ]


def _asgi(handler: Handler, *, reads_all: bool) -> Application:
    async def app(
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        message = await receive()
        body = message["body"]
        while reads_all and message["more_body"]:
            message = await receive()
            body += message["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        status = handler.receive(body, headers) if scope["method"] == "POST" else 405
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


@broken_frame("delivery.split_body", "payload.large")
def first_message(handler: Handler) -> Application:
    """
    The first message of ASGI is taken for the whole body.
    """
    return _asgi(handler, reads_all=False)


@broken_frame("delivery.split_body", "payload.large")
def first_chunk(handler: Handler) -> Starlette:
    """
    The stream of the body is read once only.
    """

    async def receive(request: Request) -> Response:
        body = await anext(aiter(request.stream()))
        return Response(status_code=handler.receive(body, request.headers))

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


def _streamed(handler: Handler, *, in_pieces: bool) -> Starlette:
    async def receive(request: Request) -> Response:
        decode = (
            (lambda chunk: chunk.decode(errors="replace"))
            if in_pieces
            else codecs.getincrementaldecoder("utf-8")("replace").decode
        )
        text = "".join([decode(chunk) async for chunk in request.stream()])
        return Response(status_code=handler.receive(text.encode(), request.headers))

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


@broken_frame("delivery.split_body", "payload.large")
def letters_in_pieces(handler: Handler) -> Starlette:
    """
    Each piece of the body is decoded by itself, even if it ends within a letter.
    """
    return _streamed(handler, in_pieces=True)


def letters_kept_whole(handler: Handler) -> Starlette:
    """
    Write it with Starlette; a decoder keeps what a piece lacks until the next one comes.
    """
    return _streamed(handler, in_pieces=False)


@broken_frame("delivery.split_body")
def length_expected(handler: Handler) -> fastapi.FastAPI:
    """
    The size is limited by a header that a request in chunks does not have.
    """
    app = fastapi.FastAPI()

    @app.post(PATH)
    async def receive(request: fastapi.Request) -> fastapi.Response:
        if int(request.headers["content-length"]) > 1 << 20:
            return fastapi.Response(status_code=413)
        return fastapi.Response(status_code=handler.receive(await request.body(), request.headers))

    return app


@broken_frame("delivery.base64_body")
def aws_text_only(handler: Handler) -> Callable[[Message, object], Message]:
    """
    What the gateway says about the encoding of the body is not asked.
    """

    def handle(event: Message, context: object) -> Message:
        del context
        body = str(event.get("body") or "").encode()
        return {"statusCode": handler.receive(body, event["headers"]), "body": ""}

    return handle


def all_messages(handler: Handler) -> Application:
    """
    Write it for ASGI, without a framework.
    """
    return _asgi(handler, reads_all=True)


def length_demanded(handler: Handler) -> Starlette:
    """
    Write it with Starlette, for requests with Content-Length only: 411 to all others.
    """

    async def receive(request: Request) -> Response:
        if "content-length" not in request.headers:
            return Response(status_code=411)
        return Response(status_code=handler.receive(await request.body(), request.headers))

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


@good(frame=all_messages)
class PlainAsgi(Handler):
    """
    In ASGI without a framework: each message of the body is read.
    """


@good(frame=letters_kept_whole)
class DecodedInPieces(Handler):
    """
    The body is decoded piece by piece, letters that are divided as well.
    """

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        if "\N{REPLACEMENT CHARACTER}" in body.decode(errors="replace"):
            message = "the body is not UTF-8"
            raise NotGenuineError(message)
        super()._verify(body, headers)


@good(frame=length_demanded)
class LengthDemanded(Handler):
    """
    A request without its length is answered 411, as RFC 9110 allows.
    """


@good()
class ConflictMeanwhile(Handler):
    """
    What is being worked on is answered 409, and a retry of it once more.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.at_work: set[str] = set()
        self.claims = threading.Lock()

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        if self.genuine(body, headers) is None:
            return 400
        message_id = self._header(headers, "svix-id")
        with self.claims:
            if message_id in self.at_work:
                return 409
            self.at_work.add(message_id)
        try:
            return super()._receive(body, headers)
        finally:
            self.at_work.discard(message_id)


@good()
class LocksOnly(Handler):
    """
    Two event types are acted on; all others are accepted and ignored.
    """

    def _act(self, event: Event) -> None:
        if event.get("event_type") in ("lock.locked", "lock.unlocked"):
            super()._act(event)
