"""
WSGI applications, called directly (PEP 3333).
"""

from __future__ import annotations

import sys
from contextvars import copy_context
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from seamproof.checks.targets.adapters.framework_signals import heard, listen
from seamproof.checks.targets.adapters.handler_thread import together
from seamproof.checks.targets.adapters.response import Answer, too_late
from seamproof.checks.targets.base import HOST, PORT, Kind, Place, Standing
from seamproof.statuses import INTERNAL_SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.json_types import JsonObject

#: Headers that CGI names without `HTTP_`.
_PLAIN: Final = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


class WsgiTarget(Standing):
    """
    A WSGI application.

    Args:
        app: The application.
        place: Where it stands.
    """

    kind: Kind = "wsgi"
    in_process = True

    def __init__(self, app: Callable[..., Iterable[bytes]], place: Place) -> None:
        super().__init__(place)
        self._app = app
        self._deafen = listen()

    def send(self, request: Request) -> Received:
        """
        Call the application with a request.
        """
        try:
            return self.place.home.call(partial(self._in_context, request))
        except TimeoutError as late:
            return too_late(self.place, str(late))

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Call the application with several requests, each in a thread of its own.
        """
        acts = [partial(self._in_context, request) for request in requests]
        return together(acts, partial(too_late, self.place))

    def close(self) -> None:
        """
        Stop listening to the framework.
        """
        self._deafen()

    def _in_context(self, request: Request) -> Received:
        return copy_context().run(self._answer, request)

    def _answer(self, request: Request) -> Received:
        answer = Answer(self.place)
        heard.set(answer.heard)
        try:
            _call(self._app, environ(request, self.place.path), answer)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever leaves the handler is a finding
            answer.error = error
            answer.status = INTERNAL_SERVER_ERROR
        answer.end()
        if answer.status is None:
            answer.status, answer.reason = INTERNAL_SERVER_ERROR, "the application sent no answer"
        return answer.received()


def environ(request: Request, path: str) -> JsonObject:
    """
    Write a request as servers do: names in upper case with underscores, values joined.
    """
    where, _, query = path.partition("?")
    made: JsonObject = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(where).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": path,
        "RAW_URI": path,
        "SERVER_NAME": HOST,
        "SERVER_PORT": str(PORT),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "50000",
        "HTTP_HOST": f"{HOST}:{PORT}",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    sent: dict[str, str] = {}
    for name, value in request.headers:
        if "_" in name:  # dropped by servers: it could pass for another one
            continue
        variable = name.upper().replace("-", "_")
        variable = variable if variable in _PLAIN else f"HTTP_{variable}"
        text = _latin(value)
        sent[variable] = f"{sent[variable]},{text}" if variable in sent else text
    return {**made, **sent}


def _latin(value: str) -> str:
    """
    Write a value as PEP 3333 wants strings: bytes that pass for Latin-1.
    """
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode().decode("latin-1")
    return value


def _call(app: Callable[..., Iterable[bytes]], variables: JsonObject, answer: Answer) -> None:
    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], None]:
        del exc_info
        answer.status = int(status.split(None, 1)[0])
        answer.headers = list(headers)
        return answer.add

    parts = app(variables, start_response)
    try:
        for part in parts:
            answer.add(part)
    finally:
        getattr(parts, "close", lambda: None)()
