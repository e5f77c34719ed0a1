"""
The OpenAPI document of the control API, and the server against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, settings
from openapi_spec_validator import validate

from seamproof import MockServer
from seamproof.mock_server.api.app import openapi_document
from seamproof.mock_server.api.control import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

schemathesis = pytest.importorskip(
    "schemathesis", reason="it goes with none of the lowest versions"
)


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """
    One server for the module, with something to find in it.
    """
    # Of the URLs that are drawn, some lead to what other tests serve, and that may never answer.
    with MockServer(clock="manual", schedule="none", timeout=1) as one:
        one.register("http://127.0.0.1:9/")
        yield one


def test_the_document_is_valid(server: MockServer) -> None:
    """
    What is served is OpenAPI 3.1 as its own validator understands it.
    """
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


#: Operations with rules that no schema can describe, so that valid input may be refused with 400.
BEYOND = frozenset(
    {
        "/mock/events",
        "/mock/messages",
        "/mock/endpoints",
        "/mock/endpoints/{webhook_id}/recover",
        "/mock/endpoints/{webhook_id}/replay-missing",
        "/mock/endpoints/{webhook_id}/statistics",
        "/mock/clock",
    }
)

schema = schemathesis.openapi.from_dict(openapi_document())


@schema.parametrize()  # type: ignore[untyped-decorator] # the library may not be there
@settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_server_keeps_to_its_document(case: Any, server: MockServer) -> None:
    """
    Whatever the document allows, and what it forbids, is answered as it says, never with 5xx.
    """
    accepted = schemathesis.checks.positive_data_acceptance
    beyond = case.operation.path in BEYOND
    case.call_and_validate(base_url=server.url, excluded_checks=[accepted] if beyond else [])
