"""
A real browser for tests of pages: Chromium, as the system has it, driven by Playwright.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Milliseconds until an expectation fails: a busy machine is slow.
PATIENCE: Final = 60_000


def axe() -> str:
    """
    Read the script of axe-core, which checks accessibility; skip the test where it is not there.
    """
    for folder in os.environ.get("NODE_PATH", "").split(os.pathsep):
        script = Path(folder) / "axe-core" / "axe.min.js"
        if folder and script.is_file():
            return script.read_text("utf-8")
    pytest.skip("axe-core is not installed: npm install axe-core, and set NODE_PATH")


def inaccessible(page: Any) -> list[str]:
    """
    List what axe-core finds wrong with the page at hand.
    """
    page.evaluate(axe())
    found = page.evaluate("axe.run()")["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@contextmanager
def browser() -> Iterator[Any]:
    """
    Start Chromium; skip the test where there is none.
    """
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium here: install the package chromium")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield running
        finally:
            running.close()
