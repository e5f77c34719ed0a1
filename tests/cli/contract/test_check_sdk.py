"""
Command `seamproof schemas check-sdk`: where it finds an SDK, and what it says of it.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.schemas.sources.sdk.packages import find_sdk_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.runner import Run

(INSTALLED,) = find_sdk_files("seam")
COMMAND: Final = ("schemas", "check-sdk")
UNLOCKED: Final = '    event_type: Literal["lock.unlocked"]'
ADDED: Final = INSTALLED.text.replace(UNLOCKED, f"{UNLOCKED}\n    mood: str")
REMOVED: Final = INSTALLED.text.replace("    acs_entrance_id: str\n", "")


@pytest.fixture(autouse=True)
def _empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Run in an empty directory, where no virtual environment is active.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def package(root: Path, text: str, version: str = "3.99.0") -> Path:
    """
    Write an installed Python SDK.
    """
    file = root / "seam/resources/seam_event.py"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    info = root / f"seam-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: seam\nVersion: {version}\n", encoding="utf-8")
    return root


def test_the_installed_sdk(seamproof: Run) -> None:
    """
    The SDK of this environment is the one that the contract rests on.
    """
    done = seamproof(*COMMAND, "--fail-on", "any")
    assert done.status == 0
    assert f"compared seam {INSTALLED.version}" in done.stdout
    assert done.stdout.endswith("0 breaking, 0 widening, 0 compatible\n")


def test_a_new_property(seamproof: Run, tmp_path: Path) -> None:
    """
    A deviation is reported in each format, and fails as `--fail-on` says.
    """
    words = (*COMMAND, "--package", str(package(tmp_path / "p", ADDED)))
    text, github = seamproof(*words), seamproof(*words, "--format", "github", "--fail-on", "any")

    assert text.status == 0
    assert text.stdout.splitlines()[0] == "compatible `mood` new in lock.unlocked"
    assert "older" not in text.stdout
    assert github.status == 1
    assert github.stdout.startswith("::notice title=Seam's contract::`mood` new in lock.unlocked")
    report = json.loads(seamproof(*words, "--format", "json").stdout)
    assert [one["pointer"] for one in report["changes"]] == ["/mood"]
    assert report["compared"]


def test_a_removed_property_of_an_older_sdk(seamproof: Run, tmp_path: Path) -> None:
    """
    What is missing is breaking; an SDK of a lower version is called older.
    """
    words = (*COMMAND, "--package", str(package(tmp_path / "p", REMOVED, "3.1.0")))
    done = seamproof(*words)

    assert done.status == 1
    assert done.stdout.startswith("breaking   `acs_entrance_id` removed from ")
    assert "seam 3.1.0 looks older than the contract, which rests on seam 3.18.0" in done.stdout
    assert "https://connect.getseam.com/openapi.json" in done.stdout


def test_the_virtual_environment_of_the_project_comes_first(seamproof: Run, tmp_path: Path) -> None:
    """
    The SDK in .venv and the one in node_modules are found.
    """
    package(tmp_path / ".venv/lib/python3.12/site-packages", ADDED)
    events = tmp_path / "node_modules/@seamapi/http/lib/resources/event.d.ts"
    events.parent.mkdir(parents=True)
    events.write_text("export type E = { event_type: 'robot.moved' };", encoding="utf-8")
    done = seamproof(*COMMAND)

    assert "`mood` new in lock.unlocked" in done.stdout
    assert "new: robot.moved" in done.stdout
    assert "compared seam 3.99.0" in done.stdout
    assert "compared @seamapi/http" in done.stdout
    assert done.status == 1


LOCKS: Final = {
    "uv.lock": '[[package]]\nname = "seam"\nversion = "{}"\n',
    "poetry.lock": '[[package]]\nname = "a"\n[[package]]\nname = "seam"\nversion = "{}"\n',
    "pylock.toml": '[[packages]]\nname = "seam"\nversion = "{}"\n',
    "Pipfile.lock": '{{"default": {{"seam": {{"version": "=={}"}}}}}}',
    "requirements.txt": "svix==1.24\nseam[extra]=={} ; python_version > '3' --hash=sha256:0\n",
    "package-lock.json": '{{"packages": {{"node_modules/@seamapi/http": {{"version": "{}"}}}}}}',
    "npm-shrinkwrap.json": '{{"dependencies": {{"@seamapi/http": {{"version": "{}"}}}}}}',
    "yarn.lock": '"@seamapi/http@^2.0.0":\n  version "{}"\n  resolved "https://x"\n',
    "pnpm-lock.yaml": "packages:\n  '@seamapi/http@{}':\n    resolution: {{}}\n",
}


@pytest.mark.parametrize("file", LOCKS)
@pytest.mark.parametrize(("version", "status"), [("2.0.0", 0), ("9.0.0", 2)])
def test_lock_files(
    seamproof: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    version: str,
    status: int,
) -> None:
    """
    A locked SDK that is not installed passes if the contract has it; a newer one is an error.
    """
    monkeypatch.setattr(sys, "path", [one for one in sys.path if "site-packages" not in one])
    (tmp_path / file).write_text(LOCKS[file].format(version), encoding="utf-8")
    done = seamproof(*COMMAND)

    assert done.status == status, done
    if status:
        assert file in done.stderr
        assert version in done.stderr
        assert "cannot be compared" in done.stderr
        assert "--package" in done.stderr
    else:
        assert f"({file})" in done.stdout
        assert "older than the contract" in done.stdout


def test_no_sdk(seamproof: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    Without an SDK, or with a path that is none, the command says so and exits with 2.
    """
    (tmp_path / "page.md").write_text("# no SDK", encoding="utf-8")
    (tmp_path / "uv.lock").write_text("not TOML [", encoding="utf-8")
    for words in (("--package", "page.md"), ("--package", "nowhere"), ()):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "path", [one for one in sys.path if "site-packages" not in one])
            failed = seamproof(*COMMAND, *words)
        assert (failed.status, failed.stdout) == (2, ""), words
        assert "--package" in failed.stderr or "SDK" in failed.stderr


def test_an_sdk_of_one_class(seamproof: Run, tmp_path: Path) -> None:
    """
    An SDK that describes all events in one class is compared by names and types.
    """
    file = tmp_path / "seam_event.py"
    names = {"code": "float", "mood": "str", "event_type": "str"}
    text = "class SeamEvent:\n" + "".join(f"    {name}: {of}\n" for name, of in names.items())
    file.write_text(text, encoding="utf-8")
    done = seamproof(*COMMAND, "--package", str(file))

    assert done.status == 1
    assert "`code` is now number instead of string in the events" in done.stdout
    assert "`mood` new in the events" in done.stdout
    assert "`device_id` removed from the events" in done.stdout


def test_sources_are_listed(seamproof: Run) -> None:
    """
    The list of sources names each with kind, version, date and the number of event types.
    """
    first, *_ = seamproof("schemas", "list", "--sources").stdout.splitlines()
    assert " ".join(first.split()) == "2026-10-20 Python SDK seam 3.18.0 108 event types"
    rows = json.loads(seamproof("schemas", "list", "--sources", "--format", "json").stdout)
    assert {row["kind"] for row in rows} == {"page", "openapi", "python", "javascript"}
    assert all({"name", "version", "date", "events"} <= {*row} for row in rows)
