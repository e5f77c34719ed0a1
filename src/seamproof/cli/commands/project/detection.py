"""
Finds the application, its framework and the path of its webhook in a project's source.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.json_types import parse_json
from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: By framework, how a module defines the application; the group is its name.
_APPLICATIONS: Final[Mapping[str, re.Pattern[str]]] = {
    "fastapi": re.compile(r"^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)?FastAPI\(", re.MULTILINE),
    "flask": re.compile(r"^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)?Flask\(", re.MULTILINE),
    "starlette": re.compile(r"^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)?Starlette\(", re.MULTILINE),
    "django": re.compile(r"^(application)\s*=\s*get_[aw]sgi_application\(", re.MULTILINE),
    "lambda": re.compile(r"^def (\w*handler\w*)\(\s*\w+\b[^)]*\bcontext\b", re.MULTILINE),
    # Its applications are checked by URL.
    "aiohttp": re.compile(r"\b(web)\.Application\("),
}
#: How a function that makes an application begins, and what it calls, by framework.
_FACTORY: Final = re.compile(r"^def (\w*app\w*)\(", re.MULTILINE)
_MADE: Final = {"fastapi": "FastAPI(", "flask": "Flask(", "starlette": "Starlette("}
#: Packages of npm that serve HTTP.
_NODE_SERVERS: Final = frozenset(
    ("express", "hono", "next", "fastify", "koa", "h3", "@nestjs/core", "@hapi/hapi")
)
#: Those that pip installs by their names.
INSTALLED: Final = frozenset(("aiohttp", "django", "fastapi", "flask", "starlette"))
FRAMEWORKS: Final = (*_APPLICATIONS, "node", "none")
_ROUTE: Final = re.compile(r"""["'](/[\w/<>:{}.-]*(?:seam|webhook)[\w/<>:{}.-]*)["']""")
_STATE: Final = re.compile(r"^(?:async )?def state\(\)", re.MULTILINE)
#: Where a source names the port at which it listens.
_PORT: Final = re.compile(
    r"\brun_app\([\s\S]{0,200}?\bport\s*=\s*(\d+)"
    r"|(?:\blisten\(|\bPORT\)?\s*(?:\?\?|\|\|)\s*|--port[ =]|\bport\s*:\s*)(\d+)"
)
#: The ports at which the servers of aiohttp and of most frameworks of node listen.
_AIOHTTP_PORT: Final = 8080
_NODE_PORT: Final = 3000
_NODE_FILES: Final = (".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx")
_SKIPPED: Final = frozenset(("node_modules", "site-packages", "venv", "env", "build", "dist"))
_DEPTH: Final = 6


@dataclass(frozen=True, slots=True)
class Project:
    """
    What was found in the source of a project.

    Attributes:
        framework: One of `FRAMEWORKS`; `none` if no application was found.
        target: `module:name` of the application, as for `seamproof check`.
        path: Of the webhook.
        state: The function `state` of the module of the application, or else of the only module
            that has one; empty if there is none.
        has_database: Whether a source sets `DATABASES`, as the settings of Django do.
        factory: Its function that makes the application, where the module has none.
        start: A command that starts the server; the target is then its URL.
    """

    framework: str = "none"
    target: str = "app:app"
    path: str = DEFAULT_PATH
    state: str = ""
    has_database: bool = False
    factory: str = ""
    start: str = ""


def detect(directory: Path, framework: str | None = None) -> Project:
    """
    Find the application in a directory; nothing is imported.

    Args:
        directory: Of the project.
        framework: The one to look for; by default any.
    """
    sources = {path: path.read_text(errors="replace") for path in _sources(directory)}
    routes = [found[1] for text in sources.values() for found in _ROUTE.finditer(text)]
    routes += [f"/{one}" for one in _next_routes(sources, directory)]
    path = next((one for one in routes if "seam" in one), routes[0] if routes else DEFAULT_PATH)
    modules = {file: text for file, text in sources.items() if file.suffix == ".py"}
    for find in (_application, _made_application):
        for name in (framework,) if framework else _APPLICATIONS:
            for file, text in modules.items():
                if found := find(name, text, _module_name(file, directory)):
                    return replace(
                        found,
                        path=path,
                        state=_state(file, modules, directory),
                        has_database=any("DATABASES" in one for one in modules.values()),
                    )
    if framework == "node" or (framework is None and _serves_with_node(directory)):
        texts = [text for file, text in sources.items() if file.suffix != ".py"]
        package = directory / "package.json"
        texts += [package.read_text(errors="replace")] if package.exists() else []
        return _server("node", _port(texts, _NODE_PORT), "npm start", path)
    return Project(framework or "none", path=path)


def _state(application: Path, modules: Mapping[Path, str], directory: Path) -> str:
    found = [file for file, text in modules.items() if _STATE.search(text)]
    shown = [application] if application in found else found
    return f"{_module_name(shown[0], directory)}:state" if len(shown) == 1 else ""


def _application(name: str, text: str, module: str) -> Project | None:
    """
    Find an application at the top of a module.
    """
    pattern = _APPLICATIONS.get(name)
    found = pattern.search(text) if pattern else None
    if found is None:
        return None
    if name == "aiohttp":
        return _server(name, _port([text], _AIOHTTP_PORT), f"python -m {module}", DEFAULT_PATH)
    return Project(name, f"{module}:{found[1]}")


def _made_application(name: str, text: str, module: str) -> Project | None:
    """
    Find a function that makes an application.
    """
    found = _FACTORY.search(text) if _MADE.get(name, "\0") in text else None
    return Project(name, "seam_app:app", factory=f"{module}:{found[1]}") if found else None


def _port(texts: Iterable[str], usual: int) -> int:
    found = next(filter(None, map(_PORT.search, texts)), None)
    return int(found[1] or found[2]) if found else usual


def _server(name: str, port: int, start: str, path: str) -> Project:
    return Project(name, f"http://127.0.0.1:{port}", path, start=start)


def _serves_with_node(directory: Path) -> bool:
    try:
        package = parse_json((directory / "package.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    wanted = package.get("dependencies") if isinstance(package, dict) else None
    return isinstance(wanted, dict) and bool(_NODE_SERVERS & wanted.keys())


def _next_routes(sources: Iterable[Path], directory: Path) -> Iterator[str]:
    """
    Find the webhooks of Next.js, whose paths are those of their files.
    """
    for file in sources:
        parts = file.relative_to(directory).with_suffix("").parts
        if parts[0] == "src":
            parts = parts[1:]
        if parts[0] == "app" and parts[-1] == "route":
            parts = parts[1:-1]
        elif parts[:2] == ("pages", "api"):
            parts = parts[1:]
        else:
            continue
        if any(word in "/".join(parts) for word in ("seam", "webhook")):
            # A folder in brackets groups routes and is no part of a path.
            yield "/".join(one for one in parts if not one.startswith("("))


def _sources(directory: Path) -> Iterator[Path]:
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
            if name.endswith((".py", *_NODE_FILES)) and not name.startswith(("test_", "conftest")):
                yield inside / name


def _module_name(file: Path, directory: Path) -> str:
    parts = file.relative_to(directory).with_suffix("").parts
    return ".".join(parts[1:] if parts[0] == "src" else parts).removesuffix(".__init__")
