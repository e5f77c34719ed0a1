"""
Load on a webhook handler with Locust: signed events, arrivals by rate, accounting of every message.

The public names are resolved on first use: Locust replaces parts of the standard library when it
is imported, which happens with `SeamUser` and not with this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from seamproof.load.messages.mix import Mix as Mix
    from seamproof.load.user import SeamUser as SeamUser

    __all__: list[str]
else:
    __getattr__, __dir__, __all__ = lazy_exports(
        __name__, {"messages.mix": ("Mix",), "user": ("SeamUser",)}
    )
