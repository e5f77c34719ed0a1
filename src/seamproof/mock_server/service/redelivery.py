"""
Redelivery: resends single messages, and recovers the failed messages of an endpoint.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.errors import Conflict, NotFound
from seamproof.mock_server.storage import message_search, reads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.mock_server.delivery.endpoint_queue import EndpointQueue
    from seamproof.mock_server.service.endpoints import EndpointRegistry
    from seamproof.mock_server.service.lifecycle import Lifecycle

_DAY: Final = 86_400.0

#: How many seconds back messages can be recovered.
_RECOVERABLE: Final = 14 * _DAY


class Redelivery:
    """
    Sends messages again on request.

    Args:
        lifecycle: Of the service.
        endpoints: Its endpoints.
    """

    def __init__(self, lifecycle: Lifecycle, endpoints: EndpointRegistry) -> None:
        self._clock = lifecycle.clock
        self._buffer = lifecycle.buffer
        self._enqueuer = lifecycle.enqueuer
        self._endpoints = endpoints

    async def resend(self, message_id: str, *, webhook_id: str | None = None) -> None:
        """
        Make one more attempt for a message, which is not retried.

        Args:
            message_id: Of the message.
            webhook_id: Of the endpoint, whatever it subscribes to. By default every endpoint
                that the message was sent to; all endpoints if it was sent to none.

        Raises:
            NotFound: There is no such message or endpoint.
            Conflict: The endpoint is disabled, or there is none left.
        """
        detail = await self._buffer.read(partial(reads.detail, message_id=message_id))
        sent_to = {delivery.webhook_id for delivery in detail.sendings}
        queues = [queue for queue in self._candidates(webhook_id, sent_to) if not queue.stopped]
        if not queues:
            gone = "every endpoint it went to is disabled or gone"
            what = gone if sent_to else "there is no endpoint that it could go to"
            raise Conflict(what, where=message_id, cure="enable one, or register one")
        await self._enqueuer.enqueue_again(
            [(queue, detail.message) for queue in queues],
            "resend",
            self._clock.now(),
            new_for={one.number for one in queues if one.endpoint.webhook_id not in sent_to},
        )

    def _candidates(self, webhook_id: str | None, sent_to: set[str]) -> list[EndpointQueue]:
        """
        Return the queues of the endpoints to resend to; some may be disabled, a single one not.
        """
        if webhook_id is not None:
            queues = [self._endpoints.queue(webhook_id)]
        else:
            queues = [
                queue
                for queue in self._endpoints.queues()
                if not sent_to or queue.endpoint.webhook_id in sent_to
            ]
        if len(queues) == 1:
            _check_enabled(queues[0])
        return queues

    async def recover(self, webhook_id: str, *, since: float) -> list[str]:
        """
        Send every message again that was attempted at an endpoint and never delivered.

        Args:
            webhook_id: Of the endpoint.
            since: The earliest acceptance of a message, in seconds since the epoch; at most
                14 days back.

        Returns:
            The ids of the messages.

        Raises:
            NotFound: There is no such endpoint.
            Conflict: `since` is too early, or the endpoint is disabled.
        """
        queue, now = self._recoverable(webhook_id, since)
        query = partial(message_search.undelivered, endpoint=queue.number, since=since)
        messages = await self._buffer.read(query)
        await self._enqueuer.enqueue_again([(queue, one) for one in messages], "recover", now)
        return [one.message_id for one in messages]

    async def replay_missing(self, webhook_id: str, *, since: float) -> list[str]:
        """
        Send every message that an endpoint subscribes to and that was never meant for it.

        They are those from before it was registered, or from while it was disabled. Arguments
        and errors are those of `recover`.
        """
        queue, now = self._recoverable(webhook_id, since)
        query = partial(
            message_search.never_sent,
            endpoint=queue.number,
            event_types=queue.endpoint.event_types,
            since=since,
        )
        messages = await self._buffer.read(query)
        pairs = [(queue, one) for one in messages]
        await self._enqueuer.enqueue_again(pairs, "recover", now, new_for={queue.number})
        return [one.message_id for one in messages]

    async def resend_many(
        self, message_ids: Sequence[str], *, webhook_id: str | None = None
    ) -> dict[str, str]:
        """
        Make one more attempt for each of several messages.

        Args:
            message_ids: Of the messages.
            webhook_id: As in `resend`.

        Returns:
            By the id of each message that cannot be resent, the reason.
        """
        skipped: dict[str, str] = {}
        for message_id in dict.fromkeys(message_ids):
            try:
                await self.resend(message_id, webhook_id=webhook_id)
            except (NotFound, Conflict) as problem:
                skipped[message_id] = problem.what
        return skipped

    def _recoverable(self, webhook_id: str, since: float) -> tuple[EndpointQueue, float]:
        """
        Find an endpoint that gets messages of the past; return the present as well.
        """
        queue, now = self._endpoints.queue(webhook_id), self._clock.now()
        _check_enabled(queue)
        if since < now - _RECOVERABLE:
            what = "messages can be recovered for 14 days"
            found = f"{(now - since) / _DAY:.1f} days back"
            raise Conflict(what, where="since", found=found)
        return queue, now


def _check_enabled(queue: EndpointQueue) -> None:
    if queue.endpoint.disabled:
        what = "the endpoint is disabled, so nothing is sent to it"
        found = f"disabled: {queue.endpoint.disabled}"
        raise Conflict(what, where=queue.endpoint.webhook_id, found=found, cure="enable it")
