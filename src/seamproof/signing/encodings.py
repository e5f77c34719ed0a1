"""
The encodings in which secrets and signatures occur in texts: base64, hexadecimal digits, and so on.
"""

from __future__ import annotations

import base64
import html
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

#: `\\u002B` and `\\/`, as JSON escapes characters.
_JSON_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})|\\(/)")


def encodings_of(raw: bytes) -> dict[str, str]:
    """
    Write bytes in each usual encoding.

    Returns:
        By its name, the text; base64 has no padding, so that it is found with and without.
    """
    text = base64.b64encode(raw).decode()
    return {
        "base64": text.rstrip("="),
        "base64 for URLs": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "base64, twice": base64.b64encode(text.encode()).decode().rstrip("="),
        "hexadecimal digits": raw.hex(),
        "upper-case hexadecimal digits": raw.hex().upper(),
        "hexadecimal digits with colons": raw.hex(":"),
        "escaped bytes": repr(raw)[2:-1],
        "numbers": ",".join(map(str, raw)),
        "bytes": raw.decode("latin-1"),
    }


def decoded_texts(text: str) -> Iterator[str]:
    """
    Read a text as it stands, and without the escapes of JSON, URLs and HTML.
    """
    yield text
    if "\\" in text:
        yield _JSON_ESCAPE.sub(lambda found: found[2] or chr(int(found[1], 16)), text)
    if "%" in text:
        yield unquote(text)
    if "&" in text:
        yield html.unescape(text)
