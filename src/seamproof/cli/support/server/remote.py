"""
A client of a running mock server, for `trigger`, `messages`, `resend` and `clock`.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.cli.support.options import option_group
from seamproof.environment import API_KEY_VARIABLE, SERVER_VARIABLE
from seamproof.errors import TargetUnreachable, UsageError
from seamproof.formats import one_line
from seamproof.json_types import parse_json
from seamproof.statuses import CLIENT_ERROR

if TYPE_CHECKING:
    import httpx

    from seamproof.json_types import JsonMapping, JsonObject

USUAL_HOST: Final = "127.0.0.1"
USUAL_PORT: Final = 8787

#: Seconds until a response has to be there. Advancing a clock may take long: it makes attempts.
_TIMEOUT: Final = 600.0
_CONNECT: Final = 5.0
#: Bytes of a response: some thousand messages with their attempts.
_MAX_BYTES: Final = 256_000_000


#: `--server` and `--api-key`.
server_options = option_group(
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
            TargetUnreachable: Nothing answers at the URL.
            UsageError: The server refuses; its message says why.
        """
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        return self._request("GET", path, params=given)

    def post(self, path: str, body: JsonMapping | bytes | None = None) -> JsonObject:
        """
        Send a POST request.

        Raises:
            TargetUnreachable: Nothing answers at the URL.
            UsageError: The server refuses; its message says why.
        """
        raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self._request("POST", path, content=raw)

    def _request(self, method: str, path: str, **more: Any) -> JsonObject:
        import httpx

        headers = {"content-type": "application/json"}
        if self.api_key:
            headers["authorization"] = f"Bearer {self.api_key}"
        timeout = httpx.Timeout(_TIMEOUT, connect=_CONNECT)
        try:
            with httpx.Client(trust_env=False, timeout=timeout, headers=headers) as client:
                url, until = f"{self.server.rstrip('/')}{path}", time.monotonic() + _TIMEOUT
                with client.stream(method, url, **more) as answer:
                    status, content = answer.status_code, self._read_body(answer, until)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as problem:
            what = "the server is not a URL"
            expected = f"http://{USUAL_HOST}:{USUAL_PORT}"
            raise UsageError(what, expected=expected, found=self.server) from problem
        except httpx.HTTPError as problem:
            what = f"no mock server answers: {problem}"
            cure = "start one with `seamproof serve`, or give --server"
            raise TargetUnreachable(what, where=self.server, cure=cure) from problem
        return self._read(status, content)

    def _read_body(self, answer: httpx.Response, until: float) -> bytes:
        """
        Read a body, which may neither be endless nor take for ever.
        """
        content = bytearray()
        for chunk in answer.iter_bytes():
            content += chunk
            if len(content) > _MAX_BYTES or time.monotonic() > until:
                what = f"the answer does not end: {len(content):,} bytes"
                raise TargetUnreachable(what, where=self.server)
        return bytes(content)

    def _read(self, status: int, content: bytes) -> JsonObject:
        try:
            response = parse_json(content)
        except ValueError:
            response = None
        if not isinstance(response, dict) or not isinstance(response.get("ok"), bool):
            what = f"this is not a seamproof server; it answers {status}"
            raise TargetUnreachable(what, where=self.server)
        if status >= CLIENT_ERROR.start:
            error = response.get("error", {})
            raise UsageError(one_line(str(error.get("message", status))), where=self.server)
        return response
