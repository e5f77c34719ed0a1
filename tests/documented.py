"""
Documentation by the letter: a page's blocks, and a project in which they are run in order.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from seamproof import MockServer, Sampler
from seamproof.mock_server import serving
from tests.cli.runner import run
from tests.cli.servers import MAIN
from tests.node_packages import free_port, node_with
from tests.schemas.page_writer import Section, event_schema, openapi, page

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HANDLER: Final = "http://127.0.0.1:8000"
#: Where the examples in JavaScript listen.
SERVER: Final = "127.0.0.1:3000"
#: How the README runs the tests of seamproof itself.
OUR_TESTS: Final = "pip install '.[test]' && pytest -n 4 -m 'not slow'"
#: What makes a suite quick to start: its asserts are not rewritten, nor those of any plugin, and
#: what it does not use is not loaded.
PLAIN: Final = (
    "--assert=plain",
    *(f"-pno:{name}" for name in ("cacheprovider", "faker", "locust", "pact", "schemathesis")),
)
#: What makes the battery of a suite quick.
QUICK: Final = ("--seamproof-quick", "--seamproof-max-examples=5")
#: By its beginning, a line that is not run, and why.
LEFT: Final = {
    "pip install ": "`.ci/run` installs in fresh environments; here all is installed",
    "pip wheel ": "`.ci/run` builds the wheel and tries it",
    "python -m benchmarks": "it takes minutes; tests/benchmarks runs its parts",
    "locust ": "it runs for a minute; tests/load/test_user.py runs locustfiles",
    "seamproof load http://127.0.0.1:8000/webhooks/seam --find-limit": "it takes minutes; "
    "tests/load/test_limit_command.py searches",
    "uvicorn ": "it runs until it is ended; the handler of the pages runs at its address",
    **dict.fromkeys(
        ("npm install ", "npx ", "datamodel-codegen ", "python read_event.py", "node "),
        "tests/schemas/test_export_recipes.py runs it where the tool is installed",
    ),
    "npm ci": "the packages of a project that is not there",
}
#: Pages whose applications set up what a process has only once, such as Django.
APART: Final = ("databases.md", "javascript_and_lambda.md")
#: Commands that replace parts of the standard library, in a process of their own only.
PATCHING: Final = ("load",)
#: By a command that runs until it is ended, the beginning of its first line.
SERVERS: Final = {"serve": "Seam's webhook service", "listen": "listening"}
#: Commands whose business is to find something, or to ask for more proof than a quick run gives:
#: their status may be 1.
FINDING: Final = ("check-docs", "demo --broken", "diff", "lint", "replay", "verify")
_BLOCK: Final = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE: Final = re.compile(r"(?:#|//) (?P<name>[\w./-]+\.(?:py|ini|toml|yaml|yml|mjs|ts))\n")
_MESSAGE: Final = re.compile(r"msg_\w{27}")
_CASE: Final = re.compile(r"(\w+\.\w+)-[0-9a-f]{8}")

#: Refuses nothing, and handles every duplicate.
_BAD: Final = """
done = []


def handler(body, headers):
    done.append(body)


def state():
    return {"done": len(done)}
"""


@dataclass(frozen=True)
class Block:
    """
    A block of code.

    Attributes:
        page: The name of its page.
        language: As the page says.
        code: What stands in it.
        file: Where it belongs, as its first line says; empty if nowhere.
    """

    page: str
    language: str
    code: str
    file: str


def blocks(*languages: str, of: Path | None = None, section: str = "") -> list[Block]:
    """
    Every block of the pages, or of one, or of a section of one, in order.
    """
    return [
        Block(one.name, found["language"], found["code"], named["name"] if named else "")
        for one in ([of] if of else PAGES)
        for found in _BLOCK.finditer(_section(one.read_text(encoding="utf-8"), section))
        for named in [_FILE.match(found["code"])]
        if not languages or found["language"] in languages
    ]


def _section(text: str, heading: str) -> str:
    return f"{text}\n## ".split(f"\n## {heading}\n")[1].split("\n## ")[0] if heading else text


def lines(code: str) -> list[str]:
    """
    The commands of a shell block.
    """
    joined = code.replace("\\\n", " ").splitlines()
    # The tests of seamproof itself are these.
    ours = (line for line in joined if line != OUR_TESTS)
    return [part.strip() for line in ours for part in line.split("&&") if part.strip()]


def table_commands(page: Path) -> list[str]:
    """
    The commands that tables of a page name alone in a cell.
    """
    text = page.read_text(encoding="utf-8")
    return re.findall(r"\| `((?:seamproof|pytest) [^`|]+)` (?=\|)", text)


def commands(block: Block) -> list[str]:
    """
    The commands of a block: of a shell, or of the steps of a workflow.
    """
    if block.language == "yaml":
        runs = [step.get("run", "") for step in steps(yaml.safe_load(block.code))]
        return [line for run in runs for line in lines(run)]
    return lines(block.code) if block.language == "sh" else []


class Project:
    """
    A project as a page has it in mind: the handler of the first page, and files to work on.

    Args:
        directory: Where it lies.
        patch: Undoes what is set.
    """

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch) -> None:
        self.directory = self._root = directory
        self._patch = patch
        self._apart = False
        self._port = 3000
        self._url = self._message = ""
        patch.chdir(directory)
        patch.setenv("XDG_DATA_HOME", str(directory))
        patch.setenv("PYTEST_ADDOPTS", " ".join([*PLAIN, *QUICK, "-p no:xdist"]))
        # In CI Hypothesis has no deadline: how fast the machine is makes no difference.
        patch.setenv("CI", "true")
        for name in ("SEAM_WEBHOOK_SECRET", "SEAMPROOF_CATALOG"):
            patch.setenv(name, "")
            patch.delenv(name)
        self._fill()

    def _fill(self) -> None:
        for block in blocks("python", of=ROOT / "docs/getting_started.md"):
            if block.file in ("app.py", "conftest.py"):
                self.write(block.file, block.code)
        event = Sampler(seed=7).event("lock.unlocked")
        self.write("event.json", json.dumps(event))
        self.write("body.json", json.dumps(event))
        self.write("events.ndjson", json.dumps(event) + "\n" + json.dumps(event) + "\n")
        self.write("tests/fixtures/seam/locked.json", json.dumps(event))
        self.write("openapi.json", json.dumps(openapi(event_schema("robot.moved", {}))))
        self.write("pages/robots.md", page(Section()))
        self._seamproof(["schemas", "derive", "openapi.json", "--out", "old"])
        shutil.copytree("old", "new")

    def write(self, name: str, text: str) -> None:
        """
        Write a file.
        """
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def act(self, block: Block) -> None:
        """
        Do what a block says.
        """
        self._apart = block.page in APART
        if block.file:
            self.write(block.file, block.code)
        for line in commands(block):
            self.line(line)
        if block.language == "python" and not block.file and "def test_" not in block.code:
            exec(compile(block.code, block.page, "exec"), {})  # noqa: S102 - it is our own

    def line(self, line: str) -> None:
        """
        Run a line of a shell.
        """
        if line.startswith(tuple(LEFT)):
            return
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            self._patch.setenv(name, value)
            return
        if line.startswith("mkdir -p "):
            Path(line.removeprefix("mkdir -p ")).mkdir(parents=True, exist_ok=True)
            return
        if line.startswith("cd "):
            self._enter(line.removeprefix("cd "))
            return
        if line == "npm install":
            self._install()
            return
        command, _, file = self._real(line).partition(" > ")
        said = ""
        for part in command.split(" | "):
            words = shlex.split(part)
            if words[0] == "pytest":
                said = self._python("-m", *words)
            elif words[0] == "python":
                said = self._python(*words[1:])
            else:
                assert words[0] == "seamproof", f"{line}: nobody runs this"
                said = self._serve(words[1:]) or self._seamproof(words[1:], said)
        if file:
            (self.directory / file).write_text(said, encoding="utf-8")

    def _real(self, line: str) -> str:
        """
        Put real ids and addresses in the place of those that a page invents.
        """
        line = line.replace(HANDLER, self._url).replace("pages/*.md", "pages/robots.md")
        line = line.replace(SERVER, f"127.0.0.1:{self._port}")
        line = _MESSAGE.sub(self._message, line)
        return _CASE.sub(lambda found: self._case(found[1]), line)

    def _case(self, check: str) -> str:
        """
        Make a case of a failure, at a handler that refuses nothing and repeats itself.
        """
        self.write("bad.py", _BAD)
        state = ["--state", "bad:state"] if check.startswith("delivery.") else []
        run(self._patch, "check", "bad:handler", *state, "--select", check, "--quick")
        (case, *_) = (self.directory / ".seamproof/cases").glob(f"{check}-*.json")
        return case.stem

    def report(self, *words: str) -> str:
        """
        Return what a command prints that finds a failure.
        """
        done = run(self._patch, *words)
        assert done.status == 1, done.stdout + done.stderr
        return done.stdout

    def _seamproof(self, words: list[str], stdin: str = "") -> str:
        if words[0] == "check" and "--quick" not in words:
            words = [*words, "--quick"]
        if self._apart or words[0] in PATCHING:
            return self._python("-c", "from seamproof.cli import main; main()", *words)
        done = run(self._patch, *words, stdin=stdin)
        may_find = {*words[:2], " ".join(words)} & set(FINDING) or "--strict" in words
        allowed = (0, 1) if may_find else (0,)
        assert done.status in allowed, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _serve(self, words: list[str]) -> str:
        """
        Serve until the server says where it is.
        """
        if words[0] not in SERVERS:
            return ""
        with subprocess.Popen(
            [*MAIN, *words, "--port", "0"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            first = process.stdout.readline()
            process.terminate()
        assert first.startswith(f"{SERVERS[words[0]]}: http://127.0.0.1:")
        return first

    def _python(self, *words: str) -> str:
        command = [sys.executable, *words]
        done = subprocess.run(
            command, capture_output=True, check=False, cwd=self.directory, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _enter(self, folder: str) -> None:
        """
        Go to a folder of a clone, as the root of a page has it in mind: to a copy of it.
        """
        self.directory = self._root / folder
        ignored = shutil.ignore_patterns("__pycache__", ".*", "*.sqlite3", "node_modules")
        shutil.copytree(ROOT / folder, self.directory, ignore=ignored)
        self._patch.chdir(self.directory)

    def _install(self) -> None:
        """
        Link the packages that the project asks for, and let its server listen at a free port.
        """
        package = json.loads((self.directory / "package.json").read_text(encoding="utf-8"))
        _, packages = node_with(*package["dependencies"])
        (self.directory / "node_modules").symlink_to(packages)
        self._port = free_port()
        self._patch.setenv("PORT", str(self._port))
        file = self.directory / "seamproof.toml"
        if file.exists():
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace(SERVER, f"127.0.0.1:{self._port}"), encoding="utf-8")

    @contextmanager
    def running(self) -> Iterator[None]:
        """
        Run the handler at an address, and a server that `trigger` finds, with one message.
        """
        self._patch.setenv("SEAM_WEBHOOK_SECRET", SECRET)
        with (
            serving(self._app()) as self._url,
            MockServer(clock="manual", secret=SECRET) as server,
        ):
            server.register(f"{self._url}/webhooks/seam")
            server.emit("lock.locked")
            server.wait_idle(timeout=60)
            self._message = server.messages[0].message.message_id
            self._patch.setenv("SEAMPROOF_SERVER", server.url)
            yield

    def _app(self) -> Any:
        spec = importlib.util.spec_from_file_location("documented_app", self.directory / "app.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.app.add_api_route("/state", module.state)
        module.app.add_api_route("/hook", module.receive, methods=["POST"], status_code=204)
        return module.app


def steps(document: dict[str, Any]) -> list[dict[str, Any]]:
    """
    The steps of a workflow; of another document, none.
    """
    return [step for job in document.get("jobs", {}).values() for step in job["steps"]]
