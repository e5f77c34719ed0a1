"""
Writes and reads `seam-consumer.json`, the consumer contract.
"""

from __future__ import annotations

import difflib
import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.checks.dependencies.uses import Dependencies, PropertyUse, TypeUse, UseKind
from seamproof.errors import SourceInvalid, UsageError
from seamproof.json_types import parse_json
from seamproof.schemas.validation.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.json_types import JsonMapping, JsonObject

FILE: Final = "seam-consumer.json"
_SUFFIX: Final = ".json"
_SCHEMA: Final = "seam-consumer.schema.json"
_VERSION: Final = 1
_COMMAND: Final = "`seamproof depends` writes it"


def schema() -> JsonObject:
    """
    Return the JSON Schema of a consumer contract.
    """
    found: JsonObject = parse_json((files(__package__) / _SCHEMA).read_text("utf-8"))
    return found


def as_document(found: Dependencies) -> JsonObject:
    """
    Write what a handler depends on as JSON, the same in each run that finds the same.
    """
    return {
        "$schema": schema()["$id"],
        "version": _VERSION,
        "handler": found.target,
        "events": {one.event_type: _type(one) for one in found.types},
        "ignored": sorted(found.ignored),
        "undecided": dict(sorted(found.undecided)),
    }


def as_text(document: JsonMapping) -> str:
    """
    Encode a consumer contract as it stands in its file.
    """
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read_contract(path: Path) -> Dependencies:
    """
    Read a consumer contract.

    Raises:
        UsageError: The file cannot be read.
        SourceInvalid: It is no consumer contract.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
        what = f"the consumer contract cannot be read: {reason}"
        raise UsageError(what, where=str(path), cure=_COMMAND) from problem
    try:
        document = parse_json(text)
    except (ValueError, RecursionError) as problem:
        what = f"the consumer contract is not JSON: {problem}"
        raise SourceInvalid(what, where=str(path), cure=_COMMAND) from problem
    violations = Contract(schema()).violations(document)
    if violations:
        first = violations[0]
        what = f"this is no consumer contract: {first.path or '(document)'} {first.message}"
        raise SourceInvalid(what, where=str(path), cure=_COMMAND)
    return _dependencies(document)


def expected_types(patterns: Iterable[str], *, always: bool = False) -> list[str]:
    """
    Put the event types of consumer contracts in place of their files, `seam-consumer.json`.

    Args:
        patterns: Globs over event types, and files that end in `.json`.
        always: Whether all of them are files.

    Raises:
        UsageError: A file cannot be read, or no event type in it has an effect.
        SourceInvalid: A file is no consumer contract.
    """
    found: list[str] = []
    for pattern in patterns:
        if not always and not pattern.endswith(_SUFFIX):
            found.append(pattern)
            continue
        types = [one.event_type for one in read_contract(Path(pattern)).types]
        if not types:
            what = "the consumer contract names no event type that has an effect"
            raise UsageError(what, where=pattern, cure=_COMMAND)
        found += types
    return found


def difference(path: Path, document: JsonMapping) -> str:
    """
    Compare a consumer contract with its file.

    The line that reads a property, and how the target was named, may differ.

    Returns:
        A unified diff; empty if they agree.

    Raises:
        SourceInvalid: The file is no consumer contract.
    """
    before = as_document(read_contract(path)) if path.exists() else {}
    old, new = (_comparable(one).splitlines(keepends=True) for one in (before, document))
    return "".join(difflib.unified_diff(old, new, str(path), "found now"))


def _comparable(document: JsonMapping) -> str:
    events = {
        event_type: {
            **event,
            "properties": {
                pointer: {
                    name: value for name, value in use.items() if name not in ("at", "reason")
                }
                for pointer, use in event["properties"].items()
            },
        }
        for event_type, event in document.get("events", {}).items()
    }
    kept = {name: value for name, value in document.items() if name != "handler"}
    undecided = sorted(document.get("undecided", ()))
    return as_text({**kept, "events": events, "undecided": undecided} if document else {})


def _type(one: TypeUse) -> JsonObject:
    entry: JsonObject = {"undecided": one.reason} if one.reason else {}
    entry["properties"] = {
        use.pointer: _property(use) for use in one.properties if use.use is not UseKind.UNUSED
    }
    entry["not_used"] = [use.pointer for use in one.properties if use.use is UseKind.UNUSED]
    return entry


def _property(use: PropertyUse) -> JsonObject:
    entry: JsonObject = {"use": str(use.use)}
    if use.is_used:
        entry |= {"read": use.is_read, "copied": use.is_copied}
    notes = {"reason": use.reason, "at": use.place}
    return entry | {name: text for name, text in notes.items() if text}


def _dependencies(document: JsonMapping) -> Dependencies:
    return Dependencies(
        target=document["handler"],
        types=tuple(_type_use(name, one) for name, one in sorted(document["events"].items())),
        ignored=tuple(document["ignored"]),
        undecided=tuple(document["undecided"].items()),
    )


def _type_use(event_type: str, event: JsonMapping) -> TypeUse:
    used = [
        PropertyUse(
            pointer=pointer,
            use=UseKind(one["use"]),
            is_read=one.get("read", False),
            is_copied=one.get("copied", False),
            reason=one.get("reason", ""),
            place=one.get("at", ""),
        )
        for pointer, one in event["properties"].items()
    ]
    unused = [PropertyUse(pointer=one, use=UseKind.UNUSED) for one in event["not_used"]]
    return TypeUse(
        event_type=event_type,
        properties=tuple(sorted([*used, *unused], key=lambda one: one.pointer)),
        reason=event.get("undecided", ""),
    )
