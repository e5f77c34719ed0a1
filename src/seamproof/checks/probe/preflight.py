"""
The opening: the plain genuine delivery, without which nothing else says anything.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.encoding import Style
from seamproof.checks.probe.hints import likely
from seamproof.checks.probe.probe import cause_of, failure
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject

#: How many event types are tried, and of how many in every style.
_TYPES: Final = 8
_STYLED: Final = 2
#: A handler is tried in these too: it may have a bug about what Seam's own way is.
_STYLES: Final = (
    Style(),
    Style(presence="required"),
    Style(case="Title"),
    Style(spaced=True),
    Style(fine=True),
    Style(case="Title", spaced=True),
    Style(case="UPPER"),
    Style(presence="mixed"),
    Style(ordered=True),
)
#: Where targets are called: an exception from here says that the handler was never reached.
_CALLED: Final = "seamproof/checks/targets/"
#: Answers that do not depend on how a delivery is written.
_ELSEWHERE: Final = (301, 302, 303, 307, 308, 401, 404, 405)
#: Seconds after which no more types are tried.
_PATIENCE: Final = 3.0
#: Seconds of an answer after which few are asked for, and after which none.
_SLOW: Final = 0.25
_TOO_SLOW: Final = 5.0


@dataclass(frozen=True, slots=True)
class Opening:
    """
    How the plain genuine delivery went.

    Attributes:
        failure: How it failed; None when a handler took it.
        likely: What is then likely wrong.
        too_slow: Why nothing more should be sent; empty when there is no reason.
    """

    failure: Failure | None = None
    likely: str = ""
    too_slow: str = ""


def open_run(probe: Probe) -> Opening:
    """
    Find an event type, and a way to write it, that the handler takes; set the probe to it.
    """
    first: tuple[Request, Received] | None = None
    for style, event_type in _attempts(probe):
        probe.style, probe.usual = style, event_type
        request, received = probe.deliver(probe.plain())
        first = first or (request, received)
        if probe.is_accepted(received):
            too_slow = _pace(probe, received)
            probe.style = style if too_slow else _spelling(probe)
            return Opening(too_slow=too_slow)
        if received.status is None or received.status in _ELSEWHERE:
            break
    probe.style = Style()
    if first is None:
        return Opening()
    request, received = first
    _check_kind(received)
    hint = likely(received)
    expected = "a plain genuine delivery is answered 2xx, without a redirect"
    told = failure(request, received, f"{expected}; {hint}" if hint else expected)
    stopped = f"the plain genuine delivery fails ({cause_of(received)})"
    return Opening(told, f"{stopped}: {hint}" if hint else stopped)


def _check_kind(received: Received) -> None:
    """
    Tell a target that was called for what it is not from one that fails.

    Raises:
        UsageError: It does not take the arguments that its kind is given.
    """
    escaped = received.escaped
    if escaped is not None and escaped.kind == "TypeError" and _CALLED in escaped.place:
        what, cure = "the target cannot be called like this", "leave --as out, or name what it is"
        raise UsageError(what, found=f"{escaped.kind}: {escaped.message}", cure=cure)


def _spelling(probe: Probe) -> Style:
    """
    Find out whether letters beyond ASCII are taken only escaped, and names only sorted.

    A handler that verifies what it has written anew takes them as it writes them itself;
    what it refuses is told by `signature.raw_body`, and by no other check.
    """
    accented = {**probe.plain(), "event_description": "Caf\u00e9"}
    _take_if_it_helps(probe, accented, replace(probe.style, escaped=True))
    backwards = dict(reversed(probe.plain().items()))
    _take_if_it_helps(probe, backwards, replace(probe.style, ordered=True))
    return probe.style


def _take_if_it_helps(probe: Probe, event: JsonObject, style: Style) -> None:
    """
    Write as the style says from now on, if an event is refused without it and accepted with it.
    """
    if probe.is_refused(probe.deliver(event)[1]):
        before, probe.style = probe.style, style
        if not probe.is_accepted(probe.deliver(event)[1]):
            probe.style = before


def _attempts(probe: Probe) -> Iterator[tuple[Style, str]]:
    begun = time.monotonic()
    families = probe.specimens.families.values()
    listed = [next((s for s in family if s.listed), family[0]) for family in families]
    likely_types = [one.event_type for one in listed]
    yield from ((Style(), event_type) for event_type in likely_types[:_TYPES])
    for style in _STYLES[1:]:
        yield from ((style, event_type) for event_type in likely_types[:_STYLED])
    # A handler may take few types and refuse the rest.
    for event_type in dict.fromkeys((*likely_types[_TYPES:], *probe.specimens.event_types)):
        if time.monotonic() - begun > _PATIENCE:
            return
        if event_type not in likely_types[:_TYPES]:
            yield Style(), event_type


def _pace(probe: Probe, received: Received) -> str:
    """
    Go easy on a slow handler; of one that is far too slow, say that nothing else can be told.
    """
    seconds = received.milliseconds / 1000
    if seconds > _SLOW:
        # The first delivery may have waited for what is loaded once.
        _, again = probe.deliver(probe.plain())
        seconds = min(seconds, again.milliseconds / 1000)
    probe.quick = probe.settings.quick or seconds > _SLOW
    if seconds >= _TOO_SLOW:
        return f"the handler takes {seconds:.0f} s for an answer: nothing else was sent"
    return ""
