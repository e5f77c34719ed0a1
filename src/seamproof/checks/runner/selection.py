"""
Which checks of the battery run, and in which order.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from seamproof.checks.battery.registry import BATTERY
from seamproof.checks.model.check_info import Depth
from seamproof.errors import UsageError, nearest_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.check_info import CheckInfo

#: The check of the plain genuine delivery that opens each run.
PREFLIGHT: Final = next(check for check in BATTERY if check.is_preflight)
#: The check that reports event types of which no plain event is accepted.
REPORTS_REFUSED: Final = next(check for check in BATTERY if check.refused_types == "reports")
#: The check that reports the exceptions of background work.
REPORTS_BACKGROUND: Final = next(check for check in BATTERY if check.reports_background)
#: The position of each check in the battery, and so in a report.
POSITIONS: Final = {check.id: position for position, check in enumerate(BATTERY)}
_NEAREST: Final = 3


def select_checks(select: Collection[str], ignore: Collection[str] = ()) -> tuple[Check, ...]:
    """
    Select checks by id or glob, in the order of the battery.

    Args:
        select: Ids or globs; all checks if there are none.
        ignore: Ids or globs of checks to leave out.

    Raises:
        UsageError: An id or glob matches no check, or no check is left.
    """
    for option, patterns in (("select", select), ("ignore", ignore)):
        for pattern in patterns:
            check_pattern(pattern, option)
    selected = tuple(
        check
        for check in BATTERY
        if (not select or _matches(check, select)) and not _matches(check, ignore)
    )
    if not selected:
        what, cure = "no check is left to run", "ignore less, or select more"
        raise UsageError(what, found=f"ignored: {', '.join(ignore)}", cure=cure)
    return selected


def check_pattern(pattern: str, option: str) -> None:
    """
    Check that an id or glob matches a check.

    Raises:
        UsageError: It matches none; names those with a similar id.
    """
    if any(_matches(check, (pattern,)) for check in BATTERY):
        return
    ids = {name: one.id for one in BATTERY for name in (one.id, one.id.partition(".")[2])}
    near = dict.fromkeys(ids[name] for name in nearest_names(pattern, ids, _NEAREST))
    cure = f"did you mean {' or '.join(near)}?" if near else "`seamproof checks` lists them"
    what = f"no check is called {pattern!r}"
    raise UsageError(what, cure=cure, option=option)


def in_run_order(checks: Iterable[Check]) -> list[Check]:
    """
    Sort checks by the order in which they run.
    """
    return sorted(checks, key=lambda check: (check.phase, POSITIONS[check.id]))


def in_depth_order(checks: Iterable[Check], *, is_slow: bool) -> list[Check]:
    """
    Sort checks by the order in which their second passes run.

    Args:
        checks: In any order.
        is_slow: Whether the handler takes long, so that the time may be too short for all of them:
            then what finds more comes first, otherwise what reads the state while it is small.
    """
    in_order = in_run_order(checks)
    if is_slow:
        return sorted(in_order, key=lambda check: (check.depth, check.needs_state))
    # What judges what other checks have found comes after these.
    return sorted(
        in_order,
        key=lambda check: (
            check.depth is Depth.RANDOM,
            check.has_to_wait,
            check.depth is Depth.CHANCE and not check.needs_state,
        ),
    )


def _matches(check: CheckInfo, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(check.id, pattern) for pattern in patterns)
