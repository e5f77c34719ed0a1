"""
Reader for the files of an SDK in a wheel, an sdist or an npm tarball.

An archive is data: nothing is extracted to disk, only regular files under plain relative paths
are read, and what is read is limited in size.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from seamproof.errors import SourceInvalid, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

#: Bytes of one file, and of all that is decompressed to find it; the SDKs have 0.3 and 10 million.
LARGEST_FILE: Final = 16_000_000
_LARGEST_ARCHIVE: Final = 512_000_000
_MOST_MEMBERS: Final = 100_000

SUFFIXES: Final = (".whl", ".zip", ".tgz", ".tar.gz", ".tar")


def is_archive(path: Path) -> bool:
    """
    Whether the name of a file is that of an archive.
    """
    return path.name.lower().endswith(SUFFIXES)


def read_archive(path: Path, wanted: Callable[[PurePosixPath], bool]) -> dict[str, bytes]:
    """
    Read the wanted files of an archive.

    Args:
        path: The archive: a zip file or a tar file.
        wanted: Decides by the path inside the archive.

    Raises:
        UsageError: The archive cannot be read.
        SourceInvalid: It is not an archive, too large, or has a wanted file twice.
    """
    found: dict[str, bytes] = {}
    try:
        with path.open("rb") as file:
            members = _zip_members if zipfile.is_zipfile(file) else _tar_members
            file.seek(0)
            for name, content in members(file, wanted):
                if name in found:
                    what = f"the archive has {name} twice"
                    raise SourceInvalid(what, where=str(path))
                found[name] = content
    except OSError as problem:
        if problem.strerror is None:  # what gzip raises for data that is not compressed
            raise SourceInvalid(_damaged(problem), where=str(path)) from problem
        what = f"the archive cannot be read: {problem.strerror}"
        raise UsageError(what, where=str(path)) from problem
    except (*_DAMAGED, _TooLarge) as problem:
        raise SourceInvalid(_damaged(problem), where=str(path)) from problem
    return found


_DAMAGED: Final = (
    *(EOFError, NotImplementedError, RuntimeError, ValueError, KeyError, UnicodeError),
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error),
)


class _TooLarge(Exception):
    """
    More is decompressed than an SDK has.
    """


def _damaged(problem: Exception) -> str:
    return f"the archive cannot be read: {problem}"


def _plain_path(name: str) -> PurePosixPath | None:
    """
    Return the path of a member; None if it leads out of the archive.
    """
    path = PurePosixPath(name)
    outside = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name
    return None if outside else path


def _zip_members(
    file: IO[bytes], wanted: Callable[[PurePosixPath], bool]
) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        _check_count(len(members))
        for member in members:
            path = _plain_path(member.filename)
            # The upper half holds the mode of Unix; a symbolic link is not followed.
            linked = (member.external_attr >> 16) & 0o170000 == 0o120000  # noqa: PLR2004
            if path is None or member.is_dir() or linked or not wanted(path):
                continue
            with archive.open(member) as content:
                yield str(path), _limited(content)


def _tar_members(
    file: IO[bytes], wanted: Callable[[PurePosixPath], bool]
) -> Iterator[tuple[str, bytes]]:
    # As a stream, so that no more is decompressed than is counted.
    with tarfile.open(fileobj=file, mode="r|*") as archive:
        total = 0
        for count, member in enumerate(archive, start=1):
            _check_count(count)
            total += member.size
            if total > _LARGEST_ARCHIVE:
                what = f"it has more than {_LARGEST_ARCHIVE} bytes"
                raise _TooLarge(what)
            path = _plain_path(member.name)
            if path is None or not member.isreg() or not wanted(path):
                continue
            content = archive.extractfile(member)
            yield str(path), _limited(content or io.BytesIO())


def _check_count(count: int) -> None:
    if count > _MOST_MEMBERS:
        what = f"it has more than {_MOST_MEMBERS} files"
        raise _TooLarge(what)


def _limited(content: IO[bytes]) -> bytes:
    data = content.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        what = f"a file has more than {LARGEST_FILE} bytes"
        raise _TooLarge(what)
    return data


def shallowest(files: Mapping[str, bytes], where: str) -> str | None:
    """
    Return the path with the fewest folders; None without any.

    Raises:
        SourceInvalid: Two are equally near.
    """
    by_depth = sorted(files, key=lambda name: (len(PurePosixPath(name).parts), name))
    depths = [len(PurePosixPath(name).parts) for name in by_depth]
    if len(depths) > 1 and depths[0] == depths[1]:
        what, found = "the archive has two SDKs", ", ".join(by_depth[:2])
        raise SourceInvalid(what, where=where, found=found)
    return by_depth[0] if by_depth else None
