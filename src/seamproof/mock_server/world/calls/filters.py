"""
Filters of lists: which records a call means, and the page of them that it gets.
"""

from __future__ import annotations

import base64
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.kinds import KIND_OF_ID, KINDS, category, view
from seamproof.mock_server.world.records import value_at
from seamproof.mock_server.world.refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.mock_server.world.calls.rows import Row
    from seamproof.mock_server.world.records import Record, Records

#: How far a filter follows the references of a record: a device is of a customer by its account.
_STEPS: Final = 3

#: How long a page is unless the operation says so.
_LIMIT: Final = 500

#: Parameters that choose the page, or that change nothing.
PAGING: Final = frozenset({"limit", "page_cursor", "sync"})


def _search(document: JsonMapping, wanted: Json) -> bool:
    text = str(wanted).lower()
    paths = ("properties.name", "user_identifier.email", "user_identifier.phone")
    values = [*document.values(), *(value_at(document, path) for path in paths)]
    return any(text in value.lower() for value in values if isinstance(value, str))


def _has_metadata(document: JsonMapping, wanted: Json) -> bool:
    known = document.get("custom_metadata", {})
    return all(_same(known.get(name), value) for name, value in wanted.items())


def _same(found: Json, wanted: Json) -> bool:
    """
    Compare a value with one that may come from a query, where all values are texts.
    """
    if isinstance(found, bool) and isinstance(wanted, str):
        return str(found).lower() == wanted.lower()
    return bool(found == wanted) or (
        isinstance(wanted, str) and found is not None and str(found) == wanted
    )


def _capable(document: JsonMapping, wanted: Json) -> bool:
    return all(document.get(name) is True for name in wanted)


#: How a parameter that is not a property chooses records.
_RULES: Final[Mapping[str, Callable[[JsonMapping, Json], bool]]] = MappingProxyType(
    {
        "search": _search,
        "custom_metadata_has": _has_metadata,
        "created_before": lambda one, wanted: str(one.get("created_at", "")) < str(wanted),
        "include_if": _capable,
        "exclude_if": lambda one, wanted: not any(one.get(name) is True for name in wanted),
        "device_types": lambda one, wanted: one.get("device_type") in wanted,
        "manufacturer": lambda one, wanted: value_at(one, "properties.manufacturer") == wanted,
        "name": lambda one, wanted: (
            wanted in (one.get("name"), one.get("display_name"), value_at(one, "properties.name"))
        ),
        "email": lambda one, wanted: value_at(one, "user_identifier.email") == wanted,
        "without_user_identifier_key": lambda one, wanted: (
            not wanted or one.get("user_identifier_key") is None
        ),
        "is_programmed": lambda _one, _wanted: True,
        "space_key": lambda one, wanted: wanted in (one.get("space_key"), None),
    }
)


def chosen(records: Records, row: Row, parameters: JsonMapping) -> Iterator[Record]:
    """
    Find the records that a row and the parameters of its call mean, in the order of creation.
    """
    own = KINDS[row.kind].id_name
    direct = parameters.get(own)
    found: Iterable[Record]
    if isinstance(direct, str):
        one = records.get(row.kind, direct)
        found = [] if one is None else [one]
    else:
        found = sorted(records.all(row.kind), key=attrgetter("number"))
    wanted = {
        name: value
        for name, value in parameters.items()
        if value is not None and name not in PAGING and name != own
    }
    for record in found:
        document = view(records, record)
        if _fits_row(row, document) and all(
            fits(records, record, document, name, value) for name, value in wanted.items()
        ):
            yield record


def _fits_row(row: Row, document: JsonMapping) -> bool:
    if row.category and row.kind == "device" and category(document["device_type"]) != row.category:
        return False
    return all(value_at(document, path) == value for path, value in row.where.items())


def fits(records: Records, record: Record, document: JsonObject, name: str, value: Json) -> bool:
    """
    Whether a record has, or is related to, what a parameter names.
    """
    if name in _RULES and (name not in document or name == "name"):
        return _RULES[name](document, value)
    if name in document and not name.endswith("_ids"):
        return _same(document[name], value)
    plural = name.endswith(("_ids", "_keys"))
    wanted = set(value) if plural and isinstance(value, list) else {value}
    return related(records, record, name.removesuffix("s") if plural else name, wanted)


def related(records: Records, record: Record, name: str, wanted: set[Json]) -> bool:
    """
    Whether a record, or one that it refers to or that refers to it, has a value.
    """
    seen = {record.key}
    level = [record]
    for step in range(_STEPS):
        following: list[Record] = []
        for one in level:
            document = one.document
            values = (one.id if KINDS[one.kind].id_name == name else None, document.get(name))
            if wanted & {*values, one.links.get(name)} - {None}:
                return True
            many = (document.get(f"{name}s"), one.links.get(f"{name}s"))
            if any(wanted & {*found} for found in many if isinstance(found, list)):
                return True
            following += _referred(records, one)
            if step == 0:
                following += records.referring(one.key)
        level = [one for one in following if one.key not in seen]
        seen |= {one.key for one in level}
    return False


def _referred(records: Records, record: Record) -> Iterator[Record]:
    for document in (record.document, record.links):
        for name, value in document.items():
            kind = KIND_OF_ID.get(name.removesuffix("s"))
            for one in value if isinstance(value, list) else (value,):
                found = records.get(kind, one) if kind else None
                if found is not None and kind != "workspace":
                    yield found


def page(
    found: list[Record], parameters: JsonMapping, default: Json
) -> tuple[list[Record], str | None]:
    """
    Cut a page out of a list.

    Returns:
        The page, and the cursor of the next one; None after the last.
    """
    limit = max(int(parameters.get("limit") or default or _LIMIT), 1)
    cursor = parameters.get("page_cursor")
    # By number, so that what is removed meanwhile moves nothing.
    rest = [one for one in found if one.number > _decode(str(cursor))] if cursor else found
    return rest[:limit], _encode(rest[limit - 1].number) if len(rest) > limit else None


def _encode(number: int) -> str:
    return base64.urlsafe_b64encode(f"after {number}".encode()).decode()


def _decode(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("after "))
    except ValueError:
        raise invalid({"page_cursor": ["Invalid cursor"]}) from None
