"""
Payload check: fuzzing with any event that the contract allows, first realistic, then edge values.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from itertools import zip_longest
from random import Random
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.checks.probe.deliveries import deliver_each
from seamproof.checks.probe.failures.reasons import reasons_of, signature_of
from seamproof.checks.probe.findings import is_known, report_value
from seamproof.checks.probe.known_failures.values import repaired_event
from seamproof.checks.probe.presence import accepted_event, accepted_presence, accepts
from seamproof.checks.probe.sending.sender import OutOfTime

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema
    from seamproof.strategies.generators.drawn_events import DrawnEvent
    from seamproof.strategies.generators.plan import Values

    _Search: TypeAlias = Callable[
        [Callable[[JsonObject], str | None]], list[tuple[JsonObject, str]]
    ]

#: Realistic values must be accepted; values that only standards allow should be.
_KINDS: Final[tuple[tuple[Values, Severity], ...]] = (("realistic", "error"), ("edge", "warning"))
#: Of edge values fewer are drawn: the single edits show nearly all that they show.
_SHARES: Final[Mapping[Values, int]] = {"realistic": 1, "edge": 4}
_WARNED: Final[tuple[Severity, ...]] = ("warning",)
#: How often a family is drawn again after a failure was found in it.
_ROUNDS: Final = 4
#: Events of a family that are drawn in a quick run, and at a handler that takes long to answer.
_QUICK_EXAMPLES: Final = 5
_BRIEF_EXAMPLES: Final = 2
#: The part of the events of a family that is drawn before the rest of any: a quarter.
_FIRST: Final = 4


def property_fuzz(probe: Probe) -> Iterator[Finding]:
    """
    Events that the contract allows are accepted: with one edit each, then with many at once.
    """
    sent: dict[str, set[str]] = {}
    kinds = [_Fuzz(probe, values, severity, sent) for values, severity in _KINDS]
    families = list(probe.events.families.values()) if probe.settings.max_examples else []
    if probe.quick:
        for fuzz in kinds:
            yield from fuzz.draw_few(
                families, _BRIEF_EXAMPLES if probe.is_brief else _QUICK_EXAMPLES
            )
        return
    for fuzz in kinds:
        for schema in _in_turn(probe.events.families.values()):
            yield from fuzz.send_single_edits(schema)
        for at, family in enumerate(families):
            yield from fuzz.draw(family, at, lambda share: range(share // _FIRST))
    for fuzz in kinds:
        for at, family in enumerate(families):
            yield from fuzz.draw(family, at, lambda share: range(share // _FIRST, share))


def _in_turn(families: Iterable[list[EventSchema]]) -> Iterator[EventSchema]:
    """
    List a type of each family, then the next of each: where the time is too short, all get some.
    """
    for several in zip_longest(*families):
        yield from (one for one in several if one is not None)


class _Fuzz:
    """
    Fuzzing with one kind of values.
    """

    def __init__(
        self, probe: Probe, values: Values, severity: Severity, sent: dict[str, set[str]]
    ) -> None:
        self.probe = probe
        self.values = values
        self.severity = severity
        #: By resource, the edits that were sent of one of its types, of either kind.
        self._sent = sent
        #: Of how many types of a resource edits were sent.
        self._types = Counter[str]()

    def send_single_edits(self, schema: EventSchema) -> Iterator[Failure]:
        """
        Send events of a type that differ from a plain one in a single edit.
        """
        from seamproof.strategies.generators.search import simplest_event, single_edits

        if accepted_presence(self.probe, schema.event_type) is None:
            return
        if not accepts(self.probe, base := simplest_event(schema, self.values)):
            yield from self._explain_rejection(schema, base)
            return
        edited = (
            (event, names)
            for event, names in single_edits(schema, self.values, self._places(schema))
            if self._without_warned(schema, event) == event
        )
        for names, request, received in deliver_each(self.probe, edited):
            if self._is_new(request, received):
                if not accepts(self.probe, base):
                    # It is not the edit: the handler accepts this type no more.
                    return
                yield from self._report(request, received, names)

    def _places(self, schema: EventSchema) -> list[int]:
        """
        Choose the edits to send, by their places: every one with realistic values.

        Edge values, which are read by the same code for all types of a resource as a rule, are sent
        of one of them each; besides of every type one for each property, not always the same.
        """
        from seamproof.strategies.generators.search import edits_of

        sent = self._sent.setdefault(schema.resource, set())
        is_whole = self.values == "realistic" or self.probe.settings.thorough
        places: dict[str, int] = {}
        repeated: dict[tuple[str, ...], list[int]] = {}
        for place, edit in enumerate(edits_of(schema, self.values)):
            if is_whole or repr(edit) not in sent:
                places.setdefault(repr(edit), place)
            else:
                repeated.setdefault(edit.names, []).append(place)
        sent.update(places)
        turn = self._types[schema.resource]
        self._types[schema.resource] += 1
        return sorted((*places.values(), *(one[turn % len(one)] for one in repeated.values())))

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

    def draw_few(self, families: list[list[EventSchema]], most: int) -> Iterator[Failure]:
        """
        Draw a few events of each family, and deliver those of all families together.
        """
        probe = self.probe
        drawn: list[DrawnEvent] = []
        for at, family in enumerate(families):
            several = self._draw_few_of(family, at, most)
            if None in several:
                yield from self.draw(family, at, lambda share: range(min(share, most)))
            drawn += [one for one in several if one is not None]
        events = ((self._without_warned(one.plan.schema, one.event), one) for one in drawn)
        for one, request, received in deliver_each(probe, events):
            if self._is_new(request, received):
                yield from self._reduced(one)

    def _draw_few_of(
        self, family: list[EventSchema], at: int, most: int
    ) -> list[DrawnEvent | None]:
        from seamproof.strategies.generators.drawn_events import draw_event

        probe = self.probe
        accepted = [one for one in family if accepted_presence(probe, one.event_type)]
        share = max(1, probe.settings.max_examples // _SHARES[self.values])
        random = Random(f"{probe.settings.seed} {at} {self.values}")
        count = min(share, most) if accepted else 0
        return [draw_event(accepted, self.values, random) for _ in range(count)]

    def _reduced(self, drawn: DrawnEvent) -> Iterator[Failure]:
        """
        Report an event that is rejected, without the edits that do not matter.
        """
        from seamproof.strategies.generators.search import differing_properties

        sent: dict[str, tuple[Request, Received, JsonObject]] = {}
        if (cause := self._new_cause(sent, drawn.event)) is None:
            return
        left: DrawnEvent | None = drawn
        while left is not None:
            simpler = left.simpler()
            left = next((o for o in simpler if self._new_cause(sent, o.event) == cause), None)
        request, received, event = sent[cause]
        names = differing_properties(drawn.plan.schema, self.values, event)
        yield from self._report(request, received, names)

    def draw(
        self, family: list[EventSchema], at: int, part: Callable[[int], range]
    ) -> Iterator[Failure]:
        """
        Draw events of a family, again as long as new failures are found.

        Args:
            family: The schemas of its types.
            at: Its place among the families.
            part: Chooses the numbers of the events to draw, from how many there are in all.
        """
        from seamproof.strategies.generators.search import differing_properties

        probe = self.probe
        for again in range(_ROUNDS):
            search = self._search(family, at, part, again)
            if search is None:
                return
            # Many at a time take less time than one by one, as a search sends them.
            drawn = self._drawn(search)
            accepted = self._accepted(drawn)
            if accepted.issuperset(map(_text, drawn)):
                return
            sent: dict[str, tuple[Request, Received, JsonObject]] = {}
            found = search(partial(self._new_cause, sent, accepted=accepted))
            reported = []
            for _, cause in found:
                request, received, event = sent[cause]
                schema = probe.events.catalogue[event["event_type"]]
                names = differing_properties(schema, self.values, event)
                reported += self._report(request, received, names)
            yield from reported
            if probe.budget.is_used_up:
                raise OutOfTime
            if not reported:
                return

    def _search(
        self, family: list[EventSchema], at: int, part: Callable[[int], range], again: int
    ) -> _Search | None:
        """
        Prepare the search for failures among events of a family; None if there are none to draw.

        The arguments are those of `draw`; `again` counts the searches before.
        """
        from seamproof.strategies.generators.search import (
            events_for_pairs,
            events_of_types,
            find_failures,
        )

        probe = self.probe
        schemas = [one for one in family if accepted_presence(probe, one.event_type)]
        if not schemas:
            return None
        share = max(1, probe.settings.max_examples // _SHARES[self.values])
        if not (probe.settings.thorough or probe.quick):
            share = events_for_pairs(schemas, self.values, share)
        numbers = part(share)
        if not numbers:
            return None
        types = [one.event_type for one in schemas]
        strategy = events_of_types(types, self.values, probe.settings.catalogue)
        number = probe.settings.seed * 1009 + at * 101 + again + numbers.start * 10_007
        return partial(find_failures, strategy, max_examples=len(numbers), number=number)

    def _drawn(self, search: _Search) -> list[JsonObject]:
        """
        List the events that a search will draw, as long as none of them fails.
        """
        drawn: list[JsonObject] = []

        def collect(event: JsonObject) -> None:
            drawn.append(event)

        search(collect)
        return drawn

    def _accepted(self, drawn: list[JsonObject]) -> set[str]:
        """
        Deliver events at once, and return the texts of those that are accepted.
        """
        probe, schemas = self.probe, self.probe.events.catalogue
        accepted = set()
        events = (
            (self._without_warned(schemas[one["event_type"]], one), _text(one)) for one in drawn
        )
        for text, _, received in deliver_each(probe, events):
            if probe.is_accepted(received):
                accepted.add(text)
        return accepted

    def _new_cause(
        self,
        sent: dict[str, tuple[Request, Received, JsonObject]],
        event: JsonObject,
        accepted: Collection[str] = (),
    ) -> str | None:
        # Hypothesis must not see the end of the time budget as a failure.
        if self.probe.budget.is_used_up or self.probe.is_slow(event["event_type"]):
            return None
        if accepted and _text(event) in accepted:
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


def _text(event: JsonObject) -> str:
    return json.dumps(event, sort_keys=True)
