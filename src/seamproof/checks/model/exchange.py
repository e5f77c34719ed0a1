"""
Requests to a handler and its responses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.signing.forgeries import GENUINE, RECIPES
from seamproof.signing.verification import TOLERANCE
from seamproof.statuses import (
    CLIENT_ERROR,
    SERVER_ERROR,
    SERVICE_UNAVAILABLE,
    TOO_MANY_REQUESTS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How a body is transferred: with its length and at once, with its length in segments of TCP
#: (the first of which may end within a letter), in chunks without its length, or by a gateway as
#: base64.
Transfer: TypeAlias = Literal[
    "whole", "two segments", "three segments", "divided letter", "chunked", "base64"
]
#: Where a handler that answers 2xx has got rid of an exception.
CAUGHT: Final = "caught and logged"
#: What raised an exception that no answer shows.
BackgroundSource: TypeAlias = Literal["thread", "task", "callback", "executor", "finalizer", "exit"]


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)
class Request:
    """
    One request, exactly as it is sent.

    Attributes:
        headers: Name and value, in order, in the case in which they are sent.
        body: The exact bytes.
        method: Of HTTP.
        event_type: Of the event in the body, where there is one.
        recipe: How it is signed, a key of `signing.forgeries.RECIPES`; a replay signs it likewise.
        message_id: The id that is signed; the header of a forgery may have another one.
        age: Seconds by which its timestamp is before the clock; negative is after it.
        transfer: How its body is transferred, one of the `transfers` of the target.
    """

    headers: tuple[tuple[str, str], ...]
    body: bytes
    method: str = "POST"
    event_type: str | None = None
    recipe: str = GENUINE
    message_id: str = ""
    age: int = 0
    transfer: Transfer = "whole"

    @property
    def is_forgery(self) -> bool:
        """
        Whether a handler has to reject the request for its signature or its timestamp.

        What the preflight signs in other ways, to find out which one is accepted, is no forgery.
        """
        recipe = RECIPES.get(self.recipe)
        return recipe is not None and (not recipe.genuine or abs(self.age) > TOLERANCE)

    @property
    def signed_how(self) -> str:
        """
        What distinguishes the signature from a plain one, in words.
        """
        recipe = RECIPES.get(self.recipe)
        return recipe.words if recipe and recipe.words else self.recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Escaped:
    """
    An exception that escaped a handler in this process.

    Attributes:
        kind: The name of its class, with the module where that is not builtins.
        message: Its text.
        place: `file:line` of the innermost frame in the handler's own code.
        trace: The whole traceback as text.
        details: What a validation library found wrong, an entry for each: `method: literal_error`.
    """

    kind: str
    message: str
    place: str
    trace: str
    details: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """
        Its class and its place.
        """
        return f"{self.kind} at {self.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """
    The response to a request, or why there is none.

    Attributes:
        status: The HTTP status; None without a response.
        headers: Of the response, names in lower case.
        body: The first 4 kB of the response.
        milliseconds: From the request to the whole response.
        ended: When the response was complete, in seconds by the performance counter.
        escaped: The exception that left the handler, seen in process only.
        reason: Why there is no status: a time-out, a broken connection; else empty.
        is_hung_up: Whether the connection was closed before there was a status.
        leak: What of the right signature or the secret is in the response to a forgery, in words.
        printed: The end of what was printed and logged meanwhile, where that is recorded.
    """

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    milliseconds: float = 0.0
    escaped: Escaped | None = None
    reason: str = ""
    is_hung_up: bool = False
    leak: str = ""
    printed: str = ""
    ended: float = field(default=0.0, compare=False)

    @property
    def is_rejected(self) -> bool:
        """
        Whether the handler rejected the request itself: 4xx, but not 429.
        """
        return self.status in CLIENT_ERROR and self.status != TOO_MANY_REQUESTS

    @property
    def is_limited(self) -> bool:
        """
        Whether the request came too early: 429, or 503 that says when to try again.

        Such an answer says nothing about the request: a limiter before the handler may give it.
        """
        if self.escaped is not None:
            return False
        overloaded = self.status == SERVICE_UNAVAILABLE and "retry-after" in self.headers
        return self.status == TOO_MANY_REQUESTS or overloaded

    @property
    def is_overload(self) -> bool:
        """
        Whether the answer is that of a limiter or of an overloaded handler: 429 or 503.
        """
        overloads = (TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE)
        return self.escaped is None and self.status in overloads

    @property
    def is_crash(self) -> bool:
        """
        Whether the handler itself failed: an escaped exception, 5xx, or no response at all.
        """
        return self.status is None or self.escaped is not None or self.status in SERVER_ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedException:
    """
    An exception that the handler caught and logged.

    Attributes:
        escaped: The exception.
        request: During which it was logged.
        is_certain: Whether that is known, and not only that it was printed meanwhile.
    """

    escaped: Escaped
    request: Request
    is_certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What came back for one request of a sequence, and when it was sent.

    Attributes:
        received: The response.
        is_while_broken: Whether the dependency of the handler was made to fail meanwhile.
        is_at_once: Whether other requests of the sequence were under way.
    """

    received: Received
    is_while_broken: bool = False
    is_at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundFailure:
    """
    An exception of background work in this process, which nobody has handled.

    Attributes:
        source: What raised it.
        escaped: The exception.
        request: The request that caused it: its ids are in the variables of the code, or the
            work was begun while it was handled, or it was the last one.
    """

    source: BackgroundSource
    escaped: Escaped
    request: Request | None
