"""
The pytest plugin: types for annotations. `register` holds the hooks and the fixtures.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from seamproof.lazy_exports import lazy_exports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seamproof.pytest_plugin.fixtures.check import CheckRunner as CheckRunner
    from seamproof.pytest_plugin.fixtures.delivery import Delivery as Delivery
    from seamproof.pytest_plugin.fixtures.delivery import DeliveryFactory as DeliveryFactory
    from seamproof.pytest_plugin.fixtures.post import Post as Post
    from seamproof.pytest_plugin.fixtures.protocols import MockServerFactory as MockServerFactory
    from seamproof.pytest_plugin.fixtures.protocols import SampleFactory as SampleFactory

    __all__: list[str]
else:
    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "fixtures.check": ("CheckRunner",),
            "fixtures.delivery": ("Delivery", "DeliveryFactory"),
            "fixtures.post": ("Post",),
            "fixtures.protocols": ("MockServerFactory", "SampleFactory"),
        },
    )

#: For `-p seamproof.pytest_plugin`, where the entry point is not used.
pytest_plugins = ("seamproof.pytest_plugin.register",)
