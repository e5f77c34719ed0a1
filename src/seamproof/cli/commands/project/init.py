"""
`seamproof init`: write the files with which a project tests its handler.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seamproof.cli.commands.project.detection import FRAMEWORKS, INSTALLED, detect
from seamproof.cli.commands.project.templates import IGNORED, files
from seamproof.configuration.project_file import find_configuration
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command("init")
@click.option(
    "--framework",
    type=click.Choice(FRAMEWORKS),
    help="Of the application. Default: the one that is found in the source.",
)
def command(*, framework: str | None) -> None:
    """
    Write the files with which a project tests its handler.

    These are seamproof.toml with the options of `seamproof check` and of the pytest plugin, a
    conftest.py with a client of the application, a workflow for GitHub, and a line in
    .gitignore. The application is looked for in the source of the current directory; nothing
    is imported. A file that exists stays as it is.

    \b
    Example:
      seamproof init
      seamproof init --framework flask
    """
    directory = Path()
    project = detect(directory, framework)
    if project.framework == "none":
        click.echo("no application was found: correct the target in seamproof.toml", err=True)
    else:
        target = project.factory or project.target
        click.echo(f"found {project.framework}: {target}, webhook at {project.path}")
    for name, text in files(project, _requirements(directory, project.framework)).items():
        exists = (directory / name).exists()
        if name == "seamproof.toml" and not exists:
            exists = find_configuration(directory) is not None
        click.echo(f"kept     {name}" if exists else f"wrote    {name}")
        if not exists:
            _write(directory / name, text)
    for line in _ignore(directory / ".gitignore"):
        click.echo(line)


def _requirements(directory: Path, framework: str) -> str:
    """
    Say what pip installs in the workflow: what the project lists, or else its framework.
    """
    if (directory / "requirements.txt").exists():
        return "-r requirements.txt"
    if any((directory / name).exists() for name in ("pyproject.toml", "setup.py")):
        return "."
    return f"./tools/seamproof svix{f' {framework}' if framework in INSTALLED else ''}"


def _ignore(path: Path) -> Iterator[str]:
    """
    Add the directory of cases to a .gitignore.
    """
    text = path.read_text("utf-8") if path.exists() else ""
    if IGNORED.rstrip("/") in (line.strip().strip("/") for line in text.splitlines()):
        yield "kept     .gitignore"
        return
    _write(path, f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{IGNORED}\n")
    yield f"wrote    .gitignore ({IGNORED})"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        what = f"the file cannot be written: {problem.strerror}"
        raise UsageError(what, where=str(path)) from problem
