"""
Explains a failing comparison of deliveries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.events import Delivery

if TYPE_CHECKING:
    import pytest

_PLAIN: Final = ("message_id", "timestamp")
_ABSENT: Final = "(absent)"


def compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """
    Show where two deliveries differ, and nothing of a secret; None leaves that to pytest.
    """
    from seamproof.pytest_plugin.configuration import SecretText

    if isinstance(left, SecretText) or isinstance(right, SecretText):
        # Pytest would show the characters in which the two texts differ.
        return [f"{left!r} {op} {right!r}" if isinstance(left, SecretText) else f"… {op} {right!r}"]
    if op != "==" or not (isinstance(left, Delivery) and isinstance(right, Delivery)):
        return None
    lines = [f"{left!r} == {right!r}"]
    if left.body != right.body:
        lines += ["body:", *_difference(config, *_bodies(left, right))]
    for name in _PLAIN:
        ours, theirs = getattr(left, name), getattr(right, name)
        if ours != theirs:
            lines.append(f"{name}: {ours!r} != {theirs!r}")
    for name in sorted({*left.headers, *right.headers}):
        ours, theirs = left.headers.get(name, _ABSENT), right.headers.get(name, _ABSENT)
        if ours != theirs:
            lines.append(f"{name}: {ours} != {theirs}")
    return lines if len(lines) > 1 else None


def _bodies(left: Delivery, right: Delivery) -> tuple[object, object]:
    from seamproof.pytest_plugin.fixtures.delivery import payload_of

    ours, theirs = payload_of(left), payload_of(right)
    # Bodies with equal JSON differ in their bytes only.
    return (left.body, right.body) if ours == theirs else (ours, theirs)


def _difference(config: pytest.Config, left: object, right: object) -> list[str]:
    """
    Show the difference of two values as pytest does.
    """
    explanations = config.hook.pytest_assertrepr_compare(
        config=config, op="==", left=left, right=right
    )
    found = next((lines for lines in explanations if lines), [f"{left!r} != {right!r}"])
    # Its first line is the values themselves.
    return [f"  {line}" for line in found[1:] or found]
