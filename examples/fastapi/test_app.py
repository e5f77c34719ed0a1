"""
The handler, tried with what Seam sends.
"""

from __future__ import annotations

from typing import Any

from app import store
from fastapi.testclient import TestClient
from hypothesis import given, settings

from seamproof.checks import contract_tests
from seamproof.pytest_plugin import DeliveryFactory, Post
from seamproof.strategies import events, journeys

# A busy machine is no failure.
settings.register_profile("webhooks", deadline=None)
settings.load_profile("webhooks")

# The battery: a test for each check.
TestContract = contract_tests("app:app", state="app:state", quick=True)


@given(event=events("acs_credential.*", values="edge"))
def test_any_credential_event_is_accepted(
    event: dict[str, Any], seam_delivery: DeliveryFactory, seam_post: Post, client: TestClient
) -> None:
    """
    Whatever the contract allows is answered 204.
    """
    assert seam_post(client, seam_delivery(event)).status_code == 204


@given(journey=journeys("acs_credential"))
def test_the_order_makes_no_difference(
    journey: list[dict[str, Any]],
    seam_delivery: DeliveryFactory,
    seam_post: Post,
    client: TestClient,
) -> None:
    """
    A life cycle that arrives backwards ends as it happened.
    """
    for delivery in reversed(seam_delivery.each(journey)):
        assert seam_post(client, delivery).status_code == 204

    assert journey[-1]["event_type"] in str(store.state()["credentials"])


def test_a_forgery_changes_nothing(
    seam_delivery: DeliveryFactory, seam_post: Post, client: TestClient
) -> None:
    """
    A delivery of somebody else's secret is refused.
    """
    delivery = seam_delivery("acs_credential.issued")
    before = store.state()

    assert seam_post(client, delivery.tampered()).status_code == 400
    assert seam_post(client, delivery.stale()).status_code == 400
    assert seam_post(client, delivery.unsigned()).status_code == 400

    assert store.state() == before
