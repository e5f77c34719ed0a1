"""
Payload mutations of faults: pure functions from one payload to another.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas import Catalogue

#: Changes a payload, given the names of the properties that it may lack.
PayloadMutation: TypeAlias = "Callable[[JsonObject, tuple[str, ...]], JsonObject]"

_LARGE: Final = 340_000
_UNICODE: Final = " 🔑 مفتاح ключ 钥匙 e\u0301 \u202e\u2028 𝕊"
_TEXT_NAMES: Final = re.compile(r"(^|_)(name|message|description|label)$")
_SECONDS: Final = re.compile(r"(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$")


def mutate_body(body: bytes, mutations: Sequence[PayloadMutation], catalogue: Catalogue) -> bytes:
    """
    Apply mutations to an encoded payload. The same body always gives the same result.
    """
    if not mutations:
        return body
    payload: JsonObject = json.loads(body)
    optional = _optional_properties(payload, catalogue)
    for mutate in mutations:
        payload = mutate(payload, optional)
    return Event.of(payload).body


def _optional_properties(payload: JsonMapping, catalogue: Catalogue) -> tuple[str, ...]:
    """
    Return the names of the properties that an event of this type may lack.
    """
    event_type = str(payload.get("event_type"))
    if event_type not in catalogue:
        return ()
    schema = catalogue[event_type]
    return tuple(name for name in schema.properties if name not in schema.required)


def unknown_event_type(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    """
    Change the event type to an undocumented one of the same resource.
    """
    resource = str(payload.get("event_type", "")).partition(".")[0] or "device"
    return payload | {"event_type": f"{resource}.something_new_happened"}


def unknown_field(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    """
    Add an undocumented property.
    """
    return payload | {"something_new": {"of": ["a kind", 7, None], "that": "nobody knows"}}


def missing_optional(payload: JsonObject, optional: tuple[str, ...]) -> JsonObject:
    """
    Remove every optional property.
    """
    return {name: value for name, value in payload.items() if name not in optional}


def null_optional(payload: JsonObject, optional: tuple[str, ...]) -> JsonObject:
    """
    Set every optional property to null.
    """
    return payload | dict.fromkeys(optional)


def microseconds(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    """
    Write times with six digits of a second.
    """
    return {
        name: _SECONDS.sub(_six_digits, value) if isinstance(value, str) else value
        for name, value in payload.items()
    }


def _six_digits(found: re.Match[str]) -> str:
    digits = (found[2] or ".")[1:7]
    return f"{found[1]}.{digits:0<3}329{found[3]}" if len(digits) <= 3 else found[0]  # noqa: PLR2004


def unicode(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    """
    Add emoji, Arabic letters and combining marks to texts.
    """
    extended = {
        name: value + _UNICODE
        for name, value in payload.items()
        if isinstance(value, str) and _TEXT_NAMES.search(name)
    }
    return payload | (extended or {"event_description": _UNICODE.strip()})


def large(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    """
    Lengthen the description until the event has 340,000 bytes.
    """
    description = str(payload.get("event_description") or "A long story.")
    room = _LARGE - len(Event.of(payload | {"event_description": description + " "}).body)
    return payload | {"event_description": f"{description} {'x' * max(room, 0)}"}
