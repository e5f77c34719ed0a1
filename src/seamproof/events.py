"""
Events, signed deliveries of them, and attempts to deliver.
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


def resource_of(event_type: str) -> str:
    """
    Name the resource that an event type is of: `access_code` of `access_code.created`.
    """
    return event_type.partition(".")[0]


def mint_message_id(now: float, random_bytes: Callable[[int], bytes] = entropy.token_bytes) -> str:
    """
    Make a message id as Svix does: `msg_` and a KSUID.

    A KSUID consists of 4 bytes of seconds since 2014-05-13 and 16 random bytes, in base62
    (https://github.com/segmentio/ksuid).

    Args:
        now: Seconds since the epoch.
        random_bytes: Returns as many random bytes as it is asked for.
    """
    number = int.from_bytes(
        ((int(now) - _KSUID_EPOCH) % 2**32).to_bytes(4, "big") + random_bytes(16), "big"
    )
    number, last = divmod(number, len(_BASE62))
    digits = [_BASE62[last]]
    # Two digits at a time: a server makes thousands of ids in a second.
    for _ in range(_KSUID_LENGTH // 2):
        number, pair = divmod(number, len(_PAIRS))
        digits.append(_PAIRS[pair])
    return "msg_" + "".join(reversed(digits))


@dataclass(frozen=True, slots=True)
class Event:
    """
    An event and the exact bytes that are sent for it.

    Attributes:
        payload: The JSON object.
        body: Its JSON text in UTF-8, which is never serialised again.
    """

    payload: JsonMapping
    body: bytes

    @classmethod
    def of(cls, payload: JsonMapping) -> Event:
        """
        Serialise a payload as Seam does, without white space.
        """
        return cls(payload, _COMPACT.encode(payload).encode())

    @property
    def event_type(self) -> str | None:
        """
        The `event_type` of the payload, if it is a string.
        """
        claimed = self.payload.get("event_type")
        return claimed if isinstance(claimed, str) else None


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    A signed message.

    Attributes:
        message_id: `svix-id`; every attempt of a message has the same.
        timestamp: `svix-timestamp`, whole seconds since the epoch.
        body: The exact bytes that are signed.
        headers: Read-only; names in lower case, as Svix sends them.
    """

    message_id: str
    timestamp: int
    body: bytes
    headers: Mapping[str, str]

    def __post_init__(self) -> None:
        """
        Make the headers read-only, as the fields are.
        """
        object.__setattr__(self, "headers", MappingProxyType(dict(self.headers)))


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    A delivery that was sent, and its result.

    Attributes:
        delivery: What was sent.
        status: The HTTP status; None if there was no response.
        milliseconds: From the first byte of the request to the headers of the response.
        reason: Why it does not count as delivered; empty if it does.
        reached: Whether a connection to the target was opened.
    """

    delivery: Delivery
    status: int | None
    milliseconds: float
    reason: str = ""
    reached: bool = True

    @property
    def delivered(self) -> bool:
        """
        Whether Svix counts the attempt as a success: 200-299 and nothing else.
        """
        return not self.reason
