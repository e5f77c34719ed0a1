"""
The table of operations: one row for each call that is served.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, get_args

from seamproof.mock_server.world.calls.rows import MANAGED, UNMANAGED, Emit, Row, Verb
from seamproof.mock_server.world.data import operations
from seamproof.mock_server.world.kinds import KINDS
from seamproof.mock_server.world.operations.access_codes import ACCESS_CODES
from seamproof.mock_server.world.operations.accounts import ACCOUNTS
from seamproof.mock_server.world.operations.acs import ACS
from seamproof.mock_server.world.operations.devices import DEVICES
from seamproof.mock_server.world.operations.grants import GRANTS
from seamproof.mock_server.world.operations.people import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The kinds of which there are managed and unmanaged records: most calls are about the former.
_MANAGED_KINDS: Final = frozenset({"access_code", "device"})
#: The category of the devices that calls are about, by the first part of their paths.
_CATEGORIES: Final = {"locks": "lock", "noise_sensors": "noise_sensor", "thermostats": "thermostat"}
#: Calls of these names do what they say.
_VERBS: Final[Mapping[str, Verb]] = {one: one for one in get_args(Verb)}


def _derived() -> Iterator[tuple[str, Row]]:
    """
    Derive the rows of the calls that do what their name says to records of their answer's kind.
    """
    kinds: dict[str, str] = {}
    for path, operation in operations().items():
        prefix, _, name = path.rpartition("/")
        if name in ("create", "get", "list"):
            kinds.setdefault(prefix, operation.resource.removeprefix("unmanaged_"))
    for path, operation in operations().items():
        prefix, _, name = path.rpartition("/")
        if name.startswith("list_") and operation.resource in KINDS:
            yield path, Row(verb="list", kind=operation.resource)
        elif name in _VERBS and (kind := kinds.get(prefix, "")) in KINDS:
            yield path, _plain_row(_VERBS[name], kind, is_unmanaged=prefix.endswith("/unmanaged"))


def _plain_row(verb: Verb, kind: str, *, is_unmanaged: bool) -> Row:
    where = MANAGED if kind in _MANAGED_KINDS and verb in ("get", "list") else {}
    gone = KINDS[kind].removed if verb == "delete" else ""
    emits = (Emit(event=gone),) if gone else ()
    return Row(verb=verb, kind=kind, where=UNMANAGED if is_unmanaged else where, emits=emits)


def _of_category(path: str, row: Row) -> Row:
    category = _CATEGORIES.get(path.split("/")[1], "")
    return replace(row, category=category) if category else row


_TABLES: Final = (dict(_derived()), ACCOUNTS, DEVICES, ACCESS_CODES, GRANTS, ACS, PEOPLE)
#: By path. What is not there is answered with 501.
ROWS: Final[Mapping[str, Row]] = MappingProxyType(
    {path: _of_category(path, row) for table in _TABLES for path, row in table.items()}
)
