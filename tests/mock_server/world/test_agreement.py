"""
Events and records agree: whoever emits an event, its records then say the same.
"""

from __future__ import annotations

from typing import Final

from seamproof.mock_server import MockServer
from seamproof.mock_server.world.kinds import view
from seamproof.mock_server.world.world import World
from seamproof.schemas import catalog
from seamproof.strategies import JOURNEYS, Sampler
from tests.mock_server.world.agreement import check_agreement
from tests.mock_server.world.drawn_calls import check_resource

NOW: Final = 1_800_000_000.0
#: Events about what no record is.
UNKNOWN: Final = ("enrollment_automation",)


def test_an_event_of_each_type_makes_or_changes_its_records() -> None:
    """
    The records of each event have the shapes of Seam, and the values of the event.
    """
    world, sampler = World(catalog(), 1), Sampler(1)
    for schema in catalog().match("*", undocumented=True):
        event = sampler.event(schema.event_type)
        world.observe([event], NOW)
        if not schema.event_type.startswith(UNKNOWN):
            check_agreement(world.records, event)
    for kind in world.records.kinds():
        for record in world.records.all(kind):
            check_resource(kind, kind, view(world.records, record))


def test_each_event_of_a_journey_agrees_with_the_records_of_its_time() -> None:
    """
    The events of a journey change the same records one after the other.
    """
    world, sampler = World(catalog(), 1), Sampler(2)
    for name in JOURNEYS:
        for event in sampler.journey(name):
            world.observe([event], NOW)
            check_agreement(world.records, event)


def test_an_event_that_is_triggered_speaks_of_the_record_as_it_is() -> None:
    """
    Where a sampled event names a record, the rest of the event is about that record too.
    """
    with MockServer() as server:
        account = server.world.connected_accounts.add(custom_metadata={"site": "A"})
        device = server.world.devices.add(connected_account_id=account.id)
        server.emit("lock.unlocked", overrides={"device_id": device.id})
        event = server.world.call("/devices/get", device_id=device.id)
        assert event["device"]["connected_account_id"] == account.id
        assert event["device"]["properties"]["locked"] is False
        assert [*server.world.connected_accounts] == [account.id]
        assert server.world.connected_accounts[account.id].custom_metadata == {"site": "A"}


def test_what_an_invalid_event_says_is_left_out() -> None:
    """
    A value that the contract forbids gets into no record; the rest of the event does.
    """
    with MockServer() as server:
        device = server.world.devices.add(
            connected_account_id=server.world.connected_accounts.add().id
        )
        event = {"event_type": "device.disconnected", "device_id": device.id}
        server.emit(event={**event, "device_custom_metadata": "none"})
        now = server.world.devices[device.id]
        assert (now["properties.online"], now.custom_metadata) == (False, {})
        server.emit(event={"event_type": "device.removed", "device_id": device.id})
        assert not server.world.devices
