"""
Where events may go: to this machine, unless the user says otherwise.
"""

from __future__ import annotations

import socket
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

import httpx
import yarl

from seamproof.errors import OPTION, RemoteTarget, UsageError
from seamproof.urls import EXAMPLE_URL, hide_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


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
    host = read_host(url)
    if not allow_remote and not _leads_here(host, resolve or _addresses):
        what = "the target is not on this machine"
        cure = f"give {OPTION} if events are meant to go there"
        raise RemoteTarget(
            what, where=host, expected="a loopback address", cure=cure, option="allow_remote"
        )
    return url


def read_host(url: str) -> str:
    """
    Take the host from a URL, as both libraries that send read it.

    Raises:
        UsageError: It is no URL that a webhook can be sent to.
    """
    what, shown = "the target is no URL", hide_credentials(url)
    try:
        parsed, again = httpx.URL(url), yarl.URL(url)
        host, same = again.host or "", _same(parsed.host, again.host or "")
        same = same and _same(parsed.raw_host.decode(), again.raw_host or "")
    except (httpx.InvalidURL, ValueError) as problem:
        # What a library says may repeat a part of the password.
        what += "" if "@" in url else f": {problem}"
        raise UsageError(what, found=shown) from problem
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(what, expected=EXAMPLE_URL, found=shown)
    if not same:
        what += ": its host can be read in two ways"
        raise UsageError(what, found=shown)
    return host


def is_loopback_address(text: str) -> bool:
    """
    Whether an address never leaves this machine, also one of IPv4 that is written as IPv6.
    """
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _same(one: str, other: str) -> bool:
    """
    Whether two hosts are the same: an address can be written in several ways.
    """
    try:
        return ip_address(one) == ip_address(other)
    except ValueError:
        return one.lower() == other.lower()


def _leads_here(host: str, resolve: Callable[[str], Iterable[str]]) -> bool:
    try:
        return is_loopback_address(host)
    except ValueError:
        addresses = list(resolve(host))
        return bool(addresses) and all(is_loopback_address(one) for one in addresses)


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # no such name, or one that no name can be
        return []
    return [str(address[0]).partition("%")[0] for *_, address in found]
