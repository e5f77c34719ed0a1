"""
Resolution of names, with the address policy applied to every connection.

A name is resolved for each connection, and the connection goes to one of the addresses that were
checked: a name that resolves elsewhere a moment later cannot redirect it.
"""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from seamproof.mock_server.network.address_policy import parse_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.mock_server.network.address_policy import AddressPolicy


@dataclass(frozen=True, slots=True)
class Address:
    """
    A URL, parsed once for many requests.

    Attributes:
        url: Without the user's name and password.
        headers: Basic authentication, if the URL has a name and password.
        refusal: Why nothing may be sent there, as far as that is known without resolving a name.
    """

    url: URL
    headers: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""

    @classmethod
    def of(cls, text: str, policy: AddressPolicy) -> Address:
        """
        Parse a URL.

        A URL that is refused is not an error here: it may be allowed once its name resolves
        otherwise, or once the server is started with other options.
        """
        try:
            url = parse_url(text)
        except ValueError:
            # An earlier release accepted it, and it is still in the database.
            return cls(URL(), refusal="not sent: the URL cannot be read")
        headers, host = {}, url.host or ""
        if url.user is not None or url.password is not None:
            pair = f"{unquote(url.raw_user or '')}:{unquote(url.raw_password or '')}"
            headers = {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}
            url = url.with_user(None)
        return cls(url.with_fragment(None), headers, policy.refusal(host))


class AddressRefused(OSError):
    """
    A host that leads to another machine, which the user did not allow.
    """


class PolicyResolver(AbstractResolver):
    """
    Resolves names as the system does, and returns only addresses that the policy allows.

    Args:
        policy: The address policy.
    """

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """
        Resolve a name.

        Raises:
            AddressRefused: It leads to another machine.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        for *_, address in found:
            if refusal := self._policy.refusal(host, str(address[0])):
                raise AddressRefused(refusal)
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
        Do nothing: the resolver holds no resources.
        """
