"""
Comparison of the SDKs of a project with the built-in schemas: installed, locked, or given.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.errors import SourceInvalid, UsageError
from seamproof.schemas.derive.source_files import stamped
from seamproof.schemas.diff.sdk import compare_sdk
from seamproof.schemas.diff.versions import BUILT_IN, read_contracts
from seamproof.schemas.sources.recorded import built_in_sources
from seamproof.schemas.sources.sdk.locks import locked_sdks
from seamproof.schemas.sources.sdk.packages import FORMS, SDKS, find_sdk_files, version_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.schemas.diff.versions import Contracts
    from seamproof.schemas.sources.sdk.locks import LockedSdk
    from seamproof.schemas.sources.sdk.packages import SdkFile, SdkKind
    from seamproof.schemas.sources.source import Source

#: Where the packages of a virtual environment are.
_SITE_PACKAGES: Final = ("lib/python3*/site-packages", "Lib/site-packages")


@dataclass(frozen=True, slots=True)
class SdkComparison:
    """
    One SDK beside the schemas.

    Attributes:
        source: The SDK.
        where: Where it was found.
        known: The version of it that the contract rests on; None if on none.
        old: The built-in schemas; empty if there is nothing to compare.
        new: The same as the SDK has them.
    """

    source: Source
    where: str
    known: Source | None
    old: Contracts
    new: Contracts


def compare_sdks(package: str | None, directory: Path) -> tuple[SdkComparison, ...]:
    """
    Compare an SDK, or those of a project, with the built-in schemas, without any network.

    Args:
        package: A package, directory, file or archive; None looks for the SDKs of a project: in
            its virtual environment, this environment, `node_modules`, and its lock files.
        directory: The directory of the project.

    Raises:
        UsageError: There is no SDK, or it is newer than the contract and not here.
        SourceInvalid: An SDK is malformed; has the line.
    """
    if package is not None:
        files = find_sdk_files(package)
        if not files:
            what = "this is no SDK"
            if not Path(package).exists():
                what = "there is no such package or file"
            raise UsageError(what, where=package, expected=FORMS, option="package")
        return tuple(_compared(one) for one in files)
    installed = [found for sdk in SDKS for found in _installed(sdk, directory)]
    kinds = {one.sdk.kind for one in installed}
    locked = [one for one in locked_sdks(directory) if one.sdk.kind not in kinds]
    if not installed and not locked:
        what = "no SDK of Seam is installed or locked here"
        raise UsageError(what, where=str(directory), cure="give {option} PATH", option="package")
    return (*map(_compared, installed), *map(_locked, locked))


def _installed(sdk: SdkKind, directory: Path) -> Iterator[SdkFile]:
    """
    Find the first place in which an SDK is installed.
    """
    places: list[str | Path] = []
    if sdk.kind == "javascript":
        places = [directory / "node_modules" / sdk.package]
    else:
        active = os.environ.get("VIRTUAL_ENV")
        roots = [directory / ".venv", directory / "venv", *([Path(active)] if active else [])]
        places = [one for root in roots for glob in _SITE_PACKAGES for one in root.glob(glob)]
        places.append(sdk.package)
    for place in places:
        if isinstance(place, Path) and not place.is_dir():
            continue
        found = [one for one in find_sdk_files(place) if one.sdk.kind == sdk.kind]
        if found:
            yield found[0]
            return


def _known(kind: str) -> Source | None:
    of_kind = [one for one in built_in_sources() if one.kind == kind]
    return of_kind[-1] if of_kind else None


def _compared(file: SdkFile) -> SdkComparison:
    source, known = stamped(file.source), _known(file.sdk.kind)
    if known is not None and source.digest == known.digest:
        return SdkComparison(source, file.where, known, {}, {})
    old, new = compare_sdk(read_contracts(BUILT_IN), file.events(source))
    return SdkComparison(source, file.where, known, old, new)


def _locked(locked: LockedSdk) -> SdkComparison:
    known = _known(locked.sdk.kind)
    source = stamped(locked.sdk.source(locked.version))
    if known is not None and version_key(locked.version) <= version_key(known.version):
        return SdkComparison(source, locked.file, known, {}, {})
    rests_on = known.label if known else "none"
    what = f"{source.label} is locked and not installed here: it cannot be compared"
    raise SourceInvalid(
        what,
        where=locked.file,
        expected=f"{rests_on} or older, which the contract has",
        cure=f"install it, or get it with `{locked.sdk.fetch}` and give it as --package",
    )
