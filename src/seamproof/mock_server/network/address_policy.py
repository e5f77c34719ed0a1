"""
Where events may be sent: to this machine, unless the user allows another one.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final

import yarl

from seamproof.errors import ALLOW_REMOTE, RemoteTarget, UsageError
from seamproof.urls import EXAMPLE_URL, hide_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from ipaddress import IPv4Address


#: Characters of a name (RFC 1035, 2.3.4), as it is written without the last dot.
_LONGEST_HOST: Final = 253
_UNREADABLE: Final = "its host cannot be read"


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """
    Decides which hosts and addresses events may be sent to.

    Attributes:
        allowed: Hosts other than this machine, in lower case; None for every host.
    """

    allowed: frozenset[str] | None = frozenset()

    @classmethod
    def of(cls, *, allow_remote: bool) -> AddressPolicy:
        """
        Allow this machine, or every machine.
        """
        return cls(None if allow_remote else frozenset())

    def allows_host(self, host: str) -> bool:
        """
        Whether the user allows a host, whatever its addresses.
        """
        return self.allowed is None or host.lower() in self.allowed

    def allows_address(self, host: str, address: str) -> bool:
        """
        Whether a connection to an address of a host is allowed.
        """
        return self.allows_host(host) or is_loopback_address(address)

    def check(
        self, url: str, cure: str, resolve: Callable[[str], Iterable[str]] | None = None
    ) -> str:
        """
        Check the URL of a handler, and return it.

        Args:
            url: `http://` or `https://` and a host.
            cure: How the user allows the host, which stands for `{host}`.
            resolve: From the name of a host to its addresses; by default as the system does.

        Raises:
            UsageError: A webhook cannot be sent to this URL.
            RemoteTarget: It leads to another machine, by the addresses of its host.
        """
        host = read_host(url)
        if self.allows_host(host):
            return url
        addresses = [host] if parse_address(host) else list((resolve or _resolve)(host))
        if not addresses or not all(self.allows_address(host, one) for one in addresses):
            what, expected = "the target is not on this machine", "a loopback address"
            raise RemoteTarget(
                what, where=host, expected=expected, cure=cure.replace("{host}", host)
            )
        return url

    def refusal(self, host: str, address: str = "") -> str:
        """
        Explain why an address is refused; empty if it is allowed.

        Args:
            host: Of the URL.
            address: An address of the host. Without it a name is allowed for the time being:
                its addresses are checked when a connection is opened.
        """
        if not address and not parse_address(host):
            return ""
        if self.allows_address(host, address or host):
            return ""
        where = f"{host} is {address}" if address else host
        return f"not sent: {where}, which is not on this machine and not an allowed host"


def check_target(
    url: str,
    *,
    allow_remote: bool = False,
    resolve: Callable[[str], Iterable[str]] | None = None,
) -> str:
    """
    Check that events may be sent to a URL, and return it.

    Args:
        url: `http://` or `https://` and a host.
        allow_remote: Whether the user allows another machine.
        resolve: From the name of a host to its addresses; by default as the system does.

    Raises:
        UsageError: A webhook cannot be sent to this URL.
        RemoteTarget: It leads to another machine, by the addresses of its host.
    """
    policy = AddressPolicy.of(allow_remote=allow_remote)
    return policy.check(url, f"give {ALLOW_REMOTE} if events are meant to go there", resolve)


def parse_url(text: str) -> yarl.URL:
    """
    Parse a URL.

    Raises:
        ValueError: It is not a URL.
    """
    # Browsers read a backslash as a slash, parsers as part of the user's name or of the host.
    if "\\" in text:
        what = "a URL has no backslash"
        raise ValueError(what)
    try:
        url = yarl.URL(text)
        # Decoded when it is asked for, which may fail as well.
        host = url.host or ""
    except (IndexError, UnicodeError) as problem:
        raise ValueError(_UNREADABLE) from problem
    if len(host) > _LONGEST_HOST:
        raise ValueError(_UNREADABLE)
    return url


def read_host(url: str) -> str:
    """
    Read the host of a URL, on which both HTTP libraries in use have to agree.

    Raises:
        UsageError: A webhook cannot be sent to this URL.
    """
    # Only `check` uses it to send, so a server need not load it to start.
    import httpx

    what, shown = "the target is not a URL", hide_credentials(url)
    try:
        parsed, again = httpx.URL(url), parse_url(url)
        host, same = again.host or "", _is_same_host(parsed.host, again.host or "")
        same = same and _is_same_host(parsed.raw_host.decode(), again.raw_host or "")
    except (httpx.InvalidURL, ValueError) as problem:
        # The message of a library may repeat a part of the password.
        what += "" if "@" in url else f": {problem}"
        raise UsageError(what, found=shown) from problem
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(what, expected=EXAMPLE_URL, found=shown)
    if not same or _is_short_address(host):
        what += ": its host can be read in two ways"
        raise UsageError(what, found=shown)
    return host


def is_loopback_address(text: str) -> bool:
    """
    Whether an address never leaves this machine, also an IPv4 address in IPv6 notation.
    """
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def is_loopback(host: str) -> bool:
    """
    Whether a server that is bound to a host can be reached from this machine only.
    """
    address = parse_address(host)
    return host == "localhost" if address is None else address.is_loopback


def parse_address(host: str) -> IPv4Address | IPv6Address | None:
    """
    Parse an address, without its zone. None if the host is a name.
    """
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_same_host(one: str, other: str) -> bool:
    """
    Whether two hosts are the same: an address has several notations.
    """
    try:
        return ip_address(one) == ip_address(other)
    except ValueError:
        return one.lower() == other.lower()


def _is_short_address(host: str) -> bool:
    """
    Whether a host is an IPv4 address in a notation that only some libraries read: `127.1`.
    """
    try:
        socket.inet_aton(host)
    except (OSError, UnicodeError, ValueError):
        return False
    return parse_address(host) is None


def _resolve(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # an unknown name, or a text that cannot be a name
        return []
    return [str(address[0]).partition("%")[0] for *_, address in found]
