"""
Functions of a source, and the variables that are handed to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.lint.source.expressions import LINKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.lint.source.tokens import SourceCode

_DEFINES: Final = ("def", "defp", "func", "fun", "function", "async", "private", "public", "static")
#: Languages in which the name of a parameter comes last.
_NAME_LAST: Final = ("java", "csharp", "php")
#: The first parameter of a method of Python, which no call names.
_SELF: Final = ("self", "cls")


class Variable(NamedTuple):
    """
    A variable, and where it has a value.

    Attributes:
        name: Of the variable.
        first: The index of the first token at which it has the value.
        until: The index after the last one.
    """

    name: str
    first: int
    until: int


def handed_on(source: SourceCode, variable: Variable) -> Iterator[Variable]:
    """
    List the parameters that get a variable as their value, in functions of the same source.
    """
    for at in range(variable.first, min(variable.until, len(source.tokens))):
        if not (
            source.is_word(at, variable.name)
            and source.is_operator(at - 1, "(", ",")
            and source.is_operator(at + 1, ")", ",")
        ):
            continue
        opener = source.opener(at)
        if not source.is_operator(opener, "(") or not source.is_word(opener - 1):
            continue
        position = sum(
            source.is_operator(one, ",") and source.opener(one) == opener
            for one in range(opener, at)
        )
        yield from _parameters(source, source.tokens[opener - 1].text, position)


def _parameters(source: SourceCode, function: str, position: int) -> Iterator[Variable]:
    for index, token in enumerate(source.tokens):
        if token.kind != "word" or token.text != function or source.is_operator(index - 1, *LINKS):
            continue
        opener = _opener_of_parameters(source, index)
        if opener < 0:
            continue
        names = list(_names(source, opener))
        if names[:1] and names[0] in _SELF:
            names = names[1:]
        first, until = _body(source, opener)
        if position < len(names) and first < until:
            yield Variable(names[position], first, until)


def _opener_of_parameters(source: SourceCode, index: int) -> int:
    """
    Find the bracket of the parameters of a function that a word defines; -1 if it defines none.
    """
    if source.is_operator(index + 1, "(") and source.partner(index + 1) >= 0:
        behind = source.partner(index + 1) + 1
        is_block = source.is_operator(behind, "{", ":", "->") or source.is_word(
            behind, "do", "throws"
        )
        is_defined = source.is_word(index - 1, *_DEFINES) or (
            source.is_word(index - 1) and not source.language.indented
        )
        return index + 1 if is_defined or (is_block and source.is_operator(behind, "{")) else -1
    if source.is_operator(index + 1, "="):
        at = index + 2
        while source.is_word(at, "async", "function"):
            at += 1
        closer = source.partner(at) if source.is_operator(at, "(") else -1
        return at if closer >= 0 and source.is_operator(closer + 1, "=>", ":", "{") else -1
    return -1


def _names(source: SourceCode, opener: int) -> Iterator[str]:
    """
    List the names of the parameters in a bracket.
    """
    closer, done = source.partner(opener), False
    words: list[str] = []
    for at in range(opener + 1, closer + 1):
        if at == closer or (source.is_operator(at, ",") and source.opener(at) == opener):
            if words:
                yield words[-1 if source.language.lexer in _NAME_LAST else 0]
            words, done = [], False
        elif source.is_operator(at, ":", "="):
            done = True
        elif source.is_word(at) and not done and not source.is_word(at, "val", "var", "const"):
            words.append(source.tokens[at].text)


def _body(source: SourceCode, opener: int) -> tuple[int, int]:
    """
    Find the tokens of the body of a function.
    """
    closer = source.partner(opener)
    if source.language.indented:
        own = source.indent(opener)
        for later in range(closer + 1, len(source.tokens)):
            if source.begins_line(later) and source.indent(later) <= own:
                return closer + 1, later
        return closer + 1, len(source.tokens)
    for later in range(closer + 1, min(closer + 40, len(source.tokens))):
        if source.is_operator(later, "{") and source.partner(later) >= 0:
            return later + 1, source.partner(later)
        if source.is_operator(later, ";"):
            break
    return 0, 0
