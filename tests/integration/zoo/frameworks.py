"""
Frameworks used in a way that is right for everything but webhooks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import fastapi
import flask
import pydantic
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.integration.zoo.forgeries import FORGERIES, ComparedAndForgotten
from tests.integration.zoo.frames import PATH, django_project
from tests.integration.zoo.limits import limited_flask
from tests.integration.zoo.table import broken_frame

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler
    from starlette.requests import Request

    from tests.integration.zoo.core import Handler


@broken_frame("signature.raw_body")
def flask_json(handler: Handler) -> flask.Flask:
    """
    Flask's parsed JSON is serialised again for the verification.
    """
    app = flask.Flask("handler")

    @app.post(PATH)
    def receive() -> flask.Response:
        event = flask.request.get_json(force=True)
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        headers = dict(flask.request.headers.items())
        return flask.Response(status=handler.receive(body.encode(errors="replace"), headers))

    return app


@broken_frame("signature.raw_body")
def fastapi_dictionary(handler: Handler) -> fastapi.FastAPI:
    """
    FastAPI hands over a dictionary, which is serialised again for the verification.
    """
    app = fastapi.FastAPI()

    @app.post(PATH)
    def receive(
        request: fastapi.Request, event: Annotated[dict[str, Any], fastapi.Body()]
    ) -> fastapi.Response:
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        status = handler.receive(body.encode(errors="replace"), request.headers)
        return fastapi.Response(status_code=status)

    return app


class SeamEvent(pydantic.BaseModel):
    """
    What every event has.
    """

    event_id: str
    event_type: str
    workspace_id: str
    created_at: str
    occurred_at: str


class ClosedEvent(SeamEvent):
    """
    The same, and nothing more.
    """

    model_config = pydantic.ConfigDict(extra="forbid")
    device_id: str
    event_description: str | None = None
    device_custom_metadata: dict[str, Any] | None = None


class DescribedEvent(SeamEvent):
    """
    The same, and a description that is thought to be there.
    """

    event_description: str


def _modelled(handler: Handler, model: type[SeamEvent], only: str = "") -> fastapi.FastAPI:
    app = fastapi.FastAPI()

    @app.post(PATH)
    async def receive(request: fastapi.Request) -> fastapi.Response:
        body = await request.body()
        status = handler.receive(body, request.headers)
        if status == 204 and only in str(json.loads(body)["event_type"]):
            try:
                model.model_validate_json(body)
            except pydantic.ValidationError:
                status = 422
        return fastapi.Response(status_code=status)

    return app


@broken_frame("payload.unknown_property")
def closed_model(handler: Handler) -> fastapi.FastAPI:
    """
    The model of Pydantic forbids what it does not know.
    """
    return _modelled(handler, ClosedEvent, "phone.deactivated")


@broken_frame("payload.required_only")
def described_model(handler: Handler) -> fastapi.FastAPI:
    """
    The model of Pydantic demands a description, which is optional.
    """
    return _modelled(handler, DescribedEvent)


@broken_frame("delivery.success_status")
def flask_trailing_slash(handler: Handler) -> flask.Flask:
    """
    The rule ends with a slash, so Flask redirects what comes without one.
    """
    app = flask.Flask("handler")

    @app.post(PATH + "/")
    def receive() -> flask.Response:
        headers = dict(flask.request.headers.items())
        return flask.Response(status=handler.receive(flask.request.get_data(), headers))

    return app


@broken_frame("delivery.success_status")
def django_trailing_slash(handler: Handler) -> WSGIHandler:
    """
    The path ends with a slash, so Django's CommonMiddleware redirects what comes without one.
    """

    def receive(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=handler.receive(request.body, request.headers))

    return django_project([("webhooks/seam/", csrf_exempt(receive))])


@broken_frame("delivery.success_status")
def django_csrf(handler: Handler) -> WSGIHandler:
    """
    The view is not exempt from Django's protection against forged forms.
    """

    def receive(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=handler.receive(request.body, request.headers))

    return django_project([("webhooks/seam", receive)])


@broken_frame("delivery.success_status")
def starlette_https(handler: Handler) -> Starlette:
    """
    Everything that comes over http is redirected to https.
    """

    async def receive(request: Request) -> Response:
        status = handler.receive(await request.body(), request.headers)
        return Response(status_code=status)

    return Starlette(
        routes=[Route(PATH, receive, methods=["POST"])],
        middleware=[Middleware(HTTPSRedirectMiddleware)],
    )


@broken_frame("delivery.success_status")
def starlette_see_other(handler: Handler) -> Starlette:
    """
    A delivery that was handled is answered with a redirect to the start page.
    """

    async def receive(request: Request) -> Response:
        status = handler.receive(await request.body(), request.headers)
        if status < 300:
            return RedirectResponse("/", status_code=303)
        return Response(status_code=status)

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


@broken_frame("delivery.wrong_method")
def starlette_alive(handler: Handler) -> Starlette:
    """
    The route takes every method and says to a GET that it is alive.
    """

    async def receive(request: Request) -> Response:
        if request.method != "POST":
            return PlainTextResponse("the webhook is alive")
        status = handler.receive(await request.body(), request.headers)
        return Response(status_code=status)

    return Starlette(routes=[Route(PATH, receive, methods=["GET", "POST"])])


@broken_frame("delivery.wrong_method")
def django_any_method(handler: Handler) -> WSGIHandler:
    """
    The view does not ask for the method: what is signed is handled, be it a GET.
    """

    def receive(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=handler.receive(request.body, request.headers))

    return django_project([("webhooks/seam", csrf_exempt(receive))])


@broken_frame("payload.large")
def flask_content_length(handler: Handler) -> flask.Flask:
    """
    Flask is configured to reject bodies above 16 kB.
    """
    app = flask.Flask("handler")
    app.config["MAX_CONTENT_LENGTH"] = 16 * 1024

    @app.post(PATH)
    def receive() -> flask.Response:
        headers = dict(flask.request.headers.items())
        return flask.Response(status=handler.receive(flask.request.get_data(), headers))

    return app


@broken_frame("signature.missing_id", "signature.missing_all_headers")
def django_meta(handler: Handler) -> WSGIHandler:
    """
    Django's META is asked for the id as if every request had one.
    """

    def receive(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405)
        log_line = f"received {request.META['HTTP_SVIX_ID']}"
        status = handler.receive(request.body, request.headers)
        return HttpResponse(status=status, headers={"X-Log": log_line})

    return django_project([("webhooks/seam", csrf_exempt(receive))])


@broken_frame("signature.leak_in_response")
def flask_explains(handler: Handler) -> flask.Flask:
    """
    The answer to a wrong signature says which one is expected, to find mistakes sooner.
    """
    app = flask.Flask("handler")

    @app.post(PATH)
    def receive() -> flask.Response:
        headers = {name.lower(): value for name, value in flask.request.headers.items()}
        body = flask.request.get_data()
        status = handler.receive(body, headers)
        message_id, timestamp = (headers.get(f"svix-{name}", "") for name in ("id", "timestamp"))
        expected = handler._sign(message_id, timestamp, body)
        text = f"wrong signature; expected v1,{expected}" if status == 400 else ""
        return flask.Response(text, status=status)

    return app


@broken_frame(
    "signature.wrong_secret",
    *FORGERIES,
    "signature.malformed_header",
    handler=ComparedAndForgotten,
)
def limit_before_nothing(handler: Handler) -> flask.Flask:
    """
    A limit refuses some forgeries, and nothing verifies the others.
    """
    return limited_flask(handler)
