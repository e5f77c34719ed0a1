"""
Seam's webhook service on this machine: API, delivery, retries, faults, storage.

The public names are resolved on first use: the server takes aiohttp, starlette and uvicorn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from seamproof.mock_server.hosting.mock_server import MockServer as MockServer
    from seamproof.mock_server.hosting.web_server import serving as serving
    from seamproof.mock_server.network.address_policy import check_target as check_target
    from seamproof.mock_server.network.sender import TIMEOUT as TIMEOUT
    from seamproof.mock_server.network.sender import Sender as Sender

    __all__: list[str]
else:
    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "hosting.mock_server": ("MockServer",),
            "hosting.web_server": ("serving",),
            "network.address_policy": ("check_target",),
            "network.sender": ("TIMEOUT", "Sender"),
        },
    )
