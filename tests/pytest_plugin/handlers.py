"""
Small handlers for suites that are checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

#: A function that does right, and others that each do wrong in one way.
SHOP: Final = """
import json
import os

from svix.webhooks import Webhook

seen = {}


def good(body, headers):
    headers = {name.lower(): value for name, value in headers.items()}
    try:
        Webhook(os.environ["SEAM_WEBHOOK_SECRET"]).verify(body, headers)
        event = json.loads(body)
        seen.setdefault(event["event_type"], set()).add(headers["svix-id"])
    except Exception:
        return 400
    return 204


def state():
    return {event_type: len(ids) for event_type, ids in seen.items()}


def trusting(body, headers):
    return 204


def refusing(body, headers):
    return 401


def no_locks(body, headers):
    if b"lock.unlocked" in body:
        raise LookupError("no such lock")
    return good(body, headers)


def interrupted(body, headers):
    raise KeyboardInterrupt


def elsewhere(body, headers):
    headers = {name.lower(): value for name, value in headers.items()}
    Webhook(os.environ["MY_SECRET"]).verify(body, headers)
    return 204
"""


def make_shop(pytester: pytest.Pytester) -> None:
    """
    Write the module.
    """
    pytester.makepyfile(shop=SHOP)


def ini(pytester: pytest.Pytester, *lines: str) -> None:
    """
    Write the ini file.
    """
    pytester.makeini("\n".join(["[pytest]", *lines]))
