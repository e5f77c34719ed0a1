"""
The project with a database of its own, and its test client.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client


@pytest.fixture(scope="session")
def application(seam_secret: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """
    The WSGI application, which knows the secret that seamproof signs with.
    """
    os.environ["SEAM_WEBHOOK_SECRET"] = seam_secret
    os.environ["DATABASE"] = str(tmp_path_factory.mktemp("database") / "db.sqlite3")
    from wsgi import application

    call_command("migrate", verbosity=0)
    return application


@pytest.fixture(scope="session")
def client(application: Callable[..., Any]) -> Client:
    """
    Django's test client.
    """
    return Client()


@pytest.fixture(scope="session")
def state(application: Callable[..., Any]) -> Callable[[], dict[str, Any]]:
    """
    A look at what the project knows.
    """
    from webhooks.models import state

    return state
