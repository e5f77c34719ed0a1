"""
Contract testing and mock delivery for Seam webhooks.

The public names are resolved on first use, so that `import seamproof` takes little
time in a test suite that does not need them. For the same reason pytest does not
rewrite the asserts of this module: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

from seamproof.lazy_exports import lazy_exports
from seamproof.version import __version__ as __version__

# To import `typing` would take longer than all the rest; type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from seamproof.errors import SeamproofError as SeamproofError
    from seamproof.events import Attempt as Attempt
    from seamproof.events import Delivery as Delivery
    from seamproof.events import Event as Event
    from seamproof.mock_server import MockServer as MockServer
    from seamproof.schemas import catalog as catalog
    from seamproof.schemas import is_valid as is_valid
    from seamproof.schemas import validate as validate
    from seamproof.schemas import violations as violations
    from seamproof.signing import Secret as Secret
    from seamproof.signing import sign as sign
    from seamproof.signing import verify as verify
    from seamproof.strategies import Sampler as Sampler

    __all__: list[str]
else:
    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "errors": ("SeamproofError",),
            "events": ("Attempt", "Delivery", "Event"),
            "mock_server": ("MockServer",),
            "schemas": ("catalog", "is_valid", "validate", "violations"),
            "signing": ("Secret", "sign", "verify"),
            "strategies": ("Sampler",),
        },
        "__version__",
    )
