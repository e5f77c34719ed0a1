"""
Assignments: which names have the value of which expression, and how far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.lint.source import expressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.lint.source.tokens import SourceCode

_CONTINUES: Final = frozenset(
    (
        *(
            ".",
            "?.",
            "->",
            "::",
            "+",
            "||",
            "&&",
            "??",
            "?",
            ":",
            "|>",
            "=",
            ":=",
            "(",
            "[",
            "{",
            "%{",
        ),
        *(",", "=>", "==", "===", "<>", "|"),
    )
)
_CONTINUING_WORDS: Final = ("or", "and", "await", "as", "if", "else")


@dataclass(frozen=True, slots=True)
class Assignment:
    """
    An assignment.

    Attributes:
        names: The variables that are assigned to; several where the value is taken apart by place.
        taken: The properties that are taken out of the value, by name: `{ a, b: c } = value`.
        first: The index of the first token of the value.
        end: The index after its last token.
        until: The index of the token up to which the names are known.
    """

    names: tuple[str, ...]
    taken: tuple[tuple[str, int], ...]
    first: int
    end: int
    until: int

    def words(self, source: SourceCode) -> Iterator[tuple[int, str]]:
        """
        List the words of the value that are names, not properties of something.
        """
        for index in range(self.first, self.end):
            if source.is_word(index) and not source.is_operator(index - 1, ".", "?.", "->"):
                yield index, source.tokens[index].text


def assignments(source: SourceCode) -> Iterator[Assignment]:
    """
    List the assignments of a source, in their order.
    """
    for index in range(1, len(source.tokens)):
        if source.is_operator(index, "=", ":="):
            opener = source.opener(index)
            # `f(name=value)` and the default of a parameter are no assignments.
            if (
                opener >= 0
                and source.is_operator(opener, "(")
                and expressions.callee(source, opener)
            ):
                continue
            names, taken, start = _target(source, index)
            if names or taken:
                first, end = index + 1, _end(source, index)
                yield Assignment(names, taken, first, end, source.end_of(start))


def _target(
    source: SourceCode, equals: int
) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...], int]:
    """
    Read what is assigned to: the names, the properties taken out, and where it begins.
    """
    if source.is_operator(equals - 1, "}") and (opener := source.partner(equals - 1)) >= 0:
        taken = tuple(
            (source.tokens[at].text, at)
            for at in range(opener + 1, equals - 1)
            if source.is_operator(at - 1, "{", ",")
            and source.opener(at) == opener
            and source.tokens[at].kind != "operator"
        )
        return (), taken, opener
    line, at, names = source.line_of(equals), equals - 1, []
    while at >= 0 and source.line_of(at) == line:
        if source.is_word(at) and not source.is_operator(at - 1, ".", "?.", "->", "::"):
            names.append(source.tokens[at].text)
            if source.is_operator(at - 1, ","):
                at -= 2
                continue
            if source.is_operator(at - 1, ":") and source.is_word(at - 2):
                # The type of a variable stands between its name and its value.
                names[-1] = source.tokens[at - 2].text
                return tuple(names), (), at - 2
        break
    return tuple(names), (), max(at, 0)


def _end(source: SourceCode, equals: int) -> int:
    """
    Find the end of the expression after an equals sign.
    """
    around, at, count = source.opener(equals), equals + 1, len(source.tokens)
    while at < count:
        if source.is_operator(at, ";") or at == source.partner(around):
            return at
        token = source.tokens[at]
        if at > equals + 1 and source.begins_line(at) and token.text not in _CONTINUES:
            previous = source.tokens[at - 1].text
            goes_on = previous in _CONTINUES or previous in _CONTINUING_WORDS
            if not goes_on and token.text not in ("or", "and"):
                return at
        if source.is_operator(at, "(", "[", "{", "%{") and source.partner(at) >= 0:
            at = source.partner(at)
        at += 1
    return count
