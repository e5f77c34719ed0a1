"""
Fuzzing: any event that the contract allows, first realistic ones, then the edges.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Final

from seamproof.checks.probe.findings import (
    is_known_place,
    is_told_of_others,
    known_names,
    presence_taken,
    taken,
    takes,
    tell,
)
from seamproof.checks.probe.probe import cause_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas import EventSchema
    from seamproof.strategies.generators.plan import Values

#: What is realistic must be taken; what only standards allow, had better be.
_KINDS: Final[tuple[tuple[Values, Severity], ...]] = (("realistic", "error"), ("edge", "warning"))
_EMPTY: Final[Mapping[type, str]] = {str: "text", list: "list", dict: "object"}
#: Of edges fewer are drawn: nearly all that they show is in the sweep.
_SHARES: Final[Mapping[Values, int]] = {"realistic": 1, "edge": 4}
#: How often a family is drawn anew after something was found in it.
_ROUNDS: Final = 4
_QUICK: Final = 5
#: How many events of the sweep are sent in a row.
_VISIT: Final = 32


def property_fuzz(probe: Probe) -> Iterator[Finding]:
    """
    Events that the contract allows are accepted: each with one edit, then many at once.
    """
    for values, severity in _KINDS:
        fuzz = _Fuzz(probe, values, severity)
        if not probe.quick:
            for schema in probe.specimens.schemas:
                yield from fuzz.sweep(schema)
        families = {} if not probe.settings.max_examples else probe.specimens.families
        for at, family in enumerate(families.values()):
            yield from fuzz.draw(family, at)


class _Fuzz:
    """
    The fuzzing with one kind of values.
    """

    def __init__(self, probe: Probe, values: Values, severity: Severity) -> None:
        self.probe = probe
        self.values = values
        self.severity = severity
        self.ignored = probe.state.fuzz_causes

    def sweep(self, schema: EventSchema) -> Iterator[Failure]:
        """
        Send every event of a type that differs from a plain one in a single edit.
        """
        from seamproof.strategies.generators.search import (
            plainest,
            single_edits,
        )

        if presence_taken(self.probe, schema.event_type) is None:
            return
        if not takes(self.probe, base := plainest(schema, self.values)):
            yield from self._unlike(schema, base)
            return
        edited = single_edits(schema, self.values)
        while some := list(islice(edited, _VISIT)):
            if self.probe.is_slow(schema.event_type):
                return
            requests = [self.probe.signed(self.probe.specimens.fresh(event)) for event, _ in some]
            sent = self.probe.send_each(requests)
            for (event, names), (request, received) in zip(some, sent, strict=True):
                if self._is_new(request, received):
                    yield from self._tell(request, received, _about(event, names), names)

    def _unlike(self, schema: EventSchema, base: JsonObject) -> Iterator[Failure]:
        """
        Tell why the event without an edit is refused: by what differs from one that is taken.
        """
        usual = taken(self.probe, schema)
        alone = [name for name in base if not takes(self.probe, {**usual, name: base[name]})]
        lacking = tuple(sorted(usual.keys() - base.keys()))
        each: list[tuple[str, ...]] = [(name,) for name in alone]
        for names in each or [lacking]:
            event = {**usual, names[0]: base[names[0]]} if alone else base
            request, received = self.probe.deliver(self.probe.specimens.fresh(event))
            if self._is_new(request, received):
                yield from self._tell(request, received, _about(event, names), names)

    def draw(self, family: list[EventSchema], at: int) -> Iterator[Failure]:
        """
        Draw events of a family, again for as long as there is something new in it.
        """
        from seamproof.strategies.generators.search import (
            differing,
            drive,
            events_of,
        )

        probe = self.probe
        types = [one.event_type for one in family if presence_taken(probe, one.event_type)]
        if not types:
            return
        strategy = events_of(types, self.values, probe.settings.catalogue)
        wanted = max(1, probe.settings.max_examples // _SHARES[self.values])
        examples = min(wanted, _QUICK) if probe.quick else wanted
        for again in range(_ROUNDS):
            sent: dict[str, tuple[Request, Received]] = {}
            number = probe.settings.seed * 1009 + at * 101 + again

            def check(event: JsonObject, sent: JsonObject = sent) -> str | None:
                return self._object(event, sent)

            found = drive(strategy, check, max_examples=examples, number=number)
            for event, reason in found:
                self.ignored.add(reason)
                schema = probe.specimens.catalogue[event["event_type"]]
                names = differing(schema, self.values, event)
                yield from self._tell(*sent[reason], _about(event, names), names)
            if not found or probe.time_is_up:
                return

    def _object(self, event: JsonObject, sent: JsonObject) -> str | None:
        # A time that is up must not look like a failure to Hypothesis.
        if self.probe.time_is_up or self.probe.is_slow(event["event_type"]):
            return None
        request, received = self.probe.deliver(self.probe.specimens.fresh(event))
        if not self._is_new(request, received):
            return None
        reason = self._reason(request, received)
        sent[reason] = (request, received)
        return reason

    def _is_new(self, request: Request, received: Received) -> bool:
        if self.probe.is_accepted(received) or is_known_place(self.probe, received):
            return False
        reason = self._reason(request, received)
        return reason not in self.ignored and (
            received.escaped is not None or not self._is_known(request)
        )

    def _is_known(self, request: Request) -> bool:
        """
        Whether an event is accepted once the properties that failures were told of are plain.

        Where a status is all that is seen, one bug must not hide another.
        """
        names = known_names(self.probe, request.event_type)
        if not names or request.event_type is None:
            return False
        usual = taken(self.probe, self.probe.specimens.catalogue[request.event_type])
        event = json.loads(request.body)
        kept = {name: value for name, value in event.items() if name not in names}
        repaired = kept | {name: usual[name] for name in names & usual.keys()}
        return takes(self.probe, repaired)

    @staticmethod
    def _reason(request: Request, received: Received) -> str:
        cause = cause_of(received)
        return cause if received.escaped else f"{request.event_type}: {cause}"

    def _tell(
        self, request: Request, received: Received, about: str, names: tuple[str, ...]
    ) -> Iterator[Failure]:
        # Quickly, the other checks have looked at one type of each family.
        if self.probe.quick and is_told_of_others(self.probe, received, about):
            return
        found = tell(self.probe, request, received, about, self.severity, names=names)
        if found:
            yield found


def _about(event: JsonMapping, names: tuple[str, ...]) -> str:
    return ", ".join(
        f"{name} is {_sort(event[name])}" if name in event else f"without {name}" for name in names
    )


def _sort(value: object) -> str:
    """
    Say of which sort a value is; two bugs of one property may differ in it.
    """
    if value is None:
        return "null"
    if value in ("", [], {}):
        return f"an empty {_EMPTY[type(value)]}"
    return "set"
