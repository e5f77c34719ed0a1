"""
Endpoint queue: which deliveries are held in memory, and which wait in the database.
"""

from __future__ import annotations

from math import inf

from seamproof.mock_server.delivery.endpoint_queue import MAX_DELIVERIES, EndpointQueue
from seamproof.mock_server.model.pending import PendingDelivery
from seamproof.mock_server.model.records import Endpoint, Message
from seamproof.mock_server.network.address_policy import AddressPolicy
from seamproof.mock_server.network.resolver import Address
from seamproof.signing import Secret

URL = "http://127.0.0.1:9/"


def queue() -> EndpointQueue:
    """
    Make the empty queue of an endpoint.
    """
    endpoint = Endpoint(
        webhook_id="w-1", url=URL, event_types=("*",), secret=Secret.generate(), created_at=0.0
    )
    return EndpointQueue(1, endpoint, Address.of(URL, AddressPolicy()))


def delivery(number: int, due_at: float) -> PendingDelivery:
    """
    Make a pending delivery of a small message.
    """
    message = Message(number, f"msg_{number}", "", "device.connected", b"{}", 0.0, 0.0)
    return PendingDelivery(number, message, "schedule", counts=True, attempts=0, due_at=due_at)


def test_deliveries_are_popped_when_they_are_due() -> None:
    """
    The delivery that is due first is popped first, and none before it is due.
    """
    waiting = queue()
    for number, due_at in ((1, 30.0), (2, 10.0), (3, 20.0)):
        waiting.add_stored(delivery(number, due_at))

    popped = [waiting.pop(now) for now in (5.0, 10.0, 15.0, 40.0, 40.0, 40.0)]

    assert [one and one.number for one in popped] == [None, 2, None, 3, 1, None]
    assert waiting.size == 0


def test_a_delivery_beyond_the_capacity_waits_in_the_database() -> None:
    """
    A delivery without room is left to the database, so that it is loaded from there: at once,
    even if it was held in memory before.
    """
    waiting = queue()
    for number in range(MAX_DELIVERIES):
        waiting.add_stored(delivery(number, 10.0))
    waiting.in_memory.add(MAX_DELIVERIES)
    waiting.add_stored(delivery(MAX_DELIVERIES, 5.0))

    assert MAX_DELIVERIES not in waiting.in_memory
    assert waiting.stored_due == waiting.next_due == 5.0
    assert waiting.pop(20.0) is None


def test_deliveries_that_are_due_later_make_room() -> None:
    """
    The deliveries that are due after the first one in the database are released.
    """
    waiting = queue()
    for number, due_at in ((1, 10.0), (2, 30.0)):
        waiting.add_stored(delivery(number, due_at))
    waiting.stored_due = 20.0

    waiting.evict()

    assert waiting.in_memory == {1}
    assert [number for _, number, _ in waiting.waiting] == [1]
    waiting.clear()
    assert (waiting.in_memory, waiting.size, waiting.next_due) == (set(), 0, inf)
