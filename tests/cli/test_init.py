"""
Command `seamproof init`, and the options that a project sets.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
import yaml

from seamproof.cli.root import root
from seamproof.configuration import SECTIONS
from seamproof.pytest_plugin.options import OPTIONS

if TYPE_CHECKING:
    from tests.cli.runner import Run

EXAMPLES = Path(__file__).parents[2] / "examples"
TEST = """
def test_delivery(seam_post, seam_client, seam_delivery):
    assert seam_post(seam_client, seam_delivery("acs_credential.issued")).status_code == 204
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    An empty directory, which is the current one.
    """
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("framework", ["flask", "fastapi"])
def test_a_project_is_set_up(seamproof: Run, project: Path, framework: str) -> None:
    """
    The application is found, the command and a test run with what was written.
    """
    for file in (EXAMPLES / framework).glob("*.py"):
        if not file.name.startswith(("test_", "conftest")):
            shutil.copy(file, project)

    done = seamproof("init")

    assert done.status == 0, done.stderr
    assert f"found {framework}: app:app, webhook at /webhooks/seam" in done.stdout
    assert (project / ".gitignore").read_text() == ".seamproof/\n"
    assert yaml.safe_load((project / ".github/workflows/seamproof.yml").read_text())["jobs"]
    (project / "test_handler.py").write_text(TEST)
    words = [["-m", "pytest", "-q", "test_handler.py"], ["-c", CHECK]]
    for one in words:
        ran = subprocess.run(
            [sys.executable, *one], capture_output=True, check=False, cwd=project, text=True
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


CHECK = """
import sys
from seamproof.cli import main
sys.argv = ["seamproof", "check", "--quick", "--select", "signature.stale,delivery.duplicate"]
main()
"""


def test_nothing_is_overwritten(seamproof: Run, project: Path) -> None:
    """
    A file that exists keeps its bytes; a line is added to .gitignore once.
    """
    (project / "app.py").write_text("from flask import Flask\nweb = Flask(__name__)\n")
    (project / "pyproject.toml").write_text('[tool.seamproof]\npath = "/hook"\n')
    (project / "conftest.py").write_text("# mine\n")
    (project / ".gitignore").write_text("*.pyc")

    outputs = [seamproof("init").stdout for _ in range(2)]

    assert "found flask: app:web" in outputs[0]
    assert "kept     seamproof.toml" in outputs[0]
    assert not (project / "seamproof.toml").exists()
    assert (project / "conftest.py").read_text() == "# mine\n"
    assert (project / ".gitignore").read_text() == "*.pyc\n.seamproof/\n"
    assert "wrote" not in outputs[1]


def test_a_project_without_an_application_is_set_up_all_the_same(
    seamproof: Run, project: Path
) -> None:
    """
    What was not found is said, and the configuration can be corrected.
    """
    done = seamproof("init")

    assert done.status == 0
    assert "no application was found" in done.stderr
    assert 'target = "app:app"' in (project / "seamproof.toml").read_text()
    assert not (project / "conftest.py").exists()


@pytest.mark.parametrize("section", sorted({*SECTIONS} - {"pytest"}))
def test_every_option_of_a_command_can_be_set(section: str) -> None:
    """
    The configuration has all options of a command and no other; help and the like are none.
    """
    command = root.get_command(click.Context(root), section)

    assert command is not None
    names = {word.lstrip("-") for one in command.params for word in one.opts}
    assert SECTIONS[section] == names


def test_every_option_of_the_plugin_can_be_set() -> None:
    """
    The configuration has all options of the plugin and no other.
    """
    assert SECTIONS["pytest"] == {name for name, *_ in OPTIONS}


@pytest.mark.parametrize(
    ("file", "table"), [("pyproject.toml", "tool.seamproof"), ("seamproof.toml", "")]
)
def test_a_project_sets_options(seamproof: Run, project: Path, file: str, table: str) -> None:
    """
    Shared options and those of the command hold, with dashes or underscores; the command line wins.
    """
    (project / "app.py").write_text("from seamproof.checks import create_app\napp = create_app()\n")
    shared = f"[{table}]\n" if table else ""
    section = f"[{table}.check]" if table else "[check]"
    (project / file).write_text(
        f'{shared}seed = 11\nselect = ["signature.stale"]\nmax_examples = 3\n'
        f'{section}\ntarget = "app:app"\nselect = "signature.future"\nset = {{lock = "x"}}\n'
    )
    (project / file).write_text((project / file).read_text().replace('set = {lock = "x"}\n', ""))

    by_file = seamproof("check")
    by_word = seamproof("check", "--select", "signature.wrong_secret", "--seed", "12")

    assert (by_file.status, by_word.status) == (0, 0)
    assert "signature.future" in by_file.stdout
    assert "signature.stale" not in by_file.stdout
    assert "seed 11" in by_file.stdout
    assert "signature.wrong_secret" in by_word.stdout
    assert "seed 12" in by_word.stdout


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[tool.seamproof]\nselct = "a"\n', "did you mean select"),
        ('[tool.seamproof.check]\nsate = "a:b"\n', "did you mean state"),
        ("[tool.seamproof.chek]\nquick = true\n", "did you mean check"),
        ("[tool.seamproof]\ncheck = 3\n", "[check] is not a table"),
        ("[tool.seamproof.check]\ntarget = [1]\n", "a value of a wrong type"),
        ("[tool.seamproof.check\n", "the file is not TOML"),
    ],
)
def test_a_mistake_in_the_configuration_is_named(
    seamproof: Run, project: Path, text: str, found: str
) -> None:
    """
    The error names the file, and the nearest name of an unknown key.
    """
    (project / "pyproject.toml").write_text(text)

    done = seamproof("check", "app:app")

    assert (done.status, done.stdout) == (2, "")
    assert "pyproject.toml: " in done.stderr
    assert found in done.stderr


def test_options_of_the_project_hold_for_validate(seamproof: Run, project: Path) -> None:
    """
    The files, too, can be set.
    """
    (project / "event.json").write_text("{}")
    (project / "seamproof.toml").write_text('[validate]\nfiles = ["event.json"]\nformat = "json"\n')

    done = seamproof("validate")

    assert done.status == 1
    assert '"source": "event.json"' in done.stdout
