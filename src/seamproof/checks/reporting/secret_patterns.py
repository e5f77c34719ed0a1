"""
The forms in which programs print a secret, as patterns: escaped, encoded, spaced, lists of bytes.

A text may have been cut in the middle of a secret: the beginning of each form is enough.
"""

from __future__ import annotations

import re
from base64 import b32encode, b64encode
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seamproof.signing import Secret

#: What may stand between two characters of a text that is wrapped, spaced, a list or in UTF-16.
_BETWEEN: Final = r"(?:[\s\0]|\\+(?:[nrt]|x00|u0000|0)|\\\n|=\r?\n|[\"'|>.,:;-])*"
#: What may stand between two bytes: `77 68`, `77:68`, `0x77, 0x68`, `\x77\x68`, `%77%68`.
_BETWEEN_HEXADECIMAL: Final = r"[\s,;:\"'-]*(?:0x|\\+x|%)?"
#: Also the keys of a mapping: `{"0":119,"1":104}`, `[0] => 119 [1] => 104`.
_BETWEEN_DECIMAL: Final = r"[\s,;)]+(?:\[?[\"']?[0-9]+[\"']?\]?\s*=?[>:]\s*(?:int\()?)?"

#: How many characters or bytes at the beginning of a form are enough.
_ENOUGH: Final = 12
#: How many of them are looked for first.
_FIRST: Final = 4
#: Java writes the bytes from this one on as negative numbers.
_SIGNED: Final = 128
_WRAP: Final = 256

#: By the letters of an encoding: how many bytes it encodes together, and by how many bytes stand
#: before a secret within a longer text, how many letters depend on them.
_BASE64: Final = (3, (0, 2, 3))
_BASE32: Final = (5, (0, 2, 4, 5, 7))


@dataclass(frozen=True, slots=True)
class _Form:
    """
    A form of a secret.

    Attributes:
        parts: Patterns of its characters or bytes.
        between: What may stand between two of them.
        before: What its beginning requires before it.
    """

    parts: Sequence[str]
    between: str = _BETWEEN
    before: str = ""

    def beginning(self, length: int = _ENOUGH) -> str:
        """
        Match the first parts.
        """
        return self.before + self.between.join(self.parts[:length])

    def end(self, text: str, at: int) -> int:
        """
        Find where the form ends, or is cut off, in a text that has its beginning.
        """
        for one in self.parts[_ENOUGH:]:
            if (found := re.compile(self.between + one).match(text, at)) is None:
                break
            at = found.end()
        return at


class SecretPattern:
    """
    Every form of a secret that is not a plain text.
    """

    def __init__(self, secret: Secret) -> None:
        self._forms = tuple(_forms(secret))
        # The longer pattern takes long to compile; few texts need it.
        self._first = re.compile("|".join(one.beginning(_FIRST) for one in self._forms))

    @cached_property
    def _beginnings(self) -> re.Pattern[str]:
        return re.compile("|".join(f"({one.beginning()})" for one in self._forms))

    def replace(self, text: str, instead: str) -> str:
        """
        Replace each form in a text.
        """
        if not self._first.search(text):
            return text
        kept, at = [], 0
        while found := self._beginnings.search(text, at):
            form = self._forms[(found.lastindex or 1) - 1]
            kept += [text[at : found.start()], instead]
            at = form.end(text, found.end())
        return "".join([*kept, text[at:]])


@lru_cache(maxsize=16)
def pattern_of(secret: Secret) -> SecretPattern:
    """
    Make the pattern of a secret, once.
    """
    return SecretPattern(secret)


def _forms(secret: Secret) -> Iterator[_Form]:
    text = secret.reveal().encode()
    bare = text.partition(b"_")[2].rstrip(b"=")
    safe = bare.translate(bytes.maketrans(b"+/", b"-_"))
    for one in sorted({bare, safe, secret.key}):
        yield _Form([*map(_escaped_byte, one)])
    for raw in (secret.key, bare):
        yield _Form([f"(?i:{byte:02x})" for byte in raw], _BETWEEN_HEXADECIMAL)
        yield _Form([*map(_decimal, raw)], _BETWEEN_DECIMAL, "(?<![0-9-])")
        for found in _within(raw, b32encode, *_BASE32):
            yield _Form([f"(?i:{one})" for one in found])
        for found in _within(raw, b64encode, *_BASE64):
            in_urls = found.replace("+", "-").replace("/", "_")
            for letters in sorted({found, in_urls}):
                yield _Form([*map(re.escape, letters)])


def _decimal(byte: int) -> str:
    return f"(?:{byte}{f'|{byte - _WRAP}' if byte >= _SIGNED else ''})(?![0-9])"


def _escaped_byte(byte: int) -> str:
    """
    Write a byte as it is, or as JSON, Python, URLs, HTML, C and MIME escape it.
    """
    digits = f"(?i:{byte:02x})"
    forms = [
        re.escape(chr(byte)),
        rf"\\+(?:x|u00|u\{{0*){digits}\}}?",
        f"%{digits}",
        f"={digits}",
        f"&(?:amp;)?#(?:0*{byte}|[xX]0*{digits});?",
        rf"\\+{byte:03o}",
    ]
    if chr(byte) in "/'\"\\":
        forms.append(rf"\\+{re.escape(chr(byte))}")
    return f"(?:{'|'.join(forms)})"


def _within(
    raw: bytes, encode: Callable[[bytes], bytes], group: int, uncertain: Sequence[int]
) -> Iterator[str]:
    """
    Encode bytes as a part of a longer text, as Basic authentication does, at each offset.
    """
    for offset in range(group):
        whole = (offset + len(raw)) // group * group - offset
        yield encode(b"\0" * offset + raw[:whole]).decode()[uncertain[offset] :]
