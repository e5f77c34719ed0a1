"""
Variables that have an event that was received, and the properties that are read from them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.lint.source import expressions
from seamproof.lint.source.expressions import LINKS, plain
from seamproof.lint.source.functions import Variable, handed_on
from seamproof.lint.source.uses import is_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seamproof.lint.source.assignments import Assignment
    from seamproof.lint.source.tokens import SourceCode

#: The methods by which a property is read by its name.
_GETTER: Final = re.compile(r"(?:try)?(?:get|opt|fetch|dig|path|pop|at$)", re.IGNORECASE)
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
            "parseToJsonElement",
        ),
        *("unwrap", "construct_event", "constructEvent"),
    )
)
#: Properties of a parsed document that are all of it.
_HOLDS: Final = ("RootElement", "jsonObject")
#: Calls of Go that decode a body into a variable.
_DECODERS: Final = ("Unmarshal", "Decode", "ShouldBindJSON", "BindJSON", "Bind", "BodyParser")
#: The last part of the path to what a request contains, parsed.
_BODIES: Final = frozenset(("body", "json", "data", "params", "POST", "body_params"))
_REQUESTS: Final = frozenset(("req", "request", "ctx", "context", "conn", "c"))
_BODY_CALLS: Final = frozenset(("all", "json", "get_json"))


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


def received_variables(
    source: SourceCode, assignments: Sequence[Assignment]
) -> Iterator[tuple[Variable, ...]]:
    """
    List the variables whose value is an event, each with those to which it is handed on.
    """
    received = [
        Variable(name, one.end, one.until)
        for one in assignments
        if is_received(source, one)
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


def is_received(source: SourceCode, one: Assignment, *, is_part: bool = False) -> bool:
    """
    Whether a value is the payload of a request, as a whole.

    Args:
        source: The source.
        one: The assignment.
        is_part: Whether the end of the value is only a part of it.
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
    if first >= end or (not is_part and expressions.end_of(source, first - 1) != end):
        return False
    if source.is_word(end - 1, *_HOLDS) and source.is_operator(end - 2, *LINKS):
        end -= 2
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


def names_request(source: SourceCode, one: Assignment) -> bool:
    """
    Whether a value is taken from a request, by its name.
    """
    return any(plain(source.tokens[at].text) in _REQUESTS for at in range(one.first, one.end))


def part_of(source: SourceCode, one: Assignment) -> tuple[int, int]:
    """
    Find the property that a value is of something, where it is one: `body["event"]`, `body.event`.

    Returns:
        The end of what it is a property of, and the index of its name; -1 if there is none.
    """
    last = one.end - 1
    bracket = source.partner(last) if source.is_operator(last, "]", ")") else -1
    if bracket > one.first and source.is_text(bracket + 1) and bracket + 2 in (last, last - 2):
        if source.is_operator(bracket, "["):
            return bracket, bracket + 1
        is_getter = source.is_word(bracket - 1) and _GETTER.match(source.tokens[bracket - 1].text)
        return (bracket - 2, bracket + 1) if is_getter else (0, -1)
    if source.language.attributes and source.is_word(last) and source.is_operator(last - 1, *LINKS):
        return last - 1, last
    return 0, -1


def property_reads(source: SourceCode, variable: Variable) -> Iterator[PropertyRead]:
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
    if source.is_operator(at - 1, "(") and source.is_word(after, "as"):
        # `(event as any).name`
        after = source.partner(at - 1) + 1
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
        is_getter = _GETTER.match(source.tokens[after + 1].text) and source.is_text(after + 3)
        return _made(source, after + 3, at, after + 5) if is_getter else None
    if source.language.attributes:
        return _made(source, after + 1, at, after + 2)
    return None


def _made(source: SourceCode, index: int, variable: int, behind: int) -> PropertyRead | None:
    token = source.tokens[index]
    if not token.is_whole or not token.text.isidentifier():
        return None
    return PropertyRead(token.text, index, variable, source.is_operator(behind, "=", "+="))


@dataclass(frozen=True, slots=True)
class MapPattern:
    """
    A pattern of Elixir with the type of an event: a function or a case is chosen by it.

    Attributes:
        keys: By key in quotes, its index; those of maps within it are left out.
        event_type: The literal that the type has to be; empty where it may be any.
    """

    keys: Mapping[str, int]
    event_type: str


def event_patterns(source: SourceCode) -> Iterator[MapPattern]:
    """
    List the patterns with a key `event_type`.
    """
    if source.language.lexer != "elixir":
        return
    for opener in range(len(source.tokens)):
        closer = source.partner(opener)
        if not source.is_operator(opener, "%{") or closer < 0 or not is_pattern(source, opener + 1):
            continue
        keys = {
            source.tokens[at].text: at
            for at in range(opener + 1, closer)
            if source.opener(at) == opener
            and source.is_text(at)
            and source.is_operator(at + 1, "=>")
        }
        if "event_type" in keys:
            value = keys["event_type"] + 2
            literal = source.tokens[value].text if source.is_text(value) else ""
            yield MapPattern(keys, literal)
