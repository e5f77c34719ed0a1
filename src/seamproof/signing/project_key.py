"""
The directory `.seamproof` of a project, and the private key in it.
"""

from __future__ import annotations

import os
import secrets as entropy
from contextlib import suppress
from pathlib import Path
from typing import Final

from seamproof.atomic_files import PRIVATE, write_atomically

#: What commands keep between runs, from the current directory.
DIRECTORY: Final = Path(".seamproof")
_KEY: Final = "key"
_KEY_BYTES: Final = 32


def read_key(directory: Path = DIRECTORY, *, create: bool) -> bytes:
    """
    Read the private key of a project; empty if there is none that belongs to this user alone.

    Args:
        directory: Where it is kept.
        create: Whether to make one if there is none.

    Raises:
        OSError: It cannot be written.
    """
    path = directory / _KEY
    with suppress(OSError, ValueError):
        found = path.lstat()
        is_private = os.name != "posix" or (
            found.st_uid == os.getuid() and not found.st_mode & 0o077 and not path.is_symlink()
        )
        key = bytes.fromhex(path.read_text("ascii")) if is_private else b""
        if len(key) == _KEY_BYTES:
            return key
    if not create:
        return b""
    key = entropy.token_bytes(_KEY_BYTES)
    write_atomically(path, key.hex(), mode=PRIVATE)
    return key


def keep_out_of_git(directory: Path = DIRECTORY) -> None:
    """
    Let git ignore the directory, unless it has rules of its own.

    Raises:
        OSError: The file cannot be written.
    """
    ignored = directory / ".gitignore"
    if not ignored.exists():
        write_atomically(ignored, "*\n")
