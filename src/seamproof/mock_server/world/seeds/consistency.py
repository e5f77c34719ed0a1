"""
Checks that the records of a world can be together: times in order, devices of the right kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

from seamproof.formats import parse_timestamp
from seamproof.mock_server.world.kinds import category

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seamproof.json_types import JsonMapping


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """
    What is wrong with a record, although each of its values is valid.

    Attributes:
        kind: Of the record.
        index: Its place among those of its kind.
        name: The property.
        what: What is wrong.
        cure: How to fix it.
    """

    kind: str
    index: int
    name: str
    what: str
    cure: str


#: The category of the devices that records of a kind are of.
_CATEGORIES: Final = {
    "access_code": "lock",
    "noise_threshold": "noise_sensor",
    "thermostat_daily_program": "thermostat",
    "thermostat_schedule": "thermostat",
}


def inconsistencies(documents: Mapping[str, Sequence[JsonMapping]]) -> Iterator[Inconsistency]:
    """
    Find what contradicts itself in the records of a world.

    Args:
        documents: By kind, the records, with times of RFC 3339.
    """
    categories = {
        str(one["device_id"]): category(one.get("device_type"))
        for one in documents.get("device", ())
    }
    pins: dict[tuple[object, object], list[tuple[float, float]]] = {}
    for kind, members in documents.items():
        wanted = _CATEGORIES.get(kind)
        for index, one in enumerate(members):
            first, last = _moment(one, "starts_at", -inf), _moment(one, "ends_at", inf)
            found = categories.get(str(one.get("device_id")), wanted)
            if last <= first:
                what, cure = "it ends before it starts", "give a time after starts_at"
                yield Inconsistency(kind, index, "ends_at", what, cure)
            if wanted is not None and found != wanted:
                what = f"the device is a {str(found).replace('_', ' ')}"
                cure = f"name a {wanted.replace('_', ' ')}"
                yield Inconsistency(kind, index, "device_id", what, cure)
            if kind == "access_code" and one.get("code") is not None:
                known = pins.setdefault((one.get("device_id"), one["code"]), [])
                if any(first < end and begin < last for begin, end in known):
                    what = "another code of the device has the same PIN at the same time"
                    yield Inconsistency(kind, index, "code", what, "choose another PIN")
                known.append((first, last))


def _moment(record: JsonMapping, name: str, default: float) -> float:
    value = record.get(name)
    return parse_timestamp(value) if isinstance(value, str) else default
