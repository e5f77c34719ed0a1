"""
What is measured with: one event, its schema, and the names of the peers.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from seamproof.schemas import catalog
from seamproof.strategies import Sampler

#: The event type that peers are compared on.
EVENT_TYPE: Final = "acs_credential.issued"

SEED: Final = "benchmarks"


def valid_event() -> dict[str, Any]:
    """
    Make the event, with all its properties.
    """
    return Sampler(SEED).event(EVENT_TYPE)


def document() -> dict[str, Any]:
    """
    Take the JSON Schema of the event, as every engine is given it.
    """
    return dict(catalog()[EVENT_TYPE].document)


def versioned(distribution: str) -> str:
    """
    Name a peer with the version that is installed.
    """
    return f"{distribution} {version(distribution)}"
