"""
What a list or table of literals is called, or what is tested with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.lint.source import expressions

if TYPE_CHECKING:
    from seamproof.lint.source.expressions import Parts
    from seamproof.lint.source.tokens import SourceCode

_TESTS: Final = ("includes", "include?", "member?", "contains", "Contains", "has", "containsKey")


def name_of(source: SourceCode, opener: int) -> Parts:
    """
    Name a list or table: what is tested with it, the constant or the property that it is.
    """
    closer = source.partner(opener)
    if source.is_operator(closer + 1, ".", "?.") and source.is_word(closer + 2, *_TESTS):
        return expressions.inside(source, closer + 3)
    start = opener
    # Past what the list is wrapped in: `new Set([`, `frozenset({`, `[]string{`.
    while start > 0 and not source.is_operator(start - 1, "=", ":", "=>", ":=", ";"):
        if source.is_word(start - 1, "in", "return"):
            break
        if (
            source.is_operator(start - 1, ",", "{")
            or source.line_of(start - 1) < source.line_of(opener) - 1
        ):
            break
        start -= 1
    if source.is_word(start - 1, "in"):
        at = start - 1
        at -= source.is_word(at - 1, "not")
        return expressions.before(source, at)
    if source.is_operator(start - 1, "=", ":", "=>", ":="):
        parts = expressions.before(source, start - 1)
        if source.is_operator(start - 1, "=") and (annotated := _annotated(source, start - 1)):
            return (annotated, *parts)
        return parts
    siblings = (
        expressions.inside(source, source.opener(opener)) if source.opener(opener) >= 0 else ()
    )
    called = expressions.callee(source, source.opener(opener)) if source.opener(opener) >= 0 else ()
    # `in_array($type, ['…'])`, `Enum.member?(["…"], type)`.
    return (*called, *(one for one in siblings if "." not in one)) if called else ()


def _annotated(source: SourceCode, equals: int) -> str:
    """
    Find the name of a variable that has a type annotation before its value.
    """
    line = source.line_of(equals)
    at = equals - 1
    while at >= 0 and source.line_of(at) == line:
        if source.is_operator(at, ":") and source.is_word(at - 1):
            return source.tokens[at - 1].text
        at -= 1
    return ""
