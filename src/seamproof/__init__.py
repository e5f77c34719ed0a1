"""
Contract testing and mock delivery for Seam webhooks.

The public names are resolved on first use, so that `import seamproof` costs
next to nothing in a test suite that does not need them. Nor are asserts looked for
in it on behalf of the plugin: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

# `typing` itself would be most of what this import costs; type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

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

__version__ = "0.1.0"

_HOMES: Final = {
    "Attempt": "seamproof.events",
    "Delivery": "seamproof.events",
    "Event": "seamproof.events",
    "MockServer": "seamproof.mock_server",
    "Sampler": "seamproof.strategies",
    "SeamproofError": "seamproof.errors",
    "Secret": "seamproof.signing",
    "catalog": "seamproof.schemas",
    "is_valid": "seamproof.schemas",
    "sign": "seamproof.signing",
    "validate": "seamproof.schemas",
    "verify": "seamproof.signing",
    "violations": "seamproof.schemas",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the keys are strings, which the rule cannot see


def __getattr__(name: str) -> object:
    """
    Import a public name from the room that it lives in.
    """
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - paid only by those who use a lazy name

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """
    List the lazy names beside those already loaded.
    """
    return sorted({*globals(), *_HOMES})
