"""
The stream of messages and attempts, each a server-sent event.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import StreamingResponse
from starlette.routing import Route

from seamproof.formats import read_digits
from seamproof.mock_server.api.context import context_of
from seamproof.mock_server.api.errors import invalid
from seamproof.mock_server.api.serializers import attempt_view, message_view
from seamproof.mock_server.model.records import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from seamproof.mock_server.model.records import StreamEntry

#: Seconds without an entry after which a comment keeps the connection open.
_HEARTBEAT: Final = 15.0
_LARGEST: Final = 2**63 - 1


async def _stream(request: Request) -> StreamingResponse:
    context = context_of(request)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    entries = context.service.subscribe(_after(request))
    return StreamingResponse(
        _events(entries, context.closing), media_type="text/event-stream", headers=headers
    )


ROUTE: Final = Route("/mock/stream", _stream, methods=["GET"])


def _after(request: Request) -> int | None:
    """
    Read where a stream continues: `Last-Event-ID`, or `after` for clients that set no header.
    """
    given = request.headers.get("last-event-id") or request.query_params.get("after") or ""
    if not given:
        return None
    number = read_digits(given)
    if number is None or number > _LARGEST:
        raise invalid({"Last-Event-ID": ["Expected the id of an event of this stream"]})
    return number


async def _events(
    entries: AsyncIterator[StreamEntry], closing: asyncio.Event
) -> AsyncIterator[str]:
    closed = asyncio.ensure_future(closing.wait())
    upcoming: asyncio.Future[StreamEntry] | None = None
    yield ": seamproof\n\n"
    try:
        while not closing.is_set():
            upcoming = upcoming or asyncio.ensure_future(anext(entries))
            pending: set[asyncio.Future[Any]] = {upcoming, closed}
            await asyncio.wait(pending, timeout=_HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            if upcoming.done():
                try:
                    entry = upcoming.result()
                except StopAsyncIteration:
                    return
                upcoming = None
                yield _encode(entry)
            elif not closing.is_set():
                yield ": still here\n\n"
    finally:
        waiting = [task for task in (upcoming, closed) if task is not None]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        if hasattr(entries, "aclose"):
            await entries.aclose()


def _encode(entry: StreamEntry) -> str:
    if isinstance(entry, Message):
        kind, data = "message", message_view(entry).model_dump_json()
    else:
        kind, data = "attempt", attempt_view(entry).model_dump_json()
    return f"id: {entry.number}\nevent: {kind}\ndata: {data}\n\n"
