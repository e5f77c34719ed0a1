"""
Replacements of texts: each has the form of its original, as a UUID, a code or an e-mail address.
"""

from __future__ import annotations

import operator
import re
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING, Final

from seamproof.formats import UUID_TEXT
from seamproof.pseudonyms.permutation import LARGEST, derange

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "0123456789"
#: Instead of letters and symbols outside ASCII.
_FOREIGN_LOWER: Final = "àáâäåæçèéêëìíîïñòóôöøùúûü"
_SYMBOLS: Final = "★◆●▲■♣♠♥♦☂☀☁☎♪✿❄"

#: Parts have the lengths that they may have at most (RFC 5321, 4.5.3.1), so that a long text takes
#: no time that grows with its square.
_EMAIL: Final = r"[^\s@<>\"',;:()]{1,64}@[^\s@<>\"',;:()]{1,190}\.[^\s@<>\"',;:().]{1,63}"
_URL: Final = r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"'<>]+"
_SCHEMES: Final = frozenset({"ftp", "http", "https", "rtmp", "rtsp", "ws", "wss"})
#: What is replaced by the same value wherever it is in a text.
_PARTS: Final = re.compile(f"(?P<url>{_URL})|(?P<email>{_EMAIL})|(?P<uuid>(?i:{UUID_TEXT}))")
#: Endings of a path that say what a file is.
_ENDINGS: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|mp4|mov|webm|m3u8|json|html?|pdf)\Z")

#: Every other character of a replaced UUID is a letter, so that no code of three digits is part of
#: one by chance.
_HEX: Final = "0123456789abcdef"
_HEX_LETTERS: Final = "abcdef"
_STREAM_BLOCK: Final = 64


def replace_text(text: str, key: bytes) -> str:
    """
    Replace a text by another one of the same form: letters by letters, digits by digits.

    UUIDs, e-mail addresses and URLs within it have the replacements that they have elsewhere.
    A text without a visible character is left as it is.

    Args:
        text: The original.
        key: Decides the replacement.
    """
    if not text.strip():
        return text
    if text.isascii() and text.isdecimal():
        return _replace_characters(text, key)
    done, pieces = 0, []
    for found in _PARTS.finditer(text):
        pieces += [_replace_characters(text[done : found.start()], key), _replace_part(found, key)]
        done = found.end()
    replaced = "".join([*pieces, _replace_characters(text[done:], key)])
    return replaced if replaced != text else _replace_punctuation(text, key)


def _replace_punctuation(text: str, key: bytes) -> str:
    """
    Replace a text that has neither letters nor digits.
    """
    stream = _stream(b"punctuation" + text.encode(), key)
    return "".join(one if one.isspace() else _LOWER[next(stream) % len(_LOWER)] for one in text)


def replace_uuid(text: str, key: bytes) -> str:
    """
    Replace a UUID by another one of version 4, in the same case.
    """
    stream = _stream(b"uuid" + text.lower().encode(), key)
    characters = []
    for place, character in enumerate(text):
        pool = _HEX if place % 2 else _HEX_LETTERS
        characters.append(character if character == "-" else pool[next(stream) % len(pool)])
    # RFC 9562: the version is the first digit of the third group, the variant of the fourth.
    characters[14], characters[19] = "4", "ab"[next(stream) % 2]
    replacement = "".join(characters)
    return replacement.upper() if text.isupper() else replacement


def replace_url(text: str, key: bytes) -> str:
    """
    Replace a URL by one of `example.com` with the same scheme and the same ending.
    """
    scheme, _, rest = text.partition("://")
    path = rest.partition("?")[0].partition("#")[0]
    ending = _ENDINGS.search(path)
    stream = _stream(b"url" + text.encode(errors="surrogatepass"), key)
    name = "".join(_LOWER[next(stream) % len(_LOWER)] for _ in range(20))
    known = scheme if scheme.lower() in _SCHEMES else "https"
    return f"{known}://media.example.com/{name}{ending[0] if ending else ''}"


def replace_email(text: str, key: bytes) -> str:
    """
    Replace an e-mail address by one of `example.com`.
    """
    stream = _stream(b"email" + text.lower().encode(errors="surrogatepass"), key)
    local = "".join(_LOWER[next(stream) % len(_LOWER)] for _ in range(12))
    return f"{local}@example.com"


def _replace_part(found: re.Match[str], key: bytes) -> str:
    kind = found.lastgroup
    if kind == "uuid":
        return replace_uuid(found[0], key)
    return replace_email(found[0], key) if kind == "email" else replace_url(found[0], key)


def _replace_characters(text: str, key: bytes) -> str:
    """
    Replace a text character by character; a short one by a permutation of the texts of its form.
    """
    pools = tuple(_pool_of(one) for one in text)
    size = _size_of(pools)
    if size == 1:
        return text
    if size <= LARGEST and all(map(operator.contains, pools, text)):
        marks = "\0".join(pools).encode()
        shaped = blake2b(b"shape" + marks, key=key, digest_size=32).digest()
        return _text_of(derange(_number_of(text, pools), size, shaped), pools)
    stream = _stream(b"text" + text.encode(errors="surrogatepass"), key)
    return "".join(_other(one, pool, next(stream)) for one, pool in zip(text, pools, strict=True))


def _size_of(pools: tuple[str, ...]) -> int:
    """
    Count the texts of a form; the count stops above `LARGEST`.
    """
    size = 1
    for pool in pools:
        size *= len(pool)
        if size > LARGEST:
            break
    return size


def _other(character: str, pool: str, number: int) -> str:
    """
    Choose another character of a pool; a pool of one has no other.
    """
    others = pool.replace(character, "") or pool
    return others[number % len(others)]


def _pool_of(character: str) -> str:
    if character.isascii():
        if character in _DIGITS:
            return _DIGITS
        if character.isalpha():
            return _LOWER if character.islower() else _LOWER.upper()
        return character
    if character.isspace():
        return character
    if character.isalnum():
        return _FOREIGN_LOWER.upper() if character.isupper() else _FOREIGN_LOWER
    return _SYMBOLS


def _number_of(text: str, pools: tuple[str, ...]) -> int:
    number = 0
    for character, pool in zip(text, pools, strict=True):
        number = number * len(pool) + pool.index(character)
    return number


def _text_of(number: int, pools: tuple[str, ...]) -> str:
    characters = []
    for pool in reversed(pools):
        number, place = divmod(number, len(pool))
        characters.append(pool[place])
    return "".join(reversed(characters))


def _stream(text: bytes, key: bytes) -> Iterator[int]:
    """
    Make an endless stream of numbers below 2**16 from a text.
    """
    # The text is hashed once, not for each block: it may be long.
    own = blake2b(text, key=key, digest_size=_STREAM_BLOCK).digest()
    for block in count():
        made = blake2b(block.to_bytes(8, "big"), key=own, digest_size=_STREAM_BLOCK).digest()
        for place in range(0, _STREAM_BLOCK, 2):
            yield int.from_bytes(made[place : place + 2], "big")
