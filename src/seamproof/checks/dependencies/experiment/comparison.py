"""
Compares the effect of variants with that of the plain event: copied values, and read ones.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.dependencies.experiment.effects import label_of
from seamproof.checks.dependencies.experiment.occurrences import (
    BareChange,
    ValueTexts,
    as_set,
    holds,
    inner,
    is_distinct,
    is_in,
    is_text_of,
    number_within,
)
from seamproof.checks.dependencies.experiment.variants import LEFT_OUT
from seamproof.formats import TIME, UUID_IN_ANY_CASE
from seamproof.json_pointer import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seamproof.checks.dependencies.experiment.effects import Effect, Leaf
    from seamproof.checks.dependencies.experiment.variants import PropertyVariant, TriedProperty
    from seamproof.json_types import Json

#: What stands where a value is left out.
_NOTHING: Final = frozenset({"null", '""', "[]", "{}"})

#: A value, and the one in place of it.
_Pair = tuple["Json", "Json"]


class UseEvidence(NamedTuple):
    """
    What a variant whose effect differs shows.

    Attributes:
        fails: Whether the handler fails with it, and does not with the plain event.
        is_copied: Whether the value turns up in the state.
        is_read: Whether more differs than the copy of the value.
        places: The paths at which the value turned up.
    """

    fails: bool = False
    is_copied: bool = False
    is_read: bool = False
    places: frozenset[str] = frozenset()


def is_labelled(effect: Effect, one: TriedProperty) -> bool:
    """
    Whether the id, or the time, that a property holds turns up in the state.
    """
    label = label_of(one.pointer)
    return any(label in leaf.path or label in leaf.value for leaf in effect.leaves)


def evidence_of(
    one: TriedProperty,
    variant: PropertyVariant,
    plain: Effect,
    other: Effect,
    places: frozenset[str],
) -> UseEvidence:
    """
    Compare an effect with that of the plain event, from which it differs.

    Args:
        one: The property that is another.
        variant: How.
        plain: The effect without that difference.
        other: The effect with it.
        places: Where its values are known to turn up.
    """
    if not other.accepted:
        return UseEvidence(fails=True)
    if variant.kind in ("id", "time"):
        return UseEvidence(is_read=True)
    if variant.kind in LEFT_OUT:
        ends = only_copies_end({one.pointer: (one, places)}, plain, other)
        return UseEvidence(is_read=not ends, is_copied=ends)
    copied = copies_in([(one, variant)], plain, other)
    if copied is not None:
        return UseEvidence(is_copied=True, places=copied[one.pointer])
    _, come = _difference(plain, other)
    new = [now for _, now in _pairs_of(one, variant)] or [variant.value]
    # A key that both effects have is no copy.
    keys = {leaf.path for leaf in plain.leaves}
    bare = [leaf._replace(path="") if leaf.path in keys else leaf for leaf in come]
    found = frozenset(
        leaf.path
        for leaf, of in zip(come, bare, strict=True)
        if any(is_in(value, of) for value in new)
    )
    return UseEvidence(is_copied=bool(found), is_read=True, places=found)


def copies_in(
    changed: Iterable[tuple[TriedProperty, PropertyVariant]], plain: Effect, other: Effect
) -> dict[str, frozenset[str]] | None:
    """
    Explain the difference of two effects by values that were copied, and by nothing else.

    Args:
        changed: The properties by which the events differ, and how each does.
        plain: The effect without them.
        other: The effect with them.

    Returns:
        By pointer of each property that was copied, the paths; None if more differs.
    """
    if not other.accepted:
        return None
    # Another id or time has the same label.
    pairs = {
        one.pointer: _pairs_of(one, variant) if variant.kind == "value" else []
        for one, variant in changed
    }
    gone, come = _difference(plain, other)
    left = [as_set(leaf) for leaf in come]
    found: dict[str, set[str]] = {}
    for leaf in gone:
        sources = _sources(leaf, pairs, left)
        if sources is None:
            return None
        for pointer in sources:
            found.setdefault(pointer, set()).add(leaf.path)
    if left:
        # A record that several events share changes only where the values differ. Of several
        # values, one could have led to where another one is copied.
        if gone or len(pairs) > 1:
            return None
        ((pointer, several),) = pairs.items()
        if not all(any(holds(now, leaf) for _, now in several) for leaf in come):
            return None
        found[pointer] = {path for path, _, _ in left}
    return {pointer: frozenset(paths) for pointer, paths in found.items()}


def _sources(
    leaf: Leaf, pairs: Mapping[str, list[_Pair]], left: list[BareChange]
) -> list[str] | None:
    """
    Find the properties whose new value stands in place of the old one, and take that from `left`.

    Returns:
        None if there is none, or if it could be of several.
    """
    before = as_set(leaf)
    if len(pairs) > 1:
        # Of several properties that are changed, any could be the one that is true or 0 now.
        pairs = {
            pointer: [(old, new) for old, new in several if is_distinct(new)]
            for pointer, several in pairs.items()
        }
    changed = {pointer: _replaced(before, several) for pointer, several in pairs.items()}
    single = [one for one, after in changed.items() if after != before and after in left]
    if single:
        left.remove(changed[single[0]])
        return single if len(single) == 1 else None
    after = _replaced(before, [one for several in pairs.values() for one in several])
    if after == before or after not in left:
        return None
    left.remove(after)
    return [pointer for pointer in pairs if changed[pointer] != before]


def only_copies_end(
    known: Mapping[str, tuple[TriedProperty, frozenset[str]]], plain: Effect, other: Effect
) -> bool:
    """
    Whether an event without some values differs only where these were copied to.

    What held such a value holds something else then, or nothing.

    Args:
        known: By pointer, what is left out or null, and where its values are known to turn up.
        plain: The effect with them.
        other: The effect without them.
    """
    if not other.accepted:
        return False
    gone, come = _difference(plain, other)
    texts = [ValueTexts.of(one) for one, _ in known.values()]
    places = frozenset(path for _, paths in known.values() for path in paths)
    taken = {leaf.path for leaf in come if leaf.value not in _NOTHING}
    held = {leaf.path for leaf in gone if any(one.are_held(leaf, taken) for one in texts)}
    keys = {leaf.path for leaf in come}
    are_copies = all(
        leaf.path in held and (leaf.path in keys or not any(one.are_in_path(leaf) for one in texts))
        for leaf in gone
    )
    # An empty object, or no item, stands where its members stood.
    allowed = held | places | {path.rpartition(".")[0] for path in held}
    return are_copies and all(
        # What there is twice is copied twice.
        leaf.path in allowed or (leaf in plain.leaves and any(one.are_in(leaf) for one in texts))
        for leaf in come
    )


def takes_another_property(others: Iterable[TriedProperty], plain: Effect, other: Effect) -> bool:
    """
    Whether the value of another property turns up in place of one that is left out.
    """
    gone, come = _difference(plain, other)
    return any(
        any(texts.are_in(leaf) for leaf in come) and not any(texts.are_in(leaf) for leaf in gone)
        for texts in map(ValueTexts.of, others)
    )


def _difference(plain: Effect, other: Effect) -> tuple[list[Leaf], list[Leaf]]:
    """
    List the changes that only one of two effects has.
    """
    was, now = list(plain.leaves), list(other.leaves)
    for leaf in plain.leaves:
        same = next((one for one in now if one[:3] == leaf[:3]), None)
        if same is not None:
            was.remove(leaf)
            now.remove(same)
    return was, now


def _pairs_of(one: TriedProperty, variant: PropertyVariant) -> list[_Pair]:
    """
    Pair the scalars in the values of a property with those of a variant.
    """
    pointer = one.pointer
    return [pair for old in one.values for pair in _pairs(pointer, old, variant.value)]


def _pairs(pointer: str, old: Json, new: Json) -> Iterator[_Pair]:
    """
    Pair the scalars of two values of one form; an id or a time is in a state as its label.
    """
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for name in old:
            yield from _pairs(f"{pointer}/{escape(name)}", old[name], new[name])
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for was, now in zip(old, new, strict=True):
            yield from _pairs(pointer, was, now)
    elif not isinstance(old, dict | list) and not isinstance(new, dict | list) and old != new:
        yield old, new
        if isinstance(old, str) and (TIME.fullmatch(old) or UUID_IN_ANY_CASE.fullmatch(old)):
            yield label_of(pointer), new


def _replaced(bare: BareChange, pairs: Iterable[_Pair]) -> BareChange:
    """
    Put new values in place of the old ones in a change.
    """
    path, op, value = bare
    for old, new in pairs:
        if isinstance(old, str):
            if old and isinstance(new, str):
                path, value = path.replace(old, new), value.replace(inner(old), inner(new))
        elif is_text_of(value, old):
            value = json.dumps(new)
        elif not isinstance(old, bool | None):
            value = number_within(old).sub(json.dumps(new), value)
    return path, op, value
