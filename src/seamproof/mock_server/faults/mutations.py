"""
Faulty requests: what the faults of a body or a signature make of a request.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.events import Event
from seamproof.signing import HEADERS, signature_header

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas import Catalogue

#: Seconds that a timestamp is off: twice what is tolerated.
_OFF: Final = 600
_LARGE: Final = 340_000
_KEY: Final = 24
_DIGEST: Final = 32
_EXOTIC: Final = " 🔑 مفتاح ключ 钥匙 e\u0301 \u202e\u2028 𝕊"
_TEXTS: Final = re.compile(r"(^|_)(name|message|description|label)$")
_MILLISECONDS: Final = re.compile(r"(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$")


@dataclass(frozen=True, slots=True)
class Signed:
    """
    A request in the making.

    Attributes:
        keys: What it is signed with, the current one first.
        message_id: `svix-id`.
        timestamp: `svix-timestamp`, whole seconds since the epoch.
        body: What is signed.
        random: Where the randomness of faults comes from.
    """

    keys: Sequence[bytes]
    message_id: str
    timestamp: int
    body: bytes
    random: Random

    def headers(self, *, keys: Sequence[bytes] = (), shift: int = 0) -> dict[str, str]:
        """
        Make the three headers.
        """
        moment = self.timestamp + shift
        signature = signature_header(keys or self.keys, self.message_id, moment, self.body)
        return dict(zip(HEADERS, (self.message_id, str(moment), signature), strict=True))

    def other(self) -> bytes:
        """
        Make a key that is not the endpoint's.
        """
        return self.random.randbytes(_KEY)

    def payload(self) -> JsonObject:
        """
        Read the body.
        """
        read: JsonObject = json.loads(self.body)
        return read


Faulty = tuple[dict[str, str], bytes]


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


def faulty_request(signed: Signed, names: Sequence[str]) -> Faulty:
    """
    Make the headers and the body of a request with the faults of the signature.
    """
    headers, body = signed.headers(), signed.body
    for name in names:
        if name in _SIGNATURES:
            headers, body = _SIGNATURES[name](signed, headers, body)
    return headers, body


# Signatures


def _bad_signature(signed: Signed, headers: dict[str, str], body: bytes) -> Faulty:
    noise = base64.b64encode(signed.random.randbytes(_DIGEST)).decode()
    return headers | {"svix-signature": f"v1,{noise}"}, body


def _wrong_secret(signed: Signed, headers: dict[str, str], body: bytes) -> Faulty:
    return headers | signed.headers(keys=[signed.other()]), body


def _stale(signed: Signed, headers: dict[str, str], body: bytes) -> Faulty:
    return headers | signed.headers(shift=-_OFF), body


def _future(signed: Signed, headers: dict[str, str], body: bytes) -> Faulty:
    return headers | signed.headers(shift=_OFF), body


def _missing_header(signed: Signed, headers: dict[str, str], body: bytes) -> Faulty:
    gone = signed.random.choice(HEADERS)
    return {name: text for name, text in headers.items() if name != gone}, body


def _tampered_body(signed: Signed, headers: dict[str, str], body: bytes) -> Faulty:
    payload = signed.payload()
    text = next((name for name, value in payload.items() if isinstance(value, str) and value), "")
    changed = {**payload, text: "0" + str(payload[text])[1:]} if text else {"tampered": True}
    tampered = Event.of(changed).body
    return headers, tampered if tampered != body else body + b" "


def _reserialised_body(signed: Signed, headers: dict[str, str], body: bytes) -> Faulty:
    payload = signed.payload()
    # The last one for an object that is written alike in both: an empty one.
    styles = (json.dumps(payload), json.dumps(payload, indent=2), json.dumps(payload) + "\n")
    return headers, next(text.encode() for text in styles if text.encode() != body)


def _two_signatures(signed: Signed, headers: dict[str, str], body: bytes) -> Faulty:
    return headers | signed.headers(keys=[*signed.keys, signed.other()]), body


def _old_signature_first(signed: Signed, headers: dict[str, str], body: bytes) -> Faulty:
    return headers | signed.headers(keys=[signed.other(), *signed.keys]), body


def _unknown_version(signed: Signed, headers: dict[str, str], body: bytes) -> Faulty:
    noise = base64.b64encode(signed.random.randbytes(2 * _DIGEST)).decode()
    signature = headers.get("svix-signature", "")
    return headers | {"svix-signature": f"v9,{noise} {signature}"}, body


_SIGNATURES: Final[Mapping[str, Callable[[Signed, dict[str, str], bytes], Faulty]]] = {
    "bad_signature": _bad_signature,
    "wrong_secret": _wrong_secret,
    "stale": _stale,
    "future": _future,
    "missing_header": _missing_header,
    "tampered_body": _tampered_body,
    "reserialised_body": _reserialised_body,
    "two_signatures": _two_signatures,
    "old_signature_first": _old_signature_first,
    "unknown_version_signature": _unknown_version,
}


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
