"""
Tests that hold the page on the architecture to the code.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in ("docs/architecture.md", "CONTRIBUTING.md")
}
CONTRACTS: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]
LAYERS: Final = {
    one["containers"][0]: one["layers"] for one in CONTRACTS if one["type"] == "layers"
}


@pytest.mark.parametrize("page", PAGES)
def test_every_path_of_a_page_exists(page: str) -> None:
    """
    A path in backquotes is a file or a folder.
    """
    paths = re.findall(r"`((?:src|tests|docs|examples|\.ci)(?:/[\w./-]*)?)`", PAGES[page])

    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("package", LAYERS)
def test_the_page_lists_the_layers_of_the_linter(package: str) -> None:
    """
    The list of a room is that of pyproject.toml, in its order.
    """
    name = package.removeprefix("seamproof.")
    listed = re.search(rf"\| `{name}` \| (.+) \|\n", PAGES["docs/architecture.md"])

    assert listed is not None
    assert listed[1].replace("`", "").split(" > ") == [
        layer.replace(" | ", ", ") for layer in LAYERS[package]
    ]


def test_every_room_with_folders_has_layers() -> None:
    """
    The linter holds the layers between the rooms and inside each large one.
    """
    assert {f"seamproof.{one}" for one in ("schemas", "strategies", "mock_server", "checks")} < {
        *LAYERS
    }


def test_json_is_read_in_one_place() -> None:
    """
    Each other call would have to know that deep nesting is no ValueError.
    """
    callers = [
        path.name
        for path in (ROOT / "src/seamproof").rglob("*.py")
        # The model handler is an example to copy, which needs nothing of seamproof.
        if path.name != "model_handler.py"
        and re.search(r"\bjson\.loads?\(", path.read_text(encoding="utf-8"))
    ]
    assert callers == ["json_types.py"]
