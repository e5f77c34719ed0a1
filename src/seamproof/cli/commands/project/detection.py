"""
Finds the application, its framework and the path of its webhook in a project's source.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: By framework, how a module defines the application; the group is its name.
_APPLICATIONS: Final[Mapping[str, re.Pattern[str]]] = {
    "fastapi": re.compile(r"^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)?FastAPI\(", re.MULTILINE),
    "flask": re.compile(r"^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)?Flask\(", re.MULTILINE),
    "starlette": re.compile(r"^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)?Starlette\(", re.MULTILINE),
    "django": re.compile(r"^(application)\s*=\s*get_[aw]sgi_application\(", re.MULTILINE),
    "lambda": re.compile(r"^def (\w*handler\w*)\(\s*event\b[^)]*\bcontext\b", re.MULTILINE),
}
FRAMEWORKS: Final = (*_APPLICATIONS, "none")
_ROUTE: Final = re.compile(r"""["'](/[\w/<>:{}.-]*(?:seam|webhook)[\w/<>:{}.-]*)["']""")
_STATE: Final = re.compile(r"^(?:async )?def state\(\)", re.MULTILINE)
_SKIPPED: Final = frozenset(("node_modules", "site-packages", "venv", "env", "build", "dist"))
_DEPTH: Final = 4


@dataclass(frozen=True, slots=True)
class Project:
    """
    What was found in the source of a project.

    Attributes:
        framework: One of `FRAMEWORKS`; `none` if no application was found.
        target: `module:name` of the application, as for `seamproof check`.
        path: Of the webhook.
        has_state: Whether the module of the application has a function `state`.
    """

    framework: str = "none"
    target: str = "app:app"
    path: str = DEFAULT_PATH
    has_state: bool = False


def detect(directory: Path, framework: str | None = None) -> Project:
    """
    Find the application in a directory; nothing is imported.

    Args:
        directory: Of the project.
        framework: The one to look for; by default any.
    """
    sources = {path: path.read_text(errors="replace") for path in _modules(directory)}
    routes = [found[1] for text in sources.values() for found in _ROUTE.finditer(text)]
    path = next((one for one in routes if "seam" in one), routes[0] if routes else DEFAULT_PATH)
    for name in (framework,) if framework else _APPLICATIONS:
        pattern = _APPLICATIONS.get(name or "")
        for file, text in sources.items() if pattern else ():
            if pattern and (found := pattern.search(text)):
                target = f"{_module_name(file, directory)}:{found[1]}"
                return Project(str(name), target, path, bool(_STATE.search(text)))
    return Project(framework or "none", path=path)


def _modules(directory: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(directory):
        inside = Path(folder)
        folders[:] = sorted(
            one
            for one in folders
            if len(inside.relative_to(directory).parts) < _DEPTH
            and not one.startswith(".")
            and one not in _SKIPPED
        )
        for name in sorted(files):
            if name.endswith(".py") and not name.startswith(("test_", "conftest")):
                yield inside / name


def _module_name(file: Path, directory: Path) -> str:
    parts = file.relative_to(directory).with_suffix("").parts
    return ".".join(parts[1:] if parts[0] == "src" else parts).removesuffix(".__init__")
