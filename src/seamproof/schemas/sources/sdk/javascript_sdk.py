"""
Parser for the events of the JavaScript SDK, `@seamapi/http/lib/resources/event.d.ts`.

An event is an object type with an `event_type` of one literal, in a union of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.errors import SourceInvalid
from seamproof.schemas.sources.mdx_fields import is_event_type
from seamproof.schemas.sources.sdk.typescript import objects_of, read_declarations
from seamproof.schemas.sources.source import Source, SourceEvent
from seamproof.schemas.validation.keywords import listed_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.schemas.sources.sdk.typescript import ObjectType


def read_javascript_sdk(text: str, source: Source, where: str) -> tuple[SourceEvent, ...]:
    """
    Parse all events of the JavaScript SDK.

    Args:
        text: The text of `event.d.ts`.
        source: The source that the events are of.
        where: The name of the file in errors.

    Raises:
        SourceInvalid: A declaration is malformed or not understood, an event is described
            twice, or there is none; has the line.
    """
    objects = objects_of(read_declarations(text, where))
    events = tuple(_events(objects, source, where))
    if not events:
        what = "the file declares no event"
        expected = "object types with `event_type: 'lock.unlocked'`"
        raise SourceInvalid(what, where=f"{where}:1", expected=expected)
    return events


def _events(objects: Iterator[ObjectType], source: Source, where: str) -> Iterator[SourceEvent]:
    lines: dict[str, int] = {}
    for one in objects:
        tag = one.schema.get("properties", {}).get("event_type")
        if tag is None:
            continue
        place = f"{where}:{one.line}"
        values = listed_values(tag) or []
        if len(values) != 1 or not isinstance(values[0], str) or not is_event_type(values[0]):
            what, expected = "event_type is not one event type", "event_type: 'lock.unlocked'"
            found = ", ".join(map(str, values))[:60] or "no literal"
            raise SourceInvalid(what, where=place, expected=expected, found=found)
        event_type = values[0]
        if event_type in lines:
            what, found = f"{event_type} is described twice", f"first on line {lines[event_type]}"
            raise SourceInvalid(what, where=place, found=found)
        lines[event_type] = one.line
        yield SourceEvent(
            event_type=event_type,
            source=source,
            properties=one.schema["properties"],
            required=frozenset(one.schema["required"]),
            where=place,
        )
