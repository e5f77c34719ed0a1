"""
A comparison of two versions of the contract, and the parts that all its reports share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.annotations.workflow_commands import workflow_command
from seamproof.formats import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.annotations.workflow_commands import Level
    from seamproof.json_types import Json, JsonObject
    from seamproof.schemas.diff.changes import Change
    from seamproof.schemas.diff.groups import OlderSide


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    A comparison and its result.

    Attributes:
        found: The changes.
        older: Why the other side looks older; None if it does not.
        notes: What was compared, in words, where the arguments do not say it.
    """

    found: tuple[Change, ...]
    older: OlderSide | None = None
    notes: tuple[str, ...] = ()


def change_entry(change: Change) -> JsonObject:
    """
    Write a change as JSON.
    """
    return {
        "event_type": change.event_type,
        "pointer": change.pointer,
        "kind": change.kind,
        "class": change.impact,
        "before": change.before,
        "after": change.after,
        "advice": change.advice,
    }


def remarks(compared: Comparison) -> Iterator[str]:
    """
    Say what was compared, whether that looks older, and where newer sources are to be had.
    """
    from seamproof.schemas.diff.groups import PLACES

    yield from map(one_line, compared.notes)
    older = compared.older
    if older:
        other = older.other or "the other side"
        yield one_line(f"{other} looks older than the contract, which rests on {older.known}")
        places = "; ".join(f"{name}: {place}" for name, place in PLACES)
        yield f"newer sources: {places}"


def annotation(level: Level, text: str) -> str:
    """
    Write an annotation of a GitHub workflow.
    """
    return workflow_command(level, {"title": "Seam's contract"}, text)


def cell(text: Json) -> str:
    """
    Write a text so that it fits into a cell of a Markdown table.
    """
    return one_line(str(text)).replace("|", "\\|")
