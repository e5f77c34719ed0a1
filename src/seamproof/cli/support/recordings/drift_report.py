"""
The drift of received or imported events, as text, JSON or annotations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.annotations.workflow_commands import workflow_command
from seamproof.cli.support.output import paint, plural, safe
from seamproof.formats import one_line
from seamproof.recordings.drift import changes_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.json_types import JsonObject
    from seamproof.recordings.drift import Deviation, Drift, DriftGroup

#: How many event types a line names.
_NAMED: Final = 3


def deviation_text(deviation: Deviation) -> str:
    """
    Write a deviation: `clip_ids: unknown`.
    """
    return one_line(f"{deviation.name}: {deviation.text}")


def drift_lines(drift: Drift) -> list[str]:
    """
    Write a line for each deviation: `clip_ids: unknown, 3 events (camera.activated)`.
    """
    groups = drift.groups()
    if not groups:
        return [paint("every event fits the contract", "green")]
    lines = ["deviations from the contract"]
    lines += [f"  {paint(_line(one), 'yellow')}{_types(one)}" for one in groups]
    if drift.left_out:
        lines.append(f"  and {drift.left_out:,} more")
    return lines


def drift_annotations(drift: Drift, *, failing: bool) -> list[str]:
    """
    Write an annotation for a GitHub workflow for each deviation.
    """
    title = {"title": "Seam event contract"}
    return [
        workflow_command("error" if failing else "warning", title, _line(one) + _types(one))
        for one in drift.groups()
    ]


def drift_json(drift: Drift) -> list[JsonObject]:
    """
    Describe each deviation, and the change of the contract that would allow it.
    """
    return [safe(_entry(one)) for one in drift.groups()]


def _entry(group: DriftGroup) -> JsonObject:
    change = changes_of([group])[0]
    return {
        "property": group.deviation.name,
        "pointer": group.deviation.pointer,
        "deviation": group.deviation.text,
        "events": group.events,
        "event_types": list(group.event_types),
        "kind": change.kind,
        "class": change.impact,
        "advice": change.advice,
    }


def deviations_json(found: Iterable[Deviation]) -> list[JsonObject]:
    """
    Describe the deviations of one event.
    """
    return [
        safe({"property": one.name, "pointer": one.pointer, "deviation": one.text}) for one in found
    ]


def _line(group: DriftGroup) -> str:
    return f"{deviation_text(group.deviation)}, {plural(group.events, 'event')}"


def _types(group: DriftGroup) -> str:
    """
    Name some event types, unless the deviation is the type.
    """
    if group.deviation.kind == "event_added" or not group.event_types:
        return ""
    named = ", ".join(one_line(one) for one in group.event_types[:_NAMED])
    more = len(group.event_types) - _NAMED
    return f" ({named}{f' and {more} more' if more > 0 else ''})"
