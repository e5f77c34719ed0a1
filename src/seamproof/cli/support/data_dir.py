"""
The directory for data of the user's that is not a document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def data_directory() -> Path:
    """
    Find the directory: on Linux `$XDG_DATA_HOME/seamproof` or `~/.local/share/seamproof`.
    """
    from platformdirs import user_data_path

    return user_data_path("seamproof", appauthor=False)


def default_database() -> str:
    """
    Find where `serve` keeps its messages without `--db`, and create the directory.

    Raises:
        UsageError: The directory cannot be created.
    """
    directory = data_directory()
    try:
        # It holds signing secrets.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        what = f"the directory for the database cannot be created: {problem.strerror}"
        raise UsageError(what, where=str(directory), cure="give --db") from problem
    return str(directory / "mock-server.sqlite3")
