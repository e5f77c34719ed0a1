"""
Fixtures for the tests of derivation.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.schemas.derive.derivation import derive
from seamproof.schemas.sources.mdx_pages import read_page
from seamproof.schemas.sources.openapi import read_openapi
from tests.schemas.page_writer import DIALECTS, Dialect, Section, openapi, page

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """
    Each dialect of the generator in turn.
    """
    chosen: Dialect = request.param
    return chosen


@pytest.fixture
def derive_page(dialect: Dialect) -> Callable[..., dict[str, Any]]:
    """
    Derive the one schema of a page with one section.
    """

    def derive_one(section: Section, *specs: dict[str, Any]) -> dict[str, Any]:
        events = read_page(page(section, dialect=dialect), "page.md")
        specified = read_openapi(json.dumps(openapi(*specs)), "openapi.json") if specs else ()
        schemas = derive(events, specified).schemas
        return dict(schemas[section.event_type])

    return derive_one
