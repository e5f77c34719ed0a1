"""
The recipes for exports, each run with its tool where that is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.cli.servers import MAIN
from tests.documented import ROOT, blocks, lines
from tests.node_packages import node_with

if TYPE_CHECKING:
    from pathlib import Path

PAGE: Final = ROOT / "docs/exports.md"
#: By section of the page: the packages of npm and the programs that it needs, a file that it makes.
RECIPES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...], str]]] = {
    "TypeScript, with openapi-typescript": (
        ("openapi-typescript", "typescript"),
        (),
        "seam-webhooks.d.ts",
    ),
    "Python, with datamodel-code-generator": ((), ("datamodel-codegen",), "models/lock.py"),
    "AsyncAPI, with Modelina": (("@asyncapi/modelina",), (), "models/LockUnlocked.ts"),
    "Other tools": ((), (), "seam-events.schema.json"),
}


@pytest.mark.slow
@pytest.mark.parametrize("section", RECIPES)
def test_a_recipe_can_be_followed(section: str, tmp_path: Path) -> None:
    """
    Each command of a section ends well, and what the tool is to write is there.
    """
    packages, programs, made = RECIPES[section]
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: `pip install datamodel-code-generator`")
    if packages:
        (tmp_path / "node_modules").symlink_to(node_with(*packages)[1])

    for block in blocks(of=PAGE, section=section):
        if block.file:
            (tmp_path / block.file).write_text(block.code, encoding="utf-8")
        for line in lines(block.code) if block.language == "sh" else ():
            if not line.startswith(("npm install ", "pip install ")):
                follow(line, tmp_path)

    assert "lock.unlocked" in (tmp_path / made).read_text(encoding="utf-8")


def follow(line: str, directory: Path) -> None:
    """
    Run a line of a shell with this Python and this seamproof.
    """
    names = {"seamproof": MAIN, "python": [sys.executable], "npx": ["npx", "--no-install"]}
    command, _, file = line.partition(" > ")
    first, *rest = command.split()
    done = subprocess.run(
        [*names.get(first, [first]), *rest],
        capture_output=True,
        check=False,
        cwd=directory,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if file:
        (directory / file).write_text(done.stdout, encoding="utf-8")


def test_every_section_with_commands_is_a_recipe() -> None:
    """
    The table above has each section of the page.
    """
    text = PAGE.read_text(encoding="utf-8")
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [*RECIPES]
