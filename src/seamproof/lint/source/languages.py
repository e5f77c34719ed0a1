"""
The languages in which handlers are written, by the suffixes of their files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Language:
    """
    A language, and what its syntax differs in from that of others.

    Attributes:
        lexer: As Pygments calls it.
        indented: Whether the indent of a line, not a brace, shows which block it is in.
        one_line_quotes: Whether a text in quotes ends in its line: what does not is an apostrophe.
        dot_joins: Whether a dot joins texts.
        attributes: Whether `event.name` reads a property of parsed JSON.
        marked_names: Whether a name may end with a question mark or an exclamation mark.
    """

    lexer: str
    indented: bool = False
    one_line_quotes: bool = False
    dot_joins: bool = False
    attributes: bool = False
    marked_names: bool = False


_PYTHON: Final = Language("python", indented=True, attributes=True)
_JAVASCRIPT: Final = Language("javascript", one_line_quotes=True, attributes=True)
_TYPESCRIPT: Final = Language("typescript", one_line_quotes=True, attributes=True)
_RUBY: Final = Language("ruby", indented=True, marked_names=True)
_ELIXIR: Final = Language("elixir", indented=True, marked_names=True)
_KOTLIN: Final = Language("kotlin")

#: By the suffix of a file, its language.
LANGUAGES: Final = {
    **dict.fromkeys((".py", ".pyw"), _PYTHON),
    **dict.fromkeys((".js", ".cjs", ".mjs", ".jsx"), _JAVASCRIPT),
    **dict.fromkeys((".ts", ".cts", ".mts", ".tsx"), _TYPESCRIPT),
    **dict.fromkeys((".php", ".phtml"), Language("php", dot_joins=True, attributes=True)),
    **dict.fromkeys((".rb", ".rake", ".ru"), _RUBY),
    ".go": Language("go"),
    ".java": Language("java"),
    **dict.fromkeys((".kt", ".kts"), _KOTLIN),
    ".cs": Language("csharp"),
    **dict.fromkeys((".ex", ".exs"), _ELIXIR),
}
