"""
Where events may go: to this machine, unless the user says otherwise.
"""

from __future__ import annotations

import re
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import httpx

from seamproof.errors import RemoteTarget, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


_LAST_PORT: Final = 65535
_PASSWORD: Final = re.compile(r"//[^/]*@")


def check_target(
    url: str,
    *,
    allow_remote: bool = False,
    resolve: Callable[[str], Iterable[str]] | None = None,
) -> str:
    """
    Pass a URL on if events may be sent there.

    Args:
        url: `http://` or `https://` and a host.
        allow_remote: Whether the user has said that it may be another machine.
        resolve: From a host's name to its addresses; by default as the system does.

    Raises:
        UsageError: It is no URL that a webhook can be sent to.
        RemoteTarget: It is not on this machine, by the addresses of its name.
    """
    try:
        parsed = httpx.URL(url)
        port = parsed.port or 0
    except httpx.InvalidURL as problem:
        what = f"the target is no URL: {problem}"
        raise UsageError(what, found=_PASSWORD.sub("//…@", url)) from problem
    if parsed.scheme not in ("http", "https") or not parsed.host or port > _LAST_PORT:
        what, expected = "the target is no URL", "http://127.0.0.1:8000/webhooks/seam"
        raise UsageError(what, expected=expected, found=_PASSWORD.sub("//…@", url))
    if not allow_remote and not _is_loopback(parsed.host, resolve or _addresses):
        what = "the target is not on this machine"
        cure = "add --allow-remote if events are meant to go there"
        raise RemoteTarget(what, where=parsed.host, expected="a loopback address", cure=cure)
    return url


def _is_loopback(host: str, resolve: Callable[[str], Iterable[str]]) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        addresses = list(resolve(host))
        return bool(addresses) and all(ip_address(one).is_loopback for one in addresses)


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # no such name, or one that no name can be
        return []
    return [str(address[0]).partition("%")[0] for *_, address in found]
