"""
Versions of the SDKs in the lock files of a project.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.json_types import parse_json
from seamproof.schemas.sources.sdk.archives import LARGEST_FILE
from seamproof.schemas.sources.sdk.packages import SDKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from seamproof.json_types import Json
    from seamproof.schemas.sources.sdk.packages import SdkKind


@dataclass(frozen=True, slots=True)
class LockedSdk:
    """
    An SDK that a lock file names.

    Attributes:
        sdk: The SDK.
        version: The locked version.
        file: The name of the lock file.
    """

    sdk: SdkKind
    version: str
    file: str


def locked_sdks(directory: Path) -> Iterator[LockedSdk]:
    """
    Find the SDKs in the lock files of a directory, each once; a file that is malformed has none.
    """
    for sdk in SDKS:
        locked = (
            LockedSdk(sdk, version, path.name)
            for glob, read in _LOCKS[sdk.kind]
            for path in sorted(directory.glob(glob))
            if (version := _version_in(path, sdk.package, read))
        )
        yield from [one for one in [next(locked, None)] if one is not None]


def _version_in(path: Path, package: str, read: Callable[[str, str], str]) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            return ""
        return read(path.read_text(encoding="utf-8"), package)
    except (OSError, ValueError, AttributeError, TypeError, LookupError):
        return ""


def _in_tables(text: str, package: str) -> str:
    tables = tomllib.loads(text)
    listed: list[Mapping[str, Json]] = tables.get("package") or tables.get("packages") or []
    return next((str(one["version"]) for one in listed if one.get("name") == package), "")


def _in_pipfile(text: str, package: str) -> str:
    return str(parse_json(text)["default"][package]["version"]).removeprefix("==")


def _in_requirements(text: str, package: str) -> str:
    pinned = re.search(rf"^{package}(?:\[[^]]*\])?\s*===?\s*([\w.+!-]+)", text, re.MULTILINE)
    return pinned[1] if pinned else ""


def _in_package_lock(text: str, package: str) -> str:
    lock = parse_json(text)
    installed = lock.get("packages", {}).get(f"node_modules/{package}")
    return str((installed or lock["dependencies"][package])["version"])


def _in_yarn_lock(text: str, package: str) -> str:
    entry = re.search(
        rf'^"?{package}@[^\n]*:\n(?:[ \t][^\n]*\n)*?[ \t]+version:? "?([\w.+-]+)',
        text,
        re.MULTILINE,
    )
    return entry[1] if entry else ""


def _in_pnpm_lock(text: str, package: str) -> str:
    entry = re.search(rf"^\s+['\"]?/?{package}[@/](\d[\w.+-]*)", text, re.MULTILINE)
    return entry[1] if entry else ""


#: For each SDK the names of lock files, as globs, and their readers.
_LOCKS: Final[Mapping[str, tuple[tuple[str, Callable[[str, str], str]], ...]]] = {
    "python": (
        ("uv.lock", _in_tables),
        ("poetry.lock", _in_tables),
        ("pdm.lock", _in_tables),
        ("pylock*.toml", _in_tables),
        ("Pipfile.lock", _in_pipfile),
        ("requirements*.txt", _in_requirements),
        ("requirements/*.txt", _in_requirements),
    ),
    "javascript": (
        ("package-lock.json", _in_package_lock),
        ("npm-shrinkwrap.json", _in_package_lock),
        ("yarn.lock", _in_yarn_lock),
        ("pnpm-lock.yaml", _in_pnpm_lock),
    ),
}
