"""
How a literal is used: compared, listed, a key, an argument, the value of a constant or property.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.lint.source import expressions
from seamproof.lint.source.lists import computed_key, is_put, name_of
from seamproof.lint.source.names import names_event_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.lint.source.expressions import Parts
    from seamproof.lint.source.tokens import SourceCode

#: `compared`: with `==` or by a case. `listed`, `mapped`: an item or key among others.
#: `argument`: of a call. `constant`: what a name stands for. `value`: of a property.
Kind: TypeAlias = Literal["compared", "listed", "mapped", "argument", "constant", "value"]


@dataclass(frozen=True, slots=True)
class Use:
    """
    How a literal is used.

    Attributes:
        kind: The kind of use.
        subject: What it is compared with, or the name of what it is in.
        group: Equal for literals that are used together.
    """

    kind: Kind
    subject: Parts
    group: tuple[object, ...]


_EQUAL: Final = ("==", "===", "!=", "!==")
_EQUALS: Final = ("equals", "Equals", "equalsIgnoreCase", "contentEquals", "eql?", "EqualFold")
#: What makes a list of its arguments.
_LISTS: Final = frozenset(
    (
        *(
            "setOf",
            "listOf",
            "arrayOf",
            "mutableSetOf",
            "hashSetOf",
            "of",
            "asList",
            "array",
            "Set",
        ),
        *("set", "frozenset", "tuple", "list", "Array", "List", "HashSet", "ImmutableSet", "union"),
        *("enum", "MapSet", "Literal"),
    )
)
_SWITCHES: Final = ("switch", "match", "when", "case", "select")
_ARROWS: Final = ("=>", "->")
_BEGINS: Final = ("{", "[", "(", ",", "%{", "|")
_BEHIND: Final = (",", "]", "}", ")", "|")


def use_of(source: SourceCode, index: int) -> Use | None:
    """
    Find how a literal is used; None where no row of the table fits.
    """
    if _is_joined(source, index):
        return None
    return next((found for find in _FINDERS if (found := find(source, index))), None)


def _is_joined(source: SourceCode, index: int) -> bool:
    """
    Whether a literal is only a part of a text.
    """
    joins = ("+", "<>", "%", *((".",) if source.language.dot_joins else ()))
    return (
        source.is_operator(index - 1, *joins, "+=")
        or source.is_operator(index + 1, *joins)
        or source.is_text(index - 1)
        or source.is_text(index + 1)
    )


def _compared(source: SourceCode, index: int) -> Use | None:
    if source.is_operator(index - 1, *_EQUAL):
        subject = expressions.before(source, index - 1)
    elif source.is_operator(index + 1, *_EQUAL):
        subject = expressions.after(source, index + 1)
    else:
        return None
    return Use("compared", subject, ("subject", subject))


def _equals(source: SourceCode, index: int) -> Use | None:
    if source.is_operator(index + 1, ".", "?.") and source.is_word(index + 2, *_EQUALS):
        subject = expressions.inside(source, index + 3)
    elif source.is_operator(opener := source.opener(index), "(") and source.is_word(
        opener - 1, *_EQUALS
    ):
        subject = (*expressions.callee(source, opener)[:-1], *expressions.inside(source, opener))
        subject = tuple(one for one in subject if one != source.tokens[index].text)
    else:
        return None
    return Use("compared", subject, ("subject", subject))


def _pattern(source: SourceCode, index: int) -> Use | None:
    """
    A pattern of C#: `type is "a" or "b"`.
    """
    at = index - 1
    while source.is_word(at, "or") and source.is_text(at - 1):
        at -= 2
    if source.language.lexer != "csharp" or not source.is_word(at, "is"):
        return None
    subject = expressions.before(source, at)
    return Use("compared", subject, ("subject", subject))


def _case(source: SourceCode, index: int) -> Use | None:
    """
    A literal after `case` or `when`, or several with commas or bars between.
    """
    at = index - 1
    while source.is_operator(at, ",", "|", "||") and source.is_text(at - 1):
        at -= 2
    if not source.is_word(at, "case", "when"):
        return None
    subject = _switched(source, at)
    return Use("compared", subject, ("subject", subject))


def _switched(source: SourceCode, at: int) -> Parts:
    """
    Read what the statement around a case decides by.
    """
    opener = source.opener(at)
    if opener >= 0 and not source.language.indented:
        return _before_block(source, opener)
    indent = source.indent(at)
    for earlier in range(at - 1, -1, -1):
        if source.is_word(earlier, "match", "case") and source.indent(earlier) <= indent:
            is_python = source.language.lexer == "python"
            if is_python and source.indent(earlier) == indent:
                continue
            after = earlier + 1
            if (
                not is_python
                and source.begins_line(at)
                and source.line_of(earlier) == source.line_of(at)
            ):
                continue
            return tuple(
                token.text
                for token in source.tokens[after : after + 12]
                if token.kind != "operator"
                and source.line_of(after) == source.place(token.at)[0]
                and token.text != "do"
            )
    return ()


def _before_block(source: SourceCode, opener: int) -> Parts:
    """
    Read what a switch decides by, which stands between its word and its block.
    """
    if source.is_word(opener - 1, *_SWITCHES):
        return expressions.before(source, opener - 1)
    if source.is_operator(opener - 1, ")"):
        bracket = source.partner(opener - 1)
        if source.is_word(bracket - 1, *_SWITCHES):
            return expressions.inside(source, bracket)
        return ()
    start = expressions.start_of(source, opener)
    if source.is_word(start - 1, *_SWITCHES):
        return expressions.before(source, opener)
    return ()


def _arm(source: SourceCode, index: int) -> Use | None:
    """
    A literal before an arrow: the arm of a match.
    """
    at = index + 1
    while source.is_operator(at, ",", "|", "||", "or") and source.is_text(at + 1):
        at += 2
    if not source.is_operator(at, *_ARROWS):
        return None
    if source.language.lexer == "elixir":
        subject = _switched(source, index) if source.is_operator(at, "->") else ()
    else:
        opener = source.opener(index)
        subject = _before_block(source, opener) if source.is_operator(opener, "{") else ()
    return Use("compared", subject, ("subject", subject)) if subject else None


def _member(source: SourceCode, index: int) -> Use | None:
    """
    The value of a property: `event_type: "…"`, in a payload that is made or, in Elixir, matched.
    """
    if source.is_operator(index - 1, ":", "=>") and (
        source.is_word(index - 2) or source.is_text(index - 2)
    ):
        if source.is_operator(index - 3, "?"):
            return None
        name = source.tokens[index - 2].text
        is_case = source.is_word(source.opener(index) - 1, "case", "in")
        if is_case or (source.language.lexer == "elixir" and is_pattern(source, index)):
            return Use("compared", (name,), ("subject", (name,)))
        # A type annotation: `type: "a" | "b"` is a list of them.
        if source.is_operator(index + 1, "|"):
            return None
        if names_event_type((name,)):
            return Use("value", (name,), ("value", name))
        return Use("constant", (name,), ("values", source.opener(index)))
    return None


def is_pattern(source: SourceCode, index: int) -> bool:
    """
    Whether a map of Elixir is one that a function or case is chosen by.
    """
    opener = source.opener(index)
    closer = source.partner(opener)
    while opener >= 0:
        called = source.is_operator(opener, "(") and source.is_word(opener - 2, "def", "defp")
        if called or source.is_operator(closer + 1, "->", "="):
            return True
        opener = source.opener(opener)
        closer = source.partner(opener) if opener >= 0 else -1
    return False


def _mapped(source: SourceCode, index: int) -> Use | None:
    """
    A key among others, or one that is set in a table.
    """
    is_key = source.is_operator(index + 1, ":", "=>") or source.is_word(index + 1, "to")
    # The lexer drops the brackets of `["a"] = b` at the beginning of a line.
    is_key = is_key or (source.language.lexer == "csharp" and source.is_operator(index + 1, "="))
    opener = source.opener(index)
    if (computed := computed_key(source, opener, index)) >= 0:
        return Use("mapped", name_of(source, computed), ("in", computed))
    if is_put(source, opener, index):
        table = expressions.callee(source, opener)[:-1]
        return Use("mapped", table, ("table", table))
    if is_key and opener >= 0 and source.is_operator(index - 1, *_BEGINS):
        return Use("mapped", name_of(source, opener), ("in", opener))
    outer = source.opener(opener) if opener >= 0 else -1
    is_pair = source.is_operator(opener, "[") and index == opener + 1
    if is_pair and source.is_operator(index + 1, ",") and source.is_operator(outer, "["):
        return Use("mapped", name_of(source, outer), ("in", outer))
    if source.is_operator(index - 1, "[") and source.is_operator(index + 1, "]"):
        table = expressions.before(source, index - 1)
        if table and source.is_operator(index + 2, "="):
            return Use("mapped", table, ("table", table))
    return None


def _listed(source: SourceCode, index: int) -> Use | None:
    if not (source.is_operator(index - 1, *_BEGINS) and source.is_operator(index + 1, *_BEHIND)):
        return _union(source, index)
    opener = source.opener(index)
    if opener < 0:
        return _union(source, index)
    called = expressions.callee(source, opener)
    if source.is_operator(opener, "(") and called and called[-1] not in _LISTS:
        return None
    if source.is_operator(opener, "[") and source.is_operator(index + 1, "]"):
        is_word = source.is_word(opener - 1) and not source.is_word(opener - 1, "in", "Literal")
        is_subscript = is_word and source.tokens[opener - 1].text not in expressions.KEYWORDS
        if is_subscript or source.is_operator(opener - 1, ")", "]"):
            return None
    name = name_of(source, opener)
    if source.is_word(opener - 1, "Literal"):
        name = ("Literal", *name)
    return Use("listed", name, ("in", opener))


def _union(source: SourceCode, index: int) -> Use | None:
    """
    One of several types of TypeScript: `"a" | "b"`.
    """
    if not (source.is_operator(index - 1, "|") or source.is_operator(index + 1, "|")):
        return None
    first = index
    while source.is_operator(first - 1, "|") and source.is_text(first - 2):
        first -= 2
    return Use("listed", (), ("union", first))


def _argument(source: SourceCode, index: int) -> Use | None:
    opener = source.opener(index)
    called = expressions.callee(source, opener) if opener >= 0 else ()
    if source.language.lexer == "ruby" and source.is_word(index - 1) and opener < 0:
        # A call without brackets.
        called = (source.tokens[index - 1].text,)
        return Use("argument", called, ("call", called))
    if not called:
        return None
    if source.is_operator(index - 1, "=") and source.is_word(index - 2):
        name = source.tokens[index - 2].text
        kind: Kind = "compared" if _is_class_pattern(source, opener) else "value"
        return Use(kind, (name,), ("value", name))
    if not source.is_operator(index - 1, "(", ","):
        return None
    if called[-1].isupper() and source.opener(opener) >= 0:
        # `LOW("…")`, an entry of an enumeration.
        return Use("constant", called, ("entries", source.opener(opener)))
    return Use("argument", called, ("call", called))


def _is_class_pattern(source: SourceCode, opener: int) -> bool:
    """
    Whether a call is a pattern of Python: `case Event(event_type="a")`.
    """
    return source.is_word(expressions.start_of(source, opener) - 1, "case")


def _constant(source: SourceCode, index: int) -> Use | None:
    if not source.is_operator(index - 1, "=", ":="):
        return None
    subject = expressions.before(source, index - 1)
    if not subject:
        return None
    return Use("constant", subject, ("constants", source.opener(index), source.indent(index)))


_FINDERS: Final[tuple[Callable[[SourceCode, int], Use | None], ...]] = (
    _compared,
    _equals,
    _pattern,
    _case,
    _arm,
    _member,
    _mapped,
    _listed,
    _argument,
    _constant,
)
