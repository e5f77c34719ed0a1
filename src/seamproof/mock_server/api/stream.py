"""
The stream: every message and attempt as a server-sent event, as it happens.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import StreamingResponse
from starlette.routing import Route

from seamproof.mock_server.api.errors import invalid
from seamproof.mock_server.api.serializers import entry_view

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from seamproof.mock_server.model.records import StreamEntry
    from seamproof.mock_server.service.service import Service

#: Seconds of silence after which a comment tells that the connection still stands.
_HEARTBEAT: Final = 15.0
_NUMBER: Final = re.compile(r"[0-9]{1,19}")
_LARGEST: Final = 2**63 - 1


def route(service: Service, closing: asyncio.Event) -> Route:
    """
    Make the route of the stream.

    Args:
        service: Whose messages and attempts are told.
        closing: Ends every stream once it is set.
    """

    async def stream(request: Request) -> StreamingResponse:
        after = _after(request)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        entries = service.subscribe(after)
        return StreamingResponse(
            _events(entries, closing), media_type="text/event-stream", headers=headers
        )

    return Route("/mock/stream", stream, methods=["GET"])


def _after(request: Request) -> int | None:
    """
    Read where a stream carries on: `Last-Event-ID`, or `after` for those who set no header.
    """
    given = request.headers.get("last-event-id") or request.query_params.get("after") or ""
    if not given:
        return None
    if not (_NUMBER.fullmatch(given) and int(given) <= _LARGEST):
        raise invalid({"Last-Event-ID": ["Expected the id of an event of this stream"]})
    return int(given)


async def _events(
    entries: AsyncIterator[StreamEntry], closing: asyncio.Event
) -> AsyncIterator[str]:
    closed = asyncio.ensure_future(closing.wait())
    ahead: asyncio.Future[StreamEntry] | None = None
    yield ": seamproof\n\n"
    try:
        while not closing.is_set():
            ahead = ahead or asyncio.ensure_future(anext(entries))
            both: set[asyncio.Future[Any]] = {ahead, closed}
            await asyncio.wait(both, timeout=_HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            if ahead.done():
                try:
                    entry = ahead.result()
                except StopAsyncIteration:
                    return
                ahead = None
                yield _written(entry)
            elif not closing.is_set():
                yield ": still here\n\n"
    finally:
        await _drop(ahead, closed)
        if hasattr(entries, "aclose"):
            await entries.aclose()


async def _drop(*tasks: asyncio.Future[Any] | None) -> None:
    pending = [task for task in tasks if task is not None]
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)


def _written(entry: StreamEntry) -> str:
    data = json.dumps(entry_view(entry), ensure_ascii=False)
    return f"id: {entry.number}\nevent: {entry.kind}\ndata: {data}\n\n"
