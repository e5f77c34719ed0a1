"""
Table of troubles: what goes wrong on purpose, for a device, an account or the whole world.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.kinds import KIND_OF_ID
from seamproof.mock_server.world.refusals import CallRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.world.records import Record, Records, WorldEffect

#: The link of a record that has its troubles.
LINK: Final = "troubles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """
    A trouble.

    Attributes:
        starts: By kind of record, the type of the event when it starts.
        ends: By kind of record, the type of the event when it ends.
        late: Seconds by which later effects are delayed.
        instead: By type of event, the type of what happens instead.
        silent: Types of events that are not emitted, as globs; the records change all the same.
        fails: Whether action attempts fail.
        sets: Properties that the record has from the start, by dotted path.
        status: What calls are answered with; 0 for their own answer.
        error: The type of that error.
        seconds: How long such an answer takes.
    """

    starts: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)
    late: float = 0.0
    instead: Mapping[str, str] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    fails: bool = False
    sets: JsonMapping = field(default_factory=dict)
    status: int = 0
    error: str = ""
    seconds: float = 0.0


TROUBLES: Final[Mapping[str, Trouble]] = MappingProxyType(
    {
        "offline": Trouble(
            starts={"device": "device.disconnected"},
            ends={"device": "device.connected"},
            instead={"access_code.set_on_device": "access_code.delay_in_setting_on_device"},
            fails=True,
        ),
        "server_error": Trouble(status=500, error="internal_error"),
        "timeout": Trouble(status=500, error="internal_error", seconds=60.0),
    }
)


def troubles_of(records: Records, record: Record) -> Iterator[JsonMapping]:
    """
    List the troubles of a record, and of the device and the account that it belongs to.
    """
    yield from record.links.get(LINK, ())
    for name in ("device_id", "acs_system_id", "connected_account_id"):
        owner = records.get(KIND_OF_ID[name], record.document.get(name))
        if owner is not None and owner.key != record.key:
            yield from troubles_of(records, owner)


def effect_in_trouble(records: Records, effect: WorldEffect) -> tuple[float, str, bool]:
    """
    Find how troubles change an effect: seconds later, another event, and whether it is silent.
    """
    record = records.get(effect.kind, effect.id)
    late, event, silent = 0.0, effect.event, False
    for one in troubles_of(records, record) if record is not None else ():
        trouble = TROUBLES[one["name"]]
        late += trouble.late
        event = trouble.instead.get(event, event)
        silent = silent or any(fnmatchcase(event, glob) for glob in trouble.silent)
    return late, event, silent


def refusal(troubles: Iterator[JsonMapping], path: str) -> CallRefused | None:
    """
    Find how troubles answer a call.
    """
    for one in troubles:
        trouble = TROUBLES[one["name"]]
        if trouble.status and fnmatchcase(path, one.get("path", "*")):
            message = f"The call fails on purpose: {one['name']}"
            return CallRefused(trouble.status, trouble.error, message, seconds=trouble.seconds)
    return None
