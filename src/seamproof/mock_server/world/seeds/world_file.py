"""
Reads worlds: ready ones by their names, files, and mappings.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from seamproof import json_pointer
from seamproof.errors import UsageError, nearest_names
from seamproof.formats import format_timestamp
from seamproof.mock_server.model.durations import parse_duration
from seamproof.mock_server.world.calls.parameters import validate
from seamproof.mock_server.world.kinds import KIND_OF_ID, KINDS
from seamproof.mock_server.world.refusals import CallRefused
from seamproof.mock_server.world.seeds.completeness import incomplete
from seamproof.mock_server.world.seeds.consistency import inconsistencies
from seamproof.mock_server.world.seeds.documents import WorldDocument, parse, read_document
from seamproof.mock_server.world.seeds.world_schema import FROM_NOW, SECTIONS, world_schema
from seamproof.mock_server.world.trouble_states import TroubleState
from seamproof.mock_server.world.world import World
from seamproof.schemas import catalog
from seamproof.schemas.validation.contract import Contract, excerpt, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.validation.contract import Violation

#: The ready worlds, each with what it is.
READY: Final[Mapping[str, str]] = {
    "hotel": "twelve rooms with locks, climate in the suites, cards for the lobby, guests",
    "short_stay": "three flats with locks of three makers, noise sensors, a guest and the next one",
    "office": "an access system with entrances, groups, staff and an encoder; a meeting room",
}
#: What a value has to be where the schema has a choice.
_CHOICES: Final = {
    "anyOf": "a time such as 2026-01-01T00:00:00.000Z, or one from the start such as now + 2h",
    "oneOf": "an object as Seam has it, with the properties of its code or type",
}
_FROM_NOW: Final = re.compile(FROM_NOW)


@dataclass(frozen=True, slots=True)
class Seed:
    """
    A world to start with.

    Attributes:
        name: Of the world.
        documents: By kind, such as `device`, the records; what has a typical value may be missing.
        calls: Calls that make the rest of it, by path and parameters.
        troubles: What goes wrong in it from the start.
    """

    name: str = ""
    documents: Mapping[str, Sequence[JsonMapping]] = field(default_factory=dict)
    calls: Sequence[tuple[str, JsonObject]] = ()
    troubles: Sequence[TroubleState] = ()


def load_world(given: str | PathLike[str] | JsonMapping | None) -> JsonMapping | None:
    """
    Read and check a world.

    Args:
        given: The name of a ready world, the path of a file, or what such a file holds.

    Returns:
        What the file of the world holds; None for no world.

    Raises:
        UsageError: There is no such world, or it is not valid; says what, where, and how to fix it.
    """
    if given is None:
        return None
    path = Path(given) if isinstance(given, str | PathLike) else None
    document = WorldDocument(given) if path is None else _find(path)
    _check(document)
    seed = _seed(document, time.time())
    _check_complete(document, seed)
    _check_consistent(document, seed)
    if path is None or document.name.removesuffix(".yaml") not in READY:
        _check_by_trial(document, seed)
    named: JsonMapping = {"name": path.stem if path else "", **document.value}
    return named


def seed_of(world: JsonMapping, now: float) -> Seed:
    """
    Make the records of a world that was checked.

    Args:
        world: What its file holds.
        now: Seconds since the epoch, from which its times are counted.
    """
    return _seed(WorldDocument(world), now)


def ready_text(name: str) -> str:
    """
    Return the file of a ready world.
    """
    folder = files(__package__).joinpath("..", "worlds")
    return folder.joinpath(f"{name}.yaml").read_text("utf-8")


def _find(path: Path) -> WorldDocument:
    if str(path) in READY and not path.is_file():
        return parse(ready_text(str(path)), f"{path}.yaml")
    if path.is_file():
        return read_document(path)
    what = "there is no such world"
    near = nearest_names(str(path), READY, limit=1)
    hint = f"did you mean {near[0]}? Or give" if near else "give"
    expected = f"{', '.join(READY)}, or the path of a YAML or JSON file"
    cure = f"{hint} a file; `seamproof world show hotel` prints one to begin with"
    raise UsageError(what, expected=expected, found=str(path), cure=cure, option="world")


@cache
def _contract() -> Contract:
    return Contract(world_schema())


def _check(document: WorldDocument) -> None:
    """
    Check a file by its schema.
    """
    if not isinstance(document.value, dict):
        what, expected = "a world is an object", f"lists such as {', '.join([*SECTIONS][:4])}"
        found = excerpt(document.value)
        raise UsageError(what, where=document.place(""), expected=expected, found=found)
    violations = _contract().violations(document.value)
    # A name that is not known explains others that are missing.
    for first in sorted(violations, key=lambda one: one.rule != "additionalProperties")[:1]:
        more = len(violations) - 1
        rest = f" ({more} more {'error' if more == 1 else 'errors'})" if more else ""
        raise _invalid(document, first, rest)


def _check_complete(document: WorldDocument, seed: Seed) -> None:
    """
    Check that nothing is missing that has no typical value.
    """
    sections = {one.kind: name for name, one in SECTIONS.items()}
    for kind, index, violation in incomplete(seed.documents):
        pointer = f"/{sections[kind]}/{index}{violation.path}"
        raise _invalid(document, replace(violation, path=pointer), "")


def _check_consistent(document: WorldDocument, seed: Seed) -> None:
    """
    Check that the records can be together.
    """
    sections = {one.kind: name for name, one in SECTIONS.items()}
    for one in inconsistencies(seed.documents):
        where = document.place(f"/{sections[one.kind]}/{one.index}/{one.name}")
        found = seed.documents[one.kind][one.index].get(one.name)
        raise UsageError(one.what, where=where, found=str(found), cure=one.cure)


def _check_by_trial(document: WorldDocument, seed: Seed) -> None:
    """
    Begin with what is given in a world of its own, where it has calls or schedules.
    """
    if not (seed.calls or "thermostat_schedule" in seed.documents):
        return
    try:
        World(catalog(), 0).seed(seed.documents, time.time(), seed.calls)
    except UsageError as problem:
        problem.where = document.place(f"/{problem.where.replace('.', '/')}")
        problem.cure = problem.cure or "change it, or what the lists have"
        raise


def _invalid(document: WorldDocument, violation: Violation, rest: str) -> UsageError:
    """
    Make the error for a violation of the schema.
    """
    where = document.place(violation.path)
    owner, _, name = violation.path.rpartition("/")
    if violation.rule == "required":
        cure = (
            f"add {name}: the id of what it belongs to" if name.endswith("_id") else f"add {name}"
        )
        return UsageError(f"{name} is missing{rest}", where=where, cure=cure)
    if violation.rule == "additionalProperties":
        known = _names_at(owner)
        near = nearest_names(name, known)
        cure = f"did you mean {' or '.join(near)}?" if near else "leave it out"
        what = f"there is no property {name!r} here{rest}"
        expected = "" if near else f"one of {', '.join(sorted(known))}"
        return UsageError(what, where=where, expected=expected, cure=cure)
    found = excerpt(violation.found)
    if violation.rule in ("enum", "const"):
        values = violation.expected if violation.rule == "enum" else [violation.expected]
        near = nearest_names(str(violation.found), [str(one) for one in values], limit=1)
        cure = f"did you mean {near[0]}?" if near else ""
        expected = f"one of {', '.join(str(one) for one in values)}"
        return UsageError(
            f"the value is not known{rest}", where=where, expected=expected, found=found, cure=cure
        )
    if violation.rule in ("anyOf", "oneOf"):
        expected = _CHOICES[violation.rule]
        return UsageError(
            f"the value is not valid{rest}", where=where, expected=expected, found=found
        )
    expected = in_words(violation.rule, violation.expected)
    is_number = isinstance(violation.found, int | float) and "string" in expected
    cure = f'write it in quotes: "{found}"' if is_number else ""
    what = f"the value is not valid{rest}"
    return UsageError(what, where=where, expected=expected, found=found, cure=cure)


def _names_at(pointer: str) -> list[str]:
    """
    List the properties that an object of a file can have.
    """
    schema = world_schema()
    for token in json_pointer.parse(pointer):
        schema = schema.get("properties", {}).get(token) or schema.get("items", {})
    return [*schema.get("properties", {})]


def _seed(document: WorldDocument, now: float) -> Seed:
    name = str(document.value.get("name", ""))
    found: dict[str, list[JsonMapping]] = {}
    places: dict[tuple[str, str], str] = {}
    for section, given in _sections(document.value):
        kind = SECTIONS[section].kind
        for index, one in enumerate(given):
            pointer = f"/{section}/{index}"
            label = f"{name}/{section}/{index}/{one.get('name', '')}"
            own = one.get(KINDS[kind].id_name) or str(uuid5(NAMESPACE_URL, label))
            if (kind, own) in places:
                what = f"two {section} have the same id"
                at = f"first at {document.place(places[kind, own])}"
                raise UsageError(what, where=document.place(pointer), found=f"{own}, {at}")
            places[kind, own] = pointer
            values = {**_timed(one, now), KINDS[kind].id_name: own}
            found.setdefault(kind, []).append(values)
    _check_references(document, places)
    return Seed(name, found, tuple(_calls(document, now)), tuple(_troubles(document)))


def _calls(document: WorldDocument, now: float) -> Iterator[tuple[str, JsonObject]]:
    for index, one in enumerate(document.value.get("calls", ())):
        given = _timed(one.get("parameters", {}), now)
        try:
            validate(one["path"], given)
        except CallRefused as refused:
            for name, texts in refused.fields.items():
                where = document.place(f"/calls/{index}/parameters/{name}")
                what = f"a parameter is not valid: {texts[0]}"
                raise UsageError(what, where=where) from None
        yield one["path"], given


def _troubles(document: WorldDocument) -> Iterator[TroubleState]:
    for index, one in enumerate(document.value.get("troubles", ())):
        try:
            yield TroubleState(**one)
        except UsageError as problem:
            problem.where = document.place(f"/troubles/{index}")
            raise


def _sections(value: JsonMapping) -> Iterator[tuple[str, list[JsonObject]]]:
    for section in SECTIONS:
        if section in value:
            yield section, value[section]


def _timed(value: Json, now: float, name: str = "") -> Json:
    """
    Replace times that are counted from the start, such as `now + 2h`.
    """
    if isinstance(value, dict):
        return {key: _timed(one, now, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_timed(one, now) for one in value]
    if name.endswith("_at") and isinstance(value, str) and _FROM_NOW.fullmatch(value):
        text = value.removeprefix("now").strip()
        seconds = parse_duration(text[1:].strip()) if text else 0.0
        return format_timestamp(now - seconds if text.startswith("-") else now + seconds)
    return value


def _check_references(document: WorldDocument, known: Mapping[tuple[str, str], str]) -> None:
    """
    Check that each id leads to a record of the file.

    Args:
        document: The file.
        known: By kind and id, the JSON Pointer to each record.
    """
    for section in (*SECTIONS, "troubles"):
        own = KINDS[SECTIONS[section].kind].id_name if section in SECTIONS else ""
        for index, one in enumerate(document.value.get(section, ())):
            for name, target, value in _references(one):
                elsewhere = name == own or target == "workspace"
                if not elsewhere and (target, value) not in known:
                    what = f"{name} leads to no {target.replace('_', ' ')} of this world"
                    where = document.place(f"/{section}/{index}/{name}")
                    ids = [key[1] for key in known if key[0] == target]
                    near = nearest_names(value, ids, limit=1) or ids[:1]
                    cure = f"did you mean {near[0]}?" if near else f"add it to {target}s"
                    raise UsageError(what, where=where, found=value, cure=cure)


def _references(record: JsonMapping) -> Iterator[tuple[str, str, str]]:
    """
    List the properties of a record with ids, the kinds that they are of, and the ids.
    """
    for name, value in record.items():
        target = KIND_OF_ID.get(name.removesuffix("s") if name.endswith("_ids") else name)
        for one in value if isinstance(value, list) else [value]:
            if target is not None and one is not None:
                yield name, target, str(one)
