"""
Endpoints: registered, changed, rotated, disabled and removed.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from seamproof.errors import Conflict, NotFound, RemoteTarget, UnknownEventType, UsageError
from seamproof.mock_server.faults.catalogue import check_fault
from seamproof.mock_server.model.records import Endpoint, Health, OldSecret
from seamproof.mock_server.network.address_policy import check_target, read_host
from seamproof.mock_server.network.resolver import Address
from seamproof.mock_server.service.lifecycle import Hosting
from seamproof.mock_server.storage import reads, writes
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.delivery.endpoint_queue import Lane
    from seamproof.mock_server.model.fault_spec import FaultSpec

_NONE: Final[JsonMapping] = MappingProxyType({})
_DAY: Final = 86_400.0

#: How far back messages can be recovered, how long an old secret may go on, and how many may.
_RECOVERABLE: Final = 14 * _DAY
_LONGEST_GRACE: Final = 7 * _DAY
_OLD_SECRETS: Final = 10

#: Headers that are Svix's own, or that HTTP sets.
_RESERVED: Final = frozenset(
    {
        *("svix-id", "svix-timestamp", "svix-signature"),
        *("webhook-id", "webhook-timestamp", "webhook-signature"),
        *("host", "content-length", "transfer-encoding", "connection", "expect"),
        *("content-type", "user-agent", "accept", "te", "trailer", "upgrade"),
    }
)


class Endpoints(Hosting):
    """
    What can be done with endpoints.
    """

    async def create_endpoint(
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
        Register an endpoint.

        Args:
            url: Where events go.
            event_types: Which; `*` stands for all.
            secret: What they are signed with; by default a new one.
            headers: Sent in addition to Svix's own.
            faults: What is to go wrong on the way.
            webhook_id: A UUID; by default a new one.

        Raises:
            UnknownEventType: An event type is not in the contract.
            UsageError: The URL, a header or a fault cannot be used, or the id is taken.
            RemoteTarget: The URL leads to another machine that nobody allowed.
        """
        await self._check(url, event_types, headers, faults)
        endpoint = Endpoint(
            webhook_id=webhook_id or str(uuid4()),
            url=url,
            event_types=tuple(event_types),
            secret=secret or Secret.generate(),
            created_at=self.clock.now(),
            headers=MappingProxyType(dict(headers)),
            faults=tuple(faults),
        )
        if any(lane.endpoint.webhook_id == endpoint.webhook_id for lane in self._lanes()):
            what = "the webhook_id is taken"
            raise UsageError(what, where="webhook_id", found=endpoint.webhook_id)
        lane = self._new_lane(self._numbers.next_endpoint(), endpoint)
        await self._keep(lane, endpoint)
        self._engine.lanes[lane.number] = lane
        return endpoint

    async def endpoints(self) -> list[Endpoint]:
        """
        List the endpoints, the oldest first.
        """
        return [lane.endpoint for lane in self._lanes()]

    async def endpoint(self, webhook_id: str) -> Endpoint:
        """
        Look an endpoint up.

        Raises:
            NotFound: There is none of this id.
        """
        return self._lane(webhook_id).endpoint

    async def update_endpoint(
        self,
        webhook_id: str,
        *,
        event_types: Sequence[str] | None = None,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
        faults: Sequence[FaultSpec] | None = None,
    ) -> Endpoint:
        """
        Change an endpoint; what is None stays.

        Raises:
            NotFound: There is none of this id.
            UnknownEventType: An event type is not in the contract.
            UsageError: The URL, a header or a fault cannot be used.
            RemoteTarget: The URL leads to another machine that nobody allowed.
        """
        self._lane(webhook_id)
        await self._check(url, event_types or (), headers or {}, faults or ())
        lane = self._lane(webhook_id)
        old = lane.endpoint
        changed = replace(
            old,
            event_types=old.event_types if event_types is None else tuple(event_types),
            url=old.url if url is None else url,
            headers=old.headers if headers is None else MappingProxyType(dict(headers)),
            faults=old.faults if faults is None else tuple(faults),
        )
        return await self._change(lane, changed)

    async def delete_endpoint(self, webhook_id: str) -> None:
        """
        Remove an endpoint and stop what is on its way to it.

        Raises:
            NotFound: There is none of this id.
        """
        lane = self._lane(webhook_id)
        lane.removed = True
        lane.clear()
        del self._engine.lanes[lane.number]
        await self._journal.change(partial(writes.remove_endpoint, number=lane.number))

    async def enable(self, webhook_id: str) -> Endpoint:
        """
        Let messages go to an endpoint again; its failures are forgotten.

        Raises:
            NotFound: There is none of this id.
        """
        lane = self._lane(webhook_id)
        return await self._change(lane, replace(lane.endpoint, disabled="", health=Health()))

    async def disable(self, webhook_id: str) -> Endpoint:
        """
        Let no messages go to an endpoint, and stop what is on its way.

        Raises:
            NotFound: There is none of this id.
        """
        lane = self._lane(webhook_id)
        changed = await self._change(lane, replace(lane.endpoint, disabled="by hand"))
        await self._journal.change(partial(writes.stop_sendings, number=lane.number))
        return changed

    async def rotate_secret(
        self, webhook_id: str, *, secret: Secret | None = None, grace: float = _DAY
    ) -> Endpoint:
        """
        Sign with a new secret from now on, and with the old one too for a while.

        Args:
            webhook_id: Of the endpoint.
            secret: The new one; by default one is made.
            grace: Seconds during which the old one signs as well, up to 7 days.

        Raises:
            NotFound: There is none of this id.
            UsageError: The grace period is not allowed.
            Conflict: Too many old secrets go on.
        """
        lane, now = self._lane(webhook_id), self.clock.now()
        if not 0 <= grace <= _LONGEST_GRACE:
            what = "an old secret may go on for up to 7 days"
            raise UsageError(what, where="grace", expected="0 to 604,800 s", found=f"{grace:g}")
        old = tuple(one for one in lane.endpoint.old_secrets if one.until > now)
        if len(old) >= _OLD_SECRETS:
            what = f"{_OLD_SECRETS} old secrets go on already"
            raise Conflict(what, where=webhook_id, cure="wait until one has run out")
        past = (OldSecret(lane.endpoint.secret, now + grace), *old)
        changed = replace(lane.endpoint, secret=secret or Secret.generate(), old_secrets=past)
        return await self._change(lane, changed)

    async def recover(self, webhook_id: str, *, since: float) -> list[str]:
        """
        Send every message once more that was attempted and never came through.

        Args:
            webhook_id: Of the endpoint.
            since: From when on, in seconds since the epoch; at most 14 days back.

        Returns:
            The ids of the messages.

        Raises:
            NotFound: There is none of this id.
            Conflict: It is longer ago, or the endpoint is disabled.
        """
        lane, now = self._lane(webhook_id), self.clock.now()
        self._refuse_disabled(lane)
        if since < now - _RECOVERABLE:
            what = "messages can be recovered for 14 days"
            found = f"{(now - since) / _DAY:.1f} days back"
            raise Conflict(what, where="since", found=found)
        self._journal.flush()
        found_ones = await self._store.read(partial(reads.unsuccessful, lane.number, since))
        wanted = [(lane, tuple(row)) for row in found_ones]
        await self._intake.again(wanted, "recover", now, set())
        return [row[1] for row in found_ones]

    # Beneath

    def _lanes(self) -> list[Lane]:
        return list(self._engine.lanes.values())

    def _lane(self, webhook_id: str) -> Lane:
        for lane in self._engine.lanes.values():
            if lane.endpoint.webhook_id == webhook_id:
                return lane
        what = "there is no such webhook"
        raise NotFound(what, found=webhook_id)

    def _address(self, url: str) -> Address:
        return Address.of(url, self.settings.allow_hosts)

    async def _check(
        self,
        url: str | None,
        event_types: Sequence[str],
        headers: Mapping[str, str],
        faults: Sequence[FaultSpec],
    ) -> None:
        for event_type in event_types:
            if event_type != "*" and event_type not in self.catalogue:
                raise UnknownEventType(event_type, self.catalogue.nearest(event_type))
        for fault in faults:
            check_fault(fault)
        for name, text in headers.items():
            _check_header(name, text)
        if url is not None:
            # It may have to resolve a name, which takes its time.
            await asyncio.to_thread(check_url, url, self.settings.allow_hosts)

    async def _keep(self, lane: Lane, endpoint: Endpoint) -> None:
        await self._journal.change(
            partial(writes.put_endpoint, number=lane.number, endpoint=endpoint)
        )

    async def _change(self, lane: Lane, endpoint: Endpoint) -> Endpoint:
        lane.change(endpoint, self._address(endpoint.url))
        if endpoint.disabled:
            lane.clear()
        await self._keep(lane, endpoint)
        self._engine.wake(lane)
        return endpoint

    @staticmethod
    def _refuse_disabled(lane: Lane) -> None:
        if lane.endpoint.disabled:
            what = "the endpoint is disabled, so nothing is sent to it"
            found = f"disabled: {lane.endpoint.disabled}"
            raise Conflict(what, where=lane.endpoint.webhook_id, found=found, cure="enable it")


def check_url(url: str, allow_hosts: frozenset[str]) -> None:
    """
    Check that a URL is one that events may be sent to, as far as that is known now.

    Raises:
        UsageError: It is no URL of a handler.
        RemoteTarget: It leads to another machine that nobody allowed.
    """
    host = read_host(url)
    if host.lower() in allow_hosts:
        return
    try:
        check_target(url)
    except RemoteTarget as problem:
        cure = f"start the server with --allow-host {host} if events are meant to go there"
        raise RemoteTarget(
            problem.what, where=problem.where, expected=problem.expected, cure=cure
        ) from problem


def _check_header(name: str, text: str) -> None:
    if name.lower() in _RESERVED:
        what = "this header is set by the server itself"
        raise UsageError(what, where=f"headers.{name}", cure="leave it out")
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        what = "this is no name of a header"
        raise UsageError(what, where="headers", expected="a token of RFC 9110", found=name)
    if not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", text):
        what = "this is no value of a header"
        raise UsageError(what, where=f"headers.{name}", expected="one line of text")
