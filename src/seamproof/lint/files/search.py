"""
Finds the sources of handlers in directories, and reads them.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.errors import UsageError
from seamproof.lint.model import SkippedFile
from seamproof.lint.source.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Directories with the code of others, or with what tools make.
_SKIPPED: Final = frozenset(
    (
        *(
            "node_modules",
            "bower_components",
            "site-packages",
            "venv",
            "env",
            "vendor",
            "dist",
            "build",
        ),
        *("target", "out", "obj", "coverage", "__pycache__", "deps", "_build", "Pods"),
    )
)
#: Bytes of the largest file that is read: a handler is far smaller.
_LARGEST: Final = 2_000_000
#: Characters of a line that no person writes.
_LONGEST_LINE: Final = 5_000
_BEGINNING: Final = 8_000
#: The marks of UTF-16, which is read as UTF-8 is.
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_GIT_SECONDS: Final = 60


class FoundSource(NamedTuple):
    """
    A source that was given or found.

    Attributes:
        path: As it is shown.
        inside: The same within the directory that was given; of a file that was given, its name.
    """

    path: str
    inside: str


def find_sources(paths: Sequence[str]) -> Iterator[FoundSource]:
    """
    List the sources that are given, and those in the directories that are given, each once.

    Raises:
        UsageError: There is no such file or directory.
    """
    seen: set[str] = set()
    for path in paths:
        if not os.path.lexists(path):
            what = "there is no such file or directory"
            raise UsageError(what, where=path)
        is_folder = os.path.isdir(path)
        for one in _inside(path) if is_folder else _given(path):
            key = os.path.abspath(one)
            if key not in seen:
                seen.add(key)
                inside = os.path.relpath(one, path) if is_folder else os.path.basename(one)
                yield FoundSource(one, inside)


def _given(path: str) -> Iterator[str]:
    if is_source(path):
        yield path


def is_source(path: str) -> bool:
    """
    Whether a file is in one of the languages that are read, by its name.
    """
    return suffix_of(path) in LANGUAGES and not path.endswith((".min.js", ".d.ts"))


def _inside(directory: str) -> Iterator[str]:
    listed = _listed_by_git(directory)
    return iter(listed) if listed is not None else _walked(directory)


def _listed_by_git(directory: str) -> list[str] | None:
    """
    List what git does not ignore; None if there is no git, or no repository around.
    """
    words = ["git", "-C", directory, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(words, capture_output=True, check=False, timeout=_GIT_SECONDS)  # noqa: S603 - without a shell
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    names = sorted({os.fsdecode(one) for one in done.stdout.split(b"\0") if one})
    own = [
        os.path.join(directory, one)
        for one in names
        if is_source(one) and not any(map(_is_skipped, one.split("/")[:-1]))
    ]
    # A directory that git ignores, and that is given all the same, is walked.
    return [one for one in own if os.path.isfile(one) and not os.path.islink(one)] or None


def _is_skipped(name: str) -> bool:
    return name in _SKIPPED or name.startswith(".")


def _walked(directory: str) -> Iterator[str]:
    for folder, folders, files in os.walk(directory):
        folders[:] = sorted(
            one
            for one in folders
            if not _is_skipped(one) and not _is_environment(os.path.join(folder, one))
        )
        for name in sorted(files):
            path = os.path.join(folder, name)
            if is_source(name) and not os.path.islink(path):
                yield path


def _is_environment(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, "pyvenv.cfg"))


def read_bytes(path: str) -> bytes | SkippedFile:
    """
    Read a file, unless it is one that no person wrote or that cannot be read.
    """
    try:
        if not os.path.isfile(path) and os.path.exists(path):
            # To open a pipe would wait for who writes into it.
            return SkippedFile(path, "it is no regular file")
        if os.path.getsize(path) > _LARGEST:
            return SkippedFile(path, "it is larger than 2 MB")
        with open(path, "rb") as stream:
            raw = stream.read(_LARGEST)
    except OSError as problem:
        return SkippedFile(path, f"it cannot be read: {problem.strerror or problem}")
    if raw.startswith(_UTF16):
        return raw.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    if b"\0" in raw[:_BEGINNING]:
        return SkippedFile(path, "it is binary")
    return raw


def decode(raw: bytes) -> str:
    """
    Decode a source: UTF-8, or else Latin-1, which has all bytes.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_minified(text: str) -> bool:
    """
    Whether a source has lines that no person writes.
    """
    return len(text) > _LONGEST_LINE and any(len(one) > _LONGEST_LINE for one in text.split("\n"))


def suffix_of(path: str) -> str:
    """
    Return the suffix of a file, in small letters.
    """
    return os.path.splitext(path)[1].lower()


def folder_of(path: str) -> str:
    """
    Return the directory that a file is in.
    """
    return os.path.dirname(path) or "."
