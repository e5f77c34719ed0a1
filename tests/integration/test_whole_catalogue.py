"""
The whole catalogue at once: what holds for every event that there is.
"""

from __future__ import annotations

from collections import Counter

import pytest

from seamproof.schemas import catalog, is_valid
from seamproof.strategies import SHARES, Presence, Sampler

EVERY = catalog().match("*", undocumented=True)


@pytest.mark.parametrize("presence", SHARES)
def test_a_hundred_samples_of_each(presence: Presence) -> None:
    """
    Every event type sampled a hundred times is valid each time, whatever it has and lacks.
    """
    sampler = Sampler("a hundred")
    events = list(sampler.events(count=100 * len(EVERY), presence=presence, undocumented=True))
    assert set(Counter(event["event_type"] for event in events).values()) == {100}
    assert all(map(is_valid, events))


def test_what_patterns_pass_over() -> None:
    """
    A pattern finds what is documented and not deprecated, unless all types are asked for.
    """
    listed = {schema.event_type for schema in catalog().match()}
    passed_over = {schema.event_type for schema in EVERY} - listed
    assert len(EVERY) == 114
    assert passed_over == {
        "access_code.delay_in_issuing",
        "access_code.delay_in_removing_from_device",
        "access_code.failed_to_expire",
        "access_code.failed_to_issue",
        "access_code.failed_to_update",
        "access_code.issued",
        "connected_account.successful_login",
        "enrollment_automation.deleted",
    }
    for name in passed_over:
        assert [schema.event_type for schema in catalog().match(name)] == [name]


def test_grouped_as_the_documentation_groups_them() -> None:
    """
    Each schema says under which resource the documentation has it.
    """
    groups = {schema.event_type: schema.document["x-seam"]["group"] for schema in EVERY}
    assert groups["camera.activated"] == groups["device.connected"] == "devices"
    assert groups["access_code.unmanaged.created"] == "access_codes/unmanaged"
    assert groups["acs_credential.issued"] == "acs/credentials"
