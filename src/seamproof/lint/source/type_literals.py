"""
Literals that are formed like event types, and how they are used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.lint.source.names import names_event_type
from seamproof.lint.source.reader import texts_of
from seamproof.lint.source.uses import use_of

if TYPE_CHECKING:
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


def type_literals(source: SourceCode) -> tuple[TypeLiteral, ...]:
    """
    List the literals of a source that are formed like event types and used like one.
    """
    return tuple(
        TypeLiteral(text, index, use)
        for index, text in texts_of(source)
        if _FORM.fullmatch(text) and (use := use_of(source, index)) is not None
    )


def made_types(source: SourceCode) -> frozenset[str]:
    """
    List the types that a source makes events of: `event_type="…"`.
    """
    return frozenset(
        one.text
        for one in type_literals(source)
        if one.use.kind == "value" and names_event_type(one.use.subject)
    )
