"""
Bodies in JSON: as text where they are text, whatever they are otherwise.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping

#: Bodies over this many bytes are packed where they are to stand in a source file.
_PACKED: Final = 4_000


def text_of(body: bytes) -> str:
    """
    Read a body as text, as well as can be.
    """
    return body.decode("utf-8", "backslashreplace")


def base64_unless_text(body: bytes) -> str:
    """
    Write a body in base64, unless it is UTF-8: then nothing.
    """
    try:
        body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
    return ""


def pack(body: bytes, *, small: bool = False) -> dict[str, str]:
    """
    Write a body as a member of a JSON object, so that it can be read back exactly.

    Args:
        body: The bytes.
        small: Whether a large body is to be compressed.
    """
    if small and len(body) > _PACKED:
        return {"body_zlib": base64.b64encode(zlib.compress(body, 9)).decode()}
    encoded = base64_unless_text(body)
    return {"body_base64": encoded} if encoded else {"body": body.decode()}


def unpack(members: JsonMapping) -> bytes:
    """
    Read a body back.

    Raises:
        KeyError: There is none.
        ValueError: What is written is not what `pack` writes.
    """
    try:
        if "body_zlib" in members:
            return zlib.decompress(base64.b64decode(members["body_zlib"]))
    except zlib.error as problem:
        raise ValueError(str(problem)) from problem
    if "body_base64" in members:
        return base64.b64decode(members["body_base64"])
    return str(members["body"]).encode()
