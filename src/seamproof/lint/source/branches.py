"""
Branches of a source that run for events of certain types only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.lint.source.names import names_event_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.lint.source.expressions import Parts
    from seamproof.lint.source.tokens import SourceCode
    from seamproof.lint.source.type_literals import TypeLiteral

_LABELS: Final = ("case", "when", "default", "else")
_EXITS: Final = ("break", "return", "throw", "continue", "exit", "raise")
_IFS: Final = ("if", "elif", "elsif")
_ARROWS: Final = ("=>", "->")
_NEGATIONS: Final = ("!", "!=", "!==", "not", "unless")
_ALTERNATIVES: Final = ("||", "or")
#: Tokens of the longest condition.
_CONDITION: Final = 120
#: Its lines before the literal.
_LINES: Final = 8


class Branch(NamedTuple):
    """
    A part of a source that runs for events of certain types only.

    Attributes:
        types: The literals that the type of the event is compared with.
        subject: What is compared.
        first: The index of the first token of the branch.
        until: The index after the last one.
    """

    types: frozenset[str]
    subject: Parts
    first: int
    until: int


def branches(source: SourceCode, literals: Sequence[TypeLiteral]) -> list[Branch]:
    """
    List the branches that depend on the types of a source.
    """
    about = [one for one in literals if names_event_type(one.use.subject)]
    found: dict[tuple[int, int], Branch] = {}
    for one in about:
        branch = _branch(source, one)
        if branch is None or branch.first >= branch.until:
            continue
        place = (branch.first, branch.until)
        before = found.get(place)
        types = branch.types | (before.types if before else frozenset())
        found[place] = branch._replace(types=types)
    return _with_falling_through(source, sorted(found.values(), key=lambda one: one.first))


def _branch(source: SourceCode, one: TypeLiteral) -> Branch | None:
    at = one.index - 1
    while source.is_operator(at, ",", "|", "||") and source.is_text(at - 1):
        at -= 2
    behind = one.index + 1
    while source.is_operator(behind, ",", "|", "||") and source.is_text(behind + 1):
        behind += 2
    if source.is_operator(behind, *_ARROWS) and one.use.kind == "compared":
        until = _end_of_arm(source, behind)
    elif source.is_word(at, "case", "when"):
        until = _end_of_case(source, at)
    else:
        return _conditional(source, one)
    return Branch(frozenset({one.text}), one.use.subject, behind + 1, until)


def _end_of_arm(source: SourceCode, arrow: int) -> int:
    if source.is_operator(arrow + 1, "{") and source.partner(arrow + 1) >= 0:
        return source.partner(arrow + 1)
    opener, line = source.opener(arrow), source.line_of(arrow)
    for later in range(arrow + 1, len(source.tokens)):
        if source.language.indented:
            if source.begins_line(later) and source.indent(later) <= source.indent(arrow):
                return later
        elif (
            source.opener(later) == opener
            and (
                source.is_operator(later, ",", ";")
                or (source.language.lexer == "kotlin" and source.line_of(later) > line)
            )
        ) or later == source.partner(opener):
            return later
    return len(source.tokens)


def _end_of_case(source: SourceCode, at: int) -> int:
    opener, own = source.opener(at), source.indent(at)
    for later in range(at + 1, len(source.tokens)):
        if source.language.indented:
            if source.begins_line(later) and source.indent(later) <= own:
                return later
        elif later == source.partner(opener) or (
            source.opener(later) == opener and source.is_word(later, *_LABELS)
        ):
            return later
    return len(source.tokens)


def _conditional(source: SourceCode, one: TypeLiteral) -> Branch | None:
    """
    The block after a condition that only events of the type meet.
    """
    start = next(
        (
            at
            for at in range(one.index, max(-1, one.index - _CONDITION), -1)
            if source.is_word(at, *_IFS) or source.is_operator(at, ";", "}")
        ),
        -1,
    )
    if (
        not source.is_word(start, *_IFS)
        or source.line_of(one.index) - source.line_of(start) > _LINES
    ):
        return None
    first, until = _block(source, start)
    if not start < one.index < first:
        return None
    condition = range(start + 1, first)
    if any(source.tokens[at].text in _NEGATIONS and not source.is_text(at) for at in condition):
        return None
    types = frozenset(
        source.tokens[at].text
        for at in condition
        if source.is_text(at) and "." in source.tokens[at].text
    )
    either = sum(source.tokens[at].text in _ALTERNATIVES for at in condition)
    if either and either != len(types) - 1:
        return None
    return Branch(types, one.use.subject, first, until)


def _block(source: SourceCode, start: int) -> tuple[int, int]:
    """
    Find the block after the condition of a statement that begins at a token.
    """
    if source.language.indented:
        own = source.indent(start)
        first = 0
        for later in range(start + 1, len(source.tokens)):
            is_inside = source.opener(later) == source.opener(start)
            if is_inside and source.begins_line(later):
                if source.indent(later) <= own:
                    return (first or later), later
                first = first or later
        return first or len(source.tokens), len(source.tokens)
    for later in range(start + 1, min(len(source.tokens), start + _CONDITION)):
        if source.opener(later) == source.opener(start) and source.is_operator(later, "{"):
            closer = source.partner(later)
            return (later, closer) if closer >= 0 else (0, 0)
    return 0, 0


def _with_falling_through(source: SourceCode, given: list[Branch]) -> list[Branch]:
    """
    Add to a case the types of the one before it, if that does not end with an exit.
    """
    done: list[Branch] = []
    for one in given:
        before = done[-1] if done else None
        falls = (
            before is not None
            and source.is_word(before.until, "case")
            and before.until < one.first <= before.until + 3
            and source.opener(before.first) == source.opener(one.first)
            and not any(source.is_word(at, *_EXITS) for at in range(before.first, before.until))
        )
        types = one.types | before.types if before is not None and falls else one.types
        done.append(one._replace(types=types))
    return done


def innermost(found: Sequence[Branch], name: str, index: int) -> Iterator[Branch]:
    """
    Find the smallest branch around a token that depends on the type of an event.

    Args:
        found: The branches of the source.
        name: Of the variable that has the event; a type in a variable of its own counts as well.
        index: Of the token.
    """
    around = [
        one
        for one in found
        if one.first <= index < one.until and (name in one.subject or len(one.subject) == 1)
    ]
    yield from sorted(around, key=lambda one: one.until - one.first)[:1]
