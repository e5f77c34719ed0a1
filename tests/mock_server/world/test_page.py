"""
The page of the world lists what is served.
"""

from __future__ import annotations

import re
from pathlib import Path

from seamproof.mock_server.api import seam
from seamproof.mock_server.world.operations.table import ROWS

PAGE = Path(__file__).parents[3] / "docs/world.md"


def test_the_page_lists_what_is_served() -> None:
    """
    The table of the page has every operation that is served, and no other one.
    """
    text = PAGE.read_text("utf-8").partition("## What is served")[2]
    rows = re.findall(r"^\| `(/[a-z_/]+)` \| (.*) \|$", text, re.MULTILINE)
    listed = {f"{path}/{name}" for path, names in rows for name in re.findall(r"`(\w+)`", names)}
    beside = {route.path for route in seam.ROUTES if route.path != "/health"}
    assert listed == {*ROWS} | beside
