"""
Finder for the file of an SDK that describes the events.
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
import zipfile
from importlib import metadata
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.errors import SeamproofError, SourceInvalid
from seamproof.schemas.sources.sdk.packages import find_sdk_files, version_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PYTHON: Final = 'class E:\n    event_type: Literal["robot.moved"]\n'
JAVASCRIPT: Final = "export type E = { event_type: 'robot.moved' };\n"
METADATA: Final = "Metadata-Version: 2.1\nName: seam\nVersion: 3.99.0\n"
PACKAGE: Final = json.dumps({"name": "@seamapi/http", "version": "2.99.0"})
WHEEL: Final = {
    "seam/resources/seam_event.py": PYTHON,
    "seam-3.99.0.dist-info/METADATA": METADATA,
}
TARBALL: Final = {
    "package/lib/resources/event.d.ts": JAVASCRIPT,
    "package/src/lib/resources/event.d.ts": "not this one",
    "package/package.json": PACKAGE,
}
SDIST: Final = {
    "seam-3.99.0/src/seam/resources/seam_event.py": PYTHON,
    "seam-3.99.0/PKG-INFO": METADATA,
}


def write_zip(path: Path, files: Mapping[str, str]) -> Path:
    """
    Write a wheel.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def write_tar(path: Path, files: Mapping[str, str]) -> Path:
    """
    Write a tarball.
    """
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """
    Write files into a directory.
    """
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def labels(given: Path | str) -> list[tuple[str, list[str]]]:
    """
    Find the SDKs: name and version, and the events of each.
    """
    return [
        (one.source.label, [event.event_type for event in one.events(one.source)])
        for one in find_sdk_files(given)
    ]


def test_archives(tmp_path: Path) -> None:
    """
    A wheel, an sdist and an npm tarball are read, with the version that they name.
    """
    python, javascript = ("seam 3.99.0", ["robot.moved"]), ("@seamapi/http 2.99.0", ["robot.moved"])

    assert labels(write_zip(tmp_path / "seam.whl", WHEEL)) == [python]
    assert labels(write_tar(tmp_path / "seam.tar.gz", SDIST)) == [python]
    assert labels(write_tar(tmp_path / "http.tgz", TARBALL)) == [javascript]
    assert sorted(tmp_path.iterdir()) == [
        tmp_path / "http.tgz",
        tmp_path / "seam.tar.gz",
        tmp_path / "seam.whl",
    ]


@pytest.mark.parametrize("inside", ["", "seam", "seam/resources/seam_event.py"])
def test_directories_of_the_python_sdk(tmp_path: Path, inside: str) -> None:
    """
    The directory of packages, the package, and the file lead to the same.
    """
    write_tree(tmp_path, WHEEL)
    assert labels(tmp_path / inside) == [("seam 3.99.0", ["robot.moved"])]


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "node_modules",
        "node_modules/@seamapi/http",
        "node_modules/@seamapi/http/lib/resources/event.d.ts",
    ],
)
def test_directories_of_the_javascript_sdk(tmp_path: Path, inside: str) -> None:
    """
    The project, its packages, the package, and the file lead to the same.
    """
    package = tmp_path / "node_modules" / "@seamapi" / "http"
    write_tree(package, {name.removeprefix("package/"): text for name, text in TARBALL.items()})
    assert labels(tmp_path / inside) == [("@seamapi/http 2.99.0", ["robot.moved"])]


def test_an_installed_package_is_not_imported() -> None:
    """
    A name leads to the installed package, without its import.
    """
    before = {name for name in sys.modules if name.split(".")[0] == "seam"}
    ((label, events),) = labels("seam")
    assert label == f"seam {metadata.version('seam')}"
    assert len(events) > 100
    assert {name for name in sys.modules if name.split(".")[0] == "seam"} == before


def test_a_file_alone_has_no_version(tmp_path: Path) -> None:
    """
    A file outside of its package is read, and its version is unknown.
    """
    (tmp_path / "event.d.ts").write_text(JAVASCRIPT, encoding="utf-8")
    assert labels(tmp_path / "event.d.ts") == [("@seamapi/http", ["robot.moved"])]


def test_what_is_no_sdk(tmp_path: Path) -> None:
    """
    A page, a directory of pages and an unknown name are no SDK.
    """
    (tmp_path / "page.md").write_text("# x", encoding="utf-8")
    assert find_sdk_files(tmp_path) == find_sdk_files(tmp_path / "page.md") == ()
    assert find_sdk_files("no-such-package") == ()


@pytest.mark.parametrize(
    "name",
    [
        "../seam/resources/seam_event.py",
        "/seam/resources/seam_event.py",
        "a/../seam/resources/seam_event.py",
        "a\\seam/resources/seam_event.py",
        "a/b/c/seam/resources/seam_event.py",
    ],
)
def test_a_path_that_leads_elsewhere_is_not_read(tmp_path: Path, name: str) -> None:
    """
    Only plain relative paths near the root of an archive are read.
    """
    for path in (
        write_zip(tmp_path / "seam.whl", {name: PYTHON}),
        write_tar(tmp_path / "seam.tgz", {name: PYTHON}),
    ):
        with pytest.raises(SourceInvalid, match="no SDK"):
            find_sdk_files(path)


def test_links_in_archives_are_not_followed(tmp_path: Path) -> None:
    """
    A symbolic link in the place of the file is not read.
    """
    secret = tmp_path / "secret.py"
    secret.write_text(PYTHON, encoding="utf-8")
    with tarfile.open(tmp_path / "seam.tgz", "w:gz") as archive:
        link = tarfile.TarInfo("seam/resources/seam_event.py")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        archive.addfile(link)
    with zipfile.ZipFile(tmp_path / "seam.whl", "w") as wheel:
        info = zipfile.ZipInfo("seam/resources/seam_event.py")
        info.external_attr = 0o120777 << 16
        wheel.writestr(info, str(secret))

    for name in ("seam.tgz", "seam.whl"):
        with pytest.raises(SourceInvalid, match="no SDK"):
            find_sdk_files(tmp_path / name)


def test_damaged_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An archive that is damaged, ambiguous or too large is an error that names it.
    """
    whole = write_tar(tmp_path / "whole.tgz", TARBALL).read_bytes()
    (tmp_path / "cut.tgz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.tgz").write_text("not an archive", encoding="utf-8")
    (tmp_path / "empty.whl").write_bytes(b"")
    write_tar(
        tmp_path / "two.tgz", {f"{at}/{name}": text for at in "ab" for name, text in WHEEL.items()}
    )
    with zipfile.ZipFile(tmp_path / "twice.whl", "w") as archive:
        archive.writestr("seam/resources/seam_event.py", PYTHON)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("seam/resources/seam_event.py", PYTHON)
    for name in ("cut.tgz", "text.tgz", "empty.whl", "two.tgz", "twice.whl"):
        with pytest.raises(SeamproofError) as raised:
            find_sdk_files(tmp_path / name)
        assert name in raised.value.where, name

    monkeypatch.setattr("seamproof.schemas.sources.sdk.archives.LARGEST_FILE", 10)
    for path in (tmp_path / "whole.tgz", write_zip(tmp_path / "seam.whl", WHEEL)):
        with pytest.raises(SourceInvalid, match="more than 10 bytes"):
            find_sdk_files(path)


def test_versions_are_ordered() -> None:
    """
    Versions are compared by their numbers; a pre-release comes before its release.
    """
    ordered = ["2.9.0", "2.10.0", "3.0.0b1", "3.0.0b2", "3.0.0", "3.0.1", "10.0.0"]
    assert sorted({*ordered}, key=version_key) == ordered
