"""
Handlers that take a while to answer, as those with a database do.
"""

from __future__ import annotations

import asyncio
import time
from functools import wraps
from typing import TYPE_CHECKING, Any

from seamproof.checks.targets.adapters.function import is_coroutine_function

if TYPE_CHECKING:
    from collections.abc import Callable


def delayed(app: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    """
    Let an application or a function wait before each call.
    """
    if not seconds:
        return app
    if is_coroutine_function(app):

        @wraps(app)
        async def call_async(*args: Any, **named: Any) -> Any:
            await asyncio.sleep(seconds)
            return await app(*args, **named)

        return call_async

    @wraps(app)
    def call(*args: Any, **named: Any) -> Any:
        time.sleep(seconds)
        return app(*args, **named)

    return call
