"""
What travels: an event becomes a delivery, a delivery becomes an attempt.
"""

from __future__ import annotations

import json
import secrets as entropy
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import JsonMapping

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = tuple(map("".join, product(_BASE62, repeat=2)))
_KSUID_EPOCH = 1_400_000_000
_KSUID_LENGTH = 27

_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def mint_message_id(now: float, random_bytes: Callable[[int], bytes] = entropy.token_bytes) -> str:
    """
    Make a message id as Svix does: `msg_` and a KSUID.

    A KSUID is 4 bytes of seconds since 2014-05-13 and 16 random ones, in base62
    (https://github.com/segmentio/ksuid).

    Args:
        now: Seconds since the epoch.
        random_bytes: Where the randomness comes from.
    """
    number = int.from_bytes(
        ((int(now) - _KSUID_EPOCH) % 2**32).to_bytes(4, "big") + random_bytes(16), "big"
    )
    number, last = divmod(number, len(_BASE62))
    digits = [_BASE62[last]]
    # Two at a time, as a server mints thousands of these in a second.
    for _ in range(_KSUID_LENGTH // 2):
        number, pair = divmod(number, len(_PAIRS))
        digits.append(_PAIRS[pair])
    return "msg_" + "".join(reversed(digits))


@dataclass(frozen=True, slots=True)
class Event:
    """
    An event and the exact bytes that stand for it on the wire.

    Attributes:
        payload: The JSON object.
        body: Its JSON text in UTF-8. Never serialised anew on the way.
    """

    payload: JsonMapping
    body: bytes

    @classmethod
    def of(cls, payload: JsonMapping) -> Event:
        """
        Serialise a payload as compactly as Seam does.
        """
        return cls(payload, _COMPACT.encode(payload).encode())

    @property
    def event_type(self) -> str | None:
        """
        The type that the payload claims, if it is a string.
        """
        claimed = self.payload.get("event_type")
        return claimed if isinstance(claimed, str) else None


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    A signed message, ready to be sent.

    Attributes:
        message_id: `svix-id`: the same for every attempt of a message.
        timestamp: `svix-timestamp`: whole seconds since the epoch.
        body: The exact bytes that are signed.
        headers: Names in lower case, as Svix sends them; read-only.
    """

    message_id: str
    timestamp: int
    body: bytes
    headers: Mapping[str, str]

    def __post_init__(self) -> None:
        """
        Close the headers, so that a frozen delivery is frozen all through.
        """
        object.__setattr__(self, "headers", MappingProxyType(dict(self.headers)))


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    A delivery that was sent, and what came of it.

    Attributes:
        delivery: What was sent.
        status: The HTTP status, or None when no answer came.
        milliseconds: From the first byte out to the answer's headers in.
        reason: Why it does not count as delivered; empty when it does.
        reached: Whether a connection to the target was made at all.
    """

    delivery: Delivery
    status: int | None
    milliseconds: float
    reason: str = ""
    reached: bool = True

    @property
    def delivered(self) -> bool:
        """
        Whether Svix would count this as a success: 200-299 and nothing else.
        """
        return not self.reason
