"""
The control API under `/mock`: operations that the real service does not have.
"""

from __future__ import annotations

from typing import Final

from seamproof.mock_server.api.control import contract, endpoints, messages, server, world

#: The routes of all operations, in the order of the OpenAPI document.
ROUTES: Final = [
    route for part in (messages, endpoints, world, contract, server) for route in part.router.routes
]
