"""
Sends requests over new connections, and finds out which process answers each of them.

All connections are open before the first request is sent: workers that wait for a request each take
another one. The process is that which holds the other end of a connection, as Linux shows it.
"""

from __future__ import annotations

import ipaddress
import sys
import time
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from socket import SHUT_RDWR
from threading import Timer
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from seamproof.checks.targets.adapters.response import ResponseRecorder
from seamproof.checks.targets.handler_thread import TIMEOUT

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.targets.base import TargetContext
    from seamproof.mock_server.network.address_policy import AddressPolicy

#: Bytes of a response that are read.
_DRAINED: Final = 65_536
#: Seconds for a worker to accept a connection.
_ACCEPTED: Final = 0.3
_STEP: Final = 0.02
#: The columns of /proc/net/tcp: the addresses of both ends, and the inode of the socket.
_LOCAL, _REMOTE, _INODE = 1, 2, 9


def send_over_new_connections(
    url: str, requests: Sequence[Request], context: TargetContext, policy: AddressPolicy
) -> list[tuple[Received, int | None]]:
    """
    Send requests one after the other, each over a connection that was opened before the first one.

    A connection to an address that the policy refuses is closed before anything is sent.

    Returns:
        Each response, and the id of the process that gave it; None where that cannot be seen.
    """
    parts = urlsplit(url)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connections = [kind(parts.hostname or "", parts.port, timeout=TIMEOUT) for _ in requests]
    try:
        for connection in connections:
            with suppress(OSError):
                _connect(connection, policy)
        return [
            (_send(connection, path, request, context), process)
            for connection, request in zip(connections, requests, strict=True)
            for process in [_process_of(connection.sock)]
        ]
    finally:
        for connection in connections:
            connection.close()


def _connect(connection: HTTPConnection, policy: AddressPolicy) -> None:
    # Sending opens no other connection in the place of one that failed or was closed.
    connection.auto_open = 0
    connection.connect()
    if policy.refusal(connection.host, str(connection.sock.getpeername()[0])):
        connection.close()


def _send(
    connection: HTTPConnection, path: str, request: Request, context: TargetContext
) -> Received:
    answer = ResponseRecorder(context)
    # A time-out of the socket is that of one step: a response may drip for ever.
    end = Timer(TIMEOUT, partial(_shut_down, connection.sock))
    end.daemon = True
    end.start()
    try:
        connection.putrequest(request.method, path, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value)
        connection.putheader("content-length", str(len(request.body)))
        connection.endheaders(request.body)
        response = connection.getresponse()
        answer.headers = response.getheaders()
        answer.add(response.read(_DRAINED))
        answer.status = response.status
    except (OSError, HTTPException, ValueError) as problem:
        answer.reason = f"the connection broke: {str(problem) or type(problem).__name__}"
    finally:
        end.cancel()
    answer.end()
    connection.close()
    return answer.received()


def _shut_down(connection: socket.socket | None) -> None:
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(SHUT_RDWR)


def _process_of(connection: socket.socket | None) -> int | None:
    """
    Find the process at the other end of a connection, once it has accepted it.
    """
    if connection is None or sys.platform != "linux":
        return None
    until = time.monotonic() + _ACCEPTED
    while True:
        inode = _inode(connection.getpeername(), connection.getsockname())
        if inode or time.monotonic() > until:
            return next(_holders(inode), None) if inode else None
        time.sleep(_STEP)


def _inode(local: tuple[str, int], remote: tuple[str, int]) -> str:
    """
    Find the socket between two addresses; empty if no process has accepted it.
    """
    ends = [_in_hexadecimal(one) for one in (local, remote)]
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                columns = line.split()
                # A server of both families has an IPv4 address within an IPv6 one.
                if columns[_LOCAL].endswith(ends[0]) and columns[_REMOTE].endswith(ends[1]):
                    return "" if columns[_INODE] == "0" else columns[_INODE]
    return ""


def _in_hexadecimal(address: tuple[str, int]) -> str:
    packed = ipaddress.ip_address(address[0]).packed
    words = [packed[at : at + 4] for at in range(0, len(packed), 4)]
    host = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
    return f"{host}:{address[1]:04X}"


def _holders(inode: str) -> Iterator[int]:
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            for one in descriptors.iterdir():
                if str(one.readlink()) == f"socket:[{inode}]":
                    yield int(descriptors.parent.name)
