"""
How the answer to an attempt is judged, in words.
"""

from __future__ import annotations

from seamproof.formats import one_line
from seamproof.statuses import CLIENT_ERROR, SUCCESS


def is_refused_as_expected(status: int | None, fault: str) -> bool:
    """
    Whether an attempt with faults was refused, as a correct handler refuses it.
    """
    from seamproof.mock_server.faults.catalogue import is_expected

    return bool(fault) and status in CLIENT_ERROR and is_expected(status, fault)


def outcome_text(status: int | None, fault: str, reason: str) -> str:
    """
    Say whether the answer to an attempt with faults is what a correct handler answers.

    Args:
        status: Of the response; None without one.
        fault: The names of the faults that were applied, separated by commas.
        reason: Why the attempt does not count as delivered; empty if it does.
    """
    from seamproof.mock_server.faults.catalogue import is_expected

    faults = f"[{one_line(fault) or 'no fault'}]"
    expected = is_expected(status, fault)
    if is_refused_as_expected(status, fault):
        return f"refused, as it should be {faults}"
    if not expected and status in SUCCESS:
        return f"accepted, but it should be refused {faults}"
    return f"{faults}  {one_line(reason)}" if reason else faults
