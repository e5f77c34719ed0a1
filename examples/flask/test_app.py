"""
The handler, tried with what Seam sends. The battery of pytest.ini is run beside these.
"""

from __future__ import annotations

import pytest
from app import store
from flask.testing import FlaskClient

from seamproof.pytest_plugin import Delivery, DeliveryFactory, Post


@pytest.mark.seamproof(events="acs_credential.*")
def test_every_credential_event_is_accepted(
    event_type: str, seam_delivery: DeliveryFactory, seam_post: Post, client: FlaskClient
) -> None:
    """
    The status of a credential is the last that happened.
    """
    delivery = seam_delivery(event_type)

    assert seam_post(client, delivery).status_code == 204

    assert event_type in str(store.state()["credentials"])


@pytest.mark.parametrize("fault", ["tampered", "stale", "unsigned"])
def test_what_is_not_genuine_is_refused(
    fault: str, seam_delivery: DeliveryFactory, seam_post: Post, client: FlaskClient
) -> None:
    """
    A forgery is answered 400 and changes nothing.
    """
    delivery: Delivery = getattr(seam_delivery("acs_credential.issued"), fault)()
    before = store.state()

    assert seam_post(client, delivery).status_code == 400

    assert store.state() == before


def test_a_message_is_handled_once(
    seam_delivery: DeliveryFactory, seam_post: Post, client: FlaskClient
) -> None:
    """
    Seam delivers at least once: the same message may come again, byte for byte or signed anew.
    """
    delivery = seam_delivery("acs_credential.issued")
    before = store.state()["handled"]

    for one in (delivery, delivery.duplicate(), delivery.resigned()):
        assert seam_post(client, one).status_code == 204

    assert store.state()["handled"] == before + 1
