"""
The emitter: what is signed goes out, and what comes back is recorded.
"""

from typing import TYPE_CHECKING

from seamproof.mock_server.sending import TIMEOUT, Sender
from seamproof.mock_server.serving import serving
from seamproof.mock_server.targets import check_target

if TYPE_CHECKING:
    from seamproof.mock_server.embedded import MockServer as MockServer

__all__ = ["TIMEOUT", "MockServer", "Sender", "check_target", "serving"]


def __getattr__(name: str) -> object:
    """
    Import the server on first use: it takes aiohttp, starlette and uvicorn.
    """
    if name != "MockServer":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from seamproof.mock_server.embedded import MockServer  # noqa: PLC0415 - start-up cost

    return MockServer
