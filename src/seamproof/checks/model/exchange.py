"""
What goes to a handler and what comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seamproof.signing.forgeries import GENUINE

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    One request, exactly as it goes to the handler.

    Attributes:
        headers: Name and value, in order, in the case in which they are sent.
        body: The exact bytes.
        method: Of HTTP.
        event_type: Of the event in the body, where there is one.
        recipe: How it was signed, a key of `signing.forgeries.RECIPES`: it can be signed afresh so.
        message_id: The id that it was signed under; a forgery may show another one.
        age: Seconds by which its timestamp lay before the clock; negative is ahead of it.
    """

    headers: tuple[tuple[str, str], ...]
    body: bytes
    method: str = "POST"
    event_type: str | None = None
    recipe: str = GENUINE
    message_id: str = ""
    age: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Escaped:
    """
    An exception that escaped a handler in this process.

    Attributes:
        kind: The name of its class, with the module where that is not builtins.
        message: What it says.
        place: `file:line` of the innermost frame in the handler's own code.
        trace: The whole traceback as text.
    """

    kind: str
    message: str
    place: str
    trace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """
    What a handler made of a request.

    Attributes:
        status: The HTTP status; None when no answer came.
        headers: Of the answer, names in lower case.
        body: The first 4 kB of the answer.
        milliseconds: From the request to the whole answer.
        escaped: The exception that left the handler, seen in process only.
        reason: Why there is no status: a time-out, a broken connection; else empty.
    """

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    milliseconds: float = 0.0
    escaped: Escaped | None = None
    reason: str = ""
