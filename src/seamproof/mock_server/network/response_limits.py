"""
Limits of what a response may contain before its body: bytes, and interim responses.

aiohttp reads interim responses (1xx) for as long as they come, and parses all that it receives at
once. A receiver that sends nothing else would occupy the event loop.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    from aiohttp.http import RawResponseMessage
    from aiohttp.streams import StreamReader

#: How many interim responses are read, and how many bytes until the headers are complete.
MAX_INTERIM: Final = 32
MAX_HEAD: Final = 262_144

#: Bytes that are parsed before the limits are looked at again.
_PIECE: Final = 8192

_INTERIM: Final = range(100, 200)
_SWITCHING_PROTOCOLS: Final = 101


class _LimitedResponseHandler(ResponseHandler):
    """
    Reads the responses of one connection, and closes it when one exceeds the limits.
    """

    _interim = 0
    _head_bytes = 0
    _head_complete = False
    _refused = False

    def set_response_params(self, **parameters: Any) -> None:
        """
        Begin to read the response to another request.
        """
        self._interim = self._head_bytes = 0
        self._head_complete = False
        super().set_response_params(**parameters)

    def data_received(self, data: bytes) -> None:
        """
        Parse data in pieces, until a limit is exceeded.
        """
        if len(data) <= _PIECE:
            self._parse(data)
            return
        for start in range(0, len(data), _PIECE):
            if self._refused:
                return
            self._parse(data[start : start + _PIECE])

    def _parse(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_complete:
            return
        self._head_bytes += len(data)
        if self._interim > MAX_INTERIM:
            self._refuse(f"more than {MAX_INTERIM} interim responses (1xx)")
        elif self._head_bytes > MAX_HEAD:
            self._refuse(f"more than {MAX_HEAD:,} bytes of headers")

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """
        Take a response whose headers are complete.
        """
        code = data[0].code
        if self._head_complete:
            self._refuse("more responses than requests")
        elif code in _INTERIM and code != _SWITCHING_PROTOCOLS:
            self._interim += 1
        else:
            self._head_complete = True
        super().feed_data(data, size)

    def _refuse(self, why: str) -> None:
        if self._refused:
            return
        self._refused = True
        if self.transport is not None:
            self.transport.close()
        self.set_exception(HttpProcessingError(code=400, message=why))


class LimitedConnector(aiohttp.TCPConnector):
    """
    Opens connections whose responses are limited.

    Args:
        options: Those of `aiohttp.TCPConnector`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory: Any = partial(_LimitedResponseHandler, loop=self._loop)
