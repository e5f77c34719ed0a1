"""
The OpenAPI document of the control API, and the server against it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import httpx
import pytest
from fastapi.routing import APIRoute
from openapi_spec_validator import validate

from seamproof import MockServer
from seamproof.mock_server.api.app import openapi_document
from seamproof.mock_server.api.control import ROUTES

CONFORMANCE: Final = Path(__file__).with_name("document_conformance.py")


def test_the_document_is_valid() -> None:
    """
    What is served is OpenAPI 3.1 as its own validator understands it.
    """
    with MockServer() as server:
        served = httpx.get(f"{server.url}/mock/openapi.json").json()

    assert served == openapi_document()
    validate(served)


def test_the_document_has_every_route() -> None:
    """
    Each route of the control API is an operation, and each operation a route.
    """
    routed = {
        (str(method).lower(), route.path)
        for route in ROUTES
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    documented = {
        (method, path)
        for path, operations in openapi_document()["paths"].items()
        for method in operations
    }

    assert documented == routed


def test_a_key_is_documented_where_it_is_demanded() -> None:
    """
    A server with a key of its own says so, for all but `/health`.
    """
    paths = openapi_document(keyed=True)["paths"]

    assert paths["/mock/messages"]["get"]["security"] == [{"api_key": []}]
    assert "security" not in paths["/health"]["get"]
    assert "security" not in openapi_document()["paths"]["/mock/messages"]["get"]


@pytest.mark.slow
def test_the_server_keeps_to_its_document(capfd: pytest.CaptureFixture[str]) -> None:
    """
    Whatever the document allows, and what it forbids, is answered as it says, never with 5xx.
    """
    plugin = "schemathesis.pytest.plugin"
    pytest.importorskip(plugin, reason="it goes with none of the lowest versions")

    status = pytest.main([str(CONFORMANCE), "-p", plugin])

    assert status == pytest.ExitCode.OK, capfd.readouterr().out
