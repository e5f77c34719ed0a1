"""
The investigation of one event type: which trials are sent, and what their effects show.

An investigation is a generator: it yields trials and receives their effects, so that the trials of
many event types are delivered together. Properties that are not known to be used are changed in
groups; a group whose effect differs is divided until one property is left. What differs is
delivered again, after a plain event.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from seamproof.checks.dependencies.experiment.comparison import (
    UseEvidence,
    copies_in,
    evidence_of,
    is_labelled,
    only_copies_end,
    takes_another_property,
)
from seamproof.checks.dependencies.experiment.preparation import PlainEvent, Trial
from seamproof.checks.dependencies.experiment.trials import NOT_STEADY, Unsteady
from seamproof.checks.dependencies.experiment.variants import LEFT_OUT, OTHER
from seamproof.checks.dependencies.uses import PropertyUse, TypeUse, UseKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seamproof.checks.dependencies.experiment.effects import Effect
    from seamproof.checks.dependencies.experiment.variants import PropertyVariant, TriedProperty

T = TypeVar("T")
#: Yields trials, receives their effects, and returns a result.
Steps: TypeAlias = Generator[list[Trial], "list[Effect]", T]
_Group: TypeAlias = "tuple[PropertyVariant, ...]"

#: Events that lead to other branches of a handler, of which the rest is tried as well.
_BRANCHES: Final = 5
#: Events of a branch that have to have one effect before it is tried.
_AGAIN: Final = 3
#: Plain events whose effect is another one, after which nothing is decided.
_MISMATCHES: Final = 2

#: Properties that are used, up to which each is left out alone.
_FEW: Final = 8
#: Properties of every event that are tried one by one.
_ALONE: Final = ("/event_id", "/event_type")

NOT_TRIED: Final = "the experiment ended before all was tried"
NOT_REPEATED: Final = "a variant had another effect once, and not when it was delivered again"


@dataclass(frozen=True, slots=True)
class VariantFinding:
    """
    A variant with another effect.

    Attributes:
        variant: The variant.
        effect: What it did; that of several variants, if they are explained by copies.
        expected: The effect without it.
        copied: Where the value was copied to, if only that differs; else empty.
        is_stable: Whether the effect was the same when it was repeated.
    """

    variant: PropertyVariant
    effect: Effect
    expected: Effect
    copied: frozenset[str] = frozenset()
    is_stable: bool = True


@dataclass
class Investigation:
    """
    Finds out how the properties of an event type are used.

    Attributes:
        plain: The plain event, with its effect.
        properties: By pointer.
        variants: By pointer, the variants that are sent.
        likely: Pointers of properties that the handler uses of other event types.
    """

    plain: PlainEvent
    properties: Mapping[str, TriedProperty]
    variants: Mapping[str, Sequence[PropertyVariant]]
    likely: frozenset[str] = frozenset()
    _findings: dict[str, list[VariantFinding]] = field(default_factory=dict)
    _doubtful: set[str] = field(default_factory=set)
    _mismatches: int = 0

    def run(self) -> Steps[TypeUse]:
        """
        Send the trials, and decide on each property.
        """
        try:
            yield from self._try_all()
        except Unsteady:
            return TypeUse(event_type=self.plain.event_type, reason=NOT_STEADY)
        uses = [self._use(one) for one in self.properties.values()]
        both = tuple(_with_inner(one, uses) for one in uses)
        return TypeUse(event_type=self.plain.event_type, properties=both)

    def until_now(self, reason: str) -> TypeUse:
        """
        Say what was found before the experiment ended; the rest is undecided.

        Args:
            reason: Why it ended.
        """
        if self.plain.effect is None:
            return TypeUse(event_type=self.plain.event_type, reason=reason)
        uses = [self._use(one) for one in self.properties.values()]
        known = (
            one if one.is_used else replace(one, use=UseKind.UNDECIDED, reason=NOT_TRIED)
            for one in uses
        )
        return TypeUse(event_type=self.plain.event_type, properties=tuple(known))

    def _try_all(self) -> Steps[None]:
        effect = self.plain.effect
        if effect is None:
            raise Unsteady
        yield from self._screen((), effect, tuple(self.properties))
        for branch in list(self._branches(effect)):
            unused = [
                one
                for one in self.properties
                if one not in self._findings and not _is_inside(one, branch.variant.pointer)
            ]
            base, self._mismatches = (branch.variant,), 0
            try:
                again = yield [Trial(self.plain, base, branch.effect)] * _AGAIN
                # Events without their own id, for instance, may share a record.
                if all(one.key == branch.effect.key for one in again):
                    yield from self._screen(base, branch.effect, unused)
            except Unsteady:
                # What was found before that stays.
                return

    def _screen(self, base: _Group, expected: Effect, pointers: Sequence[str]) -> Steps[None]:
        """
        Try the variants of some properties: first other values, then what is left out or null.
        """
        for kinds in (OTHER, LEFT_OUT):
            by_pointer = {
                pointer: [one for one in self.variants[pointer] if one.kind in kinds]
                for pointer in pointers
            }
            yield from self._search(base, expected, list(self._groups(by_pointer)))

    def _groups(self, variants: Mapping[str, Sequence[PropertyVariant]]) -> Iterator[_Group]:
        """
        Put the variants of properties into groups, one of each property.

        What is likely to be read is alone. Of an event without any id it could not be seen what it
        does among others.
        """
        alone = {*self.likely, *_ALONE}
        known = {*self._findings, *(one for one in variants if self._known_copies(one))}
        if len(known) <= _FEW:
            # What stands in for a value that is left out is seen if the rest is there.
            alone |= known
        rests: dict[bool, list[Sequence[PropertyVariant]]] = {}
        for pointer, several in variants.items():
            if pointer in alone:
                yield from ((one,) for one in several)
            else:
                is_labelled = self.properties[pointer].is_labelled
                is_id = is_labelled and any(one.kind in LEFT_OUT for one in several)
                rests.setdefault(is_id, []).append(several)
        for rest in rests.values():
            for at in range(max(map(len, rest))):
                yield tuple(several[at] for several in rest if at < len(several))

    def _search(self, base: _Group, expected: Effect, groups: list[_Group]) -> Steps[None]:
        """
        Deliver groups of variants, and divide those that have another effect.
        """
        different: list[tuple[_Group, Effect]] = []
        while groups:
            effects = yield [Trial(self.plain, (*base, *one), expected) for one in groups]
            left: list[_Group] = []
            for group, effect in zip(groups, effects, strict=True):
                if effect.key == expected.key:
                    continue
                if len(group) == 1 or self._is_explained(group, effect, expected):
                    different.append((group, effect))
                else:
                    left += _halves(group)
            groups = left
        if different:
            yield from self._repeat(base, expected, different)

    def _is_explained(self, group: _Group, effect: Effect, expected: Effect) -> bool:
        """
        Whether all that differs are copies of the values of a group.
        """
        if not any(one.kind in LEFT_OUT for one in group):
            return copies_in(self._changed(group), expected, effect) is not None
        known = {one.pointer: self._known_copies(one.pointer) for one in group}
        others = [one for pointer, one in self.properties.items() if pointer not in known]
        return only_copies_end(
            {pointer: copies for pointer, copies in known.items() if copies}, expected, effect
        ) and not takes_another_property(others, expected, effect)

    def _changed(self, group: _Group) -> list[tuple[TriedProperty, PropertyVariant]]:
        return [(self.properties[one.pointer], one) for one in group]

    def _known_copies(self, pointer: str) -> tuple[TriedProperty, frozenset[str]] | None:
        """
        Return a property that is known to be copied, and where; None if it is not.
        """
        one, places = self.properties[pointer], self._places(pointer)
        is_known = places or (self.plain.effect and is_labelled(self.plain.effect, one))
        return (one, places) if is_known else None

    def _places(self, pointer: str) -> frozenset[str]:
        found = self._findings.get(pointer, ())
        return frozenset().union(*(one.copied for one in found))

    def _repeat(
        self, base: _Group, expected: Effect, different: list[tuple[_Group, Effect]]
    ) -> Steps[None]:
        """
        Deliver what had another effect again, after the event without it: a finding must repeat.
        """
        # The event without it comes before: of many, a state may show the last ones only.
        pairs = [one for found in different for one in (((), expected), found)]
        effects = yield [
            Trial(self.plain, (*base, *one), expected, seen=seen) for one, seen in pairs
        ]
        plain, repeated = effects[::2], effects[1::2]
        self._mismatches += sum(one.key != expected.key for one in plain)
        if self._mismatches >= _MISMATCHES:
            raise Unsteady
        for (group, effect), without, again in zip(different, plain, repeated, strict=True):
            if again.key == expected.key or without.key != expected.key:
                self._doubtful.update(one.pointer for one in group)
                continue
            self._note(group, effect, expected, is_stable=again.key == effect.key)

    def _note(self, group: _Group, effect: Effect, expected: Effect, *, is_stable: bool) -> None:
        """
        Note a finding for each property that it is about.
        """
        is_left_out = any(one.kind in LEFT_OUT for one in group)
        copied = None if is_left_out else copies_in(self._changed(group), expected, effect)
        for variant in group:
            places = (copied or {}).get(variant.pointer, frozenset())
            if len(group) == 1 or places:
                finding = VariantFinding(variant, effect, expected, places, is_stable)
                self._findings.setdefault(variant.pointer, []).append(finding)

    def _branches(self, plain: Effect) -> Iterator[VariantFinding]:
        """
        Choose events that lead the handler elsewhere: they may lead to where it reads more.
        """
        seen = {plain.paths}
        for pointer, findings in self._findings.items():
            others = [one for name, one in self.properties.items() if name != pointer]
            for one in findings:
                # An event of no type, or of another one, says nothing about this type.
                is_of_type = pointer != "/event_type"
                is_usable = one.effect.accepted and one.is_stable and not one.copied and is_of_type
                if not is_usable or len(seen) > _BRANCHES:
                    continue
                is_other = one.effect.paths not in seen and self._evidence(one).is_read
                if is_other or takes_another_property(others, one.expected, one.effect):
                    seen.add(one.effect.paths)
                    yield one

    def _evidence(self, finding: VariantFinding) -> UseEvidence:
        pointer = finding.variant.pointer
        if finding.copied:
            return UseEvidence(is_copied=True, places=finding.copied)
        return evidence_of(
            self.properties[pointer],
            finding.variant,
            finding.expected,
            finding.effect,
            self._places(pointer),
        )

    def _use(self, one: TriedProperty) -> PropertyUse:
        """
        Decide on a property.
        """
        found = self._findings.get(one.pointer, [])
        evidence = [(finding.variant, self._evidence(finding)) for finding in found]
        required = any(shown.fails for variant, shown in evidence if variant.kind == "absent")
        effects = [finding.expected for finding in found]
        if self.plain.effect is not None:
            effects.append(self.plain.effect)
        # What ends with the value says less than what another value does.
        has_others = any(variant.kind in OTHER for variant in self.variants[one.pointer])
        is_copied = any(
            shown.is_copied and not (has_others and variant.kind in LEFT_OUT)
            for variant, shown in evidence
        ) or any(is_labelled(effect, one) for effect in effects)
        is_read = any(
            shown.is_read or (shown.fails and variant.kind != "absent")
            for variant, shown in evidence
        )
        # What is neither copied nor has an effect of its own was read all the same.
        is_read = is_read or bool(found and not is_copied and not required)
        use = _first(required=required, is_read=is_read, is_copied=is_copied)
        reason = ""
        if use is UseKind.UNUSED and one.pointer in self._doubtful:
            use, reason = UseKind.UNDECIDED, NOT_REPEATED
        return PropertyUse(
            pointer=one.pointer, use=use, is_read=is_read, is_copied=is_copied, reason=reason
        )


def _first(*, required: bool, is_read: bool, is_copied: bool) -> UseKind:
    rows = ((required, UseKind.REQUIRED), (is_read, UseKind.READ), (is_copied, UseKind.COPIED))
    return next((use for applies, use in rows if applies), UseKind.UNUSED)


def _with_inner(one: PropertyUse, uses: Sequence[PropertyUse]) -> PropertyUse:
    """
    Let a property be used that others are inside of which are used.
    """
    inner = [use for use in uses if use.is_used and use.pointer.startswith(f"{one.pointer}/")]
    if one.is_used or not inner:
        return one
    is_copied = any(use.is_copied for use in inner)
    use = UseKind.COPIED if is_copied else UseKind.READ
    return replace(one, use=use, is_read=not is_copied, is_copied=is_copied, reason="")


def _halves(group: _Group) -> tuple[_Group, _Group]:
    half = len(group) // 2
    return group[:half], group[half:]


def _is_inside(pointer: str, outer: str) -> bool:
    return pointer == outer or pointer.startswith(f"{outer}/")
