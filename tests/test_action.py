"""
The GitHub action: its steps are run by bash, as the runner does, with its inputs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from seamproof.checks.battery.registry import BATTERY
from seamproof.cli.commands.handler.check import command

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., "Done"]

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INSTALL, CHECK = ACTION["runs"]["steps"]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")
BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="bash is not installed")


class Done:
    """
    A step that was run.

    Args:
        process: What ran it.
        directory: Where the runner's files are.
    """

    def __init__(self, process: subprocess.CompletedProcess[str], directory: Path) -> None:
        self.status = process.returncode
        self.said = process.stdout + process.stderr
        self.summary = (directory / "summary").read_text(encoding="utf-8")
        lines = (directory / "output").read_text(encoding="utf-8").splitlines()
        self.outputs = dict(line.split("=", 1) for line in lines)


def environment(step: dict[str, Any], given: dict[str, str]) -> dict[str, str]:
    """
    Fill in the expressions of a step's environment.
    """
    defaults = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
    known = {f"inputs.{name}": value for name, value in {**defaults, **given}.items()}
    known["github.action_path"] = str(ROOT)
    return {
        name: EXPRESSION.sub(lambda match: known[match[1]], value)
        for name, value in step["env"].items()
    }


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """
    Run a step in a directory, with inputs.
    """
    place = tmp_path / "runner"
    place.mkdir()

    def act(step: dict[str, Any], directory: Path, **given: str) -> Done:
        inputs = {name.rstrip("_").replace("_", "-"): value for name, value in given.items()}
        files = {"GITHUB_OUTPUT": place / "output", "GITHUB_STEP_SUMMARY": place / "summary"}
        for file in files.values():
            file.touch()
        variables = {name: value for name, value in os.environ.items() if "SEAM" not in name}
        variables |= {name: str(file) for name, file in files.items()}
        variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        variables |= environment(step, inputs)
        words = [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            words, cwd=directory, env=variables, check=False, text=True, capture_output=True
        )
        return Done(done, place)

    return act


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """
    The example for Flask, as a project that uses the action.
    """
    return shutil.copytree(ROOT / "examples/flask", tmp_path / "project")


def test_no_input_is_read_as_code() -> None:
    """
    Inputs reach the scripts as environment variables alone.
    """
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_every_input_is_used_and_every_option_is_one_of_check() -> None:
    """
    What the action offers it hands on, under a name that the command has.
    """
    used = set(re.findall(r"inputs\.([\w-]+)", json.dumps(ACTION["runs"])))
    assert used == set(ACTION["inputs"])
    options = {option for one in command.params for option in one.opts if option.startswith("--")}
    handed_on = set(re.findall(r"(?:option|each|flag) (--[\w-]+)", CHECK["run"]))
    assert options - handed_on == {
        # What the action decides itself, and what is for a terminal or a file of configuration.
        *("--secret", "--verbose", "--exitfirst", "--last-failed", "--update-baseline"),
        *("--allow-remote", "--app-dir", "--catalog", "--fail-on", "--max-failures", "--set"),
    }
    assert handed_on <= options


@needs_bash
@pytest.mark.parametrize(
    ("requirement", "expected"), [("", str(ROOT)), ("seamproof==0.1.0", "seamproof==0.1.0")]
)
def test_it_installs_itself_or_what_is_asked_for(
    run: Run, tmp_path: Path, requirement: str, expected: str
) -> None:
    """
    By default the version of the action is installed; here pip only prints.
    """
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    step = {**INSTALL, "run": f'PATH="{tmp_path}:$PATH"\n{INSTALL["run"]}'}

    done = run(step, tmp_path, requirement=requirement)

    assert done.said == f"<-m><pip><install><--quiet><{expected}>"


@needs_bash
def test_a_good_handler_passes(run: Run, project: Path) -> None:
    """
    The battery is run on the application, and reports are left for the next steps.
    """
    given = {"state": "app:state", "quick": "true", "secret": SECRET}

    done = run(
        CHECK, project, target="app:app", select="delivery.duplicate signature.stale", **given
    )

    assert done.status == 0, done.said
    assert done.outputs == {"status": "0", "reports": str(project / "seamproof-reports")}
    left = {path.name for path in (project / "seamproof-reports").iterdir()}
    assert left == {"report.json", "report.xml", "report.html", "report.txt", "errors.txt"}
    assert "checks passed" in done.summary


@needs_bash
@pytest.mark.slow
def test_patterns_of_expected_event_types_are_words(run: Run, project: Path) -> None:
    """
    White space separates them, and no shell expands them.
    """
    (project / "lock.py").touch()
    given = {"state": "app:state", "quick": "true", "secret": SECRET, "select": "effect.expected"}

    done = run(CHECK, project, target="app:app", expect="lock.*\n access_code.created", **given)
    unknown = run(CHECK, project, target="app:app", expect="lock.unlokced", **given)

    assert done.status in (0, 1), done.said
    assert "lock.py" not in done.said
    assert (unknown.status, "did you mean lock.unlocked" in unknown.said) == (2, True)


@needs_bash
def test_a_bad_handler_fails_the_job(run: Run, project: Path) -> None:
    """
    What failed, and how it is sent again, stands in the log and in the job's summary; annotations
    can be left out.
    """
    app = project / "app.py"
    text = app.read_text(encoding="utf-8").replace(
        "        abort(400)\n", "        event = {}\n", 1
    )
    app.write_text(text, encoding="utf-8")

    words = "signature.stale\n signature.f*"
    given = {"select": words, "quick": "true", "secret": SECRET, "annotations": "false"}

    done = run(CHECK, project, target="app:app", **given)

    assert done.status == 1
    assert "::error " not in done.said + done.summary
    assert done.outputs["status"] == "1"
    assert "seamproof replay signature.stale-" in done.summary
    report = json.loads((project / "seamproof-reports/report.json").read_text(encoding="utf-8"))
    ran = {one["id"] for one in report["checks"] if one["status"] == "failed"}
    assert ran == {"signature.stale", "signature.future"} <= {one.id for one in BATTERY}
    assert SECRET not in done.said + done.summary + json.dumps(report)


@needs_bash
@pytest.mark.slow
def test_failures_are_annotations_and_code_scanning(run: Run, project: Path) -> None:
    """
    The inputs reach the command.
    """
    app = project / "app.py"
    text = app.read_text(encoding="utf-8").replace(
        "        abort(400)\n", "        event = {}\n", 1
    )
    app.write_text(text, encoding="utf-8")
    given = {"select": "signature.stale", "quick": "true", "secret": SECRET, "sarif": "r.sarif"}
    more = {"rate": "1000/s", "settle": "0.1", "thorough": "true"}

    done = run(CHECK, project, target="app:app", **given, **more)

    assert done.status == 1
    assert "::error " in done.said
    assert "::error " not in done.summary
    sarif = json.loads((project / "r.sarif").read_text(encoding="utf-8"))
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["signature.stale"]


@needs_bash
def test_an_input_of_shell_code_is_a_word(run: Run, project: Path) -> None:
    """
    A target that a shell would run is a target that does not exist.
    """
    done = run(CHECK, project, target="$(touch gotcha)`touch gotcha`; touch gotcha")

    assert done.status == 2
    assert not (project / "gotcha").exists()


@needs_bash
def test_a_handler_is_started_and_ended(run: Run, project: Path, free_port: int) -> None:
    """
    A custom command serves the handler as long as the battery runs.
    """
    done = run(
        CHECK,
        project,
        target=f"http://127.0.0.1:{free_port}/webhooks/seam",
        start=(
            f"SEAM_WEBHOOK_SECRET={SECRET} {sys.executable} -m flask --app app run"
            f" --port {free_port}"
        ),
        secret=SECRET,
        select="delivery.success_status signature.stale",
        quick="true",
    )

    assert done.status == 0, done.said
    assert "2 of 2 checks passed" in done.summary
    again = run(CHECK, project, target=f"http://127.0.0.1:{free_port}/webhooks/seam", secret=SECRET)
    assert again.status == 3


@needs_bash
def test_a_handler_that_does_not_start_is_told(run: Run, project: Path, free_port: int) -> None:
    """
    The target cannot be reached, and the action does not wait for a command that has ended.
    """
    done = run(
        CHECK,
        project,
        target=f"http://127.0.0.1:{free_port}/webhooks/seam",
        start="echo no database >&2; exit 7",
        secret=SECRET,
    )

    assert done.status == 3
    assert "no database" in done.said
    assert f"127.0.0.1:{free_port}" in done.summary


@pytest.fixture
def free_port() -> int:
    """
    A port where nothing listens.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
