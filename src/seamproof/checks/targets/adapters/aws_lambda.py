"""
AWS Lambda handlers behind an API Gateway proxy.

The events are those of the AWS documentation: "Working with AWS Lambda proxy
integrations for HTTP APIs", payload format versions 2.0 and 1.0.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from functools import partial
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from seamproof.checks.targets.adapters.handler_thread import TIMEOUT, together
from seamproof.checks.targets.adapters.response import Answer, too_late
from seamproof.checks.targets.base import HOST, Kind, Place, Standing
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.json_types import JsonObject

#: What API Gateway answers when the function raises, or returns what is no answer.
BAD_GATEWAY: Final = 502
_OK: Final = 200
#: Keys of which a handler for version 1.0 needs one.
_OLD_KEYS: Final = frozenset(
    {"httpMethod", "path", "resource", "multiValueHeaders", "multiValueQueryStringParameters"}
)


@dataclass(frozen=True, slots=True)
class Context:
    """
    The second argument of a handler.
    """

    aws_request_id: str
    until: float
    function_name: str = "webhook"
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:webhook"
    log_group_name: str = "/aws/lambda/webhook"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """
        Milliseconds until the call is given up.
        """
        return max(0, int((self.until - perf_counter()) * 1000))


class LambdaTarget(Standing):
    """
    A Lambda function behind an HTTP API (version 2.0) or a REST API (1.0).

    A handler that fails for want of a key that only version 1.0 has is called again
    with that version, and from then on; so is one that takes its first genuine delivery
    in that version only.

    Args:
        function: Takes an event and a context.
        place: Where it stands.
        version: Of the payload format.
    """

    in_process = True

    def __init__(self, function: Callable[..., Any], place: Place, *, version: str = "2.0") -> None:
        super().__init__(place)
        self._function = function
        self._settled = False
        self.version = version

    @property
    def kind(self) -> Kind:
        """
        By the version of the payload format.
        """
        return "lambda" if self.version == "2.0" else "lambda-v1"

    @kind.setter
    def kind(self, kind: Kind) -> None:
        self.version = "2.0" if kind == "lambda" else "1.0"

    def send(self, request: Request) -> Received:
        """
        Call the function with a request.
        """
        try:
            answer = self.place.home.call(partial(self._answer, request))
            if self.version == "2.0" and self._may_want_the_old(request, answer):
                again = self.place.home.call(partial(self._answer, request, "1.0"))
                if _wants_the_old(answer.error) or again.status in SUCCESS:
                    self.version, answer = "1.0", again
        except TimeoutError as late:
            return too_late(self.place, str(late))
        self._settled = self._settled or answer.status in SUCCESS
        return answer.received()

    def _may_want_the_old(self, request: Request, answer: Answer) -> bool:
        """
        Whether a handler is to be called in the other version.

        One that asks in vain which method it is called by refuses whatever comes.
        """
        plain = request.recipe == "genuine" and not request.age and request.method == "POST"
        unheard = plain and not self._settled and answer.status not in SUCCESS
        return unheard or _wants_the_old(answer.error)

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Call the function with several requests, each in a thread of its own.
        """
        acts = [partial(self._received, request) for request in requests]
        return together(acts, partial(too_late, self.place))

    def _received(self, request: Request) -> Received:
        return self._answer(request).received()

    def _answer(self, request: Request, version: str = "") -> Answer:
        answer = Answer(self.place)
        context = Context(str(uuid4()), perf_counter() + TIMEOUT)
        version = version or self.version
        event = EVENTS[version](request, self.place.path, context.aws_request_id)
        try:
            read_proxy_result(self._function(event, context), answer, version)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever leaves the handler is a finding
            answer.status, answer.error = BAD_GATEWAY, error
        answer.end()
        return answer


def http_api_event(request: Request, path: str, request_id: str) -> JsonObject:
    """
    Write a request as an HTTP API does: names in lower case, values joined by commas.
    """
    where, _, query = path.partition("?")
    headers: dict[str, str] = {}
    for name, value in _with_standing(request):
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    return {
        "version": "2.0",
        "routeKey": f"{request.method} {where}",
        "rawPath": where,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": HOST,
            "domainPrefix": HOST,
            "http": {
                "method": request.method,
                "path": where,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": f"{request.method} {where}",
            "stage": "$default",
            "timeEpoch": int(time() * 1000),
        },
        **_body(request.body),
    }


def rest_api_event(request: Request, path: str, request_id: str) -> JsonObject:
    """
    Write a request as a REST API does: names in the case in which they are sent.
    """
    where, _, query = path.partition("?")
    several: dict[str, list[str]] = {}
    for name, value in _with_standing(request):
        several.setdefault(name, []).append(value)
    parameters = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
    return {
        "version": "1.0",
        "resource": where,
        "path": where,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "queryStringParameters": parameters or None,
        "multiValueQueryStringParameters": {k: [v] for k, v in parameters.items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": HOST,
            "httpMethod": request.method,
            "identity": {"sourceIp": "127.0.0.1", "userAgent": ""},
            "path": where,
            "protocol": "HTTP/1.1",
            "requestId": request_id,
            "requestTimeEpoch": int(time() * 1000),
            "resourcePath": where,
            "stage": "local",
        },
        **_body(request.body),
    }


EVENTS: Final = {"2.0": http_api_event, "1.0": rest_api_event}


def read_proxy_result(result: object, answer: Answer, version: str) -> None:
    """
    Read what a Lambda function returned, as API Gateway would.
    """
    if isinstance(result, dict) and "statusCode" in result:
        try:
            answer.status = int(result["statusCode"])
            body = result.get("body") or ""
            raw = body if isinstance(body, bytes) else str(body).encode(errors="replace")
            answer.add(base64.b64decode(raw) if result.get("isBase64Encoded") else raw)
        except (TypeError, ValueError, binascii.Error) as problem:
            answer.status, answer.reason = BAD_GATEWAY, f"no proxy response: {problem}"
        headers = result.get("headers") or {}
        answer.headers = [(str(name), str(value)) for name, value in headers.items()]
        return
    answer.status, answer.reason = BAD_GATEWAY, "the function returned no statusCode"
    if version == "2.0":
        # Version 2.0 takes whatever is JSON for the body of a 200.
        try:
            text = json.dumps(result)
        except (TypeError, ValueError):
            return
        answer.status, answer.reason = _OK, ""
        answer.add(text.encode())


def _with_standing(request: Request) -> list[tuple[str, str]]:
    names = {name.lower() for name, _ in request.headers}
    added = (("Host", HOST), ("Content-Length", str(len(request.body))))
    return [*request.headers, *(pair for pair in added if pair[0].lower() not in names)]


def _body(body: bytes) -> JsonObject:
    """
    Write a body as text, or in base64 when it is no text.
    """
    try:
        return {"body": body.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _wants_the_old(error: BaseException | None) -> bool:
    return isinstance(error, KeyError) and bool(_OLD_KEYS.intersection(map(str, error.args)))
