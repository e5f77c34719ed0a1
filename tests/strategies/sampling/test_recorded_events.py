"""
Events in the manner of recorded ones.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seamproof.errors import UnknownEventType, UsageError
from seamproof.formats import parse_timestamp
from seamproof.schemas import is_valid
from seamproof.strategies import Sampler, events

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strategies.conftest import Run

BASE = Sampler(1).event("lock.unlocked", presence="required")
#: Of four events, three have a code, which is null in one; the method is always the same.
RECORDED = [
    {**BASE, "method": "keycode", "code": "123456"},
    {**BASE, "method": "keycode", "code": "654321", "future_list": ["Ada", "Bob"]},
    {**BASE, "method": "keycode", "code": "000000", "customer_key": "hotel-9"},
    {**BASE, "method": "remote"},
]
CHANGED = Sampler(1).event("access_code.changed")
PROBLEM = {
    **CHANGED,
    "changed_properties": [{"property": "code", "from": None, "to": "4821"}] * 3,
    "occurred_at": "2019-05-06T07:08:09.123456Z",
    "created_at": "2019-05-06T07:08:11.5+02:00",
}


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """
    A directory with recordings of two types, one of them in a file of several events.
    """
    (tmp_path / "unlocked.ndjson").write_text("\n".join(map(json.dumps, RECORDED)))
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper/changed.json").write_text(json.dumps({"events": [PROBLEM], "ok": True}))
    (tmp_path / "broken.json").write_text(json.dumps({**BASE, "device_id": 3}))
    return tmp_path


def test_samples_are_like_recordings(recordings: Path) -> None:
    """
    Presence, null, enums, lengths and unknown properties are as frequent as in the recordings.
    """
    sampler = Sampler(3, like=recordings)
    drawn = [sampler.event("lock.unlocked") for _ in range(400)]

    assert all(map(is_valid, drawn))
    assert {tuple(one) for one in drawn} == {tuple(one) for one in RECORDED}
    counts = Counter(name for one in drawn for name in one)
    for name, share in (("code", 0.75), ("customer_key", 0.25), ("future_list", 0.25)):
        assert abs(counts[name] / len(drawn) - share) < 0.1
    assert {one["method"] for one in drawn} == {"keycode", "remote"}
    assert {len(one["code"]) for one in drawn if "code" in one} == {6}
    assert len({one["event_id"] for one in drawn}) == len(drawn)
    assert BASE["workspace_id"] not in {one["workspace_id"] for one in drawn}
    assert sampler.recorded is not None
    assert sampler.recorded.left_out == 1


def test_nested_values_and_times_are_like_the_recorded_ones(recordings: Path) -> None:
    """
    Lists have their length, null stays null, times their distance, fraction and offset.
    """
    one = Sampler(3, like=recordings).event("access_code.changed")

    assert [item["from"] for item in one["changed_properties"]] == [None] * 3
    assert [len(item["to"]) for item in one["changed_properties"]] == [4] * 3
    assert {item["property"] for item in one["changed_properties"]} == {"code"}
    assert one["occurred_at"].startswith("2026-")
    assert one["occurred_at"].endswith(":08:09.123456Z")
    assert one["created_at"].endswith(":08:11.5+02:00")
    before, after = (
        [parse_timestamp(x[n]) for n in ("occurred_at", "created_at")] for x in (PROBLEM, one)
    )
    assert before[1] - before[0] == pytest.approx(after[1] - after[0])


def test_a_seed_decides(recordings: Path) -> None:
    """
    The same seed gives the same events, in the order of the types.
    """
    one, same, other = (list(Sampler(seed, like=recordings).events(count=4)) for seed in (1, 1, 2))

    assert one == same != other
    assert [event["event_type"] for event in one] == ["access_code.changed", "lock.unlocked"] * 2


def test_types_that_are_not_recorded(recordings: Path) -> None:
    """
    A pattern selects recorded types; a type in full is generated as ever; nothing else is.
    """
    sampler = Sampler(1, like=recordings)

    assert {one["event_type"] for one in sampler.events("lock.*", count=5)} == {"lock.unlocked"}
    assert [one["event_type"] for one in sampler.events("lock.locked")] == ["lock.locked"]
    with pytest.raises(UsageError, match="no recorded event is of a type"):
        sampler.events("device.*")
    with pytest.raises(UnknownEventType):
        sampler.events("lock.jammed")
    with pytest.raises(UsageError, match="a life cycle"):
        sampler.journey("device")


def test_a_strategy_draws_like_recordings(recordings: Path, drawn: Run) -> None:
    """
    Hypothesis draws valid events of the recorded types, with the combinations that were seen.
    """
    strategy = events("*", like=recordings)
    found = drawn(strategy, 60)

    assert all(map(is_valid, found))
    assert {one["event_type"] for one in found} == {"lock.unlocked", "access_code.changed"}
    assert {tuple(one) for one in found} <= {tuple(one) for one in [*RECORDED, PROBLEM]}
    assert len({json.dumps(one) for one in found}) == len({one["event_id"] for one in found})
    assert "like=" in repr(strategy)


@given(data=st.data())
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_overrides_hold(recordings: Path, data: st.DataObject) -> None:
    """
    A value or a strategy takes the place of the recorded one.
    """
    code = st.from_regex(r"\A[0-9]{8}\Z")
    one = data.draw(events("lock.*", like=recordings, method="remote", code=code))
    other = data.draw(events("lock.locked", like=recordings))

    assert (one["method"], len(one["code"])) == ("remote", 8)
    assert other["event_type"] == "lock.locked"


@pytest.mark.parametrize(
    "options", [{"presence": "all"}, {"values": "edge"}, {"extra": True}, {"like": "nowhere"}]
)
def test_recordings_decide_alone(recordings: Path, options: dict[str, Any]) -> None:
    """
    Other arguments about the shape of events are an error, and so is a directory without events.
    """
    with pytest.raises(UsageError):
        events("lock.*", **{"like": recordings, **options})


def test_a_directory_without_valid_events(tmp_path: Path) -> None:
    """
    The error says how many events violate the contract.
    """
    (tmp_path / "a.json").write_text(json.dumps({**BASE, "device_id": 3}))

    with pytest.raises(UsageError, match="no recorded event that fits") as raised:
        Sampler(1, like=tmp_path)
    assert raised.value.found == "1 that violate it"
