"""
The wording of causes: state changes, deviations and answers as text.

It is part of the model because a failure shows its cause wherever it is printed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Received
    from seamproof.checks.model.state_changes import StateChange, StateDeviation, StateDiff

#: Changes that a text lists.
_SHOWN: Final = 3
_OPERATIONS: Final = {"add": " + ", "increment": " ", "remove": " - ", "set": " = "}
_OCCASIONS: Final = {
    "instead": "done instead",
    "again": "changed again",
    "rejected": "changed",
}


def answer_text(received: Received) -> str:
    """
    Describe a wrong answer: an exception with its place, a status, or why there is no answer.
    """
    if received.escaped is not None:
        return received.escaped.text
    if received.status is None:
        return received.reason or "no answer"
    return f"answered {received.status}"


def deviation_text(deviation: StateDeviation) -> str:
    """
    Describe a deviation: `not done: count +1, done instead: count +2`.
    """
    parts = [f"not done: {_listed(deviation.missing)}"] if deviation.missing else []
    if deviation.unexpected:
        parts.append(f"{_OCCASIONS[deviation.occasion]}: {_listed(deviation.unexpected)}")
    return ", ".join(parts)


def changes_text(changes: StateDiff) -> str:
    """
    Describe the first changes of a state diff: `count +1; log + "x"`.
    """
    return "; ".join(map(change_text, changes[:_SHOWN]))


def path_text(path: str) -> str:
    """
    Name a path in the state.
    """
    return path or "the state"


def change_text(change: StateChange) -> str:
    """
    Describe one change of the state: `count +1`, `log + "x"`, `devices.a = true`.
    """
    if change.op == "unset":
        return f"{path_text(change.path)} is gone"
    return f"{path_text(change.path)}{_OPERATIONS[change.op]}{change.value}"


def _listed(changes: StateDiff) -> str:
    more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
    return changes_text(changes) + more
