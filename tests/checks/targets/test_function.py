"""
Tests of sending to plain functions and to AWS Lambda handlers.
"""

# ruff: noqa: ARG001, ARG005, D101, D102, D103 - handlers that need not look at everything

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from starlette.exceptions import HTTPException
from svix.webhooks import WebhookVerificationError

from seamproof.checks.targets.adapters import function as function_module
from seamproof.checks.targets.adapters.aws_lambda import LambdaTarget
from seamproof.checks.targets.adapters.function import FunctionTarget
from seamproof.checks.targets.base import TargetContext
from seamproof.checks.targets.handler_thread import HandlerThread
from seamproof.checks.targets.listeners import ObservedTarget
from seamproof.signing import verify
from tests.checks.requests import SECRET, request, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Headers: TypeAlias = Mapping[str, str]

HERE = Path(__file__)


@pytest.fixture
def context() -> Iterator[TargetContext]:
    """
    The context of one target.
    """
    home = HandlerThread()
    yield TargetContext(name="handler", thread=home, secret=SECRET, path="/w?a=1", root=HERE.parent)
    home.close()


def test_what_a_function_gets(context: TargetContext) -> None:
    """
    The body comes as bytes, the headers in the case in which they are sent, in a plain dict.
    """
    got = []

    def handler(body: bytes, headers: Headers) -> int:
        got.append((body, headers))
        return 204

    FunctionTarget(handler, context).send(request(b"\xff", headers=(("Svix-ID", "msg_1"),)))

    assert got == [(b"\xff", {"Svix-ID": "msg_1"})]
    assert type(got[0][1]) is dict


def swapped(headers: Headers, body: bytes) -> int:
    return 200 if body == b"{}" and "a" in headers else 400


def by_position(payload: bytes, names: Headers) -> int:
    return 200 if payload == b"{}" and "a" in names else 400


def by_name(*, body: bytes, headers: Headers) -> int:
    return 200 if body == b"{}" and "a" in headers else 400


class Method:
    def __call__(self, body: bytes, headers: Headers) -> int:
        return swapped(headers, body)


async def coroutine(body: bytes, headers: Headers) -> int:
    await asyncio.sleep(0)
    return swapped(headers, body)


class Coroutine:
    async def __call__(self, body: bytes, headers: Headers) -> int:
        return await coroutine(body, headers)


def awaitable(body: bytes, headers: Headers) -> Any:
    return coroutine(body, headers)


@pytest.mark.parametrize(
    "function", [swapped, by_position, by_name, Method(), coroutine, Coroutine(), awaitable]
)
def test_functions_of_every_make(context: TargetContext, function: Callable[..., Any]) -> None:
    """
    Order, naming and colour of a function make no difference.
    """
    target = FunctionTarget(function, context)
    good = request(headers=(("a", "b"),))

    assert target.send(good).status == 200
    assert [one.status for one in target.send_all([good, request()])] == [200, 400]


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        (200, 200, b""),
        (HTTPStatus.ACCEPTED, 202, b""),
        (None, 204, b""),
        ((201, "made"), 201, b"made"),
        ((400, b"no"), 400, b"no"),
        (SimpleNamespace(status_code=418), 418, b""),
    ],
)
def test_what_a_function_returns(
    context: TargetContext, result: object, status: int, body: bytes
) -> None:
    """
    A status, a status and a body, something with a status, or nothing.
    """
    received = FunctionTarget(lambda body, headers: result, context).send(request())

    assert (received.status, received.body, received.escaped) == (status, body, None)


@pytest.mark.parametrize("result", [True, "ok", 7, {"statusCode": 200}, (200, "a", "b")])
def test_what_is_no_status(context: TargetContext, result: object) -> None:
    """
    Anything else is no answer, and is shown.
    """
    received = FunctionTarget(lambda body, headers: result, context).send(request())

    assert received.status is None
    assert "no status" in received.reason


class WithCode(Exception):
    code = 422


@pytest.mark.parametrize(
    ("error", "status", "escaped"),
    [
        (KeyError("x"), 500, "KeyError"),
        (ValueError("x"), 500, "ValueError"),
        (SystemExit(401), 500, "SystemExit"),
        (HTTPException(401), 401, None),
        (WithCode("x"), 422, None),
        (WebhookVerificationError("x"), 400, None),
        (ExceptionGroup("all", [WebhookVerificationError("x")]), 400, None),
    ],
)
def test_what_a_function_raises(
    context: TargetContext, error: BaseException, status: int, escaped: str | None
) -> None:
    """
    An exception with a status, or one that says "not genuine", refuses; others are crashes.
    """

    def handler(body: bytes, headers: Headers) -> int:
        raise error.with_traceback(None)

    async def asynchronous(body: bytes, headers: Headers) -> int:
        raise error.with_traceback(None)

    for function in (handler, asynchronous):
        received = FunctionTarget(function, context).send(request())
        assert received.status == status
        assert (received.escaped.kind if received.escaped else None) == escaped
        if received.escaped:
            line = function.__code__.co_firstlineno + 1
            assert received.escaped.place == f"{HERE.name}:{line}"


def test_interrupts_pass(context: TargetContext) -> None:
    """
    Ctrl-C is the user's, not the handler's.
    """

    def handler(body: bytes, headers: Headers) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        FunctionTarget(handler, context).send(request())


def test_a_coroutine_that_never_ends(
    context: TargetContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A function that waits for ever is given up.
    """
    monkeypatch.setattr(function_module, "TIMEOUT", 0.05)

    async def handler(body: bytes, headers: Headers) -> int:
        await asyncio.Event().wait()
        return 204

    received = FunctionTarget(handler, context).send(request())

    assert (received.status, received.escaped) == (None, None)
    assert "no answer" in received.reason


def test_a_function_that_blocks_for_ever(
    context: TargetContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A function that blocks its thread does not block the run, nor make every request wait as long.
    """
    free = threading.Event()

    def handler(body: bytes, headers: Headers) -> int:
        free.wait()
        return 204

    target = FunctionTarget(handler, context)
    with monkeypatch.context() as patch:
        patch.setattr(HandlerThread.call, "__defaults__", (0.05,))
        reasons = [target.send(request()).reason for _ in range(2)]
    free.set()

    assert "no answer" in reasons[0]
    assert "still hangs" in reasons[1]
    assert target.send(request()).status == 204


def test_a_function_that_runs_a_loop_of_its_own(context: TargetContext) -> None:
    """
    No loop runs around a plain function, so it may run one.
    """

    def handler(body: bytes, headers: Headers) -> int:
        return asyncio.run(coroutine(body, headers))

    assert FunctionTarget(handler, context).send(request(headers=(("a", "b"),))).status == 200


def echo(event: dict[str, Any], context: Any) -> dict[str, Any]:
    left = context.get_remaining_time_in_millis()
    reply = {"event": event, "left": left > 0, "id": context.aws_request_id}
    return {"statusCode": 200, "body": json.dumps(reply)}


def test_the_event_of_an_http_api(context: TargetContext) -> None:
    """
    A Lambda handler gets version 2.0: names in lower case, values joined by commas.
    """
    headers = (("Svix-Id", "msg_1"), ("X-Two", "a"), ("x-two", "b"))
    target = LambdaTarget(echo, context)

    reply = json.loads(target.send(request(b"{}", headers=headers)).body)
    event = reply["event"]

    assert (target.kind, target.receives_method, target.keeps_header_case) == (
        "lambda",
        False,
        False,
    )
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == ("2.0", "/w", "a=1")
    assert event["headers"]["svix-id"] == "msg_1"
    assert event["headers"]["x-two"] == "a,b"
    assert event["requestContext"]["http"]["method"] == "POST"
    assert (event["body"], event["isBase64Encoded"], reply["left"]) == ("{}", False, True)


def test_the_event_of_a_rest_api(context: TargetContext) -> None:
    """
    Version 1.0 hands names on in the case in which they are sent.
    """
    target = LambdaTarget(echo, context, version="1.0")

    event = json.loads(target.send(request(headers=(("Svix-Id", "msg_1"),))).body)["event"]

    assert target.kind == "lambda-v1"
    assert ObservedTarget(target, ()).keeps_header_case
    assert not ObservedTarget(target, ()).receives_method
    assert (event["httpMethod"], event["path"]) == ("POST", "/w")
    assert event["headers"]["Svix-Id"] == "msg_1"
    assert event["multiValueHeaders"]["Svix-Id"] == ["msg_1"]
    assert event["queryStringParameters"] == {"a": "1"}


def test_a_body_that_is_no_text(context: TargetContext) -> None:
    """
    Bytes that are not UTF-8 come in base64, and are said to.
    """
    event = json.loads(LambdaTarget(echo, context).send(request(b"\xff\x00")).body)["event"]

    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)


def test_the_version_is_found_out(context: TargetContext) -> None:
    """
    A handler that asks for what only version 1.0 has gets version 1.0 from then on.
    """
    versions = []

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        versions.append(event["version"])
        return {"statusCode": 204 if event["httpMethod"] == "POST" else 405}

    target = LambdaTarget(handler, context)

    assert [target.send(request()).status for _ in range(2)] == [204, 204]
    assert (versions, target.kind) == (["2.0", "1.0", "1.0"], "lambda-v1")


def test_the_version_of_a_handler_that_asks_cautiously_is_found_out(context: TargetContext) -> None:
    """
    A rejection in one version and an acceptance in the other decide, until a delivery is accepted.
    """
    versions = []

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        versions.append(event["version"])
        return {"statusCode": 204 if event.get("httpMethod") == "POST" else 405}

    target = LambdaTarget(handler, context)
    forged = replace(request(), recipe="another secret")

    assert [target.send(one).status for one in (forged, request(), request())] == [405, 204, 204]
    assert (versions, target.kind) == (["2.0", "2.0", "1.0", "1.0"], "lambda-v1")


@pytest.mark.parametrize("otherwise", [404, 405, 500, 200])
@pytest.mark.parametrize("first", ["known", "unknown"])
def test_the_version_is_found_out_by_how_far_a_delivery_comes(
    context: TargetContext, otherwise: int, first: str
) -> None:
    """
    A handler that gives every event of version 2.0 one answer is called with version 1.0.

    Even if it rejects the first delivery for its content, or answers as if nothing were wrong.
    """

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        if event.get("httpMethod") != "POST":
            return {"statusCode": otherwise}
        valid = verify(event["body"].encode(), event["headers"], SECRET, now=time.time()).valid
        known = json.loads(event["body"])["event_type"] == "known"
        return {"statusCode": 204 if valid and known else 400}

    target = LambdaTarget(handler, context)
    target.send(signed({"event_type": first if otherwise != 200 else "known"}))

    assert target.send(signed({"event_type": "known"})).status == 204
    assert target.kind == "lambda-v1"


def test_a_handler_that_verifies_nothing_keeps_its_version(context: TargetContext) -> None:
    """
    What accepts everything in both versions is called with version 2.0.
    """
    target = LambdaTarget(lambda event, context: {"statusCode": 204}, context)

    assert [target.send(signed({})).status for _ in range(2)] == [204, 204]
    assert target.kind == "lambda"


def test_what_is_refused_once_something_was_taken_is_sent_once(context: TargetContext) -> None:
    """
    The version is settled by the first delivery that is taken; nothing is sent twice afterwards.
    """
    bodies = []

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        bodies.append(event["body"])
        return {"statusCode": 204 if event["body"] == "{}" else 400}

    target = LambdaTarget(handler, context)

    assert [target.send(request(body)).status for body in (b"[]", b"{}", b"[]")] == [400, 204, 400]
    assert (bodies, target.kind) == (["[]", "[]", "{}", "[]"], "lambda")


@pytest.mark.parametrize(
    ("version", "result", "status", "body"),
    [
        ("2.0", {"statusCode": "204"}, 204, b""),
        ("2.0", {"statusCode": 400, "body": "no"}, 400, b"no"),
        ("2.0", {"statusCode": 200, "body": "bm8=", "isBase64Encoded": True}, 200, b"no"),
        ("2.0", {"handled": True}, 200, b'{"handled": true}'),
        ("1.0", {"handled": True}, 502, b""),
        ("1.0", None, 502, b""),
        ("2.0", {"statusCode": None}, 502, b""),
        ("2.0", {1, 2}, 502, b""),
    ],
)
def test_what_a_lambda_handler_returns(
    context: TargetContext, version: str, result: object, status: int, body: bytes
) -> None:
    """
    Results are read as API Gateway reads them: what is no response is a 502.
    """
    target = LambdaTarget(lambda event, context: result, context, version=version)

    received = target.send_all([request()])[0]

    assert (received.status, received.body) == (status, body)


def test_a_lambda_handler_that_raises(context: TargetContext) -> None:
    """
    An exception is a 502, as the sender sees it, and is reported.
    """

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        del context
        return {"statusCode": event["no such key"]}

    received = LambdaTarget(handler, context).send(request())

    assert received.escaped is not None
    assert (received.status, received.escaped.kind) == (502, "KeyError")
