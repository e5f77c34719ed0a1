"""
Bodies of requests in JSON: as text where they are UTF-8, else in base64.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Final

from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from seamproof.json_types import JsonMapping

#: Bodies of more bytes are compressed where they are part of a source file.
_PACKED: Final = 4_000
#: The most bytes of a body that are unpacked; the largest that a check sends has 1 MB.
MAX_BODY: Final = 16_000_000


def text_of(body: bytes) -> str:
    """
    Decode a body as UTF-8; bytes that are not UTF-8 are escaped.
    """
    return body.decode("utf-8", "backslashreplace")


def json_text(body: bytes) -> str:
    """
    Indent a body that is JSON; decode any other.
    """
    try:
        return json.dumps(parse_json(body), indent=2, ensure_ascii=False)
    except ValueError:
        return text_of(body)


def base64_unless_text(body: bytes) -> str:
    """
    Encode a body in base64; empty if it is UTF-8.
    """
    try:
        body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
    return ""


def pack(body: bytes, *, small: bool = False) -> dict[str, str]:
    """
    Encode a body as a member of a JSON object, without loss.

    Args:
        body: The bytes.
        small: Whether to compress a large body.
    """
    if small and len(body) > _PACKED:
        return {"body_zlib": base64.b64encode(zlib.compress(body, 9)).decode()}
    encoded = base64_unless_text(body)
    return {"body_base64": encoded} if encoded else {"body": body.decode()}


def unpack(members: JsonMapping) -> bytes:
    """
    Decode a body.

    Raises:
        KeyError: There is no body.
        ValueError: `pack` has not written it.
    """
    try:
        if "body_zlib" in members:
            unpacker = zlib.decompressobj()
            body = unpacker.decompress(base64.b64decode(members["body_zlib"]), MAX_BODY)
            if unpacker.unconsumed_tail:
                what = f"a body has more than {MAX_BODY:,} bytes"
                raise ValueError(what)
            return body
    except zlib.error as problem:
        raise ValueError(str(problem)) from problem
    if "body_base64" in members:
        return base64.b64decode(members["body_base64"])
    return str(members["body"]).encode()
