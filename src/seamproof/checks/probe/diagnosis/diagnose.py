"""
Diagnoses a refused genuine delivery: by trying other deliveries, then by the response.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.probe.diagnosis.frameworks import recognise
from seamproof.checks.probe.diagnosis.responses import hint_for
from seamproof.checks.probe.diagnosis.trials import Diagnosis, Trials, reduced_answer
from seamproof.checks.probe.sending.pacing import RunStopped
from seamproof.statuses import NOT_ROUTED, REDIRECT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.checks.generation.encoding import Encoding
    from seamproof.checks.model.exchange import Received
    from seamproof.checks.probe.diagnosis.frameworks import Framework
    from seamproof.checks.probe.probe import Probe


class _EncodingRow(NamedTuple):
    """
    What it means that a handler accepts only one value of an attribute of `Encoding`.

    Attributes:
        words: The value, in words.
        finding: What the handler does.
        cure: What it should do.
    """

    words: str
    finding: str
    cure: str


#: By the attribute.
_ENCODINGS: Final[Mapping[str, _EncodingRow]] = {
    "header_case": _EncodingRow(
        "names of headers in {value} case",
        "looks up the names of headers in {value} case only; Seam sends them in lower case",
        "look headers up without regard to case",
    ),
    "spaced": _EncodingRow(
        "spaces after commas and colons",
        "accepts JSON with spaces after commas and colons only; Seam sends none",
        "parse the body as JSON, whatever its white space is",
    ),
    "ascii_only": _EncodingRow(
        "letters beyond ASCII escaped",
        "accepts letters beyond ASCII only if they are escaped",
        "parse the body as JSON in UTF-8",
    ),
    "sorted_keys": _EncodingRow(
        "sorted names",
        "accepts JSON with sorted names only; Seam does not sort them",
        "parse the body as JSON, whatever the order of its names is",
    ),
    "microseconds": _EncodingRow(
        "six fraction digits in times",
        "accepts times with six fraction digits only; Seam mostly sends three",
        "parse times with a parser for RFC 3339, such as datetime.fromisoformat",
    ),
}


def diagnose(probe: Probe, received: Received) -> Diagnosis:
    """
    Find out why a genuine delivery is refused: what is accepted instead proves it.

    Args:
        probe: Of the run.
        received: The response to the delivery.
    """
    if received.status is None or received.status in REDIRECT:
        return Diagnosis(hint_for(received))
    trials = Trials(probe, _framework(probe, received), received)
    with suppress(RunStopped):
        if received.status in NOT_ROUTED and not trials.is_verified():
            return Diagnosis(hint_for(received))
        found = trials.signing() or trials.content()
        if found:
            return found
    return trials.without_proof()


def diagnose_encoding(probe: Probe, encoding: Encoding, received: Received) -> Diagnosis:
    """
    Find out why deliveries are refused in the encoding of Seam and accepted in another one.

    Args:
        probe: Of the run; its encoding is that of Seam.
        encoding: The one that is accepted.
        received: The response to a delivery as Seam sends it.
    """
    framework = _framework(probe, received)
    with suppress(RunStopped):
        if found := Trials(probe, framework, received).serialisation():
            return found
    rows = _differing(encoding)
    findings = [one.finding.format(value=encoding.header_case) for one in rows]
    return Diagnosis(f"the handler {' and '.join(findings)}", "; ".join(one.cure for one in rows))


def encoding_text(encoding: Encoding) -> str:
    """
    Describe in what an encoding differs from that of Seam.
    """
    rows = _differing(encoding)
    return " and ".join(one.words.format(value=encoding.header_case) for one in rows)


def is_same_answer(one: Received, other: Received) -> bool:
    """
    Whether two responses differ in nothing but ids, signatures and figures.
    """
    return reduced_answer(one) == reduced_answer(other)


def _differing(encoding: Encoding) -> list[_EncodingRow]:
    usual = type(encoding)()
    names = (name for name in _ENCODINGS if getattr(encoding, name) != getattr(usual, name))
    return [_ENCODINGS[name] for name in names]


def _framework(probe: Probe, received: Received) -> Framework:
    target = probe.target
    modules = getattr(target, "application_modules", ())
    return recognise(modules, getattr(target, "kind", ""), received)
