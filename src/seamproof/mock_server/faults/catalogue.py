"""
Fault catalogue: everything that can be made to go wrong with a delivery on purpose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.errors import UsageError, nearest_names
from seamproof.formats import read_decimal, read_digits
from seamproof.mock_server.model.records import FaultSpec
from seamproof.schemas.payload_mutations import PAYLOAD_MUTATIONS
from seamproof.signing.forgeries import VARIANTS
from seamproof.statuses import CLIENT_ERROR, SUCCESS

if TYPE_CHECKING:
    from seamproof.schemas.payload_mutations import PayloadMutation
    from seamproof.signing.forgeries import DeliveryVariant

#: How the request of an attempt is sent. Of several faults the one that comes first here decides.
Transmission: TypeAlias = Literal["dropped", "reset", "truncated", "slow", "whole"]


@dataclass(frozen=True, slots=True)
class Fault:
    """
    Something that can be made to go wrong.

    Attributes:
        name: Its id.
        line: What happens, in one line.
        answer: What a good handler answers.
        mutate: Changes the payload before it is signed, at every attempt. Everything else acts
            on the first attempt alone, so that the retry is genuine.
        variant: Changes the signed request.
        hold_back: Seconds by which the first attempt is delayed.
        concurrent_copies: How many copies are sent together with the first attempt.
        later_copy: Whether a copy is sent after the first attempt, and how it is signed.
        transmission: How the first attempt is sent.
    """

    name: str
    line: str
    answer: str
    mutate: PayloadMutation | None = None
    variant: DeliveryVariant | None = None
    hold_back: float = 0.0
    concurrent_copies: int = 0
    later_copy: Literal["identical", "resigned"] | None = None
    transmission: Transmission = "whole"

    @property
    def incomplete(self) -> bool:
        """
        Whether the handler never receives the whole first request, so that any response is good.
        """
        return self.transmission in ("dropped", "reset", "truncated")

    @property
    def is_rejected(self) -> bool:
        """
        Whether a good handler rejects the first request.
        """
        return self.answer == _REJECTED


_ONCE: Final = "2xx each time; acts on it once"
_REJECTED: Final = "4xx; does nothing with it"
_ACCEPTED: Final = "2xx"
_ANYTHING: Final = "anything or nothing; does nothing with it"


def _variant(name: str, line: str, answer: str) -> Fault:
    """
    Make the row of a fault that is a variant of a delivery with the same name.
    """
    return Fault(name, line, answer, variant=VARIANTS[name])


def _mutation(name: str, line: str) -> Fault:
    """
    Make the row of a fault that is a payload mutation with the same name.
    """
    return Fault(name, line, _ACCEPTED, mutate=PAYLOAD_MUTATIONS[name])


_TABLE: Final[tuple[Fault, ...]] = (
    Fault(
        "duplicate",
        "the same request is sent twice, byte for byte",
        _ONCE,
        later_copy="identical",
    ),
    Fault(
        "duplicate_resigned",
        "the message is sent twice, the second time with a later timestamp",
        _ONCE,
        later_copy="resigned",
    ),
    Fault(
        "reorder",
        "the message arrives 2 s late, after later ones",
        _ACCEPTED,
        hold_back=2.0,
    ),
    Fault("delay", "the message arrives 30 s late", _ACCEPTED, hold_back=30.0),
    Fault(
        "drop_then_retry",
        "the first attempt is lost, the second arrives",
        _ACCEPTED,
        transmission="dropped",
    ),
    Fault("burst", "the same message arrives ten times at once", _ONCE, concurrent_copies=9),
    _variant("bad_signature", "the signature is made of random bytes", _REJECTED),
    _variant("wrong_secret", "the message is signed with another secret", _REJECTED),
    _variant("stale", "the timestamp is 10 minutes old, correctly signed", _REJECTED),
    _variant("future", "the timestamp is 10 minutes ahead, correctly signed", _REJECTED),
    _variant("missing_header", "one of the three svix headers is missing", _REJECTED),
    _variant("tampered_body", "a value was changed after signing", _REJECTED),
    _variant(
        "reserialised_body", "the JSON was decoded and encoded again after signing", _REJECTED
    ),
    Fault(
        "truncated_body",
        "the connection ends in the middle of the body",
        _ANYTHING,
        transmission="truncated",
    ),
    Fault("slow_body", "the body arrives in pieces over 2 s", _ACCEPTED, transmission="slow"),
    Fault(
        "reset_mid_body",
        "the connection is reset in the middle of the body",
        _ANYTHING,
        transmission="reset",
    ),
    _variant(
        "two_signatures",
        "a signature of another secret follows the correct one, as in a rotation",
        _ACCEPTED,
    ),
    _variant(
        "old_signature_first",
        "a signature of another secret comes before the correct one",
        _ACCEPTED,
    ),
    _variant(
        "unknown_version_signature",
        "a signature of an unknown version comes before the correct one",
        _ACCEPTED,
    ),
    _mutation("unknown_event_type", "the event is of an undocumented type"),
    _mutation("unknown_field", "the event has an undocumented property"),
    _mutation("missing_optional", "the event lacks every optional property"),
    _mutation("null_optional", "every optional property of the event is null"),
    _mutation("microseconds", "the event's times have six digits of a second"),
    _mutation("unicode", "the event's texts hold emoji, Arabic and combining marks"),
    _mutation("large", "the event has 340,000 bytes"),
)

FAULTS: Final = {fault.name: fault for fault in _TABLE}


def is_expected(status: int | None, faults: str) -> bool:
    """
    Whether a correct handler answers with a status to an attempt with these faults.

    Args:
        status: Of the response; None without one.
        faults: Names of faults, separated by commas; empty for a genuine delivery.
    """
    applied = [FAULTS[name] for name in faults.split(",") if name]
    if any(fault.incomplete for fault in applied):
        return True
    rejected = any(fault.is_rejected for fault in applied)
    return status in (CLIENT_ERROR if rejected else SUCCESS)


def check_fault(fault: FaultSpec) -> None:
    """
    Check the name and the figures of a requested fault.

    Raises:
        UsageError: No fault has this name, or a figure is out of range.
    """
    if fault.name not in FAULTS:
        what = f"no fault is called {fault.name!r}"
        near = nearest_names(fault.name, FAULTS, limit=3, cutoff=0.5)
        cure = f"did you mean {' or '.join(near)}?" if near else "`seamproof faults` lists them"
        raise UsageError(what, cure=cure, option="faults")
    if not 0 <= fault.probability <= 1:
        what, found = "a probability is from 0 to 1", f"{fault.probability:g}"
        raise UsageError(what, where=fault.name, found=found, option="faults")
    if fault.count is not None and fault.count < 0:
        what = "count must be 0 or more"
        raise UsageError(what, where=fault.name, found=str(fault.count), option="faults")


def parse_fault(text: str) -> FaultSpec:
    """
    Parse a fault: `stale`, `stale:0.2` for a share, `stale:x3` for a number, `@7` for a seed.

    Raises:
        UsageError: The text is no fault.
    """
    form = r"(?P<name>\w+)(:(x(?P<count>[^@]+)|(?P<share>[^@]+)))?(@(?P<seed>.+))?"
    read = re.fullmatch(form, text)
    if read is not None:
        share = read_decimal(read["share"] or "1")
        count = read_digits(read["count"] or "0")
    if read is None or share is None or count is None:
        what = "this is not a fault"
        raise UsageError(what, expected="NAME, NAME:0.2, NAME:x3, with @SEED", found=text)
    fault = FaultSpec(
        read["name"],
        probability=share,
        count=count if read["count"] else None,
        seed=read["seed"],
    )
    check_fault(fault)
    return fault
