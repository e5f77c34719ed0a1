"""
The handler, tried with what Seam sends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from seamproof.pytest_plugin import CheckRunner, DeliveryFactory, Post

State = Callable[[], dict[str, Any]]


@pytest.mark.seamproof(events="acs_credential.*")
def test_every_credential_event_is_accepted(
    event_type: str,
    seam_delivery: DeliveryFactory,
    seam_post: Post,
    client: Client,
    state: State,
) -> None:
    """
    The status of a credential is the last that happened.
    """
    delivery = seam_delivery(event_type)

    assert seam_post(client, delivery).status_code == 204

    assert event_type in str(state()["credentials"])


def test_a_message_is_handled_once(
    seam_delivery: DeliveryFactory, seam_post: Post, client: Client, state: State
) -> None:
    """
    Seam delivers at least once: the same message may come again, byte for byte or signed anew.
    """
    delivery = seam_delivery("acs_credential.issued")
    before = state()["handled"]

    for one in (delivery, delivery.duplicate(), delivery.resigned()):
        assert seam_post(client, one).status_code == 204

    assert state()["handled"] == before + 1


def test_a_forgery_changes_nothing(
    seam_delivery: DeliveryFactory, seam_post: Post, client: Client, state: State
) -> None:
    """
    What is not genuine is answered 400.
    """
    delivery = seam_delivery("acs_credential.issued")
    before = state()

    assert seam_post(client, delivery.tampered()).status_code == 400
    assert seam_post(client, delivery.stale()).status_code == 400
    assert seam_post(client, delivery.unsigned()).status_code == 400

    assert state() == before


def test_the_battery(
    seam_check: CheckRunner, application: Callable[..., Any], state: State
) -> None:
    """
    Every check of seamproof passes.
    """
    seam_check(application, state=state, quick=True)
