"""
Reads a source into tokens with the lexers of Pygments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from seamproof.lint.source.tokens import CodeToken, SourceCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.lexer import Lexer

    from seamproof.lint.source.languages import Language
    from seamproof.lint.source.tokens import Kind

#: What code consists of besides literals. Operators of several characters come first.
_OPERATORS: Final = (
    r"[\d][\w.]*"
    r"|===|!==|\?\?=|\.\.\.|<<~|==|!=|<=|>=|=>|->|<>|::|\?\.|\?\?|\|\||&&|:=|\+=|\|>|%\{"
    r"|[^\s\w]"
)
_CODE: Final = re.compile(rf"[A-Za-z_$@][\w$]*|{_OPERATORS}")
_CODE_WITH_MARKS: Final = re.compile(rf"[A-Za-z_$@][\w$]*(?:[!?](?!=))?|{_OPERATORS}")
_QUOTES: Final = ("'", '"', "`")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
#: How a list of words begins, in Ruby and in Elixir.
_WORDS: Final = re.compile(r"%[wWiI].|~[wW].")
_WORD: Final = re.compile(r"\S+")
_PREFIX: Final = re.compile(r"^[@$fFrRbBuU]{0,3}(?=[\"'`])")
_LONG: Final = 3


def read_source(path: str, text: str, language: Language) -> SourceCode:
    """
    Read a source into tokens; what a lexer does not understand is left out.
    """
    return SourceCode(path, language, text, _Reader(text, language).read())


@dataclass(slots=True)
class _Open:
    """
    A literal that has begun and not ended.
    """

    token: CodeToken
    quote: str
    parts: list[str] = field(default_factory=list)
    #: How many of its computed parts are open.
    inside: int = 0


class _Reader:
    """
    Joins the tokens of a lexer.
    """

    def __init__(self, text: str, language: Language) -> None:
        self._text = text
        self._language = language
        self._tokens: list[CodeToken] = []
        self._open: list[_Open] = []
        self._words = False
        #: Where the code begins that is not split into tokens yet; -1 if there is none.
        self._code = -1

    def read(self) -> list[CodeToken]:
        """
        Read the whole text.
        """
        at = 0
        while at < len(self._text):
            at = self._read_from(at)
        return self._tokens

    def _read_from(self, start: int) -> int:
        """
        Read up to the end, or to where the lexer has to begin again.
        """
        lexer = _lexer(self._language)
        for at, kind, value in lexer.get_tokens_unprocessed(self._text[start:]):
            form = _form(kind)
            if form is None:
                if self._open and "\n" in value and self._open[-1].quote in ("'", '"'):
                    # It is not closed in its line: no literal.
                    self._open.pop()
                if self._code < 0:
                    self._code = start + at
                continue
            self._end_code(start + at)
            if form == "Attribute":
                self._take_attribute(value, start + at)
            elif form == "Comment":
                continue
            elif self._is_apostrophe(value):
                self._open.clear()
                return start + at + 1
            else:
                self._take_string(form, value, start + at)
        self._end_code(len(self._text))
        return len(self._text)

    def _is_apostrophe(self, value: str) -> bool:
        return (
            self._language.one_line_quotes
            and value[0] in "'\""
            and "\n" in value.replace("\\\n", "")
        )

    def _end_code(self, end: int) -> None:
        """
        Split the code before a literal or a comment into tokens.
        """
        if self._code >= 0:
            self._tokens += _code_tokens(self._text, self._code, end, self._language)
            self._code = -1

    def _take_attribute(self, value: str, at: int) -> None:
        """
        Read a name that Pygments calls an attribute; those of C# it leaves whole, in brackets.
        """
        if not value.startswith("["):
            self._code = at
            return
        inner = _Reader(value[1:-1], self._language).read()
        for one in inner:
            self._tokens.append(CodeToken(one.kind, one.text, at + 1 + one.at, one.is_whole))

    def _take_string(self, kind: str, value: str, at: int) -> None:
        if kind in ("Doc", "Affix", "Regex") or (kind == "Heredoc" and not self._open):
            return
        if kind == "Symbol":
            self._add_whole(value.strip(":").strip("\"'"), at)
            return
        if kind == "Interpol":
            self._interpolate(value, at)
            return
        if kind == "Other" and (self._words or _WORDS.fullmatch(value)):
            self._take_words(value, at)
            return
        current = self._open[-1] if self._open and not self._open[-1].inside else None
        if current is None:
            self._begin(value, at)
        elif value.strip("\n") == current.quote:
            self._end()
        else:
            current.parts.append(value)

    def _begin(self, value: str, at: int) -> None:
        value = _PREFIX.sub("", value)
        quote = value[:_LONG] if value[:_LONG] in ('"""', "'''") else value[:1]
        if quote not in (*_QUOTES, '"""', "'''"):
            return
        if len(value) >= 2 * len(quote) and value.endswith(quote):
            computed = self._text.startswith("$", at)
            self._add_whole(value[len(quote) : -len(quote)], at, is_whole=not computed)
            return
        token = CodeToken("text", "", at)
        self._tokens.append(token)
        self._open.append(_Open(token, quote, [value[len(quote) :]]))

    def _end(self) -> None:
        done = self._open.pop()
        done.token.text = _unescaped("".join(done.parts))

    def _add_whole(self, text: str, at: int, *, is_whole: bool = True) -> None:
        self._tokens.append(CodeToken("text", _unescaped(text), at, is_whole))

    def _interpolate(self, value: str, at: int) -> None:
        if not self._open:
            return
        current = self._open[-1]
        current.token.is_whole = False
        if value.endswith("{"):
            current.inside += 1
        elif value == "}":
            current.inside = max(0, current.inside - 1)
        elif value.startswith("$"):
            self._tokens += _code_tokens(self._text, at, at + len(value), self._language)

    def _take_words(self, value: str, at: int) -> None:
        opens = _WORDS.fullmatch(value)
        if opens or len(value) == 1:
            self._words = bool(opens)
            self._tokens.append(CodeToken("operator", "[" if opens else "]", at))
            return
        for found in _WORD.finditer(value):
            self._add_whole(found[0], at + found.start())
            self._tokens.append(CodeToken("operator", ",", at + found.end()))


def _code_tokens(text: str, start: int, end: int, language: Language) -> Iterator[CodeToken]:
    """
    Split code without literals and comments into tokens.
    """
    pattern = _CODE_WITH_MARKS if language.marked_names else _CODE
    for found in pattern.finditer(text, start, end):
        word = found[0].lstrip("$@") or found[0]
        kind: Kind = "word" if word[0].isalnum() or word[0] == "_" else "operator"
        yield CodeToken(kind, word, found.start())


@lru_cache(maxsize=1000)
def _form(kind: object) -> str | None:
    """
    Name the form of a literal, `Comment` or `Attribute`; None for all other code.
    """
    name = str(kind).removeprefix("Token.")
    if name.startswith("Literal.String"):
        return name.removeprefix("Literal.String").lstrip(".")
    if name == "Name.Attribute":
        return "Attribute"
    return "Comment" if name.startswith("Comment") else None


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


@cache
def _lexer(language: Language) -> Lexer:
    from pygments.lexers import find_lexer_class_by_name

    # Some lexers take long to make.
    made: Lexer = find_lexer_class_by_name(language.lexer)()
    return made


def texts_of(source: SourceCode) -> Iterator[tuple[int, str]]:
    """
    List the literals whose texts are known, with their indexes.
    """
    for index, token in enumerate(source.tokens):
        if token.kind == "text" and token.is_whole:
            yield index, token.text
