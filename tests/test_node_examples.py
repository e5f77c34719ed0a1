"""
The examples in JavaScript: each is copied, started and checked by URL.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.cli.servers import MAIN
from tests.node_packages import free_port, node_with

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[..., subprocess.CompletedProcess[str]]

EXAMPLES: Final = Path(__file__).parents[1] / "examples"
FUNCTION: Final = Path(__file__).with_name("serve_function.mjs")
#: By example: its packages, and how this test starts it where `npm start` is not the way.
EXAMPLE_PACKAGES: Final = {
    "express": ("express", "svix"),
    "hono": ("hono", "@hono/node-server", "standardwebhooks"),
    "nextjs": ("svix",),
    "aws_lambda": ("svix",),
}
#: Next.js itself is large: without it the function of the route is served alone.
FUNCTIONS: Final = {
    "nextjs": "route app/webhooks/seam/route.js lib/store.js",
    "aws_lambda": "lambda index.mjs store.mjs",
}
HANDLERS: Final = {
    "express": "server.js",
    "hono": "server.js",
    "nextjs": "app/webhooks/seam/route.js",
    "aws_lambda": "index.mjs",
}
#: What may stay undecided in a quick run: what needs `--break`, what takes 5 s, and what one
#: process that answers within a millisecond cannot show.
UNDECIDED: Final = {
    "delivery.concurrent_burst",
    "delivery.concurrent_duplicates",
    "delivery.copies_while_failing",
    "delivery.duplicate_later",
    "delivery.retry_after_failure",
}
PORT: Final = 3000


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """
    Copy an example, change a line if asked to, and check what its own configuration starts.
    """

    def run(name: str, *words: str, old: str = "", new: str = "", start: str = "") -> object:
        node, packages = node_with(*EXAMPLE_PACKAGES[name])
        project = shutil.copytree(EXAMPLES / name, tmp_path / name)
        (project / "node_modules").symlink_to(packages)
        handler = project / HANDLERS[name]
        text = handler.read_text(encoding="utf-8")
        assert old in text
        handler.write_text(text.replace(old, new), encoding="utf-8")
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        given = ["--state", f"{url}/state", "--quick", *words]
        if name in FUNCTIONS and not start:
            start = f"{node} {FUNCTION} {FUNCTIONS[name]} {port}"
        if start:
            given += ["--start", start]
        variables = {key: value for key, value in os.environ.items() if "SEAM" not in key}
        variables |= {"PORT": str(port), "NEXT_TELEMETRY_DISABLED": "1"}
        command = [*MAIN, "check", f"{url}/webhooks/seam", *given]
        return subprocess.run(
            command, capture_output=True, check=False, cwd=project, env=variables, text=True
        )

    return run  # type: ignore[return-value] # of the type that it has


def assert_proved(done: subprocess.CompletedProcess[str]) -> None:
    """
    Nothing failed or warned, and only what needs a switch is undecided.
    """
    assert done.returncode == 0, done.stdout + done.stderr
    results = {one["id"]: one["status"] for one in json.loads(done.stdout)["checks"]}
    wrong = {name for name, status in results.items() if status not in ("passed", "skipped")}
    assert wrong <= UNDECIDED, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLE_PACKAGES)
def test_an_example_in_javascript_passes(name: str, check: Check) -> None:
    """
    Each check passes, except those that a run without a switch cannot decide.
    """
    assert_proved(check(name, "--format", "json", "--max-time", "300"))


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLE_PACKAGES)
def test_an_example_in_javascript_that_accepts_forgeries_is_found(name: str, check: Check) -> None:
    """
    A handler that answers every forgery as a delivery does not pass.
    """
    old = {"express": "sendStatus(400)", "hono": "c.body(null, 400)"}.get(name, "status: 400")
    old = "statusCode: 400" if name == "aws_lambda" else old

    done = check(name, "--select", "signature.stale", old=old, new=old.replace("400", "204"))

    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED  signature.stale" in done.stdout


@pytest.mark.slow
def test_the_example_for_next_passes_in_next_itself(check: Check) -> None:
    """
    Next.js builds the example and serves its routes.
    """
    node_with("next", "react", "react-dom")

    done = check(
        "nextjs",
        *("--format", "json", "--max-time", "300"),
        # The other builder of Next.js follows no links out of the project.
        start="npm run build -- --webpack && SHOW_STATE=1 npm start",
    )

    assert_proved(done)


@pytest.mark.parametrize("name", ["express", "hono", "nextjs"])
def test_an_example_in_javascript_says_how_it_is_started(name: str) -> None:
    """
    Its configuration names the command of its package, and where it listens by default.
    """
    folder = EXAMPLES / name
    configuration = (folder / "seamproof.toml").read_text(encoding="utf-8")
    scripts = json.loads((folder / "package.json").read_text(encoding="utf-8"))["scripts"]

    assert "start" in scripts
    assert 'start = "SHOW_STATE=1 npm start"' in configuration
    assert f"http://127.0.0.1:{PORT}/webhooks/seam" in configuration


def test_the_store_in_javascript_is_the_same_in_each() -> None:
    """
    The examples differ in their handlers only.
    """
    files = ("express/store.js", "hono/store.js", "nextjs/lib/store.js", "aws_lambda/store.mjs")

    assert len({(EXAMPLES / one).read_bytes() for one in files}) == 1
