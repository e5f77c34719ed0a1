"""
AWS Lambda handlers behind an API Gateway proxy.

The events are those of the AWS documentation: "Working with AWS Lambda proxy
integrations for HTTP APIs", payload format versions 2.0 and 1.0.
"""

from __future__ import annotations

import base64
import binascii
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from seamproof.checks.targets.adapters.response import (
    ResponseRecorder,
    as_bytes,
    begin_response,
    receive_in_threads,
    receive_in_turn_by_threads,
    timed_out,
)
from seamproof.checks.targets.base import HOST, Target, TargetContext
from seamproof.checks.targets.handler_thread import TIMEOUT
from seamproof.signing import HEADERS
from seamproof.signing.forgeries import GENUINE
from seamproof.statuses import CLIENT_ERROR, NOT_ROUTED, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.checks.model.exchange import Received, Request, Transfer
    from seamproof.checks.model.options import Kind
    from seamproof.json_types import JsonObject

#: The status of API Gateway when the function raises, or returns no response.
BAD_GATEWAY: Final = 502
_OK: Final = 200
_SIGNATURE: Final = HEADERS[2]
_NO_SIGNATURE: Final = "v1," + base64.b64encode(bytes(32)).decode()
#: Keys of which a handler for version 1.0 reads at least one.
_V1_KEYS: Final = frozenset(
    {"httpMethod", "path", "resource", "multiValueHeaders", "multiValueQueryStringParameters"}
)


@dataclass(frozen=True, slots=True)
class LambdaContext:
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
        Return the milliseconds until the timeout.
        """
        return max(0, int((self.until - perf_counter()) * 1000))


class LambdaTarget(Target):
    """
    A Lambda function behind an HTTP API (version 2.0) or a REST API (1.0).

    Version 1.0 is used from the request on that shows that the handler is written for it: it
    lacks a key that only version 1.0 has, or version 2.0 brings a genuine delivery less far.

    Args:
        function: Called with an event and a context.
        context: What a target of any kind needs.
        version: Of the payload format.
    """

    in_process = True

    def __init__(
        self, function: Callable[..., Any], context: TargetContext, *, version: str = "2.0"
    ) -> None:
        super().__init__(context)
        self._function = function
        self._version_known = False
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

    @property
    def receives_method(self) -> bool:
        """
        No: API Gateway routes requests by their method.
        """
        return False

    @property
    def keeps_header_case(self) -> bool:
        """
        By the version of the payload format: an HTTP API passes on all names in lower case.
        """
        return self.version != "2.0"

    @property
    def transfers(self) -> frozenset[Transfer]:
        """
        As base64, which a gateway with binary media types makes of every body.
        """
        return frozenset(("base64",))

    def send(self, request: Request) -> Received:
        """
        Call the function with a request.
        """
        try:
            response = self._respond_in_time(request, self.version)
            if self.version == "2.0" and (
                self._is_trial(request) or _lacks_version_1_key(response.error)
            ):
                response = self._in_either_version(request, response)
        except TimeoutError as late:
            return timed_out(self.context, str(late))
        self._version_known = self._version_known or response.status in SUCCESS
        return response.received()

    def _respond_in_time(self, request: Request, version: str) -> ResponseRecorder:
        return self.context.thread.call(partial(self._respond, request, version))

    def _is_trial(self, request: Request) -> bool:
        """
        Whether a request may decide on the version: a plain genuine one, until one is accepted.
        """
        plain = request.recipe == GENUINE and not request.age and request.method == "POST"
        return plain and not self._version_known

    def _in_either_version(self, request: Request, response: ResponseRecorder) -> ResponseRecorder:
        """
        Try version 1.0, if version 2.0 may be wrong, and use the better one from then on.

        A handler that looks for the HTTP method where only version 1.0 has it gives every event
        of version 2.0 the same answer: a rejection, or a success without any verification.
        """
        if response.status in SUCCESS and self._rejects_forgery(request, "2.0"):
            return response
        again = self._respond_in_time(request, "1.0")
        if response.status in SUCCESS:
            better = again.status in SUCCESS and self._rejects_forgery(request, "1.0")
        else:
            better = _lacks_version_1_key(response.error) or _rank(again) > _rank(response)
        if not better:
            return response
        self.version = "1.0"
        return again

    def _rejects_forgery(self, request: Request, version: str) -> bool:
        """
        Whether a request with another signature is rejected; True if it has no signature at all.
        """
        forged = tuple(
            (name, _NO_SIGNATURE if name.lower() == _SIGNATURE else value)
            for name, value in request.headers
        )
        if forged == request.headers:
            return True
        response = self._respond_in_time(replace(request, headers=forged), version)
        return response.status in CLIENT_ERROR

    def send_each(self, requests: Sequence[Request], *, at_once: int = 1) -> list[Received]:
        """
        Call the function with several requests, in a few threads.
        """
        if at_once == 1:
            return super().send_each(requests)
        return receive_in_turn_by_threads(self.context, self._respond, requests, at_once)

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Call the function with several requests, each in its own thread.
        """
        return receive_in_threads(self.context, self._respond, requests)

    def _respond(self, request: Request, version: str = "") -> ResponseRecorder:
        response = begin_response(self.context, request)
        context = LambdaContext(str(uuid4()), perf_counter() + TIMEOUT)
        version = version or self.version
        event = EVENTS[version](request, self.context.path, context.aws_request_id)
        try:
            read_proxy_result(self._function(event, context), response, version)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            response.status, response.error = BAD_GATEWAY, error
        response.end()
        return response


def http_api_event(request: Request, path: str, request_id: str) -> JsonObject:
    """
    Make the event of an HTTP API: header names in lower case, values joined by commas.
    """
    where, _, query = path.partition("?")
    headers: dict[str, str] = {}
    for name, value in _with_default_headers(request):
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
        **_body(request),
    }


def rest_api_event(request: Request, path: str, request_id: str) -> JsonObject:
    """
    Make the event of a REST API: header names in the case in which they are sent.
    """
    where, _, query = path.partition("?")
    multi_values: dict[str, list[str]] = {}
    for name, value in _with_default_headers(request):
        multi_values.setdefault(name, []).append(value)
    parameters = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
    return {
        "version": "1.0",
        "resource": where,
        "path": where,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in multi_values.items()},
        "multiValueHeaders": multi_values,
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
        **_body(request),
    }


EVENTS: Final = {"2.0": http_api_event, "1.0": rest_api_event}


def read_proxy_result(result: object, response: ResponseRecorder, version: str) -> None:
    """
    Record what a Lambda function returned, as API Gateway reads it.
    """
    if isinstance(result, dict) and "statusCode" in result:
        try:
            response.status = int(result["statusCode"])
            raw = as_bytes(result.get("body") or "")
            response.add(base64.b64decode(raw) if result.get("isBase64Encoded") else raw)
        except (TypeError, ValueError, binascii.Error) as problem:
            response.status, response.reason = BAD_GATEWAY, f"no proxy response: {problem}"
        headers = result.get("headers") or {}
        response.headers = [(str(name), str(value)) for name, value in headers.items()]
        return
    response.status, response.reason = BAD_GATEWAY, "the function returned no statusCode"
    if version == "2.0":
        # In version 2.0 any other JSON is the body of a 200.
        try:
            text = json.dumps(result)
        except (TypeError, ValueError):
            return
        response.status, response.reason = _OK, ""
        response.add(text.encode())


def _with_default_headers(request: Request) -> list[tuple[str, str]]:
    names = {name.lower() for name, _ in request.headers}
    added = (("Host", HOST), ("Content-Length", str(len(request.body))))
    return [*request.headers, *(pair for pair in added if pair[0].lower() not in names)]


def _body(request: Request) -> JsonObject:
    """
    Represent a body as text, or in base64 if that is asked for or it is not UTF-8.
    """
    if request.transfer != "base64":
        with suppress(UnicodeDecodeError):
            return {"body": request.body.decode(), "isBase64Encoded": False}
    return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}


def _rank(response: ResponseRecorder) -> int:
    """
    How far a genuine request came: to a success, to a rejection for its content, or not at all.
    """
    if response.status in SUCCESS:
        return 2
    return int(response.status in CLIENT_ERROR and response.status not in NOT_ROUTED)


def _lacks_version_1_key(error: BaseException | None) -> bool:
    return isinstance(error, KeyError) and bool(_V1_KEYS.intersection(map(str, error.args)))
