"""
The preflight request: a plain genuine delivery, without which no check can be judged.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.encoding import Encoding
from seamproof.checks.model.causes import answer_text
from seamproof.checks.model.tuning import (
    PREFLIGHT_PATIENCE,
    PREFLIGHT_TYPES,
    PREFLIGHT_TYPES_PER_ENCODING,
    TOO_SLOW_RESPONSE,
)
from seamproof.checks.probe.diagnosis.diagnose import (
    diagnose,
    diagnose_encoding,
    encoding_text,
    is_same_answer,
)
from seamproof.checks.probe.findings import failure_of
from seamproof.errors import OPTION, UsageError
from seamproof.statuses import NOT_ROUTED, REDIRECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.probe.diagnosis.trials import Diagnosis
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject

#: A handler that rejects Seam's encoding may accept one of these.
_OTHER_ENCODINGS: Final = (
    Encoding(presence="required"),
    Encoding(header_case="Title"),
    Encoding(spaced=True),
    Encoding(microseconds=True),
    Encoding(header_case="Title", spaced=True),
    Encoding(header_case="UPPER"),
    Encoding(presence="mixed"),
    Encoding(sorted_keys=True),
)
#: Where targets are called: an exception from here says that the handler was never reached.
_CALLING_CODE: Final = "seamproof/checks/targets/"
_EXPECTED: Final = "a plain genuine delivery is answered 2xx, without a redirect"


@dataclass(frozen=True, slots=True)
class Preflight:
    """
    How the plain genuine delivery went.

    Attributes:
        failure: How it failed; None when it was accepted.
        stopped: Why nothing more should be sent; empty when checks can run.
        notice: In which encoding the checks run, if the handler refuses that of Seam; else empty.
        is_out_of_time: Whether only the time of the run has stopped it.
    """

    failure: Failure | None = None
    stopped: str = ""
    notice: str = ""
    is_out_of_time: bool = False


def run_preflight(probe: Probe) -> Preflight:
    """
    Find an event type and an encoding that the handler accepts, and set the probe to them.

    Raises:
        UsageError: The target cannot be called with the arguments of its kind.
    """
    first: tuple[Request, Received] | None = None
    for encoding, event_type in _candidates(probe):
        probe.encoding, probe.default_type = encoding, event_type
        request, received = probe.deliver(probe.plain())
        first = first or (request, received)
        if probe.is_accepted(received):
            stopped = _measure_pace(probe, received)
            if not stopped:
                _refine_encoding(probe)
            return replace(_refused_encoding(probe, encoding), stopped=stopped)
        if _is_final(probe, received):
            break
    probe.encoding = Encoding()
    if first is None:
        return Preflight()
    request, received = first
    _check_kind(received)
    found = diagnose(probe, received)
    failure = _failure(request, received, found)
    stopped = f"the plain genuine delivery fails ({answer_text(received)})"
    return Preflight(failure, f"{stopped}: {found.finding}" if found.finding else stopped)


def _failure(request: Request, received: Received, found: Diagnosis) -> Failure:
    failure = failure_of(request, received, _EXPECTED, cure=found.cure)
    return replace(failure, finding=found.finding, explained_by=found.check)


def _is_final(probe: Probe, received: Received) -> bool:
    """
    Whether a response does not depend on the event or its encoding.
    """
    if received.status is None or received.status in REDIRECT:
        return True
    if received.status not in NOT_ROUTED:
        return False
    _, forged = probe.deliver(probe.plain(), recipe="another secret")
    return is_same_answer(received, forged)


def _refused_encoding(probe: Probe, accepted: Encoding) -> Preflight:
    """
    Describe how deliveries in the encoding of Seam fail, if the handler accepts only another one.
    """
    adopted = probe.encoding
    probe.encoding = Encoding(presence=accepted.presence)
    try:
        if accepted == probe.encoding:
            return Preflight()
        request, received = probe.deliver(probe.plain())
        if probe.is_accepted(received):
            return Preflight()
        found = diagnose_encoding(probe, accepted, received)
    finally:
        probe.encoding = adopted
    failure = _failure(request, received, found)
    notice = (
        f"every delivery as Seam sends it is refused ({answer_text(received)}): {found.finding}. "
        f"The rest was tested with {encoding_text(accepted)}"
    )
    return Preflight(failure, notice=notice)


def _candidates(probe: Probe) -> Iterator[tuple[Encoding, str]]:
    started = time.monotonic()
    families = probe.events.families.values()
    listed = [next((s for s in family if s.listed), family[0]) for family in families]
    likely_types = [one.event_type for one in listed]
    yield from ((Encoding(), event_type) for event_type in likely_types[:PREFLIGHT_TYPES])
    for encoding in _OTHER_ENCODINGS:
        yield from (
            (encoding, event_type) for event_type in likely_types[:PREFLIGHT_TYPES_PER_ENCODING]
        )
    # A handler may accept few types and reject the rest.
    for event_type in dict.fromkeys((*likely_types[PREFLIGHT_TYPES:], *probe.events.event_types)):
        if time.monotonic() - started > PREFLIGHT_PATIENCE:
            return
        if event_type not in likely_types[:PREFLIGHT_TYPES]:
            yield Encoding(), event_type


def _check_kind(received: Received) -> None:
    """
    Distinguish a target of another kind than it is called as from one that fails.

    Raises:
        UsageError: The target cannot be called with the arguments of its kind.
    """
    escaped = received.escaped
    called = escaped is not None and escaped.kind == "TypeError"
    if escaped is not None and called and _CALLING_CODE in escaped.place:
        what, found = "the target cannot be called like this", f"{escaped.kind}: {escaped.message}"
        cure = f"leave {OPTION} out, or correct it"
        raise UsageError(what, found=found, cure=cure, option="kind")


def _refine_encoding(probe: Probe) -> None:
    """
    Find out whether letters beyond ASCII are accepted only escaped, and names only sorted.

    A handler that verifies a body that it has serialised again accepts them only as it
    serialises them itself; the check of the raw body reports what it rejects, and no other does.
    """
    accented = {**probe.plain(), "event_description": "Caf\u00e9"}
    _adopt_if_better(probe, accented, replace(probe.encoding, ascii_only=True))
    backwards = dict(reversed(probe.plain().items()))
    _adopt_if_better(probe, backwards, replace(probe.encoding, sorted_keys=True))


def _adopt_if_better(probe: Probe, event: JsonObject, encoding: Encoding) -> None:
    """
    Use an encoding from now on, if an event is rejected without it and accepted with it.
    """
    if probe.deliver(event)[1].is_rejected:
        before, probe.encoding = probe.encoding, encoding
        if not probe.is_accepted(probe.deliver(event)[1]):
            probe.encoding = before


def _measure_pace(probe: Probe, received: Received) -> str:
    """
    Return why to stop if the handler is far too slow.
    """
    seconds = received.milliseconds / 1000
    if seconds >= TOO_SLOW_RESPONSE:
        # The first delivery may have waited for what is loaded once.
        _, again = probe.deliver(probe.plain())
        seconds = min(seconds, again.milliseconds / 1000)
    if seconds >= TOO_SLOW_RESPONSE:
        return f"the handler takes {seconds:.0f} s to respond: nothing else was sent"
    return ""
