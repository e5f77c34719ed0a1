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
from tests.schemas.page_writer import Section, event_schema, openapi, page

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HANDLER: Final = "http://127.0.0.1:8000"
#: How the README runs the tests of seamproof itself.
OUR_TESTS: Final = "pip install '.[test]' && pytest -n 4 -m 'not slow'"
#: What makes a suite quick to start: its asserts are not rewritten, nor those of any plugin, and
#: what it does not use is not loaded.
PLAIN: Final = ("--assert=plain", "-p", "no:schemathesis", "-p", "no:cacheprovider")
#: What makes the battery of a suite quick.
QUICK: Final = ("--seamproof-quick", "--seamproof-max-examples=5")
#: What other tests run, or no test can: installing, and servers of others.
LEFT: Final = ("pip install ", "pip download ", "uvicorn ", "python -m benchmarks")
#: Commands whose business is to find something: their status may be 1.
FINDING: Final = ("check-docs", "diff", "replay", "verify")
_BLOCK: Final = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE: Final = re.compile(r"# (?P<name>[\w./-]+\.(?:py|ini|toml|yaml|yml))\n")
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


def blocks(*languages: str, of: Path | None = None) -> list[Block]:
    """
    Every block of the pages, or of one, in order; of some languages, or of any.
    """
    return [
        Block(one.name, found["language"], found["code"], named["name"] if named else "")
        for one in ([of] if of else PAGES)
        for found in _BLOCK.finditer(one.read_text(encoding="utf-8"))
        for named in [_FILE.match(found["code"])]
        if not languages or found["language"] in languages
    ]


def lines(code: str) -> list[str]:
    """
    The commands of a shell block.
    """
    joined = code.replace("\\\n", " ").splitlines()
    # The tests of seamproof itself are these.
    ours = (line for line in joined if line != OUR_TESTS)
    return [part.strip() for line in ours for part in line.split("&&") if part.strip()]


class Project:
    """
    A project as a page has it in mind: the handler of the first page, and files to work on.

    Args:
        directory: Where it lies.
        patch: Undoes what is set.
    """

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self._patch = patch
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
        if block.file:
            self.write(block.file, block.code)
        if block.language == "sh":
            for line in lines(block.code):
                self.line(line)
        elif block.language == "python" and not block.file and "def test_" not in block.code:
            exec(compile(block.code, block.page, "exec"), {})  # noqa: S102 - it is our own
        elif block.language == "yaml":
            for step in steps(yaml.safe_load(block.code)):
                for line in lines(step.get("run", "")):
                    self.line(line)

    def line(self, line: str) -> None:
        """
        Run a line of a shell.
        """
        if line.startswith(LEFT) or line == "npm ci":
            return
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            self._patch.setenv(name, value)
            return
        if line.startswith("mkdir -p "):
            Path(line.removeprefix("mkdir -p ")).mkdir(parents=True, exist_ok=True)
            return
        command, _, file = self._real(line).partition(" > ")
        said = ""
        for part in command.split(" | "):
            words = shlex.split(part)
            if words[0] == "pytest":
                said = self._pytest(words[1:])
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

    def _seamproof(self, words: list[str], stdin: str = "") -> str:
        if words[0] == "check" and "--quick" not in words:
            words = [*words, "--quick"]
        done = run(self._patch, *words, stdin=stdin)
        allowed = (0, 1) if set(words[:2]) & set(FINDING) else (0,)
        assert done.status in allowed, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _serve(self, words: list[str]) -> str:
        """
        Serve until the server says where it is.
        """
        if words[0] != "serve":
            return ""
        with subprocess.Popen(
            [*MAIN, *words, "--port", "0"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            first = process.stdout.readline()
            process.terminate()
        assert first.startswith("Seam's webhook service: http://127.0.0.1:")
        return first

    def _pytest(self, words: list[str]) -> str:
        command = [sys.executable, "-m", "pytest", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

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
