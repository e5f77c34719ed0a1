"""
Changes of the contract in words.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from seamproof.cli.support.output import plural
from seamproof.formats import one_line
from seamproof.json_pointer import readable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import Json
    from seamproof.schemas.diff.changes import Change
    from seamproof.schemas.diff.groups import ChangeGroup

#: More event types than these are counted, not named.
_NAMED: Final = 3
#: Characters of a value that are shown.
_LONGEST: Final = 60

#: The sentence of each kind of change. `what` is the property, `events` where it is, `before` and
#: `after` are the values, as far as the kind has them.
_SENTENCES: Final[Mapping[str, str]] = {
    "event_removed": "removed: {events}",
    "event_added": "new: {events}",
    "event_deprecated": "now deprecated: {events}",
    "event_undeprecated": "no longer deprecated: {events}",
    "event_documented": "now documented: {events}",
    "event_undocumented": "no longer documented: {events}",
    "property_removed": "{what} removed from {events}",
    "property_added": "{what} new in {events}",
    "property_deprecated": "{what} now deprecated in {events}",
    "property_undeprecated": "{what} no longer deprecated in {events}",
    "property_optional": "{what} can now be missing in {events}",
    "property_required": "{what} is now always present in {events}",
    "null_admitted": "{what} can now be null in {events}",
    "null_excluded": "{what} is no longer null in {events}",
    "type_changed": "{what} is now {after} instead of {before} in {events}",
    "type_narrowed": "{what} is now only {after} instead of {before} in {events}",
    "format_changed": "{what} now has the format {after} instead of {before} in {events}",
    "format_removed": "{what} no longer has the format {before} in {events}",
    "format_added": "{what} now has the format {after} in {events}",
    "value_added": "{what} has the new value {after} in {events}",
    "value_removed": "{what} no longer has the value {before} in {events}",
    "values_opened": "{what} is no longer limited to listed values in {events}",
    "values_closed": "{what} now has only the values {after} in {events}",
    "limit_loosened": "{what} has a looser limit, {after} instead of {before}, in {events}",
    "limit_tightened": "{what} has a stricter limit, {after} instead of {before}, in {events}",
    "shape_changed": "{what} is described in another way in {events}",
    "extra_opened": "{what} can now have other properties in {events}",
    "extra_closed": "{what} no longer has other properties in {events}",
}


def describe_group(group: ChangeGroup) -> str:
    """
    Describe equal changes in one sentence without a full stop.
    """
    first, quoted = group.first, _is_quoted(group.first.kind)
    sentence = _SENTENCES[first.kind].format(
        what=_property(first.pointer),
        events=_events(group.event_types, named=first.kind.startswith("event_")),
        before=_value(first.before, quoted=quoted),
        after=_value(first.after, quoted=quoted),
    )
    return one_line(sentence)


def describe_change(change: Change) -> str:
    """
    Describe one change, with both sides where it has them.
    """
    place = f"{change.event_type} {change.pointer}".strip()
    sides = (change.before, change.after)
    if None in sides or change.kind.startswith("event_"):
        return one_line(place)
    before, after = (_value(one, quoted=_is_quoted(change.kind)) for one in sides)
    return one_line(f"{place}: {before} → {after}")


def _property(pointer: str) -> str:
    """
    Name a property; one of the items of a list as `list[].name`.
    """
    return f"`{readable(pointer)}`" if pointer else "the event"


def _events(event_types: tuple[str, ...], *, named: bool) -> str:
    if event_types == ("*",):
        return "the events"
    if named or len(event_types) <= _NAMED:
        listed = ", ".join(event_types)
        count = plural(len(event_types), "event type")
        return f"{count}: {listed}" if named and len(event_types) > 1 else listed
    return plural(len(event_types), "event")


def _value(value: Json, *, quoted: bool) -> str:
    """
    Write one side of a change; the names of types and formats are not quoted.
    """
    if value is None:
        return "none"
    if not quoted and isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return " or ".join(_value(one, quoted=quoted) for one in value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _is_quoted(kind: str) -> bool:
    return not kind.startswith(("type_", "format_", "null_", "property_"))
