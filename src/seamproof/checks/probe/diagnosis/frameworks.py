"""
Web frameworks: how each is recognised, and its lines for the usual mistakes of webhooks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.model.exchange import Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """
    A web framework.

    Attributes:
        name: As its users write it.
        raw_body: The code that reads the bytes of the body as they came.
        modules: Packages of its applications in this process.
        sign: A pattern of the headers of its responses, `name: value` in lower case.
        csrf: How a path is exempt from its protection against forged forms.
    """

    name: str
    raw_body: str
    modules: tuple[str, ...] = ()
    sign: str = ""
    csrf: str = ""


_EXPRESS: Final = 'app.post(path, express.raw({type: "application/json"}), …), where req.body is it'

#: Those that show themselves most clearly come first: FastAPI is made of Starlette.
FRAMEWORKS: Final = (
    Framework(
        name="FastAPI",
        modules=("fastapi",),
        raw_body="raw = await request.body(), with a parameter `request: Request` and no model",
    ),
    Framework(name="Starlette", modules=("starlette",), raw_body="raw = await request.body()"),
    Framework(name="Quart", modules=("quart",), raw_body="raw = await request.get_data()"),
    Framework(
        name="Flask",
        modules=("flask",),
        sign="server: werkzeug",
        raw_body="raw = request.get_data(), before request.json",
        csrf="@csrf.exempt (Flask-WTF)",
    ),
    Framework(
        name="Django",
        modules=("django",),
        sign="set-cookie: csrftoken|server: wsgiserver",
        raw_body="raw = request.body, before request.data or request.POST",
        csrf="@csrf_exempt",
    ),
    Framework(name="Falcon", modules=("falcon",), raw_body="raw = req.bounded_stream.read()"),
    Framework(name="Bottle", modules=("bottle",), raw_body="raw = request.body.read()"),
    Framework(name="Sanic", modules=("sanic",), raw_body="raw = request.body"),
    Framework(name="Litestar", modules=("litestar",), raw_body="raw = await request.body()"),
    Framework(name="aiohttp", sign="server: .*aiohttp", raw_body="raw = await request.read()"),
    Framework(name="Tornado", sign="server: tornado", raw_body="raw = self.request.body"),
    Framework(name="Next.js", sign="x-powered-by: next", raw_body="const raw = await req.text()"),
    Framework(
        name="Express",
        sign="x-powered-by: express",
        raw_body=_EXPRESS,
        csrf="mount the webhook before the CSRF middleware",
    ),
    Framework(
        name="Laravel",
        sign="set-cookie: .*(xsrf-token|laravel)",
        raw_body="$raw = $request->getContent()",
        csrf="$middleware->validateCsrfTokens(except: [path])",
    ),
    Framework(
        name="PHP", sign="x-powered-by: php", raw_body='$raw = file_get_contents("php://input")'
    ),
    Framework(
        name="Rails",
        sign="server: (puma|unicorn)|x-runtime: ",
        raw_body="raw = request.raw_post",
        csrf="skip_forgery_protection",
    ),
    Framework(
        name="ASP.NET",
        sign="server: kestrel",
        raw_body="var raw = await new StreamReader(Request.Body).ReadToEndAsync()",
    ),
)

_LAMBDA: Final = Framework(
    name="AWS Lambda",
    raw_body='raw = event["body"], decoded from base64 if event["isBase64Encoded"]',
)
#: By the kind of the target, for handlers without a framework.
_BY_KIND: Final = {
    "function": Framework(name="", raw_body="the argument `body` as it comes"),
    "lambda": _LAMBDA,
    "lambda-v1": _LAMBDA,
    "asgi": Framework(name="ASGI", raw_body="join `body` of all http.request messages"),
    "wsgi": Framework(name="WSGI", raw_body='raw = environ["wsgi.input"].read(length)'),
}
_UNKNOWN: Final = Framework(
    name="",
    raw_body=(
        "await request.body() (FastAPI), request.get_data() (Flask), request.body (Django), "
        'express.raw({type: "application/json"}) (Express)'
    ),
    csrf="@csrf_exempt in Django, @csrf.exempt in Flask-WTF, skip_forgery_protection in Rails",
)


def recognise(modules: Iterable[str], kind: str, received: Received) -> Framework:
    """
    Recognise the framework of a handler.

    Args:
        modules: Those of the classes of an application in this process.
        kind: Of the target.
        received: A response.
    """
    packages = {module.partition(".")[0] for module in modules}
    for framework in FRAMEWORKS:
        if packages.intersection(framework.modules):
            return framework
    lines = [f"{name}: {value}".lower() for name, value in received.headers.items()]
    for framework in FRAMEWORKS:
        if framework.sign and any(re.match(framework.sign, line) for line in lines):
            return framework
    return _BY_KIND.get(kind, _UNKNOWN)
