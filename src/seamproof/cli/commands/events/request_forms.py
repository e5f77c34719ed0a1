"""
Forms in which a signed request is printed: curl, HTTP, the event of a Lambda function.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


def lambda_event(delivery: Delivery, url: str) -> str:
    """
    Write the event that a Lambda function behind an HTTP API gets (payload version 2.0).
    """
    from seamproof.checks.model.exchange import Request
    from seamproof.checks.targets.adapters.aws_lambda import http_api_event

    request = Request(headers=tuple(delivery.headers.items()), body=delivery.body)
    path = urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return json.dumps(http_api_event(request, path, delivery.message_id), ensure_ascii=False)


FORMS: Final[Mapping[str, Callable[[Delivery, str], str]]] = {
    "lambda": lambda_event,
    "curl": curl_command,
    "http": http_request,
}
