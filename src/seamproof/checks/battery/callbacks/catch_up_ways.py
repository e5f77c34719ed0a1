"""
Ways in which a handler comes to fetch missed events: how a run causes that, and waits for it.
"""

from __future__ import annotations

import re
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.callbacks.waits import (
    FEW_LISTS,
    LONGEST_POLL,
    POLL_PATIENCE,
    POLL_PATIENCE_IF_QUICK,
    POLL_PAUSE,
    SETTLED_LOOKS,
    SETTLED_PATIENCE,
    SETTLED_PAUSE,
    USUAL_POLL_PATIENCE,
)
from seamproof.checks.probe.deliveries import redelivery_of
from seamproof.checks.probe.presence import accepted_event
from seamproof.checks.state.observer import discard_snapshot
from seamproof.checks.targets.tracebacks import is_user_code
from seamproof.checks.targets.work.pending_work import WorkLeft
from seamproof.errors import SeamproofError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.probe.seam_api import SeamApi
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject
    from seamproof.mock_server.model.call_log import ApiCall

LIST: Final = "/events/list"
#: How the source of a handler names that call.
_NAMES_LIST: Final = re.compile(rb"events\s*\.\s*list\b|events/list")


@dataclass(frozen=True, slots=True)
class CatchUpWay:
    """
    A way in which a handler comes to fetch what it has missed.

    Attributes:
        name: What makes it, as a report says.
        is_start: Whether the application is started anew.
        delivers: Whether an event is delivered for it.
        run: Makes it fetch; returns the events that were delivered for it.
    """

    name: str
    is_start: bool
    delivers: bool
    run: Callable[[], Sequence[Request]]


def catch_up_ways(observer: StateObserver, seam: SeamApi, types: Sequence[str]) -> list[CatchUpWay]:
    """
    List the ways to try, the likeliest first. What the user names is the only one.

    Before its first delivery a handler catches up when it starts: afterwards, it may know newer
    events, so that it has to be the first way where the handler has called at its start.
    """
    probe = observer.probe
    if (fetch := probe.catch_up) is not None:
        run = partial(_called, fetch)
        return [CatchUpWay("--catch-up", is_start=False, delivers=False, run=run)]
    delivery = CatchUpWay(
        "the next delivery, or the next poll",
        is_start=False,
        delivers=True,
        run=NextDelivery(observer, seam, types[0]),
    )
    asked_at_start = any(one.path == LIST for one in seam.calls_at_start or ())
    starts = [
        CatchUpWay("its start", is_start=True, delivers=False, run=partial(_start, probe, at))
        for at in range(len(_restarts(probe)))
        if asked_at_start or _source_names_list(probe)
    ]
    return [*starts, delivery] if asked_at_start else [delivery, *starts]


class NextDelivery:
    """
    Waits for a poll where the handler seems to poll; delivers an event, and else waits afterwards.

    Args:
        observer: Observes the handler.
        seam: Which it calls.
        event_type: Of the events that are delivered.
    """

    def __init__(self, observer: StateObserver, seam: SeamApi, event_type: str) -> None:
        self._observer, self._seam, self._event_type = observer, seam, event_type
        at_start, calls = len(seam.calls_at_start or ()), seam.calls()
        self._polls = _seems_to_poll(observer, lists_in(calls[at_start:]))
        self._patience = _poll_patience(observer, calls, at_start)

    def __call__(self) -> Sequence[Request]:
        """
        Do it once; where the handler has asked shows what it waits for.
        """
        first = self._seam.call_count
        has_polled = self._polls and self._wait_for_list(first)
        request = deliver_next(self._observer, self._seam, self._event_type)
        if not lists_in(self._seam.calls(first)):
            self._polls = self._wait_for_list(first)
        elif not has_polled:
            self._polls = False
        return (request,)

    def _wait_for_list(self, first: int) -> bool:
        budget, until = self._observer.probe.budget, time.monotonic() + self._patience
        while not lists_in(self._seam.calls(first)):
            if time.monotonic() > until or budget.is_used_up:
                return False
            budget.wait_for_work(POLL_PAUSE)
        return True


def lists_in(calls: Sequence[ApiCall]) -> list[ApiCall]:
    """
    Choose the calls of `/events/list`.
    """
    return [one for one in calls if one.path == LIST]


def event_at(probe: Probe, event_type: str, moment: datetime) -> JsonObject:
    """
    Make an event that occurs at a moment, with which its type is accepted.
    """
    event = accepted_event(probe, probe.events.catalogue[event_type])
    return probe.events.fresh(event, until=moment)


def deliver_next(observer: StateObserver, seam: SeamApi, event_type: str) -> Request:
    """
    Deliver an event that occurs now, and again if it is not accepted, as Svix does.
    """
    probe = observer.probe
    event = event_at(probe, event_type, datetime.fromtimestamp(probe.clock(), UTC))
    seam.list_event(event)
    request = probe.signed(event)
    if not probe.is_accepted(probe.send(request)):
        request = redelivery_of(probe, request)
        probe.send(request)
    discard_snapshot(probe)
    return request


def _called(fetch: Callable[[], object]) -> Sequence[Request]:
    fetch()
    return ()


def _restarts(probe: Probe) -> Sequence[Callable[[], object]]:
    found: Sequence[Callable[[], object]] = getattr(probe.target, "restarts", ())
    return found


def _start(probe: Probe, at: int) -> Sequence[Request]:
    _restarts(probe)[at]()
    return ()


def _seems_to_poll(observer: StateObserver, lists: Sequence[ApiCall]) -> bool:
    """
    Whether the handler lists events by itself: far less often than it is sent any.
    """
    few = len(lists) < observer.probe.accepted * FEW_LISTS
    return bool(lists) and few and observer.work_left is not WorkLeft.NOTHING


def _poll_patience(observer: StateObserver, calls: Sequence[ApiCall], at_start: int) -> float:
    """
    Decide how long the next poll is waited for, by those that came before.
    """
    probe, is_quick = observer.probe, observer.probe.settings.quick
    if observer.work_left is WorkLeft.NOTHING:
        return 0.0
    moments = [one.at for one in lists_in(calls)]
    if len(moments) > 1 and len(moments) < max(probe.accepted * FEW_LISTS, 2 + at_start):
        longest = max(later - earlier for earlier, later in pairwise(moments))
        return min(1.5 * longest + 1.0, LONGEST_POLL)
    if is_quick or probe.settings.max_time is not None:
        return POLL_PATIENCE_IF_QUICK
    if probe.settings.thorough or moments:
        return LONGEST_POLL
    return USUAL_POLL_PATIENCE if _source_names_list(probe) else POLL_PATIENCE


def _source_names_list(probe: Probe) -> bool:
    """
    Whether the handler's own code, as far as it is imported, names the call that lists events.
    """
    context = getattr(probe.target, "context", None)
    return (
        any(_NAMES_LIST.search(source) for source in _sources(context.root)) if context else False
    )


def _sources(root: Path) -> Iterator[bytes]:
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    for file in files:
        if file and is_user_code(file) and Path(file).resolve().is_relative_to(root):
            with suppress(OSError):
                yield Path(file).read_bytes()


def try_way(way: CatchUpWay) -> Sequence[Request]:
    """
    Make a handler fetch, which may fail, or let it not start.
    """
    with suppress(SeamproofError):
        return way.run()
    return ()


def settle(observer: StateObserver) -> None:
    """
    Wait until a thread or task of the handler does not change the state any more.
    """
    until, quiet = time.monotonic() + SETTLED_PATIENCE, 0
    while (
        observer.work_left is not WorkLeft.NOTHING
        and quiet < SETTLED_LOOKS
        and time.monotonic() < until
    ):
        before = observer.read_now()
        observer.probe.budget.wait_for_work(SETTLED_PAUSE)
        changes = observer.changes_between(before, observer.read_now())
        quiet = 0 if changes else quiet + 1
    discard_snapshot(observer.probe)
