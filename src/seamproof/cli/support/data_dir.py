"""
Where things of the user's are kept.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def data_directory(
    platform: str = sys.platform, environment: Mapping[str, str] | None = None
) -> Path:
    """
    Find the directory for data of the user's that is not a document.

    On Linux as the XDG Base Directory Specification says, elsewhere as the system does it.

    Args:
        platform: As `sys.platform` has it.
        environment: By default the real one.
    """
    variables = os.environ if environment is None else environment
    home = Path.home()
    if platform == "win32":
        base = Path(variables.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        named = Path(variables.get("XDG_DATA_HOME", ""))
        # The specification has relative paths ignored.
        base = named if named.is_absolute() else home / ".local" / "share"
    return base / "seamproof"


def usual_database() -> str:
    """
    Find where `serve` keeps its messages when nothing is said; its directory is made.

    Raises:
        UsageError: The directory cannot be made.
    """
    directory = data_directory()
    try:
        # It holds signing secrets.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        what = f"the directory for the database cannot be made: {problem.strerror}"
        raise UsageError(what, where=str(directory), cure="give --db") from problem
    return str(directory / "mock-server.sqlite3")
