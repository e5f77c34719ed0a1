"""
The tokens of a source: words, operators and texts, the same for all languages.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.lint.source.languages import Language

Kind: TypeAlias = Literal["text", "word", "operator"]

_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_INDENT: Final = re.compile(r"[ \t]*")


@dataclass(slots=True)
class CodeToken:
    """
    A token of a source.

    Attributes:
        kind: A literal text, a word (a name, keyword or number), or an operator.
        text: Of a literal what it stands for, without quotes.
        at: Its first character in the source.
        is_whole: Whether the text of a literal is known: it has no part that is computed.
    """

    kind: Kind
    text: str
    at: int
    is_whole: bool = True


@dataclass(frozen=True)
class SourceCode:
    """
    A source file that was read into tokens.

    Attributes:
        path: As it is shown.
        language: Of the file.
        text: Its characters.
        tokens: Without comments and docstrings.
    """

    path: str
    language: Language
    text: str
    tokens: Sequence[CodeToken]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def place(self, at: int) -> tuple[int, int]:
        """
        Return the line and the column of a character, both from 1.
        """
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1

    def line_of(self, index: int) -> int:
        """
        Return the line of a token.
        """
        return bisect_right(self._starts, self.tokens[index].at)

    def indent(self, index: int) -> int:
        """
        Return how far the line of a token is indented.
        """
        start = self._starts[self.line_of(index) - 1]
        found = _INDENT.match(self.text, start)
        return found.end() - start if found else 0

    def begins_line(self, index: int) -> bool:
        """
        Whether a token is the first of its line.
        """
        return index == 0 or self.line_of(index - 1) < self.line_of(index)

    def is_operator(self, index: int, *texts: str) -> bool:
        """
        Whether there is a token at an index, and it is one of these operators.
        """
        return self._is("operator", index, texts)

    def is_word(self, index: int, *texts: str) -> bool:
        """
        Whether there is a token at an index, and it is one of these words, or any without them.
        """
        return self._is("word", index, texts)

    def _is(self, kind: Kind, index: int, texts: tuple[str, ...]) -> bool:
        if not 0 <= index < len(self.tokens):
            return False
        token = self.tokens[index]
        return token.kind == kind and (not texts or token.text in texts)

    def is_text(self, index: int) -> bool:
        """
        Whether there is a token at an index, and it is a literal.
        """
        return 0 <= index < len(self.tokens) and self.tokens[index].kind == "text"

    @cached_property
    def _brackets(self) -> tuple[dict[int, int], list[int]]:
        partners: dict[int, int] = {}
        around: list[int] = []
        open_ones: list[int] = []
        for index, token in enumerate(self.tokens):
            if token.kind == "operator" and token.text in _CLOSING.values():
                kinds = [_CLOSING[self.tokens[one].text[-1]] for one in open_ones]
                # A bracket that is not closed ends with the one around it.
                if token.text in kinds:
                    last = len(kinds) - 1 - kinds[::-1].index(token.text)
                    partners[open_ones[last]], partners[index] = index, open_ones[last]
                    del open_ones[last:]
            around.append(open_ones[-1] if open_ones else -1)
            if token.kind == "operator" and token.text[-1] in _CLOSING:
                open_ones.append(index)
        return partners, around

    def partner(self, index: int) -> int:
        """
        Return the index of the bracket that belongs to another one; -1 if it is missing.
        """
        return self._brackets[0].get(index, -1)

    def opener(self, index: int) -> int:
        """
        Return the index of the innermost bracket around a token; -1 if there is none.
        """
        return self._brackets[1][index]

    def end_of(self, index: int) -> int:
        """
        Return the index of the token that ends the block around one, or how many tokens there are.
        """
        opener = self.opener(index)
        while opener >= 0 and not self.tokens[opener].text.endswith("{"):
            opener = self.opener(opener)
        closer = self.partner(opener) if opener >= 0 else -1
        if closer >= 0 and not self.language.indented:
            return closer
        if not self.language.indented:
            return len(self.tokens)
        own = self.indent(index)
        return next(
            (
                later
                for later in range(index + 1, len(self.tokens))
                if self.begins_line(later) and self.indent(later) < own
            ),
            len(self.tokens),
        )
