"""
Recorded events as models: events are drawn in their manner, with other ids, names and times.

Each drawn event follows one recorded event: which properties it has, which are null, the values of
its enums, the lengths of its codes and lists. So all of these are as frequent as in the recordings,
and only combinations that were seen occur.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.errors import UsageError
from seamproof.pseudonyms.pseudonymiser import Pseudonymiser
from seamproof.schemas.payload_files import LINE_SUFFIXES, find_files, read_payloads
from seamproof.schemas.payload_validation import is_valid
from seamproof.strategies.sampling.draw import ANCHOR, SPAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.schemas.catalogue import Catalogue, EventSchema

#: A time as in RFC 3339: date and time, fraction, offset.
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_HOUR: Final = timedelta(hours=1)
_HOURS: Final = SPAN // 3_600_000
_KEY_BYTES: Final = 32


class RecordedEvents:
    """
    The valid events of a directory of recordings, by their types.

    Args:
        directory: Of .json, .jsonl and .ndjson files; or one such file.
        catalogue: The contract. An event that violates it is no model of valid events.

    Attributes:
        by_type: The events of each type, in the order of the files.
        left_out: How many events violate the contract.

    Raises:
        UsageError: There is no such directory, or it has no valid event.
    """

    def __init__(self, directory: str | Path, catalogue: Catalogue) -> None:
        self.directory = directory
        self.by_type: dict[str, list[JsonObject]] = {}
        self.left_out = 0
        self._catalogue = catalogue
        for payload in _payloads(Path(directory)):
            if is_valid(payload, catalogue=catalogue):
                self.by_type.setdefault(payload["event_type"], []).append(payload)
            else:
                self.left_out += 1
        if not self.by_type:
            what = "there is no recorded event that fits the contract"
            found = f"{self.left_out:,} that violate it" if self.left_out else "no event"
            raise UsageError(what, where=str(directory), found=found)

    def __repr__(self) -> str:
        return repr(str(self.directory))

    def match(self, pattern: str) -> tuple[EventSchema, ...]:
        """
        Find the recorded types that match a pattern; a type in full need not be recorded.

        Raises:
            UnknownEventType: No event type matches; suggests the nearest ones.
            UsageError: No type that matches is recorded.
        """
        matched = self._catalogue.match(pattern, undocumented=True)
        recorded = tuple(one for one in matched if one.event_type in self.by_type)
        if recorded or pattern in self._catalogue:
            return recorded or matched
        what = f"no recorded event is of a type that {pattern!r} matches"
        raise UsageError(what, where=str(self.directory), expected=", ".join(self.by_type))

    def redraw(self, model: JsonMapping, random: Random) -> JsonObject:
        """
        Make an event like a recorded one, with other ids, codes, names and times.
        """
        event = Pseudonymiser(random.randbytes(_KEY_BYTES), self._catalogue).event(model)
        hours = _hours_to_anchor(event.get("occurred_at")) + random.randrange(_HOURS)
        moved: JsonObject = _shift(event, hours * _HOUR)
        return moved


def _payloads(directory: Path) -> Iterator[Json]:
    """
    Read the events of a directory, or of a file.
    """
    try:
        for file in _files(directory):
            with file.open("rb") as stream:
                for item in read_payloads(stream, one_a_line=file.suffix in LINE_SUFFIXES):
                    yield item.payload if not item.flaws else None
    except OSError as problem:
        what = f"the recordings cannot be read: {problem.strerror}"
        raise UsageError(what, where=str(problem.filename or directory)) from problem


def _files(directory: Path) -> Iterable[Path]:
    return find_files(directory) if directory.is_dir() else [directory]


def _hours_to_anchor(occurred_at: Json) -> int:
    """
    Count the hours from an event to the time in which samples occur; 0 if it has no time.
    """
    found = _TIME.fullmatch(occurred_at) if isinstance(occurred_at, str) else None
    try:
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else ANCHOR
    except ValueError:
        return 0
    return -((moment - ANCHOR) // _HOUR)


def _shift(value: Json, by: timedelta) -> Json:
    """
    Shift all times of a value; their fractions and offsets are written as before.
    """
    if isinstance(value, dict):
        return {name: _shift(member, by) for name, member in value.items()}
    if isinstance(value, list):
        return [_shift(item, by) for item in value]
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    whole, fraction, offset = found.groups(default="")
    try:
        moved = datetime.fromisoformat(whole) + by
    except (ValueError, OverflowError):
        return value
    return f"{moved.isoformat(sep=whole[10], timespec='seconds')}{fraction}{offset}"
