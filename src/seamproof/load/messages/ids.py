"""
Ids of a run's messages: functions of the seed, the worker and the number of the message.

An id can be read back, so that a ledger of a million ids is counted without a table of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, NamedTuple

from seamproof.events import mint_message_id

#: Workers of a run, and messages of a worker.
MOST_WORKERS: Final = 1 << 12
MOST_MESSAGES: Final = 1 << 36

_DIGITS: Final = {
    digit: value
    for value, digit in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}
#: The seconds of a KSUID, which are the same in every run, so that a seed gives the same ids.
_MOMENT: Final = 1_767_592_800
_TAG_BYTES: Final = 8
_NUMBER_BITS: Final = 48
_MESSAGE_ID: Final = re.compile(r"msg_[0-9A-Za-z]{27}")
_EVENT_ID: Final = re.compile(
    r"([0-9a-f]{8})-([0-9a-f]{4})-4([0-9a-f]{3})-8([0-9a-f]{3})-([0-9a-f]{12})"
)


class Position(NamedTuple):
    """
    A message of a run.

    Attributes:
        worker: From 0.
        number: Among the messages of the worker, from 0.
    """

    worker: int
    number: int


@dataclass(frozen=True, slots=True)
class RunIds:
    """
    The ids of the messages of one seed.

    Attributes:
        tag: 60 bits that the ids of the seed have in common.
    """

    tag: int

    @classmethod
    def of(cls, seed: int | str) -> RunIds:
        """
        Derive the tag from a seed; a number and the text of its digits are the same seed.
        """
        return cls(
            int.from_bytes(blake2b(str(seed).encode(), digest_size=_TAG_BYTES).digest()) >> 4
        )

    def event_id(self, worker: int, number: int) -> str:
        """
        Make the `event_id` of a message: a UUID of version 4 in form.
        """
        tag = f"{self.tag:015x}"
        return f"{tag[:8]}-{tag[8:12]}-4{tag[12:]}-8{worker:03x}-{number:012x}"

    def message_id(self, worker: int, number: int) -> str:
        """
        Make the `svix-id` of a message.
        """
        packed = (self.tag << 12 | worker) << _NUMBER_BITS | number
        return mint_message_id(_MOMENT, lambda count: packed.to_bytes(count, "big"))

    def locate(self, text: str) -> Position | None:
        """
        Find the message that an id belongs to; None if it belongs to no message of this seed.

        Args:
            text: An `event_id` or a `svix-id`.
        """
        found = _EVENT_ID.fullmatch(text)
        if found:
            if int(found[1] + found[2] + found[3], 16) != self.tag:
                return None
            return Position(int(found[4], 16), int(found[5], 16))
        if not _MESSAGE_ID.fullmatch(text):
            return None
        number = 0
        for digit in text[4:]:
            number = number * 62 + _DIGITS[digit]
        random_part = number & ((1 << 128) - 1)
        if random_part >> (_NUMBER_BITS + 12) != self.tag:
            return None
        return Position(
            random_part >> _NUMBER_BITS & (MOST_WORKERS - 1),
            random_part & ((1 << _NUMBER_BITS) - 1),
        )
