"""
Expressions around a token: what it is compared with, which call it is an argument of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from seamproof.lint.source.tokens import SourceCode

#: The words and texts of an expression, in their order: `event`, `get`, `event_type`.
Parts: TypeAlias = tuple[str, ...]

#: Joins the parts of a path.
LINKS: Final = (".", "?.", "->", "::", "!")
#: Words that no expression consists of.
KEYWORDS: Final = frozenset(
    (
        *(
            "and",
            "await",
            "case",
            "do",
            "elif",
            "elsif",
            "else",
            "if",
            "in",
            "is",
            "match",
            "not",
            "or",
        ),
        *("return", "switch", "then", "unless", "until", "when", "while", "yield", "const", "let"),
        *("var", "val", "assert", "typeof", "def", "defp", "end", "new"),
    )
)
_CLOSERS: Final = (")", "]", "}")
_OPENERS: Final = ("(", "[")


def is_keyword(source: SourceCode, index: int) -> bool:
    """
    Whether a word is no part of an expression; `hmac.new` is one.
    """
    return source.tokens[index].text in KEYWORDS and not source.is_operator(index - 1, *LINKS)


def before(source: SourceCode, index: int) -> Parts:
    """
    Read the expression that ends right before a token.
    """
    tokens = source.tokens[start_of(source, index) : index]
    return tuple(token.text for token in tokens if token.kind != "operator")


def start_of(source: SourceCode, index: int) -> int:
    """
    Find where the expression that ends right before a token begins.
    """
    at = index - 1
    first = index
    while at >= 0:
        if source.is_operator(at, *_CLOSERS):
            opener = source.partner(at)
            if opener < 0:
                break
            first, at = opener, opener - 1
            # What stands before a bracket belongs to it: a callee, or what is subscripted.
            if source.is_word(at) and source.tokens[at].text not in KEYWORDS:
                continue
            if source.is_operator(at, *_CLOSERS):
                continue
        elif source.is_text(at) or (source.is_word(at) and not is_keyword(source, at)):
            first, at = at, at - 1
        else:
            break
        if not source.is_operator(at, *LINKS):
            break
        first, at = at, at - 1
    return first


def after(source: SourceCode, index: int) -> Parts:
    """
    Read the expression that begins right after a token.
    """
    tokens = source.tokens[index + 1 : end_of(source, index)]
    return tuple(token.text for token in tokens if token.kind != "operator")


def end_of(source: SourceCode, index: int) -> int:
    """
    Find where the expression that begins right after a token ends.
    """
    at = index + 1
    if source.is_operator(at, "("):
        at = source.partner(at) + 1 or at
    elif source.is_text(at) or (source.is_word(at) and source.tokens[at].text not in KEYWORDS):
        at += 1
    while at < len(source.tokens):
        if source.is_operator(at, *_OPENERS) and source.partner(at) >= 0:
            at = source.partner(at) + 1
        elif source.is_operator(at, *LINKS) and source.is_word(at + 1):
            at += 2
        elif source.is_operator(at, *LINKS):
            at += 1
        else:
            break
    return at


def inside(source: SourceCode, opener: int) -> Parts:
    """
    Read the words and texts inside a bracket.
    """
    closer = source.partner(opener)
    return tuple(
        token.text for token in source.tokens[opener + 1 : closer] if token.kind != "operator"
    )


def callee(source: SourceCode, opener: int) -> Parts:
    """
    Read what is called by a bracket; nothing if the bracket is none of a call.
    """
    if not source.is_operator(opener, "("):
        return ()
    # `f!(x)` of Elixir, `f<T>(x)` of TypeScript.
    at = opener
    if source.is_operator(at - 1, ">"):
        depth = at - 1
        while depth > 0 and not source.is_operator(depth, "<"):
            depth -= 1
        at = depth if source.is_word(depth - 1) else at
    if not source.is_word(at - 1) or is_keyword(source, at - 1):
        return ()
    return before(source, at)


def outer_calls(source: SourceCode, index: int, most: int = 8) -> list[tuple[int, Parts]]:
    """
    List the calls around a token, from the innermost, each with its bracket.
    """
    calls: list[tuple[int, Parts]] = []
    opener = source.opener(index)
    while opener >= 0 and len(calls) < most:
        called = callee(source, opener)
        if called:
            calls.append((opener, called))
        elif source.is_operator(opener, "{") and not source.is_operator(opener - 1, "(", ",", "$"):
            # The block of a function is no argument.
            break
        opener = source.opener(opener)
    return calls


def plain(text: str) -> str:
    """
    Write a name without regard to its style: `event_type`, `eventType` and `EventType` are one.
    """
    return text.replace("_", "").replace("-", "").lower()
