"""
Tests of the experiment: what handlers keep of the values, and in what form.
"""

from __future__ import annotations

from typing import Any

from seamproof.checks.dependencies.uses import UseKind
from tests.checks.dependencies.experiment.test_run import Written, uses_of


def test_only_the_arrival_of_some_types_is_an_effect() -> None:
    """
    Where the ids of others are not even recorded, the handler makes a choice.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        kept["seen"].append(event["event_id"])
        if event["event_type"] == "lock.locked":
            kept["rows"].append({"id": event["event_id"], "is_known": "customer_key" in event})

    found = Written(act, {"seen": [], "rows": []}).examine(events="lock.*")

    assert [one.event_type for one in found.types] == ["lock.locked"]
    assert {*uses_of(found, "lock.locked")} == {"/customer_key", "/event_id", "/event_type"}


def test_numbers_in_a_text_are_copied_and_rounded_ones_are_read() -> None:
    """
    Also where the text says None instead, and where the number of the plain event is whole.
    """

    def act(event: dict[str, Any], kept: dict[str, Any]) -> None:
        if event["event_type"] == "thermostat.temperature_threshold_exceeded":
            kept[event["event_id"]] = {
                "text": f"It is {event.get('temperature_celsius')}.",
                "limit": round(event.get("upper_limit_celsius") or 0),
            }

    written = Written(act, {})
    overrides = ["upper_limit_celsius=24"]
    found = written.examine(events="thermostat.temperature*", overrides=overrides)
    uses = uses_of(found, "thermostat.temperature_threshold_exceeded")

    assert uses["/temperature_celsius"].use is UseKind.COPIED
    assert uses["/upper_limit_celsius"].use is UseKind.READ
