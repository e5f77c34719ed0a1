"""
The forms in which programs print a secret, as patterns: escaped, encoded, spaced, lists of bytes.
"""

from __future__ import annotations

import re
from base64 import b32encode, b64encode
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.signing import Secret

#: What may stand between two characters of a text that is wrapped or spaced.
_BETWEEN: Final = r"(?:\s|\\[nrt]|\\\n|=\r?\n|[\"'|>])*"
#: What may stand between two bytes: `77 68`, `77:68`, `0x77, 0x68`, `\x77\x68`, `%77%68`.
_BETWEEN_HEXADECIMAL: Final = r"[\s,;:-]*(?:0x|\\+x|%)?"
_BETWEEN_DECIMAL: Final = r"[\s,;]+"

#: Characters of base64 that depend on the bytes before, by how many there are modulo 3.
_UNCERTAIN: Final = (0, 2, 3)
_GROUP: Final = 3


#: Characters by which a form is looked for before its whole pattern is compiled, which takes long.
_BEGINNING: Final = 4


@dataclass(frozen=True, slots=True)
class _Form:
    """
    A form of a secret: patterns of its characters or bytes, and of what may stand between two.
    """

    parts: tuple[str, ...]
    between: str = _BETWEEN
    flags: str = ""
    edge: str = ""

    def pattern(self, length: int | None = None) -> str:
        """
        Make the pattern of the first parts, or of all.
        """
        is_whole = length is None or length >= len(self.parts)
        text = self.between.join(self.parts[:length])
        return f"(?{self.flags}:{self.edge}{text}{self.edge if is_whole else ''})"


class SecretPattern:
    """
    The pattern of every form of a secret that is not a plain text.
    """

    def __init__(self, secret: Secret) -> None:
        self._forms = tuple(_forms(secret))
        self._beginning = re.compile("|".join(one.pattern(_BEGINNING) for one in self._forms))

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        return re.compile("|".join(one.pattern() for one in self._forms))

    def replace(self, text: str, instead: str) -> str:
        """
        Replace the secret in a text.
        """
        return self._whole.sub(instead, text) if self._beginning.search(text) else text


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
    for raw in {bare, safe, secret.key}:
        yield _Form(tuple(map(_escaped_byte, raw)))
    for raw in (secret.key, bare):
        yield _Form(tuple(f"{byte:02x}" for byte in raw), _BETWEEN_HEXADECIMAL, flags="i")
        yield _Form(tuple(map(str, raw)), _BETWEEN_DECIMAL, edge=r"\b")
        yield _spaced(b32encode(raw).decode().rstrip("="), flags="i")
        yield from map(_spaced, _in_base64(raw))


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
        f"&#(?:0*{byte}|[xX]0*{digits});?",
        rf"\\+{byte:03o}",
    ]
    if chr(byte) in "/'\"\\":
        forms.append(rf"\\+{re.escape(chr(byte))}")
    return f"(?:{'|'.join(forms)})"


def _spaced(text: str, flags: str = "") -> _Form:
    return _Form(tuple(map(re.escape, text)), flags=flags)


def _in_base64(raw: bytes) -> Iterator[str]:
    """
    Encode bytes as a part of a longer text, as Basic authentication does, at each offset.
    """
    for offset in range(_GROUP):
        whole = (offset + len(raw)) // _GROUP * _GROUP - offset
        text = b64encode(b"\0" * offset + raw[:whole]).decode()[_UNCERTAIN[offset] :]
        yield text
        if "+" in text or "/" in text:
            yield text.replace("+", "-").replace("/", "_")
