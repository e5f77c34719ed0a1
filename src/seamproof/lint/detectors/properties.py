"""
Properties that are read from an event and that no event, or none of the compared type, has.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.errors import nearest_names
from seamproof.lint.contract import properties_of
from seamproof.lint.detectors.detected import Detected
from seamproof.lint.source.branches import branches, innermost
from seamproof.lint.source.functions import Variable
from seamproof.lint.source.names import names_event_type
from seamproof.lint.source.received import (
    event_patterns,
    is_received,
    names_request,
    part_of,
    property_reads,
    received_variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.lint.contract import Properties
    from seamproof.lint.detectors.detected import Inspected
    from seamproof.lint.source.assignments import Assignment
    from seamproof.lint.source.branches import Branch
    from seamproof.lint.source.received import PropertyRead
    from seamproof.lint.source.tokens import SourceCode
    from seamproof.lint.source.type_literals import TypeLiteral

_RULE: Final = "unknown-property"
#: What a handler's platform, or every object, has.
_OF_OBJECTS: Final = frozenset(("length", "constructor", "prototype", "size", "keys", "raw"))
#: How many types are named that have a property.
_FEW: Final = 3
#: The name of the property that other vendors give to the type of an event.
_TYPE: Final = "type"
_READ_IN_FILE: Final = re.compile(rb"\b(\w+)(?:\?|!)?(?:\.\w+\(|->|\.|\?\.\[|\[)[\s\"':]*(\w+)")
#: A property of an event that is cast to another type.
_CAST_IN_FILE: Final = re.compile(rb"\bas \w+\)\??\.(\w+)")
#: A property of a body in which the event is looked for.
_AROUND_IN_FILE: Final = re.compile(
    rb"=\s*(?:await\s+)?[$\w.>-]+(?:\(\))?(?:\[|\.|->)(?:get\()?[\"']?"
    rb"(?:event|data|payload|message|detail|webhook|object|attributes|resource)\b"
)
#: Properties that are taken out of an event, and those that a map of Elixir has to have.
_PATTERN_IN_FILE: Final = re.compile(
    rb"\{[^}]*event_type[^}]*\}\s*=|%\{[^}]*\"event_type\"\s*=>", re.DOTALL
)


def may_be_wrong(raw: bytes, found: frozenset[str], properties: Properties) -> bool:
    """
    Whether a file reads a property that not every event has, from what has the type of an event.

    Args:
        raw: The bytes of the file.
        found: The types that are in the file.
        properties: Of all events.
    """
    if b"type" not in raw:
        return False
    common = [properties.of[one] for one in found if one in properties.of]
    known = (
        frozenset(one.encode() for one in frozenset.intersection(*common))
        if common
        else frozenset()
    )
    reads: dict[bytes, set[bytes]] = {}
    for read in _READ_IN_FILE.finditer(raw):
        reads.setdefault(read[1], set()).add(read[2])
    return any(
        (b"event_type" in names or b"type" in names) and names - known for names in reads.values()
    ) or bool(
        {*_CAST_IN_FILE.findall(raw)} - known
        or (b"event_type" in raw and _AROUND_IN_FILE.search(raw))
        or _PATTERN_IN_FILE.search(raw)
    )


def find(inspected: Inspected) -> Iterator[Detected]:
    """
    Find the properties that are read and never sent.
    """
    source = inspected.source
    types = [one for one in inspected.literals if one.text in inspected.types.all]
    if not inspected.evidence.shows_seam or not _is_about_seam(inspected):
        return
    properties = properties_of(inspected.catalogue)
    received = {
        name
        for variables in received_variables(source, inspected.assignments)
        for name, *_ in variables
    }
    for one in inspected.assignments:
        is_variable = one.end == one.first + 1 and source.tokens[one.first].text in received
        if is_variable or is_received(source, one):
            for name, at in _taken(one, properties):
                yield _detected(name, source.tokens[at].at, properties)
    yield from _in_patterns(source, properties)
    yield from _around_event(inspected, properties)
    reported: set[int] = set()
    found = branches(source, inspected.literals)
    for variables in received_variables(source, inspected.assignments):
        for read in _reads(inspected, variables, types, properties):
            detected = _judge(source, read, found, properties)
            if detected is not None and read.index not in reported:
                reported.add(read.index)
                yield detected


def _around_event(inspected: Inspected, properties: Properties) -> Iterator[Detected]:
    """
    Report a property of a body in which the event is looked for: `request.json["event"]`.
    """
    source = inspected.source
    bodies = {
        name
        for one in inspected.assignments
        if names_request(source, one) and is_received(source, one)
        for name in one.names
    }
    for one in inspected.assignments:
        holder, index = part_of(source, one)
        if index < 0 or source.tokens[index].text in properties.every:
            continue
        whole = replace(one, end=holder)
        is_variable = holder == one.first + 1 and source.tokens[one.first].text in bodies
        if not is_variable and not (
            names_request(source, whole) and is_received(source, whole, is_part=True)
        ):
            continue
        variables = (Variable(name, one.end, one.until) for name in one.names)
        if any(
            read.name == "event_type" for each in variables for read in property_reads(source, each)
        ):
            yield _detected(source.tokens[index].text, source.tokens[index].at, properties)


def _is_about_seam(inspected: Inspected) -> bool:
    """
    Whether the events that are received are Seam's, and not, say, bookings.
    """
    compared = [one for one in inspected.literals if one.use.kind in ("compared", "listed")]
    texts = {one.text for one in compared if names_event_type(one.use.subject)}
    texts |= {one.text for one in compared if one.text in inspected.types.all}
    if not texts:
        return "SeamWebhook" in inspected.source.text
    return all(map(inspected.types.is_of_seam, texts))


def _in_patterns(source: SourceCode, properties: Properties) -> Iterator[Detected]:
    """
    Report the properties that a pattern demands of an event, unless another pattern takes it.
    """
    patterns = list(event_patterns(source))
    able = {
        one.event_type
        for one in patterns
        if one.keys.keys() <= properties.of.get(one.event_type, properties.every)
    }
    for one in patterns:
        if one.event_type in able:
            continue
        of = properties.of.get(one.event_type)
        for name, index in one.keys.items():
            at = source.tokens[index].at
            if name not in properties.every:
                yield _detected(name, at, properties)
            elif of is not None and name not in of:
                yield _of_others(name, at, frozenset({one.event_type}), properties)


def _judge(
    source: SourceCode, read: PropertyRead, found: Sequence[Branch], properties: Properties
) -> Detected | None:
    """
    Report a property that no event has, or none of the types in whose branch it is read.
    """
    at = source.tokens[read.index].at
    if read.name not in properties.every:
        return _detected(read.name, at, properties)
    for branch in innermost(found, source.tokens[read.variable].text, read.index):
        known = [properties.of.get(one) for one in branch.types]
        if all(one is not None and read.name not in one for one in known):
            return _of_others(read.name, at, branch.types, properties)
    return None


def _reads(
    inspected: Inspected,
    variables: tuple[Variable, ...],
    types: Sequence[TypeLiteral],
    properties: Properties,
) -> Iterator[PropertyRead]:
    """
    List the properties that are read from an event, and in whose place no other one is read.
    """
    source = inspected.source
    reads = [read for one in variables for read in property_reads(source, one)]
    names = {one.name for one in variables}
    taken = {
        name
        for one in inspected.assignments
        if one.end == one.first + 1 and source.tokens[one.first].text in names
        for name, _ in one.taken
    }
    compared = {one.use.subject for one in types if one.use.kind in ("compared", "listed")}
    by_type = {one for one in compared if names & {*one} and _TYPE in one}
    if "event_type" not in {*(read.name for read in reads), *taken} and not by_type:
        return
    left_out = {read.name for read in reads if read.is_written} | _OF_OBJECTS
    left_out |= set() if by_type else {_TYPE}
    for read in reads:
        if read.name not in left_out and not _has_alternative(source, read, reads, properties):
            yield read


def _detected(name: str, at: int, properties: Properties) -> Detected:
    if name == _TYPE:
        what, fix = "an event of Seam has no property 'type'", "read event_type"
        return Detected(_RULE, at, what, fix)
    near = nearest_names(name, properties.every, 1, cutoff=0.75)
    fix = f"did you mean {near[0]}?" if near else ""
    return Detected(_RULE, at, f"no event of Seam has a property {name!r}", fix)


def _of_others(name: str, at: int, types: frozenset[str], properties: Properties) -> Detected:
    """
    Report a property that only events of other types have.
    """
    others = sorted(one for one, names in properties.of.items() if name in names)
    fix = f"{' and '.join(others)} have it" if len(others) <= _FEW else ""
    what = f"no {' or '.join(sorted(types))} has a property {name!r}"
    return Detected(_RULE, at, what, fix)


def _taken(one: Assignment, properties: Properties) -> list[tuple[str, int]]:
    """
    List the unknown properties that are taken out of an event, by the names of which it is one.
    """
    names = {name for name, _ in one.taken}
    if "event_type" not in names:
        return []
    return [(name, at) for name, at in one.taken if name not in properties.every]


def _has_alternative(
    source: SourceCode, read: PropertyRead, reads: list[PropertyRead], properties: Properties
) -> bool:
    """
    Whether the same line reads another property in its place, or takes the event as a whole.
    """
    line = source.line_of(read.index)
    near = [
        at
        for at in range(max(0, read.index - 60), min(len(source.tokens), read.index + 60))
        if source.line_of(at) == line
    ]
    choices = any(
        source.is_operator(at, "||", "??", "?") or source.is_word(at, "or") for at in near
    )
    tests = any(source.is_word(at, "if", "in", "isset", "unless") for at in near)
    others = {one.name for one in reads if source.line_of(one.index) == line} - {read.name}
    read_at = {one.variable for one in reads}
    name = source.tokens[read.variable].text
    is_whole = any(source.is_word(at, name) and at not in read_at for at in near)
    return (choices and bool(others & properties.every - {"event_type"})) or (
        (choices or tests) and is_whole
    )
