"""
Payload check: fuzzing with any event that the contract allows, first realistic, then edge values.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from seamproof.checks.probe.deliveries import deliver_each
from seamproof.checks.probe.failures.reasons import reasons_of, signature_of
from seamproof.checks.probe.findings import is_known, repaired_event, report_value
from seamproof.checks.probe.presence import accepted_event, accepted_presence, accepts
from seamproof.checks.probe.probe import OutOfTime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema
    from seamproof.strategies.generators.plan import Values

#: Realistic values must be accepted; values that only standards allow should be.
_KINDS: Final[tuple[tuple[Values, Severity], ...]] = (("realistic", "error"), ("edge", "warning"))
#: Of edge values fewer are drawn: the single edits show nearly all that they show.
_SHARES: Final[Mapping[Values, int]] = {"realistic": 1, "edge": 4}
_WARNED: Final[tuple[Severity, ...]] = ("warning",)
#: How often a family is drawn again after a failure was found in it.
_ROUNDS: Final = 4
_QUICK_EXAMPLES: Final = 5


def property_fuzz(probe: Probe) -> Iterator[Finding]:
    """
    Events that the contract allows are accepted: with one edit each, then with many at once.
    """
    for values, severity in _KINDS:
        fuzz = _Fuzz(probe, values, severity)
        if not probe.quick:
            for schema in probe.events.schemas:
                yield from fuzz.send_single_edits(schema)
        families = {} if not probe.settings.max_examples else probe.events.families
        for at, family in enumerate(families.values()):
            yield from fuzz.draw(family, at)


class _Fuzz:
    """
    Fuzzing with one kind of values.
    """

    def __init__(self, probe: Probe, values: Values, severity: Severity) -> None:
        self.probe = probe
        self.values = values
        self.severity = severity

    def send_single_edits(self, schema: EventSchema) -> Iterator[Failure]:
        """
        Send every event of a type that differs from a plain one in a single edit.
        """
        from seamproof.strategies.generators.search import simplest_event, single_edits

        if accepted_presence(self.probe, schema.event_type) is None:
            return
        if not accepts(self.probe, base := simplest_event(schema, self.values)):
            yield from self._explain_rejection(schema, base)
            return
        edited = (
            (event, names)
            for event, names in single_edits(schema, self.values)
            if self._without_warned(schema, event) == event
        )
        for names, request, received in deliver_each(self.probe, edited):
            if self._is_new(request, received):
                if not accepts(self.probe, base):
                    # It is not the edit: the handler accepts this type no more.
                    return
                yield from self._report(request, received, names)

    def _without_warned(self, schema: EventSchema, event: JsonObject) -> JsonObject:
        """
        Replace what a check has warned of by plain values: it is reported, and hides other bugs.
        """
        if "warning" not in self.probe.state.reported.values.values():
            return event
        return repaired_event(self.probe, schema, event, _WARNED)

    def _explain_rejection(self, schema: EventSchema, base: JsonObject) -> Iterator[Failure]:
        """
        Report why the event without an edit is rejected, by how it differs from an accepted one.
        """
        plain = accepted_event(self.probe, schema)
        rejected = [name for name in base if not accepts(self.probe, {**plain, name: base[name]})]
        missing = tuple(sorted(plain.keys() - base.keys()))
        differences: list[tuple[str, ...]] = [(name,) for name in rejected]
        for names in differences or [missing]:
            event = {**plain, names[0]: base[names[0]]} if rejected else base
            request, received = self.probe.deliver(self.probe.events.fresh(event))
            if self._is_new(request, received):
                yield from self._report(request, received, names)

    def draw(self, family: list[EventSchema], at: int) -> Iterator[Failure]:
        """
        Draw events of a family, again as long as new failures are found.
        """
        from seamproof.strategies.generators.search import (
            differing_properties,
            events_of_types,
            find_failures,
        )

        probe = self.probe
        types = [one.event_type for one in family if accepted_presence(probe, one.event_type)]
        if not types:
            return
        strategy = events_of_types(types, self.values, probe.settings.catalogue)
        share = max(1, probe.settings.max_examples // _SHARES[self.values])
        max_examples = min(share, _QUICK_EXAMPLES) if probe.quick else share
        for again in range(_ROUNDS):
            sent: dict[str, tuple[Request, Received, JsonObject]] = {}
            number = probe.settings.seed * 1009 + at * 101 + again

            check = partial(self._new_cause, sent)
            found = find_failures(strategy, check, max_examples=max_examples, number=number)
            reported = []
            for _, cause in found:
                request, received, event = sent[cause]
                schema = probe.events.catalogue[event["event_type"]]
                names = differing_properties(schema, self.values, event)
                reported += self._report(request, received, names)
            yield from reported
            if probe.time_is_up:
                raise OutOfTime
            if not reported:
                return

    def _new_cause(
        self, sent: dict[str, tuple[Request, Received, JsonObject]], event: JsonObject
    ) -> str | None:
        # Hypothesis must not see the end of the time budget as a failure.
        if self.probe.time_is_up or self.probe.is_slow(event["event_type"]):
            return None
        schema = self.probe.events.catalogue[event["event_type"]]
        event = self._without_warned(schema, event)
        request, received = self.probe.deliver(self.probe.events.fresh(event))
        if not self._is_new(request, received):
            return None
        cause = signature_of(received, reasons_of(self.probe, request, received))
        if received.escaped is None:
            cause = f"{request.event_type}: {cause}"
        sent[cause] = (request, received, event)
        return cause

    def _is_new(self, request: Request, received: Received) -> bool:
        return not self.probe.is_accepted(received) and not is_known(self.probe, request, received)

    def _report(
        self, request: Request, received: Received, names: tuple[str, ...]
    ) -> list[Failure]:
        return report_value(
            self.probe, request, received, names, severity=self.severity, same="any_type"
        )
