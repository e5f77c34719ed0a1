"""
What reports, the runner and the replay need to know about a check.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]
Judge: TypeAlias = Literal[
    "accepted", "refused", "no_leak", "no_crash", "not_accepted", "prompt", "alive", "check"
]

#: Stands in `violation` for the context of a failure.
CONTEXT: Final = "{context}"


class Phase(IntEnum):
    """
    When a check runs. Checks of one phase run in the order of the battery.
    """

    # The state of the handler is small, and so quick to read, as long as few events were sent.
    SIGNATURE = 1
    # Where no event has an effect, the checks that compare effects find nothing.
    EFFECT = 2
    DELIVERY = 3
    PAYLOAD = 4
    # The handler may not recover from it: after all checks that need a working handler's state.
    FAILURE_RECOVERY = 5
    FUZZ = 6
    # A payload that the handler rejects, or that stops it, is reported by a payload check before
    # others send it.
    JOURNEY = 7
    # Judges the response times of the whole run.
    TIMING = 8
    # A handler that compares events of all records ignores those after one of the future.
    FUTURE = 9
    # What the handler has noted under another clock may confuse it afterwards.
    CLOCK = 10


class Depth(IntEnum):
    """
    What a check sends in its second pass, and so when that comes: what finds more comes first.
    """

    # The event types and values that the quick pass has left out.
    TYPES = 1
    # Other orders of the same events, and what reads the state after each delivery.
    ORDERS = 2
    # More of what depends on chance, or on what other checks have found: a check that has failed
    # is not repeated.
    CHANCE = 3
    # Events that are drawn at random. There is no quick pass before, so that the checks that are
    # about one kind of value report it.
    RANDOM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInfo:
    """
    One row of the battery, without the function that runs it.

    Attributes:
        id: Stable: `signature.stale`.
        title: In one line.
        severity: Of its failures.
        source: Where the rule is written.
        why: Why it matters to the operator of the handler.
        cure: How to fix a handler that fails it.
        violation: What a failure means, in one sentence, where its answer does not say it.
            `CONTEXT` stands for what distinguishes the request from a plain delivery.
        explains: Ids or globs of checks that fail in the same way as a consequence.
        phase: When it runs.
        depth: What its second pass sends, if its quick one has left something out.
        needs_state: Whether it is decided by the state of the handler.
        needs_breaker: Whether it makes the dependency of the handler fail.
        is_preflight: Whether it is about the plain genuine delivery that opens each run.
        sends_nothing: Whether it judges what the other checks have sent.
        comes_last: Whether it runs once, after the second passes of the others.
        has_to_wait: Whether its second pass waits for time to pass, which others may fill.
        replay: How the replay of one of its cases is judged; `check` runs the whole check again.
        reports_background: Whether it reports the exceptions of background work.
        refused_types: What it does about event types of which no plain event is accepted: it
            reports each of them, or skips them because another check reports them.
        has_measured_causes: Whether its causes have figures that differ from run to run.
        is_random: Whether it draws events at random, so that its event types differ as well.
    """

    id: str
    title: str
    severity: Severity
    source: str
    why: str
    cure: str
    violation: str = ""
    explains: tuple[str, ...] = ()
    phase: Phase = Phase.PAYLOAD
    depth: Depth = Depth.TYPES
    needs_state: bool = False
    needs_breaker: bool = False
    is_preflight: bool = False
    sends_nothing: bool = False
    comes_last: bool = False
    has_to_wait: bool = False
    reports_background: bool = False
    replay: Judge = "check"
    refused_types: Literal["reports", "skips"] | None = None
    has_measured_causes: bool = False
    is_random: bool = False
