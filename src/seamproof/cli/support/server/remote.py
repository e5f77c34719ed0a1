"""
A client of a running mock server, for `trigger`, `messages`, `resend` and `clock`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import click

from seamproof.cli.support.options import Command, option_group
from seamproof.environment import API_KEY_VARIABLE, SERVER_VARIABLE
from seamproof.errors import SeamproofError, TargetUnreachable, UsageError
from seamproof.formats import one_line
from seamproof.json_types import parse_json
from seamproof.statuses import CLIENT_ERROR
from seamproof.urls import without_password

if TYPE_CHECKING:
    from seamproof.json_types import Json, JsonMapping, JsonObject

USUAL_HOST: Final = "127.0.0.1"
USUAL_PORT: Final = 8787

#: Seconds until a response has to be whole. Advancing a clock may take long: it makes attempts.
_GET_TIMEOUT: Final = 60.0
_POST_TIMEOUT: Final = 600.0
_CONNECT: Final = 5.0
#: Bytes of a response: some thousand messages with their attempts.
_MAX_BYTES: Final = 256_000_000


def _reading_answers(command: Command) -> Command:
    """
    Report an answer of another shape: what answers may be any program.
    """

    @wraps(command)
    def guarded(*words: Any, **options: Any) -> Any:  # noqa: ANN401 - those of any command
        try:
            return command(*words, **options)
        except SeamproofError:
            raise
        except (LookupError, TypeError, AttributeError, ValueError) as problem:
            what = "this is not a seamproof server of this version"
            where, found = (
                without_password(options["server"]),
                f"{type(problem).__name__}: {problem}",
            )
            raise TargetUnreachable(what, where=where, found=one_line(found)) from problem

    return guarded


def printable(answer: Json) -> Json:
    """
    Escape the control characters of all texts of an answer, which would control the terminal.
    """
    if isinstance(answer, str):
        return one_line(answer)
    if isinstance(answer, list):
        return [printable(one) for one in answer]
    if isinstance(answer, dict):
        return {name: printable(one) for name, one in answer.items()}
    return answer


#: `--server` and `--api-key`, for a command that reads answers.
server_options = option_group(
    _reading_answers,
    click.option(
        "--server",
        envvar=SERVER_VARIABLE,
        default=f"http://{USUAL_HOST}:{USUAL_PORT}",
        show_default=True,
        metavar="URL",
        help=f"Where `seamproof serve` runs. Default: ${SERVER_VARIABLE}.",
    ),
    click.option(
        "--api-key",
        envvar=API_KEY_VARIABLE,
        metavar="KEY",
        help=f"The API key of the server. Default: ${API_KEY_VARIABLE}.",
    ),
)


@dataclass(frozen=True, slots=True)
class Remote:
    """
    A mock server that runs in another process.

    Attributes:
        server: Its URL.
        api_key: The API key that it requires, if any.
    """

    server: str
    api_key: str | None

    def get(self, path: str, parameters: JsonMapping | None = None) -> JsonObject:
        """
        Send a GET request.

        Raises:
            TargetUnreachable: Nothing answers at the URL, or no mock server.
            UsageError: The server refuses; its message says why.
        """
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        query = f"?{urlencode(given)}" if given else ""
        return self._request("GET", f"{path}{query}", _GET_TIMEOUT)

    def post(self, path: str, body: JsonMapping | bytes | None = None) -> JsonObject:
        """
        Send a POST request.

        Raises:
            TargetUnreachable: Nothing answers at the URL, or no mock server.
            UsageError: The server refuses; its message says why.
        """
        raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self._request("POST", path, _POST_TIMEOUT, raw)

    def _request(
        self, method: str, path: str, timeout: float, body: bytes | None = None
    ) -> JsonObject:
        import aiohttp

        from seamproof.mock_server.network.address_policy import AddressPolicy, read_host
        from seamproof.mock_server.network.resolver import Address
        from seamproof.mock_server.network.transport import explain
        from seamproof.mock_server.network.whole_response import WholeRequest, fetch

        headers = {"content-type": "application/json"}
        if self.api_key:
            headers["authorization"] = f"Bearer {self.api_key}"
        policy, shown = AddressPolicy.of(allow_remote=True), without_password(self.server)
        try:
            read_host(self.server)
            address = Address.of(f"{self.server.rstrip('/')}{path}", policy)
        except (UsageError, ValueError) as problem:
            what = "the server is not a URL"
            expected = f"http://{USUAL_HOST}:{USUAL_PORT}"
            raise UsageError(what, expected=expected, found=shown) from problem
        request = WholeRequest(
            method,
            address.url,
            timeout=timeout,
            max_bytes=_MAX_BYTES,
            headers={**address.headers, **headers},
            body=body,
            connect_timeout=_CONNECT,
        )
        try:
            status, content = fetch(request, policy)
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            if isinstance(problem, TimeoutError):
                found = "no whole answer in time"
            elif isinstance(problem, ValueError):
                found = str(problem)
            else:
                found = explain(problem)
            what, cure = (
                "no mock server answers",
                "start one with `seamproof serve`, or give --server",
            )
            raise TargetUnreachable(what, where=shown, found=found, cure=cure) from problem
        return self._read(status, content)

    def _read(self, status: int, content: bytes) -> JsonObject:
        try:
            response = parse_json(content)
        except ValueError:
            response = None
        if not isinstance(response, dict) or not isinstance(response.get("ok"), bool):
            what = f"this is not a seamproof server; it answers {status}"
            raise TargetUnreachable(what, where=without_password(self.server))
        if status >= CLIENT_ERROR.start:
            error = response.get("error", {})
            raise UsageError(
                one_line(str(error.get("message", status))), where=without_password(self.server)
            )
        return response
