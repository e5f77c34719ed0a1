"""
Faults: what goes wrong on the way to a handler, on purpose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from random import Random
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.errors import UsageError
from seamproof.mock_server.model.fault_spec import FaultSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Where a fault acts. `body`: on the event, at every attempt, rightly signed. `signature` and
#: `wire`: on the first attempt alone, so that the retry is as it should be. `order`: on when
#: and how often a message is sent.
Stage: TypeAlias = Literal["body", "signature", "wire", "order"]


@dataclass(frozen=True, slots=True)
class Fault:
    """
    Something that can go wrong.

    Attributes:
        name: What it is called.
        line: What happens, in one line.
        answer: What a good handler answers.
        stage: Where it acts.
    """

    name: str
    line: str
    answer: str
    stage: Stage


_ONCE: Final = "2xx each time; acts on it once"
_REFUSE: Final = "4xx; does nothing with it"
_TAKE: Final = "2xx"
_NOTHING: Final = "anything or nothing; does nothing with it"

_TABLE: Final[tuple[Fault, ...]] = (
    Fault("duplicate", "the same request is sent twice, byte for byte", _ONCE, "order"),
    Fault(
        "duplicate_resigned",
        "the message is sent twice, the second time with a later timestamp",
        _ONCE,
        "order",
    ),
    Fault("reorder", "the message arrives 2 s after it should, behind later ones", _TAKE, "order"),
    Fault("delay", "the message arrives 30 s after it should", _TAKE, "order"),
    Fault("drop_then_retry", "the first attempt is lost, the second arrives", _TAKE, "wire"),
    Fault("burst", "the same message arrives ten times at once", _ONCE, "order"),
    Fault("bad_signature", "the signature is right for nothing", _REFUSE, "signature"),
    Fault("wrong_secret", "the message is signed with another secret", _REFUSE, "signature"),
    Fault("stale", "the timestamp is 10 minutes old, rightly signed", _REFUSE, "signature"),
    Fault("future", "the timestamp is 10 minutes ahead, rightly signed", _REFUSE, "signature"),
    Fault("missing_header", "one of the three svix headers is missing", _REFUSE, "signature"),
    Fault("tampered_body", "a value was changed after signing", _REFUSE, "signature"),
    Fault(
        "reserialised_body",
        "the JSON was parsed and written anew after signing",
        _REFUSE,
        "signature",
    ),
    Fault("truncated_body", "the connection ends in the middle of the body", _NOTHING, "wire"),
    Fault("slow_body", "the body arrives in pieces over 2 s", _TAKE, "wire"),
    Fault("reset_mid_body", "the connection is reset in the middle of the body", _NOTHING, "wire"),
    Fault(
        "two_signatures",
        "a signature of another secret follows the right one, as in a rotation",
        _TAKE,
        "signature",
    ),
    Fault(
        "old_signature_first",
        "a signature of another secret comes before the right one",
        _TAKE,
        "signature",
    ),
    Fault(
        "unknown_version_signature",
        "a signature of an unknown version comes before the right one",
        _TAKE,
        "signature",
    ),
    Fault("unknown_event_type", "the event is of a type that nobody knows", _TAKE, "body"),
    Fault("unknown_field", "the event has a property that nobody knows", _TAKE, "body"),
    Fault("missing_optional", "the event lacks every optional property", _TAKE, "body"),
    Fault("null_optional", "every optional property of the event is null", _TAKE, "body"),
    Fault("microseconds", "the event's times have six digits of a second", _TAKE, "body"),
    Fault("unicode", "the event's texts hold emoji, Arabic and combining marks", _TAKE, "body"),
    Fault("large", "the event has 340,000 bytes", _TAKE, "body"),
)

FAULTS: Final = {fault.name: fault for fault in _TABLE}

#: Seconds that a message is held back.
HELD: Final = {"reorder": 2.0, "delay": 30.0}

#: How often a message is sent beside the attempt itself.
COPIES: Final = {"duplicate": 1, "duplicate_resigned": 1, "burst": 9}


def check_fault(fault: FaultSpec) -> None:
    """
    Check that a fault can be had.

    Raises:
        UsageError: There is none of this name, or its figures make no sense.
    """
    if fault.name not in FAULTS:
        what = f"no fault is called {fault.name!r}"
        near = get_close_matches(fault.name, FAULTS, n=3, cutoff=0.5)
        cure = f"did you mean {' or '.join(near)}?" if near else "`seamproof faults` lists them"
        raise UsageError(what, where="faults", cure=cure)
    if not 0 <= fault.probability <= 1:
        what, found = "a probability is from 0 to 1", f"{fault.probability:g}"
        raise UsageError(what, where=f"faults.{fault.name}", found=found)
    if fault.count is not None and fault.count < 0:
        what = "a fault befalls no fewer than 0 messages"
        raise UsageError(what, where=f"faults.{fault.name}", found=str(fault.count))


def parse_fault(text: str) -> FaultSpec:
    """
    Read a fault: `stale`, `stale:0.2` for a share, `stale:x3` for a number, `@7` for a seed.

    Raises:
        UsageError: It is none.
    """
    form = r"(?P<name>\w+)(:(x(?P<count>\d+)|(?P<share>\d*\.?\d+)))?(@(?P<seed>.+))?"
    read = re.fullmatch(form, text)
    if read is None:
        what = "this is no fault"
        raise UsageError(what, expected="NAME, NAME:0.2, NAME:x3, with @SEED", found=text)
    fault = FaultSpec(
        read["name"],
        probability=1.0 if read["share"] is None else float(read["share"]),
        count=None if read["count"] is None else int(read["count"]),
        seed=read["seed"],
    )
    check_fault(fault)
    return fault


class Picker:
    """
    Chooses which messages faults befall, the same ones for the same seed.

    Args:
        faults: What was asked for.
        seed: For those that have no seed of their own; None for a random one.
    """

    def __init__(self, faults: Sequence[FaultSpec], seed: int | str | None) -> None:
        self.faults = tuple(faults)
        self._draws = [
            (one, Random() if own is None else Random(f"{own}/{one.name}"))  # noqa: S311
            for one in faults
            for own in [seed if one.seed is None else one.seed]
        ]
        self._used = [0] * len(self._draws)
        self._message = -1
        self._names: tuple[str, ...] = ()

    def names(self, message: int) -> tuple[str, ...]:
        """
        Name the faults that befall a message. Asked twice about one message, it says the same.
        """
        if message != self._message:
            self._message = message
            self._names = tuple(
                fault.name
                for index, (fault, random) in enumerate(self._draws)
                if self._befalls(index, fault, random)
            )
        return self._names

    def _befalls(self, index: int, fault: FaultSpec, random: Random) -> bool:
        if fault.count is not None and self._used[index] >= fault.count:
            return False
        if random.random() >= fault.probability:
            return False
        self._used[index] += 1
        return True
