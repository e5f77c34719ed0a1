"""
Tests of `seam_post`: the same delivery with every test client.
"""

from __future__ import annotations

import asyncio
import time
import warnings
from typing import TYPE_CHECKING, Any

import aiohttp
import flask
import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient as AiohttpClient
from aiohttp.test_utils import TestServer as AiohttpServer
from fastapi import FastAPI

from seamproof import verify
from seamproof.checks import create_app
from seamproof.errors import UsageError
from seamproof.mock_server import serving
from seamproof.pytest_plugin.coverage import Recorder, begin, end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.pytest_plugin import DeliveryFactory, Post

PATH = "/webhooks/seam"

with warnings.catch_warnings():
    # Starlette says which httpx it would rather have.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """
    What counts the deliveries of a test.
    """
    counting = Recorder()
    begin(counting)
    yield counting
    end(counting)


def flask_app(secret: str) -> flask.Flask:
    """
    A handler in Flask, and a redirect to it.
    """
    app = flask.Flask(__name__)

    @app.post(PATH)
    def receive() -> tuple[str, int]:
        request = flask.request
        right = verify(request.get_data(), dict(request.headers), secret, now=time.time())
        return "", 204 if right and request.is_json else 400

    @app.post("/moved")
    def moved() -> Any:  # noqa: ANN401 - Flask's own
        return flask.redirect(PATH, 307)

    return app


def aiohttp_app(secret: str) -> web.Application:
    """
    A handler in aiohttp, and a redirect to it.
    """

    async def receive(request: web.Request) -> web.Response:
        right = verify(await request.read(), request.headers, secret, now=time.time())
        return web.Response(status=204 if right else 400)

    async def moved(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(PATH)

    app = web.Application()
    app.router.add_post(PATH, receive)
    app.router.add_post("/moved", moved)
    return app


def test_starlette(
    seam_post: Post, seam_delivery: DeliveryFactory, seam_secret: str, recorder: Recorder
) -> None:
    """
    Starlette's client gives its own response, and a forgery is refused.
    """
    client = TestClient(create_app(seam_secret))
    delivery = seam_delivery("lock.unlocked")

    answer = seam_post(client, delivery)

    assert isinstance(answer, type(client.get("/")))
    assert answer.status_code == 204
    assert seam_post(client, delivery.tampered()).status_code == 400
    assert seam_post(delivery=delivery, client=client).status_code == 204
    assert seam_post(delivery, client).status_code == 204
    assert recorder.sent["lock.unlocked"].answers == {204: 3, 400: 1}


def test_fastapi_follows_no_redirect(seam_post: Post, seam_delivery: DeliveryFactory) -> None:
    """
    Svix takes a redirect for a failure, so the client that would follow it does not.
    """
    app = FastAPI()

    @app.post("/hook/")
    def receive() -> None:
        raise AssertionError

    answer = seam_post(TestClient(app), seam_delivery("lock.unlocked"), path="/hook")

    assert answer.status_code == 307


def test_httpx(seam_post: Post, seam_delivery: DeliveryFactory, seam_secret: str) -> None:
    """
    A client of httpx posts to a server, and without one through a transport, in a loop or not.
    """
    delivery = seam_delivery("lock.unlocked")
    app = create_app(seam_secret)
    with serving(app) as url, httpx.Client() as client:
        assert seam_post(client, delivery, f"{url}{PATH}").status_code == 204

    transport = httpx.WSGITransport(app=flask_app(seam_secret))
    with httpx.Client(transport=transport, base_url="http://testserver") as client:
        assert seam_post(client, delivery).status_code == 204

    async def post() -> Any:  # noqa: ANN401 - the client's own
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            several = [seam_post(client, delivery.duplicate()) for _ in range(3)]
            return await asyncio.gather(*several, asyncio.create_task(seam_post(client, delivery)))

    answers = asyncio.run(post())
    assert all(isinstance(one, httpx.Response) for one in answers)
    assert [one.status_code for one in answers] == [204] * 4


def test_flask(seam_post: Post, seam_delivery: DeliveryFactory, seam_secret: str) -> None:
    """
    Flask's client gives its own response, and follows no redirect.
    """
    client = flask_app(seam_secret).test_client()
    delivery = seam_delivery("lock.unlocked")

    assert seam_post(client, delivery).status_code == 204
    assert seam_post(client, delivery.unsigned()).status == "400 BAD REQUEST"
    assert seam_post(client, delivery, "/moved").status_code == 307


def test_django(pytester: pytest.Pytester) -> None:
    """
    Django's clients give their own responses, the asynchronous one what to await.
    """
    pytester.makepyfile(
        """
        import asyncio
        import time

        import django
        import pytest
        from django.conf import settings
        from django.http import HttpResponse
        from django.test import AsyncClient, Client
        from django.urls import path

        from seamproof import verify

        settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)
        django.setup()
        SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

        @pytest.fixture(scope="session")
        def seam_secret():
            return SECRET

        def receive(request):
            right = verify(request.body, dict(request.headers), SECRET, now=time.time())
            usual = request.content_type == "application/json"
            return HttpResponse(status=204 if right and usual else 400)

        urlpatterns = [path("webhooks/seam", receive)]

        @pytest.mark.filterwarnings("ignore")
        def test_client(seam_post, seam_delivery):
            delivery = seam_delivery("lock.unlocked")
            answer = seam_post(Client(), delivery)
            assert isinstance(answer, HttpResponse)
            assert answer.status_code == 204
            assert seam_post(Client(), delivery.stale()).status_code == 400

        def test_async(seam_post, seam_delivery):
            async def post():
                return await seam_post(AsyncClient(), seam_delivery("lock.unlocked"))

            assert asyncio.run(post()).status_code == 204
        """
    )

    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_aiohttp(
    seam_post: Post, seam_delivery: DeliveryFactory, seam_secret: str, recorder: Recorder
) -> None:
    """
    The client of aiohttp is awaited or entered, and follows no redirect.
    """
    delivery = seam_delivery("lock.unlocked")

    async def post() -> list[Any]:
        server = AiohttpServer(aiohttp_app(seam_secret))
        async with AiohttpClient(server) as client:
            first = await seam_post(client, delivery)
            async with seam_post(client, delivery.tampered()) as second:
                pass
            third = await asyncio.create_task(seam_post(client, delivery, "/moved"))
            async with aiohttp.ClientSession() as session:
                fourth = await seam_post(session, delivery, str(client.make_url(PATH)))
        return [first, second, third, fourth]

    answers = asyncio.run(post())

    assert all(isinstance(one, aiohttp.ClientResponse) for one in answers)
    assert [one.status for one in answers] == [204, 400, 307, 204]
    assert recorder.sent["lock.unlocked"].answers == {204: 2, 400: 1, 307: 1}


class OwnClient:
    """
    A client that nobody knows, with the usual arguments.
    """

    def post(self, path: str, data: bytes, headers: dict[str, str]) -> tuple[str, bytes, str]:
        """
        Tell what came.
        """
        return path, data, headers["svix-id"]


class OtherClient:
    """
    Another one, as httpx has it.
    """

    def post(self, path: str, *, content: bytes, headers: dict[str, str]) -> tuple[str, bytes, str]:
        """
        Tell what came.
        """
        return path, content, headers["svix-id"]


@pytest.mark.parametrize("client", [OwnClient(), OtherClient()])
def test_a_client_of_ones_own(
    seam_post: Post, seam_delivery: DeliveryFactory, client: object, recorder: Recorder
) -> None:
    """
    A client whose `post` takes the usual arguments is used as well, whatever it gives.
    """
    delivery = seam_delivery("lock.unlocked")

    assert seam_post(client, delivery) == (PATH, delivery.body, delivery.message_id)
    assert recorder.sent["lock.unlocked"].answers == {None: 1}


def test_what_a_handler_raises_goes_through(
    seam_post: Post, seam_delivery: DeliveryFactory, recorder: Recorder
) -> None:
    """
    An exception of the handler reaches the test, and counts as no answer.
    """
    app = FastAPI()

    @app.post(PATH)
    def receive() -> None:
        message = "the door is stuck"
        raise ConnectionError(message)

    with pytest.raises(ConnectionError, match="the door is stuck"):
        seam_post(TestClient(app), seam_delivery("lock.unlocked"))

    assert recorder.sent["lock.unlocked"].answers == {None: 1}


def test_the_path_of_the_ini_file(pytester: pytest.Pytester) -> None:
    """
    `seamproof_path` is the path, unless a test or the command line names another one.
    """
    pytester.makeini("[pytest]\nseamproof_path = /hooks\n")
    pytester.makepyfile(
        """
        class Client:
            def post(self, path, data, headers):
                return path

        def test_path(seam_post, seam_delivery):
            delivery = seam_delivery("lock.unlocked")
            paths = [seam_post(Client(), delivery), seam_post(Client(), delivery, "/other")]
            assert paths == ["/hooks", "/other"]
        """
    )

    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    result = pytester.runpytest_inprocess("--seamproof-path", "/there")
    result.stdout.fnmatch_lines(["E *assert *'/there', '/other'* == *"])


@pytest.mark.parametrize(
    ("client", "path", "words"),
    [
        (None, None, "found: builtins.NoneType"),
        ("http://127.0.0.1", None, "this is no test client that is known"),
        (FastAPI(), None, "TestClient(app)"),
        (flask.Flask(__name__), None, "app.test_client()"),
        (httpx.Client(), None, 'add base_url="http://testserver"'),
        (TestClient(FastAPI()), "hook", "a path begins with a slash"),
        (TestClient(FastAPI()), 7, "found: 7"),
    ],
)
def test_what_cannot_be_posted_with(
    seam_post: Post,
    seam_delivery: DeliveryFactory,
    client: object,
    path: Any,  # noqa: ANN401 - whatever somebody may try
    words: str,
) -> None:
    """
    What is no client, and a path that is none, are told with what would be right.
    """
    with pytest.raises(UsageError) as told:
        seam_post(client, seam_delivery("lock.unlocked"), path)

    assert words in str(told.value)


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        ("lock.unlocked", "seam_post(client, seam_delivery("),
        ({"event_type": "lock.unlocked"}, "found: dict"),
        ([], "post each delivery of the list by itself"),
    ],
)
def test_what_is_no_delivery(
    seam_post: Post,
    delivery: Any,  # noqa: ANN401 - whatever somebody may try
    words: str,
) -> None:
    """
    An event type, an event and a list are no delivery.
    """
    with pytest.raises(UsageError) as told:
        seam_post(TestClient(FastAPI()), delivery)

    assert words in str(told.value)
