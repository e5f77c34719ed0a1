"""
The good handler in each of the frameworks, as their users write it.
"""

from __future__ import annotations

import base64
import inspect
from typing import TYPE_CHECKING, Any, Final

import django
import fastapi
import flask
import starlette.requests
import starlette.responses
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test.utils import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from starlette.applications import Starlette
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http.response import HttpResponseBase

    from seamproof.checks.model.options import Kind
    from tests.integration.zoo.core import Handler

#: Where the applications listen.
PATH: Final = "/webhooks/seam"


def kind_of(app: object) -> Kind | None:
    """
    Name the kind of an application, where it cannot be detected.
    """
    if inspect.isfunction(app) and [*inspect.signature(app).parameters] == ["event", "context"]:
        return "lambda"
    return None


def function(handler: Handler) -> Callable[[bytes, Mapping[str, str]], int]:
    """
    Write it as a plain function.
    """

    def handle(body: bytes, headers: Mapping[str, str]) -> int:
        return handler.receive(body, headers)

    return handle


def aws_lambda(handler: Handler) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    """
    Write it for AWS Lambda behind an API Gateway.
    """

    def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
        del context
        text = event.get("body") or ""
        body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
        return {"statusCode": handler.receive(body, event["headers"]), "body": ""}

    return handle


def aws_rest(handler: Handler) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    """
    Write it for AWS Lambda behind a REST API, which hands names on in the case they came in.
    """
    inner = aws_lambda(handler)

    def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
        if event["httpMethod"] != "POST":
            return {"statusCode": 405, "body": ""}
        return inner(event, context)

    return handle


def aws_rest_cautious(handler: Handler) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    """
    Write it for AWS Lambda behind a REST API: what comes in another format is no POST.
    """
    inner = aws_lambda(handler)

    def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
        if event.get("httpMethod") != "POST":
            return {"statusCode": 405, "body": ""}
        return inner(event, context)

    return handle


def starlette_app(handler: Handler) -> Starlette:
    """
    Write it with Starlette.
    """

    async def receive(request: starlette.requests.Request) -> starlette.responses.Response:
        status = handler.receive(await request.body(), request.headers)
        return starlette.responses.Response(status_code=status)

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


def fastapi_app(handler: Handler) -> fastapi.FastAPI:
    """
    Write it with FastAPI.
    """
    app = fastapi.FastAPI()

    @app.post(PATH)
    async def receive(request: fastapi.Request) -> fastapi.Response:
        return fastapi.Response(status_code=handler.receive(await request.body(), request.headers))

    return app


def flask_app(handler: Handler) -> flask.Flask:
    """
    Write it with Flask.
    """
    app = flask.Flask("handler")

    @app.post(PATH)
    def receive() -> flask.Response:
        headers = dict(flask.request.headers.items())
        return flask.Response(status=handler.receive(flask.request.get_data(), headers))

    return app


def django_app(handler: Handler) -> WSGIHandler:
    """
    Write it with Django.
    """

    def receive(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=handler.receive(request.body, request.headers))

    return django_project([("webhooks/seam", csrf_exempt(require_POST(receive)))])


def django_project(
    views: Sequence[tuple[str, Callable[[HttpRequest], HttpResponseBase]]],
    *,
    middleware: Sequence[str] = (
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ),
) -> WSGIHandler:
    """
    Make a Django project of its own; a process usually has but one.

    Args:
        views: Paths without their first slash, and what answers there.
        middleware: By default what `startproject` writes, as far as it bears on webhooks.
    """
    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None, ROOT_URLCONF="", SECRET_KEY="of a test"
        )
    django.setup()
    urls = tuple(path(*view) for view in views)

    with override_settings(MIDDLEWARE=list(middleware)):
        project = WSGIHandler()
    respond = project.get_response

    def get_response(request: HttpRequest) -> HttpResponseBase:
        request.urlconf = urls
        return respond(request)

    project.get_response = get_response
    return project
