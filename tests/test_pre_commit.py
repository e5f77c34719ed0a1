"""
The pre-commit hook, run as pre-commit runs it: its entry, its arguments, the files that fit.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from seamproof import Sampler
from seamproof.cli.root import root

MANIFEST = Path(__file__).parents[1] / ".pre-commit-hooks.yaml"
#: What pre-commit's documentation lists for a hook.
KEYS = {
    *("id", "name", "description", "entry", "args", "language", "files", "require_serial"),
    "pass_filenames",
}
HOOKS = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
HOOK, LINT_HOOK, SDK_HOOK = HOOKS
EVENT = Sampler(seed=7).event("lock.unlocked")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A project with a valid fixture, and JSON that is none of Seam's.
    """
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "tests/fixtures/seam/unlocked.json", EVENT)
    write(tmp_path / "tests/fixtures/seam/more.ndjson", EVENT)
    write(tmp_path / "package.json", {"name": "a project"})
    write(tmp_path / "tests/fixtures/stripe/charge.json", {"id": "ch_1"})
    return tmp_path


def write(file: Path, value: dict[str, Any]) -> None:
    """
    Write a file of JSON.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value) + "\n", encoding="utf-8")


def run(project: Path) -> Result:
    """
    Run the hook on all files of a project.
    """
    paths = (path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file())
    files = sorted(path for path in paths if re.search(HOOK["files"], path))
    command, *words = shlex.split(HOOK["entry"])
    assert command == "seamproof"
    return CliRunner().invoke(root, [*words, *HOOK["args"], *files])


def test_the_manifest_is_what_pre_commit_reads() -> None:
    """
    The hooks are installed by pip, and have no key that pre-commit does not know.
    """
    assert [hook["id"] for hook in HOOKS] == [
        "seamproof-validate",
        "seamproof-lint",
        "seamproof-check-sdk",
    ]
    for hook in HOOKS:
        assert set(hook) <= KEYS
        assert hook["language"] == "python"


def test_the_sdk_of_the_project_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The hook about the SDK runs once for the project, where a lock file changes.
    """
    monkeypatch.chdir(tmp_path)
    command, *words = shlex.split(SDK_HOOK["entry"])
    assert (command, SDK_HOOK["pass_filenames"]) == ("seamproof", False)
    done = CliRunner().invoke(root, words)

    assert done.exit_code == 0, done.output
    assert "compared seam 3." in done.output
    assert all(re.search(SDK_HOOK["files"], name) for name in ("uv.lock", "app/package-lock.json"))
    assert not re.search(SDK_HOOK["files"], "src/app.py")


def test_a_handler_with_a_mistake_stops_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The hook about handlers gets the files of a commit that are sources.
    """
    monkeypatch.chdir(tmp_path)
    head = "const secret = process.env.SEAM_WEBHOOK_SECRET;\n"
    wrong = "if (event.event_type === 'device.battery.low') {}\n"
    (tmp_path / "right.ts").write_text(head, encoding="utf-8")
    (tmp_path / "wrong.ts").write_text(head + wrong, encoding="utf-8")
    files = [one for one in ("right.ts", "wrong.ts", "a.md") if re.search(LINT_HOOK["files"], one)]
    command, *words = shlex.split(LINT_HOOK["entry"])

    done = CliRunner().invoke(root, [*words, *files])

    assert (command, files, done.exit_code) == ("seamproof", ["right.ts", "wrong.ts"], 1)
    assert "wrong.ts:2:26 error unknown-event-type" in done.output


def test_valid_fixtures_pass(project: Path) -> None:
    """
    Files of Seam's events are validated, other JSON is not.
    """
    done = run(project)

    assert done.exit_code == 0, done.output
    assert "2 events" in done.output


def test_a_fixture_that_the_contract_refuses_stops_the_commit(project: Path) -> None:
    """
    The output names the file, the property and what is wrong; a misspelt property is
    a mistake in a fixture.
    """
    odd = {**EVENT, "device_id": "the front door", "lock_methode": "keycode"}
    write(project / "tests/fixtures/seam/odd.json", odd)

    done = run(project)

    assert done.exit_code == 1
    assert "tests/fixtures/seam/odd.json" in done.output
    assert "/device_id" in done.output
    assert "/lock_methode" in done.output


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("seam/event.json", True),
        ("tests/seam_events/deep/events.jsonl", True),
        ("tests/fixtures/seam/README.md", False),
        ("tests/fixtures/seam.json", False),
        ("tests/unseam/event.json", False),
    ],
)
def test_which_files_are_looked_at(path: str, *, fits: bool) -> None:
    """
    Files of payloads in a directory whose name begins with seam.
    """
    assert bool(re.search(HOOK["files"], path)) is fits
