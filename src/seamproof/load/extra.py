"""
The dependency that load needs and the rest of the package does not.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from seamproof.errors import UsageError

#: As in `pyproject.toml`.
_REQUIREMENT: Final = "locust>=2.47"


class MissingExtra(UsageError, ImportError):
    """
    Locust is not installed.
    """


def require_locust() -> None:
    """
    Check that Locust is installed, without importing it.

    Raises:
        MissingExtra: It is not.
    """
    if find_spec("locust") is None:
        what = "load needs Locust, which is not installed"
        cure = f"pip install '{_REQUIREMENT}', or the extra `load` of seamproof"
        raise MissingExtra(what, cure=cure)
