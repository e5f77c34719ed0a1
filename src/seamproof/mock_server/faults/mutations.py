"""
Faulty requests: what the faults of a body or a signature make of a request.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from seamproof.events import Event
from seamproof.signing.forgeries import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas import Catalogue
    from seamproof.signing.forgeries import SigningInput

_LARGE: Final = 340_000
_EXOTIC: Final = " 🔑 مفتاح ключ 钥匙 e\u0301 \u202e\u2028 𝕊"
_TEXTS: Final = re.compile(r"(^|_)(name|message|description|label)$")
_MILLISECONDS: Final = re.compile(r"(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$")


def faulty_body(body: bytes, names: Sequence[str], catalogue: Catalogue) -> bytes:
    """
    Apply the faults of the body. The same body always becomes the same other one.
    """
    chosen = [name for name in names if name in _BODIES]
    if not chosen:
        return body
    payload: JsonObject = json.loads(body)
    optional = _optional(payload, catalogue)
    for name in chosen:
        payload = _BODIES[name](payload, optional)
    return Event.of(payload).body


def faulty_request(parts: SigningInput, names: Sequence[str]) -> tuple[dict[str, str], bytes]:
    """
    Make the headers and the body of a request with the faults of the signature.
    """
    headers, body = parts.headers(), parts.body
    for name in names:
        if name in VARIANTS:
            headers, body = VARIANTS[name].apply(parts, headers, body)
    return headers, body


# Bodies


def _optional(payload: JsonMapping, catalogue: Catalogue) -> tuple[str, ...]:
    """
    Name the properties that the contract lets an event of this type lack.
    """
    event_type = str(payload.get("event_type"))
    if event_type not in catalogue:
        return ()
    schema = catalogue[event_type]
    return tuple(name for name in schema.properties if name not in schema.required)


def _unknown_event_type(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    resource = str(payload.get("event_type", "")).partition(".")[0] or "device"
    return payload | {"event_type": f"{resource}.something_new_happened"}


def _unknown_field(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    return payload | {"something_new": {"of": ["a kind", 7, None], "that": "nobody knows"}}


def _missing_optional(payload: JsonObject, optional: tuple[str, ...]) -> JsonObject:
    return {name: value for name, value in payload.items() if name not in optional}


def _null_optional(payload: JsonObject, optional: tuple[str, ...]) -> JsonObject:
    return payload | dict.fromkeys(optional)


def _microseconds(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    return {
        name: _MILLISECONDS.sub(_six_digits, value) if isinstance(value, str) else value
        for name, value in payload.items()
    }


def _six_digits(found: re.Match[str]) -> str:
    digits = (found[2] or ".")[1:7]
    return f"{found[1]}.{digits:0<3}329{found[3]}" if len(digits) <= 3 else found[0]  # noqa: PLR2004


def _unicode(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    texts = {
        name: value + _EXOTIC
        for name, value in payload.items()
        if isinstance(value, str) and _TEXTS.search(name)
    }
    return payload | (texts or {"event_description": _EXOTIC.strip()})


def _large(payload: JsonObject, _: tuple[str, ...]) -> JsonObject:
    told = str(payload.get("event_description") or "A long story.")
    room = _LARGE - len(Event.of(payload | {"event_description": told + " "}).body)
    return payload | {"event_description": f"{told} {'x' * max(room, 0)}"}


_BODIES: Final[Mapping[str, Callable[[JsonObject, tuple[str, ...]], JsonObject]]] = {
    "unknown_event_type": _unknown_event_type,
    "unknown_field": _unknown_field,
    "missing_optional": _missing_optional,
    "null_optional": _null_optional,
    "microseconds": _microseconds,
    "unicode": _unicode,
    "large": _large,
}
