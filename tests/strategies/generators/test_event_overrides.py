"""
Overrides of the strategy for events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import strategies as st

from seamproof.errors import UnknownProperty, UsageError
from seamproof.schemas import catalog, violations
from seamproof.strategies import events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.strategies.generators.plan import Values
    from tests.strategies.conftest import Find, Run


VALUES: Final[list[Values]] = ["realistic", "edge"]
ISSUED: Final = "acs_credential.issued"
DISCONNECTED: Final = "connected_account.disconnected"
NIL: Final = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("values", VALUES)
def test_an_override_is_in_every_event(drawn: Run, values: Values) -> None:
    """
    An override is a value or a strategy; the property is then in each event.
    """
    errors = [{"created_at": "2026-01-05T06:00:00Z", "error_code": "lost", "message": "Lost."}]
    strategy = events(
        DISCONNECTED,
        presence="required",
        values=values,
        event_description=st.sampled_from(["a", "b"]),
        connected_account_errors=errors,
        connected_account_custom_metadata={"vip": True},
    )

    found = drawn(strategy, 60)

    assert {event["event_description"] for event in found} == {"a", "b"}
    for event in found:
        assert event["connected_account_errors"] == errors
        assert event["connected_account_errors"] is not errors
        assert event["connected_account_custom_metadata"] == {"vip": True}
        assert violations(event) == ()


@pytest.mark.parametrize("event_id", [NIL, st.just(NIL)])
def test_an_event_id_can_be_set(drawn: Run, event_id: object) -> None:
    """
    An overridden `event_id` is kept.
    """
    assert {event["event_id"] for event in drawn(events(event_id=event_id), 30)} == {NIL}


def test_a_changed_override_changes_the_id(drawn: Run) -> None:
    """
    Events that differ only in a drawn override have different ids.
    """
    strategy = events(ISSUED, event_description=st.text("ab", min_size=8))

    found = {event["event_id"]: event["event_description"] for event in drawn(strategy, 200)}

    assert len(found) >= len(set(found.values())) > 20


@pytest.mark.parametrize("unchecked", [False, True])
def test_an_override_of_an_unknown_property_names_those_known(
    unchecked: bool,
) -> None:
    """
    A misspelt property is an error of the call, even with `unchecked`.
    """
    with pytest.raises(UnknownProperty) as caught:
        events(ISSUED, acs_credental_id=NIL, unchecked=unchecked)

    assert ISSUED in caught.value.what
    assert "acs_credental_id" in caught.value.what
    assert caught.value.expected.split(", ") == [*catalog()[ISSUED].properties]


def test_an_override_has_to_suit_every_type() -> None:
    """
    A property that one of the types lacks is an error that names this type.
    """
    with pytest.raises(
        UnknownProperty, match=r"acs_access_group\.deleted has no property acs_user"
    ):
        events("acs_*", acs_user_id=NIL)


WRONG: Final[Mapping[str, tuple[str, dict[str, Any], str]]] = {
    "a type": (ISSUED, {"acs_credential_id": 4}, "acs_credential_id must be a string"),
    "a format": (ISSUED, {"occurred_at": "noon"}, "occurred_at must be a time as in RFC 3339"),
    "a constant": (ISSUED, {"event_type": DISCONNECTED}, f'event_type must be "{ISSUED}"'),
    "a limit": ("device.low_battery", {"battery_level": 1.5}, "battery_level must be at most 1"),
    "no number": ("device.low_battery", {"battery_level": float("nan")}, "battery_level is nan"),
    "null": (ISSUED, {"acs_system_id": None}, "acs_system_id must be a string, found null"),
    "no JSON": (ISSUED, {"event_description": object()}, "event_description "),
    "an item": (
        DISCONNECTED,
        {"connected_account_errors": [{"created_at": "noon"}]},
        "connected_account_errors/0/created_at must be a time",
    ),
}


@pytest.mark.parametrize(("event_type", "overrides", "told_so"), WRONG.values(), ids=WRONG)
def test_a_wrong_override_is_refused(
    simplest: Find, event_type: str, overrides: dict[str, Any], told_so: str
) -> None:
    """
    An invalid value is an error of the call, or of the draw if it comes from a strategy.
    """
    with pytest.raises(UsageError) as caught:
        events(event_type, **overrides)
    drawn: dict[str, Any] = {name: st.just(value) for name, value in overrides.items()}
    strategy = events(event_type, **drawn)
    with pytest.raises(UsageError) as later:
        simplest(strategy)

    for error in (caught.value, later.value):
        assert error.what.startswith(told_so)
        assert error.where == event_type
        assert "unchecked=True" in error.cure


@pytest.mark.parametrize("level", [7, st.just(7)])
def test_unchecked_lets_a_wrong_value_pass(drawn: Run, level: object) -> None:
    """
    `unchecked` allows invalid events.
    """
    for event in drawn(events("device.low_battery", battery_level=level, unchecked=True), 30):
        assert [(one.path, one.rule) for one in violations(event)] == [
            ("/battery_level", "maximum")
        ]
