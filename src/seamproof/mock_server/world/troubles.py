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


@dataclass(frozen=True, slots=True)
class TroubleStep:
    """
    What happens to each record of a kind when a trouble starts or ends.

    Attributes:
        kind: Of the records: the one with the trouble, and those that belong to it.
        event: The type of the event that reports it.
        guard: Properties that a record must have, by dotted path; nothing happens to others.
        sets: Properties to set, by dotted path, beside those that the event is about.
        needs: A property that a record must have, by dotted path; empty for none.
        values: Properties of the event that no record has.
    """

    kind: str
    event: str
    guard: JsonMapping = field(default_factory=dict)
    sets: JsonMapping = field(default_factory=dict)
    needs: str = ""
    values: JsonMapping = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """
    A trouble.

    Attributes:
        line: What happens, in one line.
        targets: The kinds of records that can have it; `workspace` stands for the whole world.
        starts: What happens when it starts.
        ends: What happens when it ends.
        late: Seconds by which later effects are delayed.
        instead: By type of event, the type of what happens instead.
        follows: By type of event, the type of what happens afterwards, and after how many seconds.
        silent: Types of events that are not emitted, as globs; the records change all the same.
        fails: Whether action attempts fail.
        status: What calls are answered with; 0 for their own answer.
        error: The type of that error.
        seconds: How long such an answer takes.
        retry_after: Seconds that the caller has to wait; 0 for no such header.
    """

    line: str
    targets: tuple[str, ...] = ("device", "connected_account", "workspace")
    starts: tuple[TroubleStep, ...] = ()
    ends: tuple[TroubleStep, ...] = ()
    late: float = 0.0
    instead: Mapping[str, str] = field(default_factory=dict)
    follows: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    fails: bool = False
    status: int = 0
    error: str = ""
    seconds: float = 0.0
    retry_after: int = 0


_DELAYED: Final = {"access_code.set_on_device": "access_code.delay_in_setting_on_device"}
_CAUGHT_UP: Final = TroubleStep("access_code", "access_code.set_on_device", {"status": "setting"})


def _off(code: str) -> TroubleStep:
    guard = {"properties.online": True}
    return TroubleStep("device", "device.disconnected", guard, values={"error_code": code})


_ON: Final = TroubleStep("device", "device.connected", {"properties.online": False})


def _battery(event: str, level: float, status: str) -> TroubleStep:
    sets = {
        "properties.battery": {"level": level, "status": status},
        "properties.battery_level": level,
    }
    return TroubleStep("device", event, sets=sets, needs="properties.battery")


TROUBLES: Final[Mapping[str, Trouble]] = MappingProxyType(
    {
        "offline": Trouble(
            line="the device is disconnected: codes are delayed, actions fail",
            starts=(_off("device_disconnected"),),
            ends=(_ON, _CAUGHT_UP),
            instead=_DELAYED,
            fails=True,
        ),
        "low_battery": Trouble(
            line="the battery of the device is at 8 %",
            starts=(
                _battery("device.low_battery", 0.08, "critical"),
                _battery("device.battery_status_changed", 0.08, "critical"),
            ),
            ends=(_battery("device.battery_status_changed", 1.0, "full"),),
        ),
        "code_refused": Trouble(
            line="the provider refuses access codes: they fail to be set",
            instead={
                "access_code.set_on_device": "access_code.failed_to_set_on_device",
                "access_code.scheduled_on_device": "access_code.failed_to_set_on_device",
            },
        ),
        "late": Trouble(line="what follows a call happens ten minutes later", late=600.0),
        "removed_silently": Trouble(
            line="access codes go from the device, and no event says so",
            starts=(
                TroubleStep("access_code", "access_code.removed_from_device", {"status": "set"}),
                TroubleStep("access_code", "access_code.unmanaged.removed", {"is_managed": False}),
            ),
            follows={"access_code.set_on_device": ("access_code.removed_from_device", 60.0)},
            silent=("access_code.*removed*", "access_code.deleted_external_to_seam"),
        ),
        "account_disconnected": Trouble(
            line="the account is disconnected, with all of its devices",
            targets=("connected_account",),
            starts=(
                TroubleStep("connected_account", "connected_account.disconnected"),
                _off("account_disconnected"),
            ),
            ends=(TroubleStep("connected_account", "connected_account.connected"), _ON, _CAUGHT_UP),
            instead=_DELAYED,
            fails=True,
        ),
        "rate_limit": Trouble(
            line="calls are answered 429, to be tried again after a second",
            status=429,
            error="rate_limit_exceeded",
            retry_after=1,
        ),
        "server_error": Trouble(line="calls are answered 500", status=500, error="internal_error"),
        "slow_error": Trouble(
            line="calls are answered 500 after six seconds",
            status=500,
            error="internal_error",
            seconds=6.0,
        ),
        "timeout": Trouble(
            line="calls are answered 500 after a minute",
            status=500,
            error="internal_error",
            seconds=60.0,
        ),
    }
)


def owners(records: Records, record: Record) -> Iterator[Record]:
    """
    List a record, and the device, the system and the account that it belongs to or is about.
    """
    yield record
    for name in ("device_id", "acs_system_id", "connected_account_id"):
        # Of an action attempt its links say that.
        owner_id = record.document.get(name, record.links.get(name))
        owner = records.get(KIND_OF_ID[name], owner_id)
        if owner is not None and owner.key != record.key:
            yield from owners(records, owner)


def troubles_of(records: Records, record: Record) -> Iterator[JsonMapping]:
    """
    List the troubles of a record, of what it belongs to, and of the whole world.
    """
    found = {one.key: one for one in (*owners(records, record), *records.all("workspace"))}
    for one in found.values():
        yield from one.links.get(LINK, ())


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


def following(records: Records, record: Record, event: str) -> Iterator[tuple[str, float]]:
    """
    List what troubles let happen after an event: its type, and after how many seconds.
    """
    for one in troubles_of(records, record):
        if event in TROUBLES[one["name"]].follows:
            yield TROUBLES[one["name"]].follows[event]


def refusal(troubles: Iterator[JsonMapping], path: str) -> CallRefused | None:
    """
    Find how troubles answer a call.
    """
    for one in troubles:
        trouble = TROUBLES[one["name"]]
        if trouble.status and fnmatchcase(path, one.get("path", "*")):
            return CallRefused(
                trouble.status,
                trouble.error,
                f"The call fails on purpose: {one['name']}",
                seconds=trouble.seconds,
                retry_after=trouble.retry_after,
            )
    return None


def refused_by_path(records: Records, path: str) -> CallRefused | None:
    """
    Find how troubles answer a call of webhooks or events: those whose path says that they do.
    """
    every = (one for world in records.all("workspace") for one in world.links.get(LINK, ()))
    return refusal((one for one in every if one.get("path", "*") != "*"), path)


def refused_by_given(records: Records, given: JsonMapping, path: str) -> CallRefused | None:
    """
    Find how troubles answer a call: those of the world, and of records that its parameters name.
    """
    named = [
        records.get(KIND_OF_ID[name], one) for name, one in given.items() if name in KIND_OF_ID
    ]
    found = [one for one in (*records.all("workspace"), *named) if one is not None]
    every = (trouble for record in found for trouble in troubles_of(records, record))
    return refusal(every, path)
