"""
A client of a running mock server, for the commands that talk to one.
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
    from collections.abc import AsyncIterator

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.mock_server.network.address_policy import AddressPolicy
    from seamproof.mock_server.network.resolver import Address

USUAL_HOST: Final = "127.0.0.1"
USUAL_PORT: Final = 8787

#: Seconds until a response has to be whole. Advancing a clock may take long: it makes attempts.
_GET_TIMEOUT: Final = 60.0
_POST_TIMEOUT: Final = 600.0
_CONNECT: Final = 5.0
#: Bytes of a response: some thousand messages with their attempts.
_MAX_BYTES: Final = 256_000_000
_MAX_ERROR: Final = 100_000


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

    def delete(self, path: str) -> JsonObject:
        """
        Send a DELETE request.

        Raises:
            TargetUnreachable: Nothing answers at the URL, or no mock server.
            UsageError: The server refuses; its message says why.
        """
        return self._request("DELETE", path, _POST_TIMEOUT)

    def _request(
        self, method: str, path: str, timeout: float, body: bytes | None = None
    ) -> JsonObject:
        import aiohttp

        from seamproof.mock_server.network.transport import explain
        from seamproof.mock_server.network.whole_response import WholeRequest, fetch

        address, policy, headers = self._resolved(path)
        request = WholeRequest(
            method,
            address.url,
            timeout=timeout,
            max_bytes=_MAX_BYTES,
            headers=headers,
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
            raise self._unreachable(found) from problem
        return self._read(status, content)

    async def follow(self) -> AsyncIterator[tuple[str, JsonObject]]:
        """
        Follow the stream of the server from now on, until it ends.

        Returns:
            The kind of each entry, `message` or `attempt`, and the entry.

        Raises:
            TargetUnreachable: Nothing answers at the URL, or no mock server.
            UsageError: The server refuses; its message says why.
        """
        import aiohttp

        from seamproof.mock_server.network.resolver import PolicyResolver
        from seamproof.mock_server.network.response_limits import LimitedConnector
        from seamproof.mock_server.network.transport import explain, open_session

        address, policy, headers = self._resolved("/mock/stream")
        connector = LimitedConnector(resolver=PolicyResolver(policy), force_close=True)
        session = open_session(connector, timeout=None, connect_timeout=_CONNECT)
        kind = ""
        try:
            async with session, session.get(address.url, headers=headers) as response:
                if response.status >= CLIENT_ERROR.start:
                    self._read(response.status, await response.content.read(_MAX_ERROR))
                async for line in response.content:
                    name, _, value = line.decode().rstrip("\n").partition(": ")
                    if name == "event":
                        kind = value
                    elif name == "data":
                        yield kind, parse_json(value)
        except (aiohttp.ClientError, OSError) as problem:
            raise self._unreachable(explain(problem)) from problem

    def _resolved(self, path: str) -> tuple[Address, AddressPolicy, dict[str, str]]:
        """
        Make the address of an operation, the policy for it, and the headers of a request.

        Raises:
            UsageError: The server is not a URL.
        """
        from seamproof.mock_server.network.address_policy import AddressPolicy, read_host
        from seamproof.mock_server.network.resolver import Address

        policy = AddressPolicy.of(allow_remote=True)
        try:
            read_host(self.server)
            address = Address.of(f"{self.server.rstrip('/')}{path}", policy)
        except (UsageError, ValueError) as problem:
            what, found = "the server is not a URL", without_password(self.server)
            expected = f"http://{USUAL_HOST}:{USUAL_PORT}"
            raise UsageError(what, expected=expected, found=found) from problem
        headers = {**address.headers, "content-type": "application/json"}
        if self.api_key:
            headers["authorization"] = f"Bearer {self.api_key}"
        return address, policy, headers

    def _unreachable(self, found: str) -> TargetUnreachable:
        what = "no mock server answers"
        cure = "start one with `seamproof serve`, or give --server"
        where = without_password(self.server)
        return TargetUnreachable(what, where=where, found=found, cure=cure)

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
