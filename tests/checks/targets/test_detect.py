"""
Detecting the kind of an object.
"""

# ruff: noqa: ARG001, ARG005, D101, D102, D103 - shapes of callables, never called

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import aiohttp.web
import django.core.handlers.asgi
import django.core.handlers.wsgi
import fastapi
import flask
import pytest
from starlette.applications import Starlette

from seamproof.checks.targets.detect import find_kind, is_asgi2
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


async def asgi3(scope: Any, receive: Any, send: Any) -> None: ...


def asgi2(scope: Any) -> Any: ...


class Asgi2:
    def __init__(self, scope: Any) -> None: ...

    async def __call__(self, receive: Any, send: Any) -> None: ...


class Asgi3:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class Endpoint:
    def __init__(self, scope: Any, receive: Any, send: Any) -> None: ...

    def __await__(self) -> Any: ...


def wsgi(environ: Any, start_response: Any) -> Any: ...


class Wsgi:
    def __call__(self, environ: Any, start_response: Any) -> Any: ...


def function(body: bytes, headers: dict[str, str]) -> int:
    return 204


async def coroutine(body: bytes, headers: dict[str, str]) -> int:
    return 204


def with_more(body: bytes, headers: dict[str, str], db: object = None) -> int:
    return 204


def wrapped(inner: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(inner)
    def outer(*args: Any, **kwargs: Any) -> Any:
        return inner(*args, **kwargs)

    return outer


def hidden(inner: Callable[..., Any]) -> Callable[..., Any]:
    def outer(*args: Any, **kwargs: Any) -> Any:
        return inner(*args, **kwargs)

    return outer


def with_database(database: object, body: bytes, headers: dict[str, str]) -> int:
    return 204


KNOWN = [
    (asgi3, "asgi"),
    (asgi2, "asgi"),
    (Asgi2, "asgi"),
    (Asgi3(), "asgi"),
    (Asgi3().__call__, "asgi"),
    (Endpoint, "asgi"),
    (wrapped(asgi3), "asgi"),
    (Starlette(), "asgi"),
    (fastapi.FastAPI(), "asgi"),
    (django.core.handlers.asgi.ASGIHandler.__call__.__get__(object()), "asgi"),
    (wsgi, "wsgi"),
    (Wsgi(), "wsgi"),
    (flask.Flask("handler"), "wsgi"),
    (flask.Flask("handler").wsgi_app, "wsgi"),
    (django.core.handlers.wsgi.WSGIHandler.__call__.__get__(object()), "wsgi"),
    (function, "function"),
    (coroutine, "function"),
    (with_more, "function"),
    (wrapped(function), "function"),
    (functools.partial(with_database, None), "function"),
    (lambda headers, body: 204, "function"),
]


@pytest.mark.parametrize(("found", "kind"), KNOWN)
def test_what_is_known_by_its_parameters(found: object, kind: str) -> None:
    """
    Applications and functions are detected by the names of their parameters.
    """
    assert find_kind(found, "module:name") == kind


def lambda_handler(event: Any, context: Any) -> Any: ...


def factory() -> Starlette:
    return Starlette()


DOUBTS = [
    (lambda_handler, "name its kind with kind=: lambda"),
    (hidden(wsgi), "name its kind with kind=: asgi, wsgi, function or lambda"),
    (lambda request: 204, "function"),
    (lambda payload, signature: 204, "payload, signature"),
    (factory, "app = …()"),
    (Asgi3, "app = …()"),
    ("text", "cannot be called"),
    (aiohttp.web.Application, "app = …()"),
    (aiohttp.web.Application(), "give its URL"),
]


@pytest.mark.parametrize(("found", "message"), DOUBTS)
def test_what_is_in_doubt(found: object, message: str) -> None:
    """
    Nothing is guessed: an ambiguous object is a usage error that says what to do.
    """
    with pytest.raises(UsageError) as caught:
        find_kind(found, "module:name")

    assert message in str(caught.value)
    assert caught.value.where == "module:name"


@pytest.mark.parametrize(
    ("app", "double"),
    [(asgi3, False), (asgi2, True), (Asgi2, True), (Asgi3(), False), (hidden(asgi3), False)],
)
def test_versions_of_asgi(app: Callable[..., Any], double: bool) -> None:
    """
    What takes a scope alone is ASGI 2; what takes three arguments, or any number, is ASGI 3.
    """
    assert is_asgi2(app) is double
