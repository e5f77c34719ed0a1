"""
Command `seamproof init`, and the options that a project sets.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
import yaml

from seamproof.cli.root import root
from seamproof.configuration.options import (
    BOOLEAN,
    INTEGER,
    NUMBER,
    SECTIONS,
    TEXT,
    TEXT_OR_NUMBER,
    TEXTS,
    TEXTS_OR_TABLE,
    kind_of,
)
from seamproof.configuration.project_file import find_configuration
from seamproof.errors import UsageError
from seamproof.pytest_plugin.options import OPTIONS
from seamproof.signing import Secret
from seamproof.strategies import Sampler
from tests.documented import PLAIN

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


@pytest.mark.parametrize(
    ("framework", "target"),
    [
        pytest.param("flask", "app:app", marks=pytest.mark.slow),
        ("fastapi", "app:app"),
        pytest.param("django", "wsgi:application", marks=pytest.mark.slow),
    ],
)
def test_a_project_is_set_up(
    seamproof: Run, project: Path, framework: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The application is found, the command and a test run with what was written.
    """
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)
    ignored = shutil.ignore_patterns(
        "test_*", "conftest*", "pytest.ini", "__pycache__", "*.sqlite3"
    )
    shutil.copytree(EXAMPLES / framework, project, dirs_exist_ok=True, ignore=ignored)

    done = seamproof("init")

    assert done.status == 0, done.stderr
    assert f"found {framework}: {target}, webhook at /webhooks/seam" in done.stdout
    assert (project / ".gitignore").read_text() == ".seamproof/\n"
    (project / "test_handler.py").write_text(TEST)
    words = [["-m", "pytest", "-q", *PLAIN, "-k", SOME], ["-c", CHECK]]
    secret, steps = read_workflow(project)
    words[1:1] = [one.split()[1:] for one in steps if one.startswith("python ")]
    assert steps[0] == f"pip install ./tools/seamproof svix {framework}"
    for one in words:
        ran = subprocess.run(
            [sys.executable, *one],
            capture_output=True,
            check=False,
            cwd=project,
            # The test makes a secret of its own.
            env=os.environ | ({} if one[0] == "-m" else {"SEAM_WEBHOOK_SECRET": secret}),
            text=True,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


#: The tests import the handler before the checks do.
SOME = "test_delivery or success_status or stale"
CHECK = """
import sys
from seamproof.cli import main
sys.argv = ["seamproof", "check", "--quick", "--select", "signature.stale,delivery.duplicate"]
main()
"""


def read_workflow(project: Path) -> tuple[str, list[str]]:
    """
    Read the secret and the commands of the workflow, the last of which checks the handler.
    """
    text = (project / ".github/workflows/seamproof.yml").read_text()
    job = yaml.safe_load(text)["jobs"]["check"]
    steps = [one["run"] for one in job["steps"] if "run" in one]
    assert steps[-1] == "seamproof check --report junit=seamproof.xml"
    return job["env"]["SEAM_WEBHOOK_SECRET"], steps


FLASK = """
from flask import Flask


def create_app(config=None):
    app = Flask(__name__)

    @app.post("/hooks/seam")
    def receive():
        return "", 204

    return app
"""
AIOHTTP = """
from aiohttp import web

app = web.Application()
app.router.add_post("/webhooks/seam", print)
web.run_app(app, host="127.0.0.1", port=8123)
"""
EXPRESS = """
app.post("/seam/webhook", handler);
app.listen(process.env.PORT ?? 4000);
"""
PACKAGE = '{"dependencies": {"express": "5"}, "scripts": {"start": "node server.js"}}'


@pytest.mark.parametrize(
    ("files", "found", "configured"),
    [
        (
            {"hotel/web.py": FLASK},
            "flask: hotel.web:create_app, webhook at /hooks/seam",
            {
                "path": "/hooks/seam",
                "check": {"target": "seam_app:app"},
                "pytest": {"target": "seam_app:app", "quick": True},
            },
        ),
        (
            {"server.py": AIOHTTP},
            "aiohttp: http://127.0.0.1:8123, webhook at /webhooks/seam",
            {
                "check": {
                    "target": "http://127.0.0.1:8123/webhooks/seam",
                    "start": "python -m server",
                }
            },
        ),
        (
            {"server.js": EXPRESS, "package.json": PACKAGE},
            "node: http://127.0.0.1:4000, webhook at /seam/webhook",
            {"check": {"target": "http://127.0.0.1:4000/seam/webhook", "start": "npm start"}},
        ),
        (
            {
                "package.json": PACKAGE.replace("express", "next"),
                "src/app/(public)/hooks/seam/route.ts": "export async function POST() {}",
            },
            "node: http://127.0.0.1:3000, webhook at /hooks/seam",
            {"check": {"target": "http://127.0.0.1:3000/hooks/seam", "start": "npm start"}},
        ),
    ],
    ids=["factory", "aiohttp", "express", "next"],
)
def test_other_applications_are_found(
    seamproof: Run,
    project: Path,
    files: dict[str, str],
    found: str,
    configured: dict[str, object],
) -> None:
    """
    One that a function makes is made for the checks; one that is not imported is started.
    """
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)

    done = seamproof("init")

    assert done.stdout.splitlines()[0] == f"found {found}"
    assert tomllib.loads((project / "seamproof.toml").read_text()) == configured
    assert Secret(read_workflow(project)[0]).reveal()
    assert (project / "seam_app.py").exists() is ("hotel/web.py" in files)


def test_a_state_in_another_module_is_found(seamproof: Run, project: Path) -> None:
    """
    If it is the only one; without a database there is nothing to migrate.
    """
    (project / "wsgi.py").write_text(
        "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    )
    (project / "doors").mkdir()
    (project / "doors/views.py").write_text("def state():\n    return {}\n")

    seamproof("init")

    configured = tomllib.loads((project / "seamproof.toml").read_text())
    assert configured["state"] == "doors.views:state"
    assert not any("migrate" in step for step in read_workflow(project)[1])


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
    configured = tomllib.loads((project / "seamproof.toml").read_text())
    # Without an application each check would fail as a test.
    assert configured == {"path": "/webhooks/seam", "check": {"target": "app:app"}}
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


#: A value of each type of TOML, and the kinds of options that may have it.
VALUES = {
    '"yes"': {TEXT, TEXT_OR_NUMBER, TEXTS, TEXTS_OR_TABLE},
    "true": {BOOLEAN},
    "7": {INTEGER, NUMBER, TEXT_OR_NUMBER},
    "7.5": {NUMBER, TEXT_OR_NUMBER},
    '["a", "b"]': {TEXTS, TEXTS_OR_TABLE},
    "[]": {TEXTS, TEXTS_OR_TABLE},
    "[7]": set(),
    '{a = "b", c = 7}': {TEXTS_OR_TABLE},
    "{a = [7]}": set(),
    "2026-01-31": set(),
    "10:30:00": set(),
}
KINDS_OF_CLICK = {"boolean": BOOLEAN, "integer range": INTEGER, "float range": NUMBER}


@pytest.mark.parametrize("section", sorted(SECTIONS))
@pytest.mark.parametrize("value", VALUES)
def test_a_value_has_the_type_of_its_option(project: Path, section: str, value: str) -> None:
    """
    In each section each option refuses what it cannot be: with file, name, expected and found.
    """
    for name in sorted(SECTIONS[section]):
        (project / "seamproof.toml").write_text(f"[{section}]\n{name} = {value}\n")
        configuration = find_configuration(project)
        assert configuration is not None
        if kind_of(section, name) in VALUES[value]:
            assert configuration.options(section) == configuration.table[section]
            continue
        with pytest.raises(UsageError) as raised:
            configuration.options(section)
        text = str(raised.value)
        assert f"seamproof.toml: [{section}] {name} has a value of a wrong type\n" in text
        assert f"expected: {kind_of(section, name).expected}\n" in text
        assert "found: " in text
        assert f"cure: write {name} = " in text


@pytest.mark.parametrize("section", sorted({*SECTIONS} - {"pytest"}))
def test_the_type_of_an_option_is_that_of_the_command_line(section: str) -> None:
    """
    A flag is a boolean, what may be repeated a list, a number a number.
    """
    command = root.get_command(click.Context(root), section)

    assert command is not None
    for parameter in command.params:
        for name in (word.lstrip("-") for word in parameter.opts):
            kind = kind_of(section, name)
            if parameter.multiple or parameter.nargs == -1:
                assert kind in (TEXTS, TEXTS_OR_TABLE), name
            else:
                texts = (TEXT, TEXT_OR_NUMBER)
                expected = KINDS_OF_CLICK.get(parameter.type.name)
                assert kind == expected if expected else kind in texts, name


def test_the_type_of_an_option_is_that_of_the_plugin() -> None:
    """
    A flag is a boolean, and what may be repeated a list.
    """
    for name, kind, *_ in OPTIONS:
        found = kind_of("pytest", name)
        assert (kind == "flag") == (found == BOOLEAN), name
        assert (kind == "list") == (found in (TEXTS, TEXTS_OR_TABLE)), name


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
        ("[tool.seamproof.check]\ntarget = [1]\n", "[check] target has a value of a wrong type"),
        ('[tool.seamproof]\nquick = "yes"\n', "cure: write quick = true"),
        ("[tool.seamproof.check]\nmax-examples = 0\n", "max-examples: 0 is not in the range x>=1"),
        ('[tool.seamproof]\nfail_on = "eror"\n', "expected: one of error, warning"),
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


def test_options_of_the_project_hold_for_import(seamproof: Run, project: Path) -> None:
    """
    A table of its own sets them; what all commands share, such as the URL of `serve`, does not.
    """
    event = Sampler(1).event("lock.locked")
    (project / "event.json").write_text(json.dumps(event))
    table = '[import]\nto = "fixtures"\npseudonymise = false\n'
    (project / "seamproof.toml").write_text(f'to = ["http://127.0.0.1:1/"]\nport = 7\n{table}')

    done = seamproof("import", "event.json")

    assert done.status == 0, done.stderr
    assert (project / f"fixtures/lock.locked-{event['event_id']}.json").is_file()
    listen = find_configuration(project)
    assert listen is not None
    assert listen.options("listen") == {}
