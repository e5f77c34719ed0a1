"""
The server against its OpenAPI document: a module for pytest with the plugin of Schemathesis.

`test_openapi_document.py` runs it. It is no module of tests of its own, because Schemathesis makes
its examples when tests are collected, which each worker of a run does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from seamproof import MockServer
from seamproof.mock_server.api.app import openapi_document
from seamproof.mock_server.api.request_models import MAX_COUNT

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """
    One server for the module, with something to find in it.
    """
    # Of the URLs that are drawn, some lead to what other tests serve, and that may never answer.
    with MockServer(clock="manual", schedule="none", timeout=1) as one:
        one.register("http://127.0.0.1:9/")
        yield one


#: As many messages as a request is allowed to create here: all that it may take minutes.
MANY: Final = 20
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


@schema.parametrize()
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
    body = case.body if isinstance(case.body, dict) else {}
    if type(count := body.get("count")) is int and MANY < count <= MAX_COUNT:
        body["count"] = MANY
    accepted = schemathesis.checks.positive_data_acceptance
    beyond = case.operation.path in BEYOND
    case.call_and_validate(base_url=server.url, excluded_checks=[accepted] if beyond else [])
