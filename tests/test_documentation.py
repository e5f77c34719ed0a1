"""
The code of the README and the documentation is run, by the letter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest
import yaml
from click.testing import CliRunner

from seamproof.cli.root import COMMANDS, root
from tests.documented import (
    LEFT,
    OUR_TESTS,
    PAGES,
    PLAIN,
    ROOT,
    Block,
    Project,
    blocks,
    commands,
    lines,
    steps,
    table_commands,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
#: What is run; `text` is what is shown: output, or the form of a call.
LANGUAGES = {"sh", "python", "ini", "toml", "yaml", "js", "ts"}
GETTING_STARTED = ROOT / "docs/getting_started.md"
#: What would need a package index or a public repository.
NOT_THERE = re.compile(
    r"OWNER/|github\.com/[\w-]+/seamproof|\w/seamproof@v"
    r"|pip (?:install|download) (?:-U )?'?seamproof\b"
    r"|(?:pipx|uvx|uv add|poetry add) (?:run |install )?'?seamproof"
)
#: Pages that run one suite or server after the other, or many examples of Hypothesis.
SLOW = {
    *("README.md", "check_in_ci.md", "checks.md", "databases.md", "getting_started.md"),
    *("configuration.md", "depends.md", "javascript_and_lambda.md", "mock_server.md"),
    *("mock_server_beside_app.md", "offline.md", "own_schemas.md", "property_tests.md", "world.md"),
}
CONFTEST = """
    import pytest
    from starlette.testclient import TestClient
    from seamproof.checks import create_app

    @pytest.fixture(scope="session")
    def client(seam_secret):
        return TestClient(create_app(seam_secret))
    """


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """
    A project in which a page is followed, with a handler that runs.
    """
    one = Project(tmp_path, monkeypatch)
    with one.running():
        yield one


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.name, marks=pytest.mark.slow if page.name in SLOW else ())
        for page in PAGES
    ],
)
def test_a_page_can_be_followed_by_the_letter(page: Path, project: Project) -> None:
    """
    Every block of a page, in order: files are written, Python and commands are run.
    """
    for block in blocks(of=page):
        assert block.language in LANGUAGES | {"text"}
        project.act(block)


@pytest.mark.slow
@pytest.mark.parametrize("page", [one for one in PAGES if table_commands(one)], ids=str)
def test_the_commands_of_a_table_are_run(page: Path, project: Project) -> None:
    """
    A command that stands alone in the cell of a table ends well.
    """
    for line in table_commands(page):
        project.line(line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_in_a_sentence_is_one(page: Path) -> None:
    """
    A command within a sentence or a table has a name and options that exist.
    """
    # The reference, which is made from the commands, has their usage besides.
    text_of_page = page.read_text(encoding="utf-8").replace("[OPTIONS] COMMAND [ARGS]...", "")
    for text in re.findall(r"`seamproof (\w[^`]*)`", text_of_page):
        words = text.replace("…", "").split()
        command: click.Command = root
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            found = command.get_command(click.Context(command), words.pop(0))
            assert found, text
            command = found
        known = {option for one in command.params for option in one.opts + one.secondary_opts}
        assert {one.split("=")[0] for one in words if one.startswith("-")} <= known, text


def test_every_test_of_a_page_is_run(pytester: pytest.Pytester) -> None:
    """
    A documented test of no file passes in a suite that has nothing but the plugin and a handler.
    """
    pytester.makeconftest(CONFTEST)
    tests = [one.code for one in blocks("python") if "def test_" in one.code and not one.file]
    pytester.makepyfile(*tests)
    result = pytester.runpytest_subprocess(*PLAIN, "-W", "ignore")
    result.assert_outcomes(passed=sum(code.count("def test_") for code in tests))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_a_page_is_used(page: Path) -> None:
    """
    After a page writes a test or the settings of pytest, it runs pytest.
    """
    left = [*blocks(of=page)]
    while left:
        block, *left = left
        if block.file and re.search(r"(^|/)test_|pytest\.ini$", block.file):
            after = (line for one in left if one.language == "sh" for line in lines(one.code))
            assert any(line.startswith("pytest") for line in after), block.file


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda block: f"{block.page}-{block.file}")
def test_workflows_and_hooks_are_what_we_offer(block: Block) -> None:
    """
    A documented workflow gives the action inputs that it has, and a configuration names our hook.
    """
    document = yaml.safe_load(block.code)
    for step in steps(document):
        own = step.get("uses", "").startswith("./")
        assert own == step.get("uses", "").endswith("/seamproof")
        if step.get("uses", "").endswith("/seamproof"):
            required = {name for name, one in ACTION["inputs"].items() if one.get("required")}
            assert required <= set(step["with"]) <= set(ACTION["inputs"])
    for output in re.findall(r"steps\.seamproof\.outputs\.(\w+)", block.code):
        assert output in ACTION["outputs"]
    hooks = {one["id"]: one for one in HOOKS}
    for repository in document.get("repos", []):
        for hook in repository["hooks"]:
            known = hooks[hook["id"]]
            local = repository["repo"] == "local"
            assert not local or hook["entry"] == " ".join([known["entry"], *known.get("args", [])])
    assert {"jobs", "repos"} & set(document)


def test_no_page_names_what_is_not_there() -> None:
    """
    No package index and no public address has seamproof: pages install it from a clone.
    """
    folders = (ROOT / "docs", ROOT / "examples", ROOT / "src/seamproof/cli")
    files = [
        path for one in folders for suffix in ("md", "py") for path in one.rglob(f"*.{suffix}")
    ]
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "action.yml", *files]:
        found = NOT_THERE.search(page.read_text(encoding="utf-8"))
        assert found is None, f"{page.name}: {found}"


def test_every_line_that_is_not_run_has_a_reason() -> None:
    """
    Each line of the pages is run, or begins as a row of the table of those that are not.
    """
    given = {
        beginning
        for block in blocks("sh", "yaml")
        for line in commands(block)
        for beginning in LEFT
        if line.startswith(beginning)
    }
    assert given == {*LEFT}
    assert all(LEFT.values())


def test_links_lead_somewhere() -> None:
    """
    A link to a file of the repository names one that is there, and a heading that it has.
    """
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
            name, _, heading = target.partition("#")
            linked = (page.parent / name) if name else page
            assert linked.exists(), f"{page.name}: {target}"
            if heading:
                titles = re.findall(r"^#+ (.*)$", linked.read_text("utf-8"), re.MULTILINE)
                slugs = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in titles}
                assert heading in slugs, f"{page.name}: {target}"


def test_the_failure_of_the_readme_is_one_that_is_printed(project: Project) -> None:
    """
    The handler of the first page without its guard fails as the README shows.
    """
    (app,) = (one for one in blocks("python", of=GETTING_STARTED) if one.file == "app.py")
    project.write("unguarded.py", app.code.replace(' and "device_id" in event', ""))
    words = ("--select", "payload.required_only", "--events", "lock.unlocked", "--quick")
    (shown,) = (one.code for one in blocks("text", of=ROOT / "README.md"))

    printed = project.report("check", "unguarded:app", *words)

    assert without_figures(shown) in without_figures(printed.replace("unguarded.py", "app.py"))


def without_figures(text: str) -> str:
    """
    Remove the places, durations and ids, which differ from run to run.
    """
    return re.sub(r"\.py:\d+|after \d+ ms|-[0-9a-f]{8}\b", "…", text)


def test_the_two_set_up_commands() -> None:
    """
    The README sets up with one command each: one for the main job, one for the tests.
    """
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "```sh\npip install . && seamproof demo\n```" in text
    assert f"```sh\n{OUR_TESTS}\n```" in text


def test_help_of_the_root() -> None:
    """
    The root's help names every command.
    """
    shown = CliRunner().invoke(root, ["--help"]).output
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", shown, re.MULTILINE)
