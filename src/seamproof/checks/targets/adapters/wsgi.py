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

from seamproof.checks.targets.adapters.application import modules_of
from seamproof.checks.targets.adapters.framework_signals import connect_signals, signalled
from seamproof.checks.targets.adapters.response import (
    ResponseRecorder,
    begin_response,
    receive_in_threads,
    receive_in_turn_by_threads,
    timed_out,
)
from seamproof.checks.targets.base import HOST, PORT, Target, TargetContext, header_bytes
from seamproof.statuses import INTERNAL_SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.json_types import JsonObject

#: Headers that CGI names without `HTTP_`.
_PLAIN: Final = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


class WsgiTarget(Target):
    """
    A WSGI application.

    Args:
        app: The application.
        context: What a target of any kind needs.
    """

    kind = "wsgi"
    in_process = True

    def __init__(self, app: Callable[..., Iterable[bytes]], context: TargetContext) -> None:
        super().__init__(context)
        self._app = app
        self._disconnect = connect_signals()

    @property
    def application_modules(self) -> tuple[str, ...]:
        """
        Those of the application, and of what it wraps.
        """
        return modules_of(self._app)

    def send(self, request: Request) -> Received:
        """
        Call the application with a request.
        """
        try:
            return self.context.thread.call(partial(self._in_context, request)).received()
        except TimeoutError as late:
            return timed_out(self.context, str(late))

    def send_each(self, requests: Sequence[Request], *, at_once: int = 1) -> list[Received]:
        """
        Call the application with several requests, in a few threads.
        """
        if at_once == 1:
            return super().send_each(requests)
        return receive_in_turn_by_threads(self.context, self._in_context, requests, at_once)

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Call the application with several requests, each in its own thread.
        """
        return receive_in_threads(self.context, self._in_context, requests)

    def close(self) -> None:
        """
        Disconnect from the signals of the framework.
        """
        self._disconnect()

    def _in_context(self, request: Request) -> ResponseRecorder:
        return copy_context().run(self._respond, request)

    def _respond(self, request: Request) -> ResponseRecorder:
        response = begin_response(self.context, request)
        signalled.set(response.signalled)
        try:
            _call(self._app, environ(request, self.context.path), response)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            response.error = error
            response.status = INTERNAL_SERVER_ERROR
        response.end()
        if response.status is None:
            response.status = INTERNAL_SERVER_ERROR
            response.reason = "the application sent no answer"
        return response


def environ(request: Request, path: str) -> JsonObject:
    """
    Make the environ of a request as servers do: names in upper case, values joined.
    """
    where, _, query = path.partition("?")
    variables: JsonObject = {
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
        if "_" in name:  # servers drop it: it could be mistaken for another one
            continue
        variable = name.upper().replace("-", "_")
        variable = variable if variable in _PLAIN else f"HTTP_{variable}"
        text = header_bytes(value).decode("latin-1")  # as PEP 3333 demands
        sent[variable] = f"{sent[variable]},{text}" if variable in sent else text
    return {**variables, **sent}


def _call(
    app: Callable[..., Iterable[bytes]], variables: JsonObject, response: ResponseRecorder
) -> None:
    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], None]:
        del exc_info
        response.status = int(status.split(None, 1)[0])
        response.headers = list(headers)
        return response.add

    parts = app(variables, start_response)
    try:
        for part in parts:
            response.add(part)
    finally:
        getattr(parts, "close", lambda: None)()
