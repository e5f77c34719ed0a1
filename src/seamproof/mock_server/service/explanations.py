"""
Explanations of a message: what its payload violates, what its signatures are worth, what comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.errors import UsageError
from seamproof.formats import read_decimal
from seamproof.json_types import parse_json
from seamproof.mock_server.delivery.auto_disable import PERIOD
from seamproof.mock_server.model.retry_schedule import UpcomingAttempt, upcoming_attempts
from seamproof.mock_server.storage.statistics import endpoint_statistics
from seamproof.schemas import violations
from seamproof.signing import verify

if TYPE_CHECKING:
    from seamproof.mock_server.model.records import (
        AttemptRecord,
        Endpoint,
        EndpointStatistics,
        MessageDetail,
    )
    from seamproof.mock_server.service.service import Service
    from seamproof.schemas import Violation
    from seamproof.signing import Verdict

#: The most intervals of a statistic.
MAX_INTERVALS: Final = 1000
#: The faults by which a timestamp differs from the time of sending.
_SKEWED: Final = frozenset({"stale", "future"})


@dataclass(frozen=True, slots=True)
class UpcomingDelivery:
    """
    The attempts of a pending delivery that are made if each of them fails.

    Attributes:
        webhook_id: Of the endpoint.
        attempts: The next one first.
    """

    webhook_id: str
    attempts: tuple[UpcomingAttempt, ...]


@dataclass(frozen=True, slots=True)
class MessageExplanation:
    """
    What a message's records do not say by themselves.

    Attributes:
        violations: What the payload violates of the contract.
        verdicts: On the signature of each attempt, as the endpoint would verify it.
        upcoming: The attempts that are made if each of them fails.
    """

    violations: tuple[Violation, ...]
    verdicts: tuple[Verdict | None, ...]
    upcoming: tuple[UpcomingDelivery, ...]


async def explain_message(service: Service, message_id: str) -> MessageExplanation:
    """
    Explain a message.

    Raises:
        NotFound: There is none with this id.
    """
    detail = await service.message(message_id)
    endpoints = {one.webhook_id: one for one in await service.endpoints.all()}
    return MessageExplanation(
        violations(
            _payload(detail),
            event_type=detail.message.event_type,
            catalogue=service.catalogue,
        )
        if detail.message.event_type in service.catalogue
        else violations(_payload(detail), unknown="allow", catalogue=service.catalogue),
        tuple(_verdict(service, one, endpoints.get(one.webhook_id)) for one in detail.attempts),
        tuple(_upcoming(service, detail)),
    )


def _payload(detail: MessageDetail) -> object:
    try:
        return parse_json(detail.message.body)
    except ValueError:
        return None


def _verdict(service: Service, attempt: AttemptRecord, endpoint: Endpoint | None) -> Verdict | None:
    """
    Verify an attempt as its endpoint would have done; None if the endpoint is gone.
    """
    if endpoint is None:
        return None
    now = attempt.at
    if service.clock.manual:
        # Attempts are signed with the machine's time then, which is not recorded.
        is_skewed = not _SKEWED.isdisjoint(attempt.fault.split(","))
        sent = read_decimal(attempt.request_headers.get("svix-timestamp", ""))
        now = service.settings.signing() if is_skewed or sent is None else sent
    keys = (endpoint.secret, *(one.secret for one in endpoint.old_secrets))
    return verify(attempt.request_body, attempt.request_headers, keys, now=now)


def _upcoming(service: Service, detail: MessageDetail) -> list[UpcomingDelivery]:
    settings = service.settings
    return [
        UpcomingDelivery(
            one.webhook_id,
            tuple(
                upcoming_attempts(
                    settings.schedule if one.kind == "schedule" else (0.0,),
                    one.attempts,
                    one.due_at,
                    settings.jitter,
                )
            ),
        )
        for one in detail.sendings
        if one.state == "pending" and one.due_at is not None
    ]


def disables_at(endpoint: Endpoint) -> float | None:
    """
    Compute when an endpoint is disabled if every attempt fails until then; None if not in sight.
    """
    since = endpoint.health.since
    return None if since is None or endpoint.disabled else since + PERIOD


async def statistics(
    service: Service, webhook_id: str, *, since: float | None, interval: float
) -> EndpointStatistics:
    """
    Count the attempts of an endpoint by intervals.

    Args:
        service: The service.
        webhook_id: Of the endpoint.
        since: When the first interval begins; by default 60 intervals ago.
        interval: The length of an interval in seconds.

    Raises:
        NotFound: There is no such endpoint.
        UsageError: There would be too many intervals.
    """
    queue, now = service.endpoints.queue(webhook_id), service.clock.now()
    first = now - 60 * interval if since is None else since
    if (now - first) / interval > MAX_INTERVALS:
        what = f"a statistic has up to {MAX_INTERVALS:,} intervals"
        raise UsageError(what, where="interval", cure="choose a longer one, or a later time")
    query = partial(
        endpoint_statistics,
        endpoint=queue.number,
        since=first,
        # The last interval includes the present.
        until=now + interval,
        interval=interval,
    )
    return await service.lifecycle.buffer.read(query)
