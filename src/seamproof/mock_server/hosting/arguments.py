"""
Conversion and validation of the arguments of `MockServer` and its operations.

Each function raises UsageError, with the name of the argument, for a value that cannot be used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from seamproof.errors import UsageError
from seamproof.mock_server.faults.catalogue import parse_fault
from seamproof.mock_server.model.clocks import Clock, ManualClock, RealClock
from seamproof.mock_server.model.durations import parse_duration
from seamproof.mock_server.model.retry_schedule import TIMEOUTS
from seamproof.signing import Secret

if TYPE_CHECKING:
    from seamproof.mock_server.model.records import FaultSpec
    from seamproof.mock_server.model.retry_schedule import Like

_CLOCKS: Final[dict[str, type[RealClock | ManualClock]]] = {
    "real": RealClock,
    "manual": ManualClock,
}


def read_clock(given: str | Clock) -> Clock:
    """
    Read a clock, or the name of one: `real` or `manual`.
    """
    if not isinstance(given, str):
        return given
    if given not in _CLOCKS:
        what = "this is not a clock"
        raise UsageError(what, where="clock", expected="real or manual", found=given)
    return _CLOCKS[given]()


def read_optional_secret(given: Secret | str | None) -> Secret | None:
    """
    Read a secret or its text.
    """
    return Secret(given) if isinstance(given, str) else given


def read_url(given: object) -> str:
    """
    Read a URL, as text. The service checks where it leads.
    """
    if isinstance(given, str):
        return given
    what, expected = "this is not a URL", "the URL of a handler"
    raise UsageError(what, where="url", expected=expected, found=repr(given))


def read_faults(given: object) -> tuple[FaultSpec, ...]:
    """
    Read a list of faults, each as text like `duplicate:0.2` or already parsed.
    """
    several = [given] if isinstance(given, str) else given
    if not isinstance(several, list | tuple | set | frozenset):
        what, expected = "these are no faults", "a list, as ['duplicate:0.2']"
        raise UsageError(what, expected=expected, found=repr(given), option="faults")
    return tuple(parse_fault(one) if isinstance(one, str) else one for one in several)


def read_seconds(given: object, name: str = "by") -> float:
    """
    Read a duration: seconds, or a text like `35m 5s`.
    """
    if isinstance(given, str):
        return parse_duration(given)
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    what, expected = "this is not a time", "seconds, or a duration as '35m 5s'"
    raise UsageError(what, where=name, expected=expected, found=repr(given))


def read_share(given: object) -> float:
    """
    Read the jitter of delays: a share from 0 to 1.
    """
    if isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= 1:
        return given
    what, expected = "this is not a share", "a number from 0 to 1"
    raise UsageError(what, where="jitter", expected=expected, found=repr(given))


def read_like(given: object) -> Like:
    """
    Read the name of one of Svix's two services.
    """
    if given in TIMEOUTS:
        return cast("Like", given)
    what, expected = "there is no such service", " or ".join(TIMEOUTS)
    raise UsageError(what, where="like", expected=expected, found=repr(given))
