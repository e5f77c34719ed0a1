"""
Packages of npm that tests use where they are installed: NODE_PATH leads to them.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest


def node_with(*packages: str) -> tuple[str, Path]:
    """
    Find node, and the folder with some packages; skip where one of them is missing.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: https://nodejs.org")
    for folder in filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)):
        if all((Path(folder) / one / "package.json").is_file() for one in packages):
            return node, Path(folder)
    names = " ".join(packages)
    pytest.skip(f"NODE_PATH leads to no {names}: `npm install {names}`")


def free_port() -> int:
    """
    Find a port where nothing listens.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
