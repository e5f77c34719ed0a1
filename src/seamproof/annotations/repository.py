"""
Paths relative to the repository, as annotations and reports for code scanning have them.
"""

from __future__ import annotations

import os
from pathlib import Path


def repository_root() -> Path:
    """
    Return the directory to which the paths in annotations are relative.
    """
    return Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())


def path_in_repository(file: Path, root: Path) -> str:
    """
    Write a path relative to the repository, with slashes; a file elsewhere keeps its path.
    """
    inside = Path(os.path.relpath(file.absolute(), root))
    return (file if ".." in inside.parts else inside).as_posix()
