"""
Refusals: why Seam's API would not do what a call asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class CallRefused(Exception):
    """
    A call is refused.

    Attributes:
        status: Of HTTP.
        kind: The `type` of the error.
        message: What is wrong, in a sentence.
        fields: What is wrong with each parameter.
        seconds: How long the answer takes.
        retry_after: Seconds that the caller has to wait; 0 for no such header.
    """

    status: int
    kind: str
    message: str
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seconds: float = 0.0
    retry_after: int = 0


def not_found(kind: str) -> CallRefused:
    """
    Refuse a call that names no record.
    """
    label = kind.replace("_", " ").capitalize()
    return CallRefused(404, f"{kind}_not_found", f"{label} not found")


def invalid(fields: Mapping[str, Sequence[str]]) -> CallRefused:
    """
    Refuse parameters.
    """
    return CallRefused(400, "invalid_input", "", fields)
