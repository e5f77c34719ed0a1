"""
Texts of a signed request: a curl command, a request of HTTP/1.1.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from seamproof.errors import UsageError

if TYPE_CHECKING:
    from seamproof.events import Delivery


def curl_command(delivery: Delivery, url: str, body: tuple[str, str] | None = None) -> str:
    """
    Write a curl command.

    Args:
        delivery: What is sent.
        url: Where to.
        body: The option of curl and its value that give the body; by default the body itself.

    Raises:
        UsageError: The command cannot contain the body.
    """
    headers = (("--header", f"{name}: {value}") for name, value in delivery.headers.items())
    words = ["curl", "--request", "POST", url, *(word for pair in headers for word in pair)]
    words += body or ("--data-raw", _text(delivery))
    return " ".join(shlex.quote(word) for word in words)


def _text(delivery: Delivery) -> str:
    """
    Decode a body for a command line.
    """
    text = delivery.body.decode(errors="replace")
    if "\0" in text or text.encode() != delivery.body:
        what = "a curl command cannot contain this body"
        cure = "save it to a file and sign the file"
        raise UsageError(what, found="bytes that are not UTF-8", cure=cure)
    return text


def http_request(delivery: Delivery, url: str) -> str:
    """
    Write a request of HTTP/1.1 as it is on the wire.
    """
    parts = urlsplit(url)
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    headers = {
        "host": parts.netloc.rpartition("@")[2],
        **delivery.headers,
        "content-length": str(len(delivery.body)),
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", delivery.body.decode()])
