"""
The application's secret and its test client.
"""

from __future__ import annotations

import os

import pytest
from flask.testing import FlaskClient

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
os.environ["SEAM_WEBHOOK_SECRET"] = SECRET


@pytest.fixture(scope="session")
def seam_secret() -> str:
    """
    The secret that the application knows, with which seamproof signs.
    """
    return SECRET


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    """
    The application's test client.
    """
    from app import app

    return app.test_client()
