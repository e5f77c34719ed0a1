"""
The database file of `seamproof serve`: where it is, who can read it, and a copy of a damaged one.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

import click

from seamproof.errors import UsageError

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def copy_database(database: str, new: str) -> None:
    """
    Copy what can be read of a database into a new file, and print how much that is.

    Raises:
        UsageError: The file is no database of seamproof, or the new one exists already.
    """
    from seamproof.mock_server.storage.database_file import salvage

    for table, (copied, lost) in salvage(Path(database), Path(new)).items():
        click.echo(f"{table:<14}{copied:,} copied, {lost:,} lost")


def default_database() -> str:
    """
    Find where messages are kept without `--db`, and create the directory.

    Raises:
        UsageError: The directory cannot be created.
    """
    from platformdirs import user_data_path

    directory = user_data_path("seamproof", appauthor=False)
    try:
        # It holds signing secrets.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        what = f"the directory for the database cannot be created: {problem.strerror}"
        raise UsageError(what, where=str(directory), cure="give --db") from problem
    return str(directory / "mock-server.sqlite3")


def readers_warning(database: str) -> str:
    """
    Warn of a database that other users of this machine can read; empty if none can.

    Args:
        database: Its path. A new file is readable by its owner only.
    """
    if os.name != "posix":
        return ""
    try:
        mode = stat.S_IMODE(Path(database).stat().st_mode)
    except (OSError, ValueError):
        return ""
    if not mode & _OTHERS:
        return ""
    return (
        f"{database} can be read or changed by other users (mode {mode:o}); it has signing "
        f"secrets: chmod 600 {database}"
    )
