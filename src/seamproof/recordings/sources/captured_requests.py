"""
Bodies of captured HTTP requests: the raw bytes of ngrok, the texts of a HAR file.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Final

from seamproof.formats import read_digits

if TYPE_CHECKING:
    from seamproof.json_types import Json

#: Bytes to which a compressed body may expand.
_MAX_BODY: Final = 64_000_000
_END_OF_HEAD: Final = b"\r\n\r\n"
#: For `zlib`: the first bytes decide between gzip and zlib.
_ANY_HEADER: Final = 32 + zlib.MAX_WBITS


class BodyMissing(Exception):
    """
    A captured request whose body cannot be read; the message says why.
    """


def raw_body(raw: object) -> bytes:
    """
    Take the body out of a whole HTTP/1.1 request in base64.

    Raises:
        BodyMissing: It cannot be read.
    """
    head, end, body = _decode(raw).partition(_END_OF_HEAD)
    if not end:
        what = "it has no body"
        raise BodyMissing(what)
    headers = _headers(head)
    length = read_digits(headers.get("content-length", ""))
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _dechunk(body)
    elif length is not None and len(body) < length:
        what = f"only {len(body):,} of {length:,} bytes of the body were captured"
        raise BodyMissing(what)
    return _decompress(body, headers.get("content-encoding", "").lower())


def text_body(content: Json) -> bytes:
    """
    Take the body out of the `postData` of a request or the `content` of a response in a HAR file.

    Raises:
        BodyMissing: It has none.
    """
    text = content.get("text") if isinstance(content, dict) else None
    if not isinstance(text, str) or not text.strip():
        what = "it has no body"
        raise BodyMissing(what)
    if content.get("encoding") == "base64":
        return _decode(text)
    return text.encode(errors="surrogatepass")


def _decode(text: object) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except ValueError as problem:
        what = "the bytes are not base64"
        raise BodyMissing(what) from problem


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _dechunk(body: bytes) -> bytes:
    """
    Join the chunks of a body (RFC 9112, 7.1).
    """
    whole = bytearray()
    while True:
        size, end, body = body.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0], 16)
        except ValueError:
            length = -1
        if not end or length < 0 or len(body) < length:
            what = "the body was captured in part only"
            raise BodyMissing(what)
        if length == 0:
            return bytes(whole)
        whole += body[:length]
        body = body[length + 2 :]


def _decompress(body: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        what = f"the body is compressed as {encoding[:40]}"
        raise BodyMissing(what)
    try:
        return zlib.decompressobj(_ANY_HEADER).decompress(body, _MAX_BODY)
    except zlib.error as problem:
        what = "the compressed body cannot be read"
        raise BodyMissing(what) from problem
