"""
Sends the forgeries of several signature checks together, with one control after all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.generation.signed_request import forged
from seamproof.checks.probe.control import proves_rejections
from seamproof.checks.probe.deliveries import is_rejected, send_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.probe.run_state import PlannedForgery

#: The forgeries of all checks that send nothing else and pass by rejections.
PLANNED: Final[dict[PlannedForgery, None]] = {}


def send_planned(
    probe: Probe, planned: Sequence[PlannedForgery]
) -> Iterator[tuple[tuple[Request, ...], Received]]:
    """
    Send forgeries, first those that come alone, then those that come after their original.

    Errors are those of `send_groups`.
    """
    secret = probe.settings.secret
    alone = (
        (probe.signed(probe.plain(), recipe=one.recipe, age=one.age),)
        for one in planned
        if not one.after_original
    )
    yield from send_groups(probe, alone, is_rejected)
    pairs = (
        (original := probe.signed(probe.plain()), forged(original, one.recipe, secret))
        for one in planned
        if one.after_original
    )
    yield from send_groups(probe, pairs, is_rejected)


def sent_together(
    probe: Probe, planned: Sequence[PlannedForgery]
) -> list[tuple[tuple[Request, ...], Received]] | None:
    """
    Look up forgeries that were sent with those of other checks and have had their control.

    The first check that asks sends all of them, where deliveries at once take less time.

    Returns:
        None if they were not sent so, or the control has not shown that they were verified.
    """
    if probe.overlap.at_once == 1 or probe.settings.select:
        return None
    if probe.state.sent_together is None:
        probe.state.sent_together = {}
        probe.state.sent_together = _send_together(probe)
    known = probe.state.sent_together
    return [known[one] for one in planned] if all(one in known for one in planned) else None


def _send_together(
    probe: Probe,
) -> Mapping[PlannedForgery, tuple[tuple[Request, ...], Received]]:
    planned = sorted(PLANNED, key=lambda one: one.after_original)
    with probe.watched_rejections() as rejected:
        sent = dict(zip(planned, send_planned(probe, planned), strict=True))
    if any(received.is_limited or received.is_overload for _, received in sent.values()):
        return {}
    return sent if proves_rejections(probe, rejected, most=None) else {}
