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

#: Methods that set a key of a table.
_PUTS: Final = ("put", "Add", "TryAdd")


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


def computed_key(source: SourceCode, opener: int, index: int) -> int:
    """
    Find the table of a key in brackets: `["a"]: b`, `["a"] = b`, `{ "a", b }`; else -1.
    """
    outer = source.opener(opener) if opener >= 0 else -1
    if index != opener + 1 or not source.is_operator(outer, "{"):
        return -1
    is_key = (
        source.is_operator(opener, "[")
        and source.is_operator(index + 1, "]")
        and source.is_operator(opener - 1, "{", ",")
        and source.is_operator(index + 2, ":", "=", "(")
    )
    is_pair = (
        source.language.lexer == "csharp"
        and source.is_operator(opener, "{")
        and source.is_operator(opener - 1, "{", ",")
        and source.is_operator(index + 1, ",")
    )
    return outer if is_key or is_pair else -1


def is_put(source: SourceCode, opener: int, index: int) -> bool:
    """
    Whether a literal is the key of `table.put("a", b)`.
    """
    called = expressions.callee(source, opener) if opener >= 0 else ()
    is_first = index == opener + 1 and source.is_operator(index + 1, ",")
    return is_first and len(called) > 1 and called[-1] in _PUTS
