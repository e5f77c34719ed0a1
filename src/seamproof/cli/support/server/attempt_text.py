"""
An attempt in words, and how its answer is judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.cli.support.output import paint
from seamproof.formats import one_line
from seamproof.statuses import CLIENT_ERROR, SUCCESS

if TYPE_CHECKING:
    from seamproof.json_types import JsonObject

#: Characters of an answer that are shown.
_SHOWN: Final = 400


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


def attempt_lines(attempt: JsonObject) -> str:
    """
    Write an attempt for people.
    """
    response = attempt["response"]
    status = response["status"] if response else "---"
    painted = paint(str(status), "green" if attempt["delivered"] else "red")
    time = f"{attempt['at']}  {painted}  {attempt['milliseconds']:.1f} ms"
    lines = [f"  {time}  {attempt['url']}  {attempt['kind']} {attempt['ordinal']}"]
    if attempt["reason"]:
        lines.append(f"    {attempt['reason']}")
    if attempt["fault"]:
        lines.append(f"    fault: {attempt['fault']}")
    if response and response["body"] and not attempt["delivered"]:
        lines.append(f"    answer: {response['body'][:_SHOWN]}")
    if attempt["next_attempt_at"]:
        lines.append(f"    next: {attempt['next_attempt_at']}")
    return "\n".join(lines)
