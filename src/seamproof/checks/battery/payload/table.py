"""
The table of the payload checks.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from seamproof.checks.battery.check import Check
from seamproof.checks.battery.payload.contract import (
    all_optional,
    documented_examples,
    empty_values,
    every_enum_value,
    every_event_type,
    nulls,
    required_only,
    timestamp_precision,
)
from seamproof.checks.battery.payload.fuzz import property_fuzz
from seamproof.checks.battery.payload.lost_values import lost_values
from seamproof.checks.battery.payload.robustness import (
    large,
    no_crash,
    unknown_event_type,
    unknown_property,
)
from seamproof.checks.battery.payload.unicode import unicode
from seamproof.checks.model.check_info import CONTEXT, Depth, Phase

SEAM: Final = "Seam: https://docs.seam.co/latest/developer-tools/webhooks"
CONTRACT: Final = "The contract of the event type: `seamproof schemas show TYPE`"
TIMES: Final = "Seam's example payloads (3 and 6 digits); RFC 3339, section 5.6, for the rest"
JSON_TEXT: Final = "RFC 8259, sections 7 and 8.1: any Unicode text, in UTF-8, escaped or not"
SIZE: Final = "Standard Webhooks: under 20 kB is advised; Svix sends up to about 350 kB"
MALFORMED: Final = "RFC 9110, section 15.5.1: 400 for a malformed request; 500 is the server's own"

#: A row of this table, with the values that most of its rows have.
_check: Final = partial(Check, phase=Phase.PAYLOAD, replay="accepted", refused_types="skips")

PAYLOAD: Final = (
    _check(
        id="payload.documented_examples",
        title="the documented example of each event type: accepted",
        severity="error",
        depth=Depth.CHANCE,
        source=SEAM,
        why="Handlers are written for these payloads; a handler that rejects one misreads it.",
        cure="Run the handler on the example of the type that fails and fix the error.",
        run=documented_examples,
    ),
    _check(
        id="payload.every_event_type",
        title="a realistic event of every type: accepted",
        severity="error",
        refused_types="reports",
        source=SEAM,
        why=(
            "An endpoint gets every type that it is subscribed to, including those that its "
            "author did not think of. What is not answered 2xx is retried for a day and counts "
            "against the endpoint."
        ),
        cure="Answer 2xx to every type, and ignore those that the handler does not need.",
        run=every_event_type,
    ),
    _check(
        id="payload.required_only",
        title="without optional properties: accepted",
        severity="error",
        source=CONTRACT,
        why="Every optional property is missing in some account; a lookup that assumes it crashes.",
        cure="Read optional properties with a default: event.get(name), event.name?.…",
        run=required_only,
    ),
    _check(
        id="payload.all_optional",
        title="with all optional properties: accepted",
        severity="error",
        source=CONTRACT,
        why=(
            "A property that was never present in tests is handled for the first time in "
            "production."
        ),
        cure="Accept every property that the contract has, whether the handler uses it or not.",
        run=all_optional,
    ),
    _check(
        id="payload.nulls",
        title="with null where the contract allows it: accepted",
        severity="error",
        source=CONTRACT,
        why=(
            "null is not the same as missing: a default for a missing property does not replace it."
        ),
        cure="Treat null as missing where the contract allows null.",
        run=nulls,
    ),
    _check(
        id="payload.every_enum_value",
        title="every documented value of every enum: accepted",
        severity="error",
        source=CONTRACT,
        why=(
            "A list of values in a model, a lookup by the value or a match without a default "
            "rejects a value that was not thought of, and with it the whole event."
        ),
        cure=(
            "Accept every value of the enum, and values that are added to it later: keep it as "
            "text, or give the lookup a default."
        ),
        run=every_enum_value,
    ),
    _check(
        id="payload.timestamp_precision",
        title="times of other precision: accepted",
        severity="error",
        source=TIMES,
        why=(
            "Seam sends 3 and 6 fraction digits. A fixed pattern for one of them fails on the "
            "other; RFC 3339 allows offsets and nanoseconds as well."
        ),
        cure=(
            "Parse times with a parser for RFC 3339, not with a fixed pattern; from Python 3.11 "
            "on with datetime.fromisoformat, given the text in upper case."
        ),
        run=timestamp_precision,
    ),
    _check(
        id="payload.unicode",
        title="emoji, astral characters and U+2028, raw and escaped: accepted",
        severity="error",
        source=JSON_TEXT,
        why=(
            "People write names. A log, a terminal or a database column that supports only "
            "Latin-1, or three bytes a character, fails on them."
        ),
        cure="Keep text as Unicode everywhere: utf-8 for files and logs, utf8mb4 in MySQL.",
        run=unicode,
    ),
    _check(
        id="payload.empty_values",
        title="empty lists, objects and texts: accepted",
        severity="error",
        source=CONTRACT,
        why=(
            "The first item of an empty list, the first word of an empty name: a crash that one "
            "account in a thousand causes."
        ),
        cure="Check that there is an item before reading the first one.",
        run=empty_values,
    ),
    _check(
        id="payload.lost_values",
        title="0, false, empty texts and letters beyond ASCII: kept like any other value",
        violation=f"The handler loses a value: {CONTEXT}.",
        severity="warning",
        needs_state=True,
        replay="check",
        has_measured_causes=True,
        source=CONTRACT,
        why=(
            "An empty battery has the level 0. A handler that leaves it out by `if value:` accepts "
            "the event and keeps the old value."
        ),
        cure=(
            "Ask whether the property is there, not whether its value is true: `is not None`, "
            '`"name" in event`, `?? default`. Decode bodies as UTF-8.'
        ),
        run=lost_values,
    ),
    _check(
        id="payload.large",
        title="bodies of 20, 100 and 350 kB: accepted",
        severity="error",
        source=SIZE,
        why=(
            "A body parser with a small limit rejects events with much metadata, and every retry "
            "as well."
        ),
        cure=(
            'Raise the limit for this path to 1 MB: express.raw({limit: "1mb"}), '
            "client_max_body_size, DATA_UPLOAD_MAX_MEMORY_SIZE."
        ),
        run=large,
    ),
    _check(
        id="payload.unknown_property",
        title="with unknown properties: accepted",
        severity="error",
        source=SEAM,
        why=(
            "Properties are added without notice. A closed model rejects every event from that "
            "day on."
        ),
        cure=(
            'Ignore unknown properties: extra="ignore" in Pydantic, no additionalProperties: false.'
        ),
        run=unknown_property,
    ),
    _check(
        id="payload.unknown_event_type",
        title="of unknown event types: accepted",
        severity="error",
        source=SEAM,
        why=(
            "Event types are added without notice, and an endpoint that is subscribed to all gets "
            "them at once."
        ),
        cure="End the dispatch with a default that answers 2xx and does nothing.",
        run=unknown_event_type,
    ),
    _check(
        id="payload.signed_malformed_json",
        title="signed, but not JSON: no crash",
        severity="warning",
        replay="no_crash",
        source=MALFORMED,
        why=(
            "Seam does not send it. A crash on it shows that the parser is called without any "
            "protection."
        ),
        cure="Catch what the JSON parser raises and answer 400.",
        run=no_crash(
            "a signed body that is no JSON",
            *(b'{"event_type":', b"not JSON", b"", b"{'event_type': 'x'}", b'{"a": 1,}'),
        ),
    ),
    _check(
        id="payload.signed_non_object",
        title="signed JSON that is not an object: no crash",
        severity="warning",
        replay="no_crash",
        source=MALFORMED,
        why=(
            "Seam does not send it. A crash on it shows that the payload is used before its type "
            "is checked."
        ),
        cure="Check that the payload is an object, and answer 400 if it is not.",
        run=no_crash(
            "signed JSON that is no object", b"[]", b'"text"', b"null", b"42", b"true", b"[{}]"
        ),
    ),
    _check(
        id="payload.property_fuzz",
        title="any event that the contract allows: accepted",
        severity="error",
        phase=Phase.FUZZ,
        depth=Depth.RANDOM,
        is_random=True,
        source=CONTRACT,
        why=(
            "Bugs hide where two rare values meet. Drawn events find them and are reduced to the "
            "properties that matter."
        ),
        cure="Send the reduced event again with `seamproof replay` and fix the error.",
        run=property_fuzz,
    ),
)
