"""
Exports a consumer contract as a message pact, specification 4, which a Pact broker takes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from seamproof import json_pointer
from seamproof.checks.dependencies.uses import UseKind
from seamproof.formats import UUID_TEXT
from seamproof.json_pointer import ANY
from seamproof.strategies import Sampler
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seamproof.checks.dependencies.uses import Dependencies, TypeUse
    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas import Catalogue, EventSchema

_PROVIDER: Final = "Seam"
_VERSION: Final = "4.0"
_JSON: Final = "application/json"
#: By the format of a text, its form as a regular expression.
_FORMATS: Final[Mapping[str, str]] = {
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
    "uuid": f"(?i:{UUID_TEXT})",
}


def as_pact(found: Dependencies, catalogue: Catalogue, *, consumer: str = "") -> str:
    """
    Write a pact: a message for each event type, with the properties that the handler relies on.

    A property that Seam need not send is part of it only where the handler fails without it.

    Args:
        found: What the handler depends on.
        catalogue: The contract of Seam.
        consumer: The name of the handler; by default that of the target.
    """
    messages = [
        _message(one, catalogue[one.event_type])
        for one in found.types
        if one.event_type in catalogue and not one.reason
    ]
    document = {
        "consumer": {"name": consumer or found.target},
        "provider": {"name": _PROVIDER},
        "interactions": messages,
        "metadata": {
            "pactSpecification": {"version": _VERSION},
            "seamproof": {"version": __version__},
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _message(of_type: TypeUse, schema: EventSchema) -> JsonObject:
    example = Sampler(0).event(schema.event_type, undocumented=True)
    content: JsonObject = {"event_type": schema.event_type}
    rules: JsonObject = {"$.event_type": _rule({"match": "equality"})}
    for use in of_type.used:
        tokens = json_pointer.parse(use.pointer)
        is_sent = _is_always_sent(schema.document, tokens)
        if use.pointer != "/event_type" and (is_sent or use.use is UseKind.REQUIRED):
            for path, shape, value in _along(schema.document, example, tokens):
                _put(content, path, value)
                rules[_json_path(path)] = _rule(_matcher(shape, value))
    return {
        "type": "Asynchronous/Messages",
        "description": schema.event_type,
        "pending": False,
        "contents": {"content": content, "contentType": _JSON, "encoded": False},
        "matchingRules": {"body": dict(sorted(rules.items()))},
        "metadata": {"contentType": _JSON},
    }


def _is_always_sent(schema: JsonMapping, tokens: Sequence[str]) -> bool:
    for token in tokens:
        if token == ANY:
            schema = schema.get("items", {})
        elif token in schema.get("required", ()):
            schema = schema.get("properties", {}).get(token, {})
        else:
            return False
    return True


def _along(
    schema: JsonMapping, value: Json, tokens: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], JsonMapping, Json]]:
    """
    Go down to a property: what is on the way is an object or a list of the same type.

    Yields:
        The path, the schema, and the value; of what has members that are used, an empty one.
    """
    path: tuple[str, ...] = ()
    for token in tokens:
        path = (*path, token)
        if token == ANY:
            schema = schema.get("items", {})
            value = value[0] if isinstance(value, list) and value else None
        else:
            schema = schema.get("properties", {}).get(token, {})
            value = value.get(token) if isinstance(value, dict) else None
        is_divided = bool(schema.get("properties") or schema.get("items", {}).get("properties"))
        yield (
            path,
            schema,
            type(value)() if is_divided and isinstance(value, dict | list) else value,
        )


def _put(content: Json, path: tuple[str, ...], value: Json) -> None:
    """
    Set a value in the content of a message, unless something is there; a list gets one item.
    """
    *outer, name = path
    for token in outer:
        content = content[0] if token == ANY else content[token]
    if isinstance(content, list):
        if not content:
            content.append(value)
    elif name not in content:
        content[name] = value


def _json_path(path: tuple[str, ...]) -> str:
    steps = (
        "[*]" if one == ANY else f".{one}" if re.fullmatch(r"\w+", one) else f"['{one}']"
        for one in path
    )
    return "$" + "".join(steps)


def _rule(matcher: JsonObject) -> JsonObject:
    return {"combine": "AND", "matchers": [matcher]}


def _matcher(shape: JsonMapping, value: Json) -> JsonObject:
    """
    Choose how a value is compared: by its form, not by the example.
    """
    if isinstance(value, list):
        return {"match": "type", "min": 0}
    if isinstance(value, str):
        regex = _regex(shape)
        return {"match": "regex", "regex": f"^{regex}$"} if regex else {"match": "type"}
    if isinstance(value, bool):
        return {"match": "boolean"}
    return {"match": "number" if isinstance(value, int | float) else "type"}


def _regex(shape: JsonMapping) -> str:
    """
    Return the form of a text; empty if it has none.
    """
    if "enum" in shape:
        return f"({'|'.join(re.escape(one) for one in shape['enum'] if isinstance(one, str))})"
    return _FORMATS.get(shape.get("format", ""), "")
