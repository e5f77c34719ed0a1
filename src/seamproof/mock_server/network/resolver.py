"""
Addresses: where a URL leads, and whether anything may be sent there.

A name is judged by the addresses that it has when it is sent to, and the connection
goes to one of the very addresses that were judged: no second look can lead elsewhere.
"""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from seamproof.mock_server.network.address_policy import is_loopback_address

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Address:
    """
    A URL made ready for sending to it many times.

    Attributes:
        url: Without the user's name and password.
        headers: What they become: Basic authentication.
        refusal: Why nothing may be sent there, as far as that shows without resolving a name.
    """

    url: URL
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    refusal: str = ""

    @classmethod
    def of(cls, text: str, allow_hosts: frozenset[str]) -> Address:
        """
        Make a URL ready.

        One that may not be sent to is no error here: it can become one that may when
        names resolve otherwise, or the server is started anew.
        """
        try:
            return cls._read(text, allow_hosts)
        except ValueError:
            # It was taken by an earlier release, whose database this is.
            return cls(URL(), refusal="not sent: the URL cannot be read")

    @classmethod
    def _read(cls, text: str, allow_hosts: frozenset[str]) -> Address:
        url = URL(text)
        host = url.host or ""
        headers: Mapping[str, str] = _NOTHING
        if url.user is not None or url.password is not None:
            pair = f"{unquote(url.raw_user or '')}:{unquote(url.raw_password or '')}"
            headers = {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}
            url = url.with_user(None)
        return cls(url.with_fragment(None), headers, _refusal(host, allow_hosts))


class Refused(OSError):
    """
    A name that leads to another machine, which nobody allowed.
    """


class Judge(AbstractResolver):
    """
    Resolves names as the system does, and passes on only addresses that may be sent to.
    """

    def __init__(self, allow_hosts: frozenset[str]) -> None:
        self._allow_hosts = allow_hosts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """
        Resolve a name.

        Raises:
            Refused: It leads to another machine.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        if host.lower() not in self._allow_hosts:
            for *_, address in found:
                if not is_loopback_address(str(address[0])):
                    raise Refused(_not_allowed(f"{host} is {address[0]}"))
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=family_found,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for family_found, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """
        Nothing is held.
        """


def _refusal(host: str, allow_hosts: frozenset[str]) -> str:
    """
    Judge a host that is an address; names are judged when they are resolved.
    """
    if host.lower() in allow_hosts:
        return ""
    try:
        ip_address(host)
    except ValueError:
        return ""
    return "" if is_loopback_address(host) else _not_allowed(host)


def _not_allowed(where: str) -> str:
    return f"not sent: {where}, which is not on this machine and not allowed by --allow-host"
