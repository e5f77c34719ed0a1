"""
Literals that are formed like event types, and how they are used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from seamproof.lint.source.expressions import LINKS
from seamproof.lint.source.names import names_event_type
from seamproof.lint.source.reader import texts_of
from seamproof.lint.source.uses import use_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.lint.source.assignments import Assignment
    from seamproof.lint.source.tokens import SourceCode
    from seamproof.lint.source.uses import Use

#: The form of an event type: words of small letters, joined by dots.
_FORM: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True, slots=True)
class TypeLiteral:
    """
    A literal formed like an event type, and its use.
    """

    text: str
    index: int
    use: Use


def type_literals(
    source: SourceCode,
    assignments: Sequence[Assignment] = (),
    *,
    is_form: Callable[[str], object] = _FORM.fullmatch,
) -> tuple[TypeLiteral, ...]:
    """
    List the literals of a source that are formed like event types and used like one.

    A variable that has the type of an event counts as such a type. A constant that is compared
    with one counts as its literal.

    Args:
        source: The source.
        assignments: Its assignments.
        is_form: Says of a text whether it is formed like an event type.
    """
    aliases = {name for one in assignments if _is_event_type(source, one) for name in one.names}
    aliases |= {
        source.tokens[at + 2].text
        for one in assignments
        for name, at in one.taken
        # `{ event_type: kind } = event`
        if names_event_type((name,)) and source.is_operator(at + 1, ":") and source.is_word(at + 2)
    }
    found = []
    for index, text in texts_of(source):
        if not is_form(text) or (use := use_of(source, index)) is None:
            continue
        use = _with_alias(use, aliases)
        if use.kind == "constant" and use.subject[-1:] != ("event_type",):
            compared = _use_of_constant(source, use.subject[0], index, aliases)
            use = compared or use
        found.append(TypeLiteral(text, index, use))
    return tuple(found)


def _is_event_type(source: SourceCode, one: Assignment) -> bool:
    """
    Whether a value is the type of an event, and not something that is made from it.
    """
    around = source.opener(one.first) if one.first < len(source.tokens) else -1
    for at in range(one.first, one.end):
        if not names_event_type((source.tokens[at].text,)):
            continue
        if source.is_text(at):
            # `event["event_type"]`, `event.get("event_type", "")`
            return source.opener(source.opener(at)) == around and source.is_operator(
                at - 1, "[", "("
            )
        is_property = source.is_operator(at - 1, *LINKS)
        is_whole = one.end == one.first + 1
        return source.opener(at) == around and (is_property or is_whole)
    return False


def _with_alias(use: Use, aliases: set[str]) -> Use:
    if use.kind != "compared" or names_event_type(use.subject) or not aliases & {*use.subject}:
        return use
    subject = (*use.subject, "event_type")
    return replace(use, subject=subject, group=("subject", subject))


def _use_of_constant(source: SourceCode, name: str, index: int, aliases: set[str]) -> Use | None:
    """
    Find where a constant is compared with the type of an event.
    """
    for at in range(index + 1, len(source.tokens)):
        if source.is_word(at, name) and not source.is_operator(at - 1, *LINKS):
            use = use_of(source, at)
            use = _with_alias(use, aliases) if use is not None else None
            if use is not None and use.kind == "compared" and names_event_type(use.subject):
                return use
    return None


def made_types(source: SourceCode) -> frozenset[str]:
    """
    List the types that a source makes events of: `event_type="…"`.
    """
    return frozenset(
        one.text
        for one in type_literals(source)
        if one.use.kind == "value" and names_event_type(one.use.subject)
    )
