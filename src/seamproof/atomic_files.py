"""
Writes files whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: What a file gets whose content nobody else has to read.
PRIVATE = 0o600


def write_atomically(path: Path, text: str, *, mode: int | None = None) -> None:
    """
    Write a file as UTF-8, in the place of an earlier one; a symbolic link is replaced.

    A reader sees the earlier content or all of the new one, also after a crash or on a full disk.

    Args:
        path: The file; its directory is created.
        text: Its content; what UTF-8 cannot encode is escaped.
        mode: Its permissions; by default those of the earlier file, or of a new one.

    Raises:
        OSError: It cannot be written; the earlier file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        # A device or a pipe, such as /dev/stdout.
        try:
            path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        except OSError as problem:
            raise type(problem)(problem.errno, problem.strerror, str(path)) from problem
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:50]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as (
            stream
        ):
            stream.write(text)
        os.chmod(name, _permissions(path) if mode is None else mode)  # noqa: PTH101 - a name
        os.replace(name, path)  # noqa: PTH105 - a name
    except OSError as problem:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - a name
        # The user knows the file, not the temporary one beside it.
        raise type(problem)(problem.errno, problem.strerror, str(path)) from problem


def _permissions(path: Path) -> int:
    with suppress(OSError):
        if not path.is_symlink():
            return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def write_new(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """
    Write a file that does not exist yet; its directory is created, for this user alone.

    Raises:
        FileExistsError: There is one already, which stays as it is.
        OSError: It cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:50]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(name, mode)  # noqa: PTH101 - a name
        _publish(name, path, content, mode)
    except OSError as problem:
        raise type(problem)(problem.errno, problem.strerror, str(path)) from problem
    finally:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - a name


def _publish(name: str, path: Path, content: bytes, mode: int) -> None:
    """
    Give a finished file its name, which no other file may have.
    """
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(path, flags, mode), "wb") as stream:
            stream.write(content)
