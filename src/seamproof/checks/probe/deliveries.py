"""
Delivers events that do not depend on each other, several at once where the handler takes long.

A failure among others may come from the others: it counts only if the event fails alone as well.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from seamproof.checks.generation.signed_request import remake, remake_all
from seamproof.checks.model.tuning import BATCH_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seamproof.checks.generation.encoding import Encoding
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonMapping

T = TypeVar("T")


def deliver_each(
    probe: Probe, events: Iterable[tuple[JsonMapping, T]], *, encoding: Encoding | None = None
) -> Iterator[tuple[T, Request, Received]]:
    """
    Deliver a fresh copy of each event, under new ids; types that take too long are left out.

    Args:
        probe: Of the run.
        events: Each with something that is handed back with its response.
        encoding: Of the bodies; by default that of genuine deliveries.

    Raises:
        OutOfTime: The time budget is used up.
        HandlerGone: The handler has stopped responding.
        RateLimited: It limits its rate, and waiting would take too long.
    """
    encoding = encoding or probe.encoding
    left = iter(events)
    waiting: deque[tuple[JsonMapping, T]] = deque()
    while waiting := deque([*waiting, *islice(left, BATCH_SIZE - len(waiting))]):
        waiting = deque(one for one in waiting if not probe.is_slow(one[0].get("event_type")))
        if not waiting:
            continue
        batch = [probe.events.fresh(event) for event, _ in islice(waiting, _batch_size(probe))]
        requests = [
            probe.signed(encoding.encode(event), event_type=event.get("event_type"))
            for event in batch
        ]
        at_once = probe.overlap.at_once
        began = time.perf_counter()
        responses = probe.send_some(requests, at_once=at_once)
        if at_once > 1:
            probe.overlap.measure(time.perf_counter() - began, len(responses))
        for event, request, received in zip(batch, requests, responses, strict=False):
            _, item = waiting.popleft()
            if at_once == 1 or probe.is_accepted(received):
                yield item, request, received
            else:
                yield item, *_deliver_alone(probe, event, encoding)


def send_each(probe: Probe, requests: Iterable[Request]) -> Iterator[tuple[Request, Received]]:
    """
    Send requests of different messages; one that fails among others is sent again, as a retry is.

    Raises:
        OutOfTime: The time budget is used up.
        HandlerGone: The handler has stopped responding.
        RateLimited: It limits its rate, and waiting would take too long.
    """
    waiting = deque(requests)
    while waiting:
        at_once = probe.overlap.at_once
        batch = list(islice(waiting, BATCH_SIZE))
        began = time.perf_counter()
        responses = probe.send_some(batch, at_once=at_once)
        if at_once > 1:
            probe.overlap.measure(time.perf_counter() - began, len(responses))
        for received in responses:
            request = waiting.popleft()
            if at_once > 1 and not probe.is_accepted(received):
                again = probe.send(request)
                if probe.is_accepted(again):
                    probe.overlap.lower()
                yield request, again
            else:
                yield request, received


def send_groups(
    probe: Probe, groups: Iterable[tuple[Request, ...]], is_expected: Callable[[Received], bool]
) -> Iterator[tuple[tuple[Request, ...], Received]]:
    """
    Send groups of requests, none of which depends on another group.

    A group whose last response is not the expected one, while others were under way, is sent again
    under new ids, alone.

    Args:
        probe: Of the run.
        groups: Each of as many requests, which are sent one after the other.
        is_expected: Whether the response to the last request of a group is as it should be.

    Returns:
        Each group as it was sent last, and the last response.

    Raises:
        OutOfTime: The time budget is used up.
        HandlerGone: The handler has stopped responding.
        RateLimited: It limits its rate, and waiting would take too long.
    """
    if probe.overlap.at_once == 1:
        for group in groups:
            yield group, [probe.send(request) for request in group][-1]
        return
    listed = list(groups)
    responses: list[Received] = []
    for several in zip(*listed, strict=True):
        waiting, responses = deque(several), []
        while waiting:
            some = probe.send_some([*waiting], at_once=probe.overlap.at_once)
            responses += some
            for _ in some:
                waiting.popleft()
    for group, received in zip(listed, responses, strict=True):
        if is_expected(received):
            yield group, received
        else:
            again = remake_all(group, probe.settings.secret, now=probe.clock())
            yield tuple(again), [probe.send(request) for request in again][-1]


def is_rejected(received: Received) -> bool:
    """
    Whether a response rejects its request.
    """
    return received.is_rejected


def _batch_size(probe: Probe) -> int:
    """
    Count the requests to make at a time: no more than are sent at a time, or they age.
    """
    is_batch = probe.overlap.at_once > 1 or probe.target.sends_in_batches
    return BATCH_SIZE if is_batch and probe.pacer.rate is None else 1


def _deliver_alone(
    probe: Probe, event: JsonMapping, encoding: Encoding
) -> tuple[Request, Received]:
    """
    Deliver an event that failed among others.
    """
    body = encoding.encode(probe.events.fresh_again(event))
    request, received = probe.deliver(body, event_type=event.get("event_type"))
    if probe.is_accepted(received):
        probe.overlap.lower()
    return request, received


def redelivery_of(probe: Probe, request: Request) -> Request:
    """
    Sign the next attempt of a message: the same id and body under the current time.
    """
    current = replace(request, age=0)
    secret = probe.settings.secret
    return remake(current, secret, now=probe.clock(), message_id=request.message_id)
