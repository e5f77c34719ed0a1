"""
The official SDK, asked in both of its forms.
"""

from __future__ import annotations

import asyncio
from functools import reduce
from typing import Any, Final

from seam.seam import AsyncSeam, Seam

KEY: Final = "seam_test_key"


class Sdk:
    """
    Calls the SDK, of the one form or the other.

    Args:
        form: `sync` or `async`.
        url: Where the server is.
        key: The API key.
    """

    def __init__(self, form: str, url: str, key: str = KEY) -> None:
        self._form = form
        self._url = url
        self._key = key

    def __call__(self, call: str, **parameters: Any) -> Any:
        """
        Make a call: `sdk("webhooks.create", url=…)`.
        """
        if self._form == "async":
            return asyncio.run(self._awaited(call, parameters))
        client: Any = Seam(self._key, endpoint=self._url)
        with client.client:
            return reduce(getattr, call.split("."), client)(**parameters)

    async def _awaited(self, call: str, parameters: dict[str, Any]) -> Any:
        client: Any = AsyncSeam(self._key, endpoint=self._url)
        async with client.client:
            return await reduce(getattr, call.split("."), client)(**parameters)
