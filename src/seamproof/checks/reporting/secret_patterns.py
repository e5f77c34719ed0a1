"""
The forms in which programs print a secret, as patterns: escaped, encoded, spaced, lists of bytes.
"""

from __future__ import annotations

import re
from base64 import b32encode, b64encode
from functools import lru_cache
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


@lru_cache(maxsize=16)
def pattern_of(secret: Secret) -> re.Pattern[str]:
    """
    Make the pattern of every form of a secret that is not a plain text.
    """
    text = secret.reveal().encode()
    bare = text.partition(b"_")[2].rstrip(b"=")
    safe = bare.translate(bytes.maketrans(b"+/", b"-_"))
    forms = [_escaped(one) for one in {bare, safe, secret.key}]
    for raw in (secret.key, bare):
        forms.append(_BETWEEN_HEXADECIMAL.join(f"(?i:{byte:02x})" for byte in raw))
        forms.append(rf"\b{_BETWEEN_DECIMAL.join(map(str, raw))}\b")
        forms.append(f"(?i:{_spaced(b32encode(raw).decode().rstrip('='))})")
        forms += [_spaced(one) for one in _in_base64(raw)]
    return re.compile("|".join(forms))


def _escaped(raw: bytes) -> str:
    return _BETWEEN.join(map(_escaped_byte, raw))


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


def _spaced(text: str) -> str:
    return _BETWEEN.join(map(re.escape, text))


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
