"""
The sampler: realistic and valid events, the same for the same seed.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamproof.errors import UnknownEventType
from seamproof.schemas import catalog, is_valid, violations
from seamproof.strategies import SHARES, Sampler
from tests.strategies.sampled import sampled_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.strategies import Presence

SEEDS = st.integers(0, 2**64) | st.text()
PRESENCES: Final[list[Presence]] = ["all", "required", "mixed"]
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(?P<fraction>\d{3}|\d{6})Z")


def strings(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """
    Find every string of an event, with the name of the property that it belongs to.
    """
    for name, member in value.items():
        if isinstance(member, str):
            yield name, member
        for inner in member if isinstance(member, list) else [member]:
            if isinstance(inner, dict):
                yield from strings(inner)


@settings(deadline=None)
@given(SEEDS, st.sampled_from(PRESENCES))
def test_every_sample_keeps_the_contract(seed: int | str, presence: Presence) -> None:
    """
    Events of each type are valid for any seed.
    """
    sampler = Sampler(seed)

    for event_type in catalog():
        event = sampler.event(event_type, presence=presence)
        assert event["event_type"] == event_type
        assert violations(event) == ()


@settings(deadline=None)
@given(SEEDS)
def test_a_full_sample_has_all_that_is_documented(seed: int | str) -> None:
    """
    By default a sample is valid in strict mode.
    """
    assert all(is_valid(event, strict=True) for event in Sampler(seed).events())


@settings(deadline=None)
@given(SEEDS, st.sampled_from(PRESENCES))
def test_the_seed_decides_the_events(seed: int | str, presence: Presence) -> None:
    """
    The same seed makes the same events, to the order of their properties.
    """
    one, other = (list(Sampler(seed).events(count=15, presence=presence)) for _ in range(2))

    assert json.dumps(one) == json.dumps(other)


def test_other_seeds_make_other_events() -> None:
    """
    Different seeds give different ids.
    """
    ids = {Sampler(seed).event("acs_credential.issued")["event_id"] for seed in range(50)}

    assert len(ids) == 50


def test_a_random_seed_is_told() -> None:
    """
    Without a seed the events are random, and the sampler's seed reproduces them.
    """
    sampler = Sampler()
    event = sampler.event("connected_account.connected")

    assert Sampler(sampler.seed).event("connected_account.connected") == event
    assert Sampler().event("connected_account.connected") != event


@pytest.mark.parametrize("presence", PRESENCES)
def test_presence_decides_which_properties_there_are(presence: Presence) -> None:
    """
    An event has all documented properties, the required ones only, or some of the optional ones.
    """
    for event_type in sorted(catalog()):
        schema = catalog()[event_type]
        required, every = set(schema.required), sampled_names(schema)
        sampler = Sampler(0)

        sets = [set(sampler.event(event_type, presence=presence)) for _ in range(60)]

        if presence == "mixed":
            assert all(required <= one <= every for one in sets)
            assert set.union(*sets) == every
            assert set.intersection(*sets) == required
        else:
            expected = every if presence == "all" else required
            assert sets == [expected] * 60


def test_every_presence_has_a_share() -> None:
    """
    The command line has the same choices as the sampler.
    """
    assert list(SHARES) == PRESENCES


@settings(deadline=None)
@given(SEEDS)
def test_an_event_is_made_after_it_occurred(seed: int | str) -> None:
    """
    `created_at` is after `occurred_at`, and the errors of an account are before both.
    """
    for event in Sampler(seed).events():
        occurred = datetime.fromisoformat(event["occurred_at"])
        assert occurred <= datetime.fromisoformat(event["created_at"])
        for one in event.get("connected_account_errors", []):
            assert datetime.fromisoformat(one["created_at"]) <= occurred


@settings(deadline=None)
@given(SEEDS)
def test_ids_are_version_4_uuids(seed: int | str) -> None:
    """
    Ids have Seam's format: version 4, lower case, hyphens.
    """
    for event in Sampler(seed).events():
        found = [(name, text) for name, text in strings(event) if name.endswith("_id")]
        for name, text in found:
            if name != "internal_id":
                uuid = UUID(text)
                assert (uuid.version, uuid.variant, str(uuid)) == (4, "specified in RFC 4122", text)
        assert "event_id" in dict(found)


def test_times_have_milliseconds_or_microseconds() -> None:
    """
    Times with milliseconds and with microseconds occur, but not in the same event.
    """
    widths = set()
    for event in Sampler(0).events(count=300):
        times = [TIME.fullmatch(text) for name, text in strings(event) if name.endswith("_at")]
        fractions = {len(match["fraction"]) for match in times if match}
        assert all(times)
        assert len(fractions) == 1
        widths |= fractions

    assert widths == {3, 6}


def test_no_two_events_share_an_id() -> None:
    """
    Samples have different ids.
    """
    ids = [event["event_id"] for event in Sampler(0).events(count=2000)]

    assert len(set(ids)) == 2000


def test_events_go_round_the_types_of_a_pattern() -> None:
    """
    The event types repeat in the order of their names.
    """
    kinds = [event["event_type"] for event in Sampler(0).events("acs_credential.*", count=6)]

    types = [schema.event_type for schema in catalog().match("acs_credential.*")]
    assert kinds == [*types, *types][:6]


@pytest.mark.parametrize(
    ("count", "wanted"), [(None, len(catalog().match("*"))), (0, 0), (1, 1), (30, 30)]
)
def test_the_count_is_that_of_all_events(count: int | None, wanted: int) -> None:
    """
    Without a count there is one event of each type.
    """
    assert len(list(Sampler(0).events(count=count))) == wanted


@pytest.mark.parametrize("ask", ["acs_credential.isued", "acs_credental.*"])
def test_an_unknown_type_is_answered_with_the_nearest(ask: str) -> None:
    """
    A misspelt name or pattern is an error before any event is generated.
    """
    with pytest.raises(UnknownEventType) as caught:
        Sampler(0).events(ask)

    assert "acs_credential.issued" in caught.value.nearest


def test_an_error_code_goes_with_its_message() -> None:
    """
    Code and message of an error are consistent.
    """
    messages: dict[str, str] = {}
    for event in Sampler(0).events("connected_account.disconnected", count=200):
        for problem in event["connected_account_errors"]:
            assert (
                messages.setdefault(problem["error_code"], problem["message"]) == problem["message"]
            )

    assert len(messages) > 1
