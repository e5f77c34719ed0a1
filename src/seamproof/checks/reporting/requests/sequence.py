"""
The requests of a failure, each with its answer and what distinguishes it from those before it.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.json_types import parse_json
from seamproof.signing.forgeries import GENUINE
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.checks.model.exchange import Answer, Received, Request
    from seamproof.checks.model.results import Failure
    from seamproof.json_types import JsonObject

_TWO: Final = 2


class SentRequest(NamedTuple):
    """
    A request of a sequence.

    Attributes:
        number: Its place in the sequence, from 1.
        request: What was sent.
        received: What came back; None where that is not known.
        occurred: When its event occurred, as it is written there; empty where it has no such time.
        note: What distinguishes it from those before it: `older, arrived late`; empty if nothing.
        is_at_once: Whether others were under way at the same time.
    """

    number: int
    request: Request
    received: Received | None
    occurred: str
    note: str
    is_at_once: bool = False

    @property
    def status(self) -> str:
        """
        The status of the answer, or that there was none; empty where that is not known.
        """
        if self.received is None:
            return ""
        return "no answer" if self.received.status is None else str(self.received.status)


class SentGroup(NamedTuple):
    """
    Requests of a sequence that one line describes.

    Attributes:
        requests: At least one, in order.
        is_copies: Whether they are copies of one message.
        is_at_once: Whether they are different messages that were sent at the same time.
    """

    requests: tuple[SentRequest, ...]
    is_copies: bool = False
    is_at_once: bool = False

    @property
    def is_gap(self) -> bool:
        """
        Whether it stands for several requests of which nothing more is said.
        """
        return len(self.requests) > 1 and not self.is_copies

    def has_message(self, message_id: str) -> bool:
        """
        Whether a request of a message is one of them.
        """
        return any(one.request.message_id == message_id for one in self.requests)

    @property
    def numbers(self) -> str:
        """
        The places of the first and the last one: `3`, or `3-22`.
        """
        first, last = self.requests[0].number, self.requests[-1].number
        return f"{first}" if first == last else f"{first}-{last}"

    @property
    def name(self) -> str:
        """
        The event type, or how many other requests they are.
        """
        count = len(self.requests)
        first = self.requests[0].request
        if self.is_gap:
            return f"{count:,} {'deliveries at once' if self.is_at_once else 'other requests'}"
        kind = first.event_type or "a request"
        return f"{kind}, {count} times" if count > 1 else kind

    @property
    def statuses(self) -> str:
        """
        The status of each, equal ones counted: `200 × 19, 500`.
        """
        counts = Counter(one.status or "?" for one in self.requests)
        if set(counts) == {"?"}:
            return ""
        return ", ".join(one if n == 1 else f"{one} × {n:,}" for one, n in counts.items())

    @property
    def note(self) -> str:
        """
        What distinguishes the last one from those before it, or what those at once raised.
        """
        if self.is_at_once:
            answers = (one.received for one in self.requests)
            raised = (one.escaped for one in answers if one and one.escaped)
            return ", ".join(dict.fromkeys(one.kind.rpartition(".")[2] for one in raised))
        return "" if self.is_gap else self.requests[-1].note


def sent_requests(failure: Failure) -> tuple[SentRequest, ...]:
    """
    List the requests of a failure with their answers.
    """
    answers = list(failure.answers) or [None] * len(failure.sent)
    found, latest = [], ""
    for at, (request, answer) in enumerate(zip(failure.sent, answers, strict=True)):
        occurred = _occurred(request)
        received = answer.received if answer else None
        if failure.received is not None and at == len(failure.sent) - 1:
            received = received or failure.received
        notes = _notes(request, failure.sent[:at], answer, is_older=occurred < latest)
        note = ", ".join(notes)
        is_at_once = answer is not None and answer.is_at_once
        found.append(SentRequest(at + 1, request, received, occurred, note, is_at_once))
        latest = max(latest, occurred)
    return tuple(found)


def shown_groups(requests: Sequence[SentRequest], most: int) -> list[SentGroup]:
    """
    Group the requests of a sequence for at most as many lines.

    Copies of one message are one line, and so are several messages at once. Of a long sequence
    the first request that was not accepted, the last ones and the first request of the message that
    came last are shown, those between them are counted.
    """
    groups = list(_with_those_at_once(list(_with_copies(requests))))
    if len(groups) <= most:
        return groups
    wrong = (at for at, one in enumerate(groups) if any(map(_is_wrong, one.requests)))
    last = requests[-1].request.message_id
    first = next(at for at, one in enumerate(groups) if one.has_message(last))
    tail = len(groups) - most + (3 if first == len(groups) - 1 else 4)
    shown = {*range(tail, len(groups)), next(wrong, len(groups) - 1), first}
    found = []
    for is_shown, several in groupby(enumerate(groups), key=lambda pair: pair[0] in shown):
        listed = [one for _, one in several]
        if is_shown or len(listed) == 1:
            found += listed
        else:
            found.append(SentGroup(tuple(one for group in listed for one in group.requests)))
    return found


def moments(requests: Sequence[SentRequest]) -> dict[int, str]:
    """
    Write when the event of each request occurred, as exactly as they differ.

    Returns:
        By number: `15 Nov 19:57`. Empty where all occurred at one time.
    """
    known = {one.number: moment for one in requests if (moment := _moment(one.occurred))}
    if len(set(known.values())) < _TWO:
        return {}
    written = {}
    for style in ("%d %b %H:%M", "%d %b %H:%M:%S", "%d %b %H:%M:%S.%f"):
        written = {number: moment.strftime(style) for number, moment in known.items()}
        if len(set(written.values())) == len(set(known.values())):
            break
    return written


def _moment(occurred: str) -> datetime | None:
    try:
        return datetime.fromisoformat(occurred)
    except ValueError:
        return None


def _with_copies(requests: Sequence[SentRequest]) -> Iterator[SentGroup]:
    """
    Count the copies of a message that were sent one after another or at once.
    """

    def message(one: SentRequest) -> tuple[str, str, bytes]:
        return one.request.message_id, one.request.recipe, one.request.body

    for _, copies in groupby(requests, key=message):
        first, *rest = copies
        if rest[1:]:
            yield SentGroup((first, *rest), is_copies=True)
        else:
            yield from (SentGroup((one,)) for one in (first, *rest))


def _with_those_at_once(groups: list[SentGroup]) -> Iterator[SentGroup]:
    """
    Make one group of several that were sent at the same time.
    """
    for is_at_once, several in groupby(groups, key=lambda one: one.requests[-1].is_at_once):
        listed = list(several)
        if is_at_once and len(listed) > _TWO:
            requests = tuple(one for group in listed for one in group.requests)
            yield SentGroup(requests, is_at_once=True)
        else:
            yield from listed


def _is_wrong(one: SentRequest) -> bool:
    received = one.received
    if received is None or one.request.is_forgery:
        return False
    return received.escaped is not None or received.status not in SUCCESS


def _notes(
    request: Request, before: Sequence[Request], answer: Answer | None, *, is_older: bool
) -> Iterator[str]:
    """
    Say what distinguishes a request from those before it.
    """
    copies = [one for one in before if one.message_id == request.message_id]
    if request.recipe != GENUINE:
        yield f"forged: {request.recipe}"
    elif copies and request.message_id:
        if copies[-1].body != request.body:
            yield "the same id with another body"
        elif copies[-1].headers != request.headers:
            yield "the same id again, signed anew"
        else:
            yield "the same id again"
    elif is_older:
        yield "older, arrived late"
    if answer is None:
        return
    if answer.is_at_once:
        yield "at the same time"
    if answer.is_while_broken:
        yield "while the dependency fails"
    if answer.received.escaped is not None:
        yield answer.received.escaped.kind.rpartition(".")[2]


def event_in(body: bytes) -> JsonObject:
    """
    Read the event in a body; an empty one if there is none.
    """
    try:
        event = parse_json(body)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _occurred(request: Request) -> str:
    occurred = event_in(request.body).get("occurred_at")
    return occurred if isinstance(occurred, str) else ""
