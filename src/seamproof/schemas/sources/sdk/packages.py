"""
Finder for the file of an SDK that describes the events.

It is in an installed package, a directory, a wheel or a tarball, or given itself. The package is
never imported.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from seamproof.errors import SourceInvalid, UsageError
from seamproof.json_types import parse_json
from seamproof.schemas.sources.sdk.archives import (
    LARGEST_FILE,
    is_archive,
    read_archive,
    shallowest,
)
from seamproof.schemas.sources.sdk.javascript_sdk import read_javascript_sdk
from seamproof.schemas.sources.sdk.python_sdk import read_python_sdk
from seamproof.schemas.sources.source import Source, SourceEvent, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class SdkKind:
    """
    An SDK: its package, and where its events are.

    Attributes:
        kind: The kind of source.
        package: The name of the package in its registry.
        file: The path of the file with the events, from the root of the package.
        suffixes: The suffixes of such a file.
        read: Parses its text.
        fetch: The command that gets the package from its registry.
    """

    kind: str
    package: str
    fetch: str
    file: PurePosixPath
    suffixes: tuple[str, ...]
    read: Callable[[str, Source, str], tuple[SourceEvent, ...]]

    def source(self, version: str, digest: str = "") -> Source:
        """
        Return a version of it as a source, without its date, which no package has.
        """
        return Source(self.kind, self.package, version, digest=digest)


SDKS: Final = (
    SdkKind(
        "python",
        "seam",
        "pip download --no-deps seam",
        PurePosixPath("seam/resources/seam_event.py"),
        (".py", ".pyi"),
        read_python_sdk,
    ),
    SdkKind(
        "javascript",
        "@seamapi/http",
        "npm pack @seamapi/http",
        PurePosixPath("lib/resources/event.d.ts"),
        (".ts", ".mts", ".cts"),
        read_javascript_sdk,
    ),
)

#: The most folders in an archive above the root of a package: `package/`, `seam-3.18.0/src/`.
_FOLDERS: Final = 2
#: What names the version of a package: a file inside it or beside it.
_VERSION_FILES: Final = ("METADATA", "PKG-INFO", "package.json", "pyproject.toml")
#: What `SOURCE` can be, for errors.
FORMS: Final = "a package, a directory, a file, a wheel or an npm tarball of an SDK"


@dataclass(frozen=True, slots=True)
class SdkFile:
    """
    The file of an SDK that describes the events.

    Attributes:
        sdk: The SDK.
        text: The text of the file.
        where: The name of the file in errors.
        version: The version of the package; "" if unknown.
    """

    sdk: SdkKind
    text: str
    where: str
    version: str

    @property
    def source(self) -> Source:
        """
        The source.
        """
        return self.sdk.source(self.version, digest_of(self.text))

    def events(self, source: Source) -> tuple[SourceEvent, ...]:
        """
        Parse the events of the file.

        Raises:
            SourceInvalid: It is malformed; has the line.
        """
        return self.sdk.read(self.text, source, self.where)


def find_sdk_files(given: str | Path) -> tuple[SdkFile, ...]:
    """
    Find the SDKs that a path or the name of an installed package leads to.

    Args:
        given: A directory, a file, a wheel, a tarball, or a name such as `seam`.

    Returns:
        The files; none if this is not an SDK.

    Raises:
        SourceInvalid: An archive is damaged, or has no SDK.
        UsageError: A file cannot be read.
    """
    path = Path(given)
    if path.is_dir() and (inside := tuple(_in_directory(path))):
        return inside
    if path.is_file():
        if is_archive(path):
            return (_in_archive(path),)
        kinds = [sdk for sdk in SDKS if path.suffix in sdk.suffixes]
        return tuple(_file(sdk, path, _version_beside(path, sdk)) for sdk in kinds)
    return tuple(
        installed for sdk in SDKS if sdk.package == str(given) for installed in _named(sdk)
    )


def _named(sdk: SdkKind) -> Iterator[SdkFile]:
    if sdk.kind == "javascript":
        folder = Path("node_modules", *PurePosixPath(sdk.package).parts)
        yield from _in_directory(folder) if folder.is_dir() else ()
        return
    try:
        distribution = metadata.distribution(sdk.package)
    except metadata.PackageNotFoundError:
        return
    path = Path(str(distribution.locate_file(str(sdk.file))))
    if path.is_file():
        yield _file(sdk, path, distribution.version)


def _in_directory(directory: Path) -> Iterator[SdkFile]:
    for sdk in SDKS:
        # From the root of the package, its source tree, the package itself, or what it is in.
        roots = [
            directory,
            directory / "src",
            directory.parent if directory.name == "seam" else None,
        ]
        if sdk.kind == "javascript":
            roots = [directory, directory / sdk.package, directory / "node_modules" / sdk.package]
        candidates = [root / sdk.file for root in roots if root is not None]
        path = next((one for one in candidates if one.is_file()), None)
        if path is not None:
            yield _file(sdk, path, _version_beside(path, sdk))


def _in_archive(path: Path) -> SdkFile:
    files = read_archive(path, _is_wanted)
    for sdk in SDKS:
        own = {name: data for name, data in files.items() if _is_events(sdk, PurePosixPath(name))}
        name = shallowest(own, str(path))
        if name is not None:
            versions = [_version(PurePosixPath(one).name, data) for one, data in files.items()]
            version = next((found for found, of in versions if of == sdk.package), "")
            return SdkFile(sdk, _decode(own[name], f"{path}/{name}"), f"{path}/{name}", version)
    expected = " or ".join(str(sdk.file) for sdk in SDKS)
    what = "the archive has no SDK that describes the events"
    raise SourceInvalid(what, where=str(path), expected=expected)


def _is_events(sdk: SdkKind, path: PurePosixPath) -> bool:
    parts = sdk.file.parts
    return path.parts[-len(parts) :] == parts and len(path.parts) <= len(parts) + _FOLDERS


def _is_wanted(path: PurePosixPath) -> bool:
    named = path.name in _VERSION_FILES and len(path.parts) <= _FOLDERS
    return named or any(_is_events(sdk, path) for sdk in SDKS)


def _file(sdk: SdkKind, path: Path, version: str) -> SdkFile:
    return SdkFile(sdk, _decode(_read(path), str(path)), str(path), version)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as problem:
        what = f"the source cannot be read: {problem.strerror}"
        raise UsageError(what, where=str(path)) from problem
    if len(data) > LARGEST_FILE:
        what = f"the source has more than {LARGEST_FILE} bytes"
        raise SourceInvalid(what, where=str(path))
    return data


def _decode(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        what = f"byte 0x{data[problem.start]:02x} is not UTF-8"
        raise SourceInvalid(what, where=f"{where}:{line}") from problem


def _version_beside(path: Path, sdk: SdkKind) -> str:
    """
    Find the version of the package that a file is part of; "" if nothing names it.
    """
    if PurePosixPath(*path.absolute().parts[-len(sdk.file.parts) :]) != sdk.file:
        return ""
    root = path.absolute().parents[len(sdk.file.parts) - 1]
    named = [root / name for name in _VERSION_FILES] + [root.parent / "pyproject.toml"]
    named += (
        sorted(root.glob(f"{sdk.package}-*.dist-info/METADATA")) if sdk.kind == "python" else []
    )
    versions = [_version(one.name, _read(one)) for one in named if one.is_file()]
    return next((found for found, of in versions if of == sdk.package), "")


def _version(file: str, data: bytes) -> tuple[str, str]:
    """
    Return the version that a file names, and the package that it is of.
    """
    text = data.decode("utf-8", "replace")
    try:
        if file in ("METADATA", "PKG-INFO"):
            named: Mapping[str, object] = dict(HeaderParser().parsestr(text))
            return str(named.get("Version", "")), str(named.get("Name", ""))
        if file == "package.json":
            named = parse_json(text)
        else:
            tables = tomllib.loads(text)
            named = tables.get("project") or tables.get("tool", {}).get("poetry") or {}
        return str(named.get("version", "")), str(named.get("name", ""))
    except (ValueError, AttributeError):
        return "", ""


def version_key(version: str) -> tuple[tuple[int, str], ...]:
    """
    Return a key that orders versions: numbers as numbers, a pre-release before its release.
    """
    parts = re.findall(r"\d+|[a-z]+", version.lower().partition("+")[0])
    keys = ((int(part) + 1, "") if part.isdigit() else (-1, part) for part in parts)
    return (*keys, (0, ""))
