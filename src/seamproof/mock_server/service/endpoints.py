"""
Endpoint registry: creates, changes, rotates, disables and removes endpoints.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from seamproof.errors import Conflict, NotFound, UnknownEventType, UsageError
from seamproof.mock_server.faults.catalogue import check_fault
from seamproof.mock_server.model.durations import MAX_GRACE
from seamproof.mock_server.model.records import Endpoint, Health, OldSecret
from seamproof.mock_server.network.resolver import Address
from seamproof.mock_server.storage import writes
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.delivery.endpoint_queue import EndpointQueue
    from seamproof.mock_server.model.records import FaultSpec
    from seamproof.mock_server.service.lifecycle import Lifecycle

_NONE: Final[JsonMapping] = MappingProxyType({})
_DAY: Final = 86_400.0

#: How many old secrets may sign at once.
_MAX_OLD_SECRETS: Final = 10

#: How a user allows a host that is refused.
_ALLOW_HOST: Final = "allow the host {host} when the server starts, if events are meant to go there"

#: Headers that Svix or HTTP set.
_RESERVED: Final = frozenset(
    {
        *("svix-id", "svix-timestamp", "svix-signature"),
        *("webhook-id", "webhook-timestamp", "webhook-signature"),
        *("host", "content-length", "transfer-encoding", "connection", "expect"),
        *("content-type", "user-agent", "accept", "te", "trailer", "upgrade"),
    }
)


class EndpointRegistry:
    """
    The endpoints of a service.

    Args:
        lifecycle: Of the service.
    """

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle
        self._policy = lifecycle.policy
        self._catalogue = lifecycle.catalogue
        self._clock = lifecycle.clock
        self._buffer = lifecycle.buffer
        self._scheduler = lifecycle.scheduler

    async def create(
        self,
        url: str,
        *,
        event_types: Sequence[str] = ("*",),
        secret: Secret | None = None,
        headers: Mapping[str, str] = _NONE,
        faults: Sequence[FaultSpec] = (),
        webhook_id: str | None = None,
    ) -> Endpoint:
        """
        Create an endpoint.

        Args:
            url: Where events are sent.
            event_types: The types to subscribe to; `*` stands for all.
            secret: Signs the messages; by default a new one.
            headers: Sent in addition to Svix's own.
            faults: Injected into the deliveries.
            webhook_id: A UUID; by default a new one.

        Raises:
            UnknownEventType: An event type is not in the contract.
            UsageError: The URL, a header or a fault is invalid, or the id is in use.
            RemoteTarget: The URL leads to a remote host that is not allowed.
        """
        await self._check(url, event_types, headers, faults)
        endpoint = Endpoint(
            webhook_id=webhook_id or str(uuid4()),
            url=url,
            event_types=tuple(event_types),
            secret=secret or Secret.generate(),
            created_at=self._clock.now(),
            headers=MappingProxyType(dict(headers)),
            faults=tuple(faults),
        )
        if any(one.endpoint.webhook_id == endpoint.webhook_id for one in self.queues()):
            what = "the webhook_id is in use"
            raise UsageError(what, where="webhook_id", found=endpoint.webhook_id)
        number = self._lifecycle.numbers.next_endpoint()
        await self._store(number, endpoint)
        self._lifecycle.add_queue(number, endpoint)
        return endpoint

    async def all(self) -> list[Endpoint]:
        """
        List the endpoints, the oldest first.
        """
        return [queue.endpoint for queue in self.queues()]

    async def get(self, webhook_id: str) -> Endpoint:
        """
        Return an endpoint.

        Raises:
            NotFound: There is none with this id.
        """
        return self.queue(webhook_id).endpoint

    async def update(
        self,
        webhook_id: str,
        *,
        event_types: Sequence[str] | None = None,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
        faults: Sequence[FaultSpec] | None = None,
    ) -> Endpoint:
        """
        Change an endpoint, except for arguments that are None.

        Raises:
            NotFound: There is none with this id.
            UnknownEventType: An event type is not in the contract.
            UsageError: The URL, a header or a fault is invalid.
            RemoteTarget: The URL leads to a remote host that is not allowed.
        """
        self.queue(webhook_id)
        await self._check(url, event_types or (), headers or {}, faults or ())
        queue = self.queue(webhook_id)  # which may have been removed meanwhile
        old = queue.endpoint
        changed = replace(
            old,
            event_types=old.event_types if event_types is None else tuple(event_types),
            url=old.url if url is None else url,
            headers=old.headers if headers is None else MappingProxyType(dict(headers)),
            faults=old.faults if faults is None else tuple(faults),
        )
        return await self._change(queue, changed)

    async def delete(self, webhook_id: str) -> None:
        """
        Remove an endpoint and stop its pending deliveries.

        Raises:
            NotFound: There is none with this id.
        """
        queue = self.queue(webhook_id)
        queue.removed = True
        queue.clear()
        del self._scheduler.queues[queue.number]
        await self._buffer.write(partial(writes.remove_endpoint, number=queue.number))

    async def enable(self, webhook_id: str) -> Endpoint:
        """
        Enable an endpoint and reset its health.

        Raises:
            NotFound: There is none with this id.
        """
        queue = self.queue(webhook_id)
        return await self._change(queue, replace(queue.endpoint, disabled="", health=Health()))

    async def disable(self, webhook_id: str) -> Endpoint:
        """
        Disable an endpoint and stop its pending deliveries.

        Raises:
            NotFound: There is none with this id.
        """
        queue = self.queue(webhook_id)
        changed = await self._change(queue, replace(queue.endpoint, disabled="by hand"))
        await self._buffer.write(partial(writes.stop_deliveries, number=queue.number))
        return changed

    async def rotate_secret(
        self, webhook_id: str, *, secret: Secret | None = None, grace: float = _DAY
    ) -> Endpoint:
        """
        Rotate the secret: the old one still signs until its grace period ends.

        Args:
            webhook_id: Of the endpoint.
            secret: The new one; by default it is generated.
            grace: Seconds during which the old one still signs, up to 7 days.

        Raises:
            NotFound: There is none with this id.
            UsageError: The grace period is out of range.
            Conflict: Too many old secrets still sign.
        """
        queue, now = self.queue(webhook_id), self._clock.now()
        if not 0 <= grace <= MAX_GRACE:
            what = "the grace period of an old secret is up to 7 days"
            raise UsageError(what, where="grace", expected="0 to 604,800 s", found=f"{grace:g}")
        old = tuple(one for one in queue.endpoint.old_secrets if one.until > now)
        if len(old) >= _MAX_OLD_SECRETS:
            what = f"{_MAX_OLD_SECRETS} old secrets still sign"
            raise Conflict(what, where=webhook_id, cure="wait until one has expired")
        old = (OldSecret(queue.endpoint.secret, now + grace), *old)
        changed = replace(queue.endpoint, secret=secret or Secret.generate(), old_secrets=old)
        return await self._change(queue, changed)

    def queues(self) -> list[EndpointQueue]:
        """
        List the queues of the endpoints, the oldest first.
        """
        return list(self._scheduler.queues.values())

    def queue(self, webhook_id: str) -> EndpointQueue:
        """
        Return the queue of an endpoint.

        Raises:
            NotFound: There is none with this id.
        """
        for queue in self._scheduler.queues.values():
            if queue.endpoint.webhook_id == webhook_id:
                return queue
        what = "there is no such webhook"
        raise NotFound(what, found=webhook_id)

    async def _check(
        self,
        url: str | None,
        event_types: Sequence[str],
        headers: Mapping[str, str],
        faults: Sequence[FaultSpec],
    ) -> None:
        for event_type in event_types:
            if event_type != "*" and event_type not in self._catalogue:
                raise UnknownEventType(event_type, self._catalogue.nearest(event_type))
        for fault in faults:
            check_fault(fault)
        for name, text in headers.items():
            _check_header(name, text)
        if url is not None:
            # In a thread, since it may resolve a name.
            await asyncio.to_thread(self._policy.check, url, _ALLOW_HOST)

    async def _store(self, number: int, endpoint: Endpoint) -> None:
        change = partial(writes.upsert_endpoint, number=number, endpoint=endpoint)
        await self._buffer.write(change)

    async def _change(self, queue: EndpointQueue, endpoint: Endpoint) -> Endpoint:
        queue.update(endpoint, Address.of(endpoint.url, self._policy))
        if endpoint.disabled:
            queue.clear()
        await self._store(queue.number, endpoint)
        self._scheduler.wake(queue)
        return endpoint


def _check_header(name: str, text: str) -> None:
    if name.lower() in _RESERVED:
        what = "this header is set by the server itself"
        raise UsageError(what, where=f"headers.{name}", cure="leave it out")
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        what = "this is not a valid header name"
        raise UsageError(what, where="headers", expected="a token of RFC 9110", found=name)
    if not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", text):
        what = "this is not a valid header value"
        raise UsageError(what, where=f"headers.{name}", expected="one line of text")
