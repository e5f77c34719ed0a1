"""
The examples, each run as a project of its own, as somebody who copies it would.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seamproof.checks.battery.registry import BATTERY
from tests.documented import PLAIN, QUICK

if TYPE_CHECKING:
    from collections.abc import Callable

    Suite = Callable[..., str]

EXAMPLES = Path(__file__).parents[1] / "examples"
FRAMEWORKS = ("aiohttp", "aws_lambda", "django", "fastapi", "flask")
#: The one whose suite the fast run takes, with `--seamproof-quick`; the others run as a whole.
FAST = "flask"
#: Those whose suite has an item for each check, and tests beside these.
WITH_ITEMS = ("fastapi", "flask")


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """
    Copy an example, change a file of it if asked to, run its suite and return what it prints.
    """

    def run(framework: str, *words: str, file: str = "", old: str = "", new: str = "") -> str:
        project = shutil.copytree(
            EXAMPLES / framework,
            tmp_path / framework,
            ignore=shutil.ignore_patterns("__pycache__", ".*", "*.sqlite3"),
        )
        if file:
            text = (project / file).read_text(encoding="utf-8")
            assert old in text
            (project / file).write_text(text.replace(old, new), encoding="utf-8")
        variables = {name: value for name, value in os.environ.items() if "SEAM" not in name}
        command = [sys.executable, "-m", "pytest", "--strict-config", "-rfE"]
        # An example does not install xdist.
        command += [*PLAIN, "-p", "no:xdist"]
        done = subprocess.run(
            [*command, "--strict-markers", *words],
            cwd=project,
            env=variables,
            check=False,
            capture_output=True,
            text=True,
        )
        return done.stdout + done.stderr

    return run


def counted(output: str, outcome: str) -> int:
    """
    Read a number of the last line of pytest.
    """
    found = re.search(rf"(\d+) {outcome}", output.splitlines()[-1])
    return int(found[1]) if found else 0


@pytest.mark.parametrize(
    "framework",
    [pytest.param(one, marks=() if one == FAST else pytest.mark.slow) for one in FRAMEWORKS],
)
def test_the_suite_of_an_example_passes(framework: str, suite: Suite) -> None:
    """
    Nothing fails; where the battery is part of the suite, there is a test for each check.
    """
    output = suite(framework, *(QUICK if framework == FAST else ()))

    assert counted(output, "failed") == counted(output, "errors?") == 0, output
    run = counted(output, "passed") + counted(output, "skipped")
    assert run >= (len(BATTERY) if framework in WITH_ITEMS else 4), output
    # What needs a switch, a URL, or calls that overlap by chance is skipped as undecided.
    assert counted(output, "passed") >= (len(BATTERY) - 12 if framework in WITH_ITEMS else 4), (
        output
    )


@pytest.mark.parametrize(
    ("framework", "file", "old", "new"),
    [
        pytest.param(
            *("aiohttp", "app.py", "web.Response(status=400)", "web.Response(status=204)"),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *("aws_lambda", "app.py", '{"statusCode": 400}', '{"statusCode": 204}'),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *("django", "webhooks/views.py"),
            *("HttpResponse(status=400)", "HttpResponse(status=204)"),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *("fastapi", "app.py"),
            *('raise HTTPException(400, "not signed by Seam")', "raise TypeError"),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *("flask", "store.py", "INSERT OR IGNORE INTO handled", "INSERT INTO handled"),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_suite_of_an_example_finds_a_bug(
    framework: str, file: str, old: str, new: str, suite: Suite
) -> None:
    """
    A handler that takes forgeries, crashes on them, or acts on every duplicate does not pass.
    """
    output = suite(framework, "-x", *QUICK, file=file, old=old, new=new)

    assert counted(output, "failed") > 0, output


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_readme_of_an_example_has_ten_lines(framework: str) -> None:
    """
    What to install, how to run the tests and the application, and where to look.
    """
    lines = (EXAMPLES / framework / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 10
    assert "pytest" in lines
    for name in re.findall(r"`([\w/]+\.\w+)`", "\n".join(lines)):
        assert (EXAMPLES / framework / name).is_file()


def test_the_store_is_the_same_in_each() -> None:
    """
    The examples differ in their handlers only.
    """
    stores = {
        (EXAMPLES / name / "store.py").read_bytes()
        for name in ("aiohttp", "aws_lambda", "fastapi", "flask")
    }
    assert len(stores) == 1
