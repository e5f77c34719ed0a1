"""
Repairs the plain event of a type until it is accepted: what had to change is what was rejected.

Without it, one value that a handler rejects would hide all others of the event type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from seamproof.checks.probe.failures.reasons import reasons_of, signature_of
from seamproof.checks.probe.run_state import Blame, Repair
from seamproof.schemas.payload_mutations import without
from seamproof.schemas.validation.keywords import stated_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas import EventSchema

#: How many events are sent for one type, in a quick pass and else.
_MAX_QUICK: Final = 25
_MAX_SENT: Final = 60
#: How many values of each enum are tried in a simplified event.
_ENUM_VALUES: Final = 3
#: Types that could not be repaired, after which no other is tried that fails in the same way.
_MAX_IN_VAIN: Final = 5


def repair(probe: Probe, schema: EventSchema, event: JsonObject) -> Repair:
    """
    Change one property of an event after the other, as long as the reasons become fewer.

    Args:
        probe: Of the run.
        schema: Of the event.
        event: With all optional properties; it is not accepted.
    """
    search = _RepairSearch(probe, schema, _MAX_QUICK if probe.quick else _MAX_SENT)
    request, received = probe.deliver(probe.events.fresh(event))
    if probe.is_accepted(received):
        return Repair(event, ())
    signature = signature_of(received, reasons_of(probe, request, received))
    if probe.state.repaired_in_vain.get(signature, 0) >= _MAX_IN_VAIN:
        return Repair(None, ())
    found = search.run(event, request, received)
    if found.event is None:
        vain = probe.state.repaired_in_vain
        vain[signature] = vain.get(signature, 0) + 1
    return found


@dataclass(slots=True)
class _RepairSearch:
    """
    The search for an event of one type that is accepted.
    """

    probe: Probe
    schema: EventSchema
    left: int
    blamed: list[Blame] = field(default_factory=list)

    def run(self, event: JsonObject, request: Request, received: Received) -> Repair:
        """
        Change the event until it is accepted, or until no change helps.
        """
        if not any(one.names for one in reasons_of(self.probe, request, received)):
            return self._restore(event)
        while True:
            step = self._step(event, request, received)
            if step is None:
                return Repair(None, tuple(self.blamed))
            event, request, received = step
            if self.probe.is_accepted(received):
                return Repair(event, tuple(self.blamed))

    def _restore(self, event: JsonObject) -> Repair:
        """
        Simplify all properties at once, then restore one after the other.

        It needs no reasons: the properties that cannot be restored are to blame.
        """
        simple = next((one for one in self._simplified(event) if self._accepts(one)), None)
        if simple is None:
            return Repair(None, ())
        for name in event:
            restored = {**simple, name: event[name]}
            sent = self._send(restored) if restored != simple else None
            if sent is None:
                continue
            if self.probe.is_accepted(sent[1]):
                simple = restored
            else:
                has_enum = "enum" in self.schema.properties.get(name, {})
                self.blamed.append(Blame(*sent, name, has_enum))
        return Repair(simple, tuple(self.blamed))

    def _accepts(self, event: JsonObject) -> bool:
        sent = self._send(event)
        return sent is not None and self.probe.is_accepted(sent[1])

    def _simplified(self, event: JsonObject) -> Iterator[JsonObject]:
        shapes, required = self.schema.properties, self.schema.required
        for keeps_optional in (False, True):
            for at in range(_ENUM_VALUES):
                simple = {}
                for name, value in event.items():
                    listed = [one for one in shapes.get(name, {}).get("enum", ()) if one]
                    if listed:
                        simple[name] = listed[at % len(listed)]
                    elif keeps_optional or name in required:
                        simple[name] = round(value) if isinstance(value, float) else value
                yield simple

    def _send(self, event: JsonObject) -> tuple[Request, Received] | None:
        if not self.left or self.probe.is_slow(self.schema.event_type):
            return None
        self.left -= 1
        return self.probe.deliver(self.probe.events.fresh(event))

    def _step(
        self, event: JsonObject, request: Request, received: Received
    ) -> tuple[JsonObject, Request, Received] | None:
        """
        Find one change after which the event is rejected for fewer reasons, or for another one.
        """
        reasons = reasons_of(self.probe, request, received)
        named = [name for one in reasons for name in one.names if name in self.schema.properties]
        for name in dict.fromkeys(named) or list(event):
            for candidate, is_enum in self._changed(event, name):
                delivery = self._send(candidate)
                if delivery is None:
                    return None
                sent, answer = delivery
                if self.probe.is_accepted(answer) or self._is_better(name, received, sent, answer):
                    self.blamed.append(Blame(request, received, name, is_enum))
                    return candidate, sent, answer
        return None

    def _is_better(self, name: str, before: Received, sent: Request, answer: Received) -> bool:
        """
        Whether a rejected event is rejected for something else than the property that was changed.
        """
        reasons = reasons_of(self.probe, sent, answer)
        if answer.is_crash != before.is_crash or not any(one.names for one in reasons):
            return False
        return not any(name in one.names for one in reasons)

    def _changed(self, event: JsonObject, name: str) -> Iterator[tuple[JsonObject, bool]]:
        """
        Change a property in each way that the contract allows.

        Yields:
            The event, and whether the property has another value of its enum in it.
        """
        shape = self.schema.properties.get(name, {})
        if "const" in shape or name == "event_type":
            return
        if name not in event:
            full = self.probe.plain(self.schema.event_type, "all")
            yield from (({**event, name: full[name]}, False) for _ in [0] if name in full)
            return
        for listed in shape.get("enum", ()):
            if listed is not None and listed != event[name]:
                yield {**event, name: listed}, True
        for value in _simpler(shape, event[name]):
            yield {**event, name: value}, False
        if name not in self.schema.required:
            yield without(event, name), False


def _simpler(shape: JsonMapping, value: Json) -> Iterator[Json]:
    if isinstance(value, float) and shape.get("minimum", 1) <= 1 <= shape.get("maximum", 1):
        yield from (round(value), 1)
    if "null" in stated_types(shape) and value is not None:
        yield None
    if isinstance(value, list) and value and not shape.get("minItems"):
        yield []
    if isinstance(value, dict) and value and not shape.get("required"):
        yield {}
