"""
Forms in which a signed request is printed: curl, HTTP, the event of a Lambda function.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from seamproof.signing.request_forms import curl_command, http_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.events import Delivery


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
