"""
Tokenizer for TypeScript declarations: names, literals, punctuation and documentation comments.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from seamproof.errors import SourceInvalid

_TOKEN: Final = re.compile(
    r"(?P<space>\s+|//[^\n]*)"
    r"|(?P<comment>/\*.*?\*/)"
    r"|(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?P<text>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<mark>=>|\.\.\.|[{}()\[\]<>|&,;:?=.*+-])",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


@dataclass(frozen=True, slots=True)
class Token:
    """
    One token.

    Attributes:
        kind: `name`, `text`, `number`, `mark`, or `end` after the last one.
        text: Its text; of a literal, the value without quotes and escapes.
        start: Its position in the file.
        comment: The documentation comment in front of it; "" without one.
    """

    kind: str
    text: str
    start: int
    comment: str = ""


class TokenStream:
    """
    The tokens of a file, read one after the other.

    Args:
        text: The text of the file.
        where: Its name in errors.

    Raises:
        SourceInvalid: A character begins no token; has the line.
    """

    def __init__(self, text: str, where: str) -> None:
        self._where = where
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._tokens = self._tokenize(text)
        #: The number of the token that is read next; setting it goes back or ahead.
        self.position = 0

    def _tokenize(self, text: str) -> list[Token]:
        tokens: list[Token] = []
        position, comment = 0, ""
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                what, found = "the character begins no token", repr(text[position])
                raise self.error(Token("mark", "", position), what, found=found)
            kind = str(match.lastgroup)
            if kind == "comment":
                comment = match[0] if match[0].startswith("/**") else comment
            elif kind != "space":
                value = _unquoted(match[0]) if kind == "text" else match[0]
                tokens.append(Token(kind, value, position, comment))
                comment = ""
            position = match.end()
        return [*tokens, Token("end", "the end of the file", len(text))]

    @property
    def current(self) -> Token:
        """
        The token that is read next.
        """
        return self._tokens[self.position]

    def take(self) -> Token:
        """
        Return the next token, and go on to the one after it; the end stays the next.
        """
        token = self.current
        self.position += token.kind != "end"
        return token

    def take_if(self, *texts: str) -> Token | None:
        """
        Take the next token if it is one of these names or marks.
        """
        token = self.current
        return self.take() if token.kind in ("name", "mark") and token.text in texts else None

    def expect(self, text: str) -> Token:
        """
        Take the next token, which has to be this mark.

        Raises:
            SourceInvalid: It is another.
        """
        taken = self.take_if(text)
        if taken is None:
            what = f"{text!r} is missing"
            raise self.error(self.current, what, expected=text, found=self.current.text)
        return taken

    def peek(self, distance: int = 1) -> Token:
        """
        Return the token after the next one, without taking it.
        """
        return self._tokens[min(self.position + distance, len(self._tokens) - 1)]

    def line_of(self, token: Token) -> int:
        """
        Return the line on which a token begins.
        """
        return bisect_right(self._lines, token.start)

    def error(self, token: Token, what: str, **details: str) -> SourceInvalid:
        """
        Create the error for a token.
        """
        shown = {key: value[:60] for key, value in details.items()}
        return SourceInvalid(what, where=f"{self._where}:{self.line_of(token)}", **shown)


def _unquoted(literal: str) -> str:
    def character(escape: re.Match[str]) -> str:
        code = escape[1]
        if len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, code)

    return _ESCAPE.sub(character, literal[1:-1])
