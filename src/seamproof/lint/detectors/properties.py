"""
Properties that are read from an event and that no event, or none of the compared type, has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.errors import nearest_names
from seamproof.lint.contract import properties_of
from seamproof.lint.detectors.detected import Detected
from seamproof.lint.source import expressions
from seamproof.lint.source.expressions import LINKS, plain
from seamproof.lint.source.functions import Variable, handed_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.lint.contract import Properties
    from seamproof.lint.detectors.detected import Inspected
    from seamproof.lint.source.assignments import Assignment
    from seamproof.lint.source.expressions import Parts
    from seamproof.lint.source.tokens import SourceCode

_RULE: Final = "unknown-property"
#: The methods by which a property is read by its name.
_GETTERS: Final = frozenset(
    (
        *(
            "get",
            "fetch",
            "dig",
            "getString",
            "optString",
            "getJSONObject",
            "optJSONObject",
            "path",
        ),
        *("GetProperty", "TryGetProperty", "GetValue", "at", "getAsJsonObject", "getValue", "pop"),
    )
)
#: Calls that return what was sent: they verify, or they parse.
_RECEIVERS: Final = frozenset(
    (
        *(
            "verify",
            "json",
            "get_json",
            "parse",
            "loads",
            "json_decode",
            "decode",
            "decode!",
            "all",
        ),
        *(
            "readTree",
            "readValue",
            "JSONObject",
            "parseString",
            "Parse",
            "Deserialize",
            "parse_raw",
        ),
        *("unwrap", "construct_event", "constructEvent"),
    )
)
#: Calls of Go that decode a body into a variable.
_DECODERS: Final = ("Unmarshal", "Decode", "ShouldBindJSON", "BindJSON", "Bind", "BodyParser")
#: The last part of the path to what a request contains, parsed.
_BODIES: Final = frozenset(("body", "json", "data", "params", "POST", "body_params"))
_REQUESTS: Final = frozenset(("req", "request", "ctx", "context", "conn", "c"))
_BODY_CALLS: Final = frozenset(("all", "json", "get_json"))
#: What a handler's platform, or every object, has.
_OF_OBJECTS: Final = frozenset(("length", "constructor", "prototype", "size", "keys", "raw"))
#: The name of the property that other vendors give to the type of an event.
_TYPE: Final = "type"
_READ: Final = rb"\b(\w+)(?:\?|!)?(?:\.get\(|\.fetch\(|\.dig\(|->|\.|\?\.\[|\[)[\s\"':]*(\w+)"
_READ_IN_FILE: Final = re.compile(_READ)


def may_be_wrong(raw: bytes, known: frozenset[bytes]) -> bool:
    """
    Whether a file reads a property that no event has, from what has the type of an event.

    Args:
        raw: The bytes of the file.
        known: The properties of all events.
    """
    if b"type" not in raw:
        return False
    reads: dict[bytes, set[bytes]] = {}
    for found in _READ_IN_FILE.finditer(raw):
        reads.setdefault(found[1], set()).add(found[2])
    return any(
        (b"event_type" in names or b"type" in names) and names - known for names in reads.values()
    ) or bool(re.search(rb"\{[^}]*event_type[^}]*\}\s*=", raw))


@dataclass(frozen=True, slots=True)
class PropertyRead:
    """
    A property that is read from a variable.

    Attributes:
        name: Of the property.
        index: Of the token that names it.
        variable: The index of the variable.
        is_written: Whether it is assigned to.
    """

    name: str
    index: int
    variable: int
    is_written: bool


def find(inspected: Inspected) -> Iterator[Detected]:
    """
    Find the properties that are read and never sent.
    """
    source = inspected.source
    types = [one for one in inspected.literals if one.text in inspected.types.all]
    evidence = inspected.evidence
    if not evidence.shows_seam or not (types or evidence.strong):
        return
    properties = properties_of(inspected.catalogue)
    compared = {one.use.subject for one in types if one.use.kind in ("compared", "listed")}
    for one in inspected.assignments:
        if _is_received(source, one):
            for name, at in _taken(one, properties):
                yield _detected(name, source.tokens[at].at, properties)
    reported: set[int] = set()
    for variables in _events(inspected):
        for read in _unknown(source, variables, compared, properties, inspected.assignments):
            if read.index not in reported:
                reported.add(read.index)
                yield _detected(read.name, source.tokens[read.index].at, properties)


def _events(inspected: Inspected) -> Iterator[tuple[Variable, ...]]:
    """
    List the variables whose value is an event, each with those to which it is handed on.
    """
    source = inspected.source
    received = [
        Variable(name, one.end, one.until)
        for one in inspected.assignments
        if _is_received(source, one)
        for name in one.names
    ]
    for variable in (*received, *_decoded(source)):
        yield (variable, *handed_on(source, variable))


def _decoded(source: SourceCode) -> Iterator[Variable]:
    """
    List the variables into which Go decodes a body: `json.Unmarshal(body, &event)`.
    """
    for at in range(len(source.tokens)):
        if (
            source.is_operator(at, "&")
            and source.is_word(at + 1)
            and source.is_operator(at + 2, ")")
        ):
            called = expressions.callee(source, source.opener(at))
            if called and called[-1] in _DECODERS:
                yield Variable(source.tokens[at + 1].text, at + 3, source.end_of(at))


def _unknown(
    source: SourceCode,
    variables: tuple[Variable, ...],
    compared: set[Parts],
    properties: Properties,
    assignments: Sequence[Assignment],
) -> Iterator[PropertyRead]:
    """
    List the properties that are read from an event and that no event has.
    """
    reads = [read for one in variables for read in _reads(source, one)]
    written = {read.name for read in reads if read.is_written}
    names = {one.name for one in variables}
    taken = {
        name
        for one in assignments
        if one.end == one.first + 1 and source.tokens[one.first].text in names
        for name, _ in one.taken
    }
    by_type = {one for one in compared if names & {*one} and _TYPE in one}
    if "event_type" not in {*(read.name for read in reads), *taken} and not by_type:
        return
    for read in reads:
        is_type = read.name == _TYPE and not by_type
        is_known = read.name in properties.every | written | _OF_OBJECTS
        if not (is_known or is_type or _has_alternative(source, read, reads, properties)):
            yield read


def _detected(name: str, at: int, properties: Properties) -> Detected:
    if name == _TYPE:
        what, fix = "an event of Seam has no property 'type'", "Read event_type."
        return Detected(_RULE, at, what, fix)
    near = nearest_names(name, properties.every, 1, cutoff=0.75)
    fix = f"did you mean {near[0]}?" if near else ""
    return Detected(_RULE, at, f"no event of Seam has a property {name!r}", fix)


def _taken(one: Assignment, properties: Properties) -> list[tuple[str, int]]:
    """
    List the unknown properties that are taken out of an event, by the names of which it is one.
    """
    names = {name for name, _ in one.taken}
    if "event_type" not in names:
        return []
    return [(name, at) for name, at in one.taken if name not in properties.every]


def _is_received(source: SourceCode, one: Assignment) -> bool:
    """
    Whether a value is the payload of a request, as a whole.
    """
    first, end = one.first, one.end
    for at in range(first, end):
        if source.opener(at) == source.opener(first) and source.is_word(at, "as"):
            end = at
            break
    while first < end and source.is_word(first, "await"):
        first += 1
    while first < end and source.is_operator(first, "(") and source.partner(first) == end - 1:
        first, end = first + 1, end - 1
        while first < end and source.is_word(first, "await"):
            first += 1
    # One call or path, and nothing besides: no alternatives, no part of it.
    if first >= end or expressions.end_of(source, first - 1) != end:
        return False
    last = end - 1
    if source.is_operator(last, ")"):
        called = expressions.callee(source, source.partner(last))
        if not called or called[-1] not in _RECEIVERS:
            return False
        return called[-1] not in _BODY_CALLS or any(plain(word) in _REQUESTS for word in called)
    words = [token.text for token in source.tokens[first:end] if token.kind == "word"]
    path = (
        len(words) + sum(source.is_operator(at, *LINKS) for at in range(first, end)) == end - first
    )
    return path and len(words) == 2 and plain(words[0]) in _REQUESTS and words[1] in _BODIES  # noqa: PLR2004


def _reads(source: SourceCode, variable: Variable) -> Iterator[PropertyRead]:
    """
    List the properties that are read from a variable, until it has another value.
    """
    for at in range(variable.first, min(variable.until, len(source.tokens))):
        if not source.is_word(at, variable.name) or source.is_operator(at - 1, *LINKS):
            continue
        if source.is_operator(at + 1, "=", ":=") and not source.is_operator(source.opener(at), "("):
            return
        read = _read(source, at)
        if read is not None:
            yield read


def _read(source: SourceCode, at: int) -> PropertyRead | None:
    after = at + 1
    while source.is_operator(after, "!", "?"):
        after += 1
    if source.is_operator(after, "?.") and source.is_operator(after + 1, "["):
        after += 1
    if (
        source.is_operator(after, "[")
        and source.is_text(after + 1)
        and source.is_operator(after + 2, "]")
    ):
        return _made(source, after + 1, at, after + 3)
    if not source.is_operator(after, ".", "?.", "->") or not source.is_word(after + 1):
        return None
    if source.is_operator(after + 2, "("):
        is_getter = source.tokens[after + 1].text in _GETTERS and source.is_text(after + 3)
        return _made(source, after + 3, at, after + 5) if is_getter else None
    if source.language.attributes:
        return _made(source, after + 1, at, after + 2)
    return None


def _made(source: SourceCode, index: int, variable: int, behind: int) -> PropertyRead | None:
    token = source.tokens[index]
    if not token.is_whole or not token.text.isidentifier():
        return None
    return PropertyRead(token.text, index, variable, source.is_operator(behind, "=", "+="))


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
