"""
Tests of the package as a whole: its public names, and what importing it costs.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import entry_points, packages_distributions, version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import seamproof
from seamproof.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
HOMES = {
    "Attempt": "seamproof.events",
    "Delivery": "seamproof.events",
    "Event": "seamproof.events",
    "MockServer": "seamproof.mock_server",
    "Sampler": "seamproof.strategies",
    "SeamproofError": "seamproof.errors",
    "Secret": "seamproof.signing",
    "catalog": "seamproof.schemas",
    "is_valid": "seamproof.schemas",
    "sign": "seamproof.signing",
    "validate": "seamproof.schemas",
    "verify": "seamproof.signing",
    "violations": "seamproof.schemas",
}


@pytest.mark.parametrize(("name", "home"), HOMES.items())
def test_a_public_name_leads_to_its_home(name: str, home: str) -> None:
    """
    `seamproof.sign` is the very function of `seamproof.signing`.
    """
    assert getattr(seamproof, name) is getattr(import_module(home), name)


@pytest.mark.parametrize("name", seamproof.__all__)
def test_every_promised_name_is_there(name: str) -> None:
    """
    What `__all__` lists can be had, and `dir` shows it.
    """
    assert getattr(seamproof, name)
    assert name in dir(seamproof)


def test_the_promised_names_are_these() -> None:
    """
    A name that is removed breaks code that uses it.
    """
    assert set(HOMES) <= set(seamproof.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """
    An unknown name raises the error that a module raises.
    """
    with pytest.raises(AttributeError, match="module 'seamproof' has no attribute 'singn'"):
        getattr(seamproof, "singn")  # noqa: B009 - mypy refuses the attribute


def test_the_version_is_that_of_the_distribution() -> None:
    """
    The version is stated once.
    """
    assert version("seamproof") == seamproof.__version__


def test_the_package_declares_a_command_and_a_plugin() -> None:
    """
    The entry points lead to functions that exist.
    """
    (command,) = entry_points(group="console_scripts", name="seamproof")
    (plugin,) = entry_points(group="pytest11", name="seamproof")

    assert command.load() is main
    assert plugin.load() is import_module("seamproof.pytest_plugin.register")


def imported(statement: str) -> set[str]:
    """
    Run a statement in a new interpreter and return the modules that it imports.
    """
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


HEAVY = {"aiohttp", "click", "faker", "httpx", "hypothesis", "jsonschema", "jsonschema_rs"} | {
    *("pytest", "rich", "starlette", "svix", "uvicorn")
}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import seamproof", set()),
        ("import seamproof; dir(seamproof)", set()),
        ("from seamproof import sign, verify, Secret", set()),
        ("import seamproof.pytest_plugin", set()),
        ("import seamproof.pytest_plugin.register", {"pytest"}),
        ("from seamproof import validate, catalog; catalog()", {"jsonschema_rs"}),
        ("from seamproof import Sampler; Sampler(1)", {"jsonschema_rs"}),
        ("import seamproof.cli", {"click"}),
    ],
)
def test_an_import_loads_no_more_than_it_needs(statement: str, allowed: set[str]) -> None:
    """
    A test suite that does not draw events imports neither Hypothesis nor Faker, and so on.
    """
    assert imported(statement) & HEAVY <= allowed


def test_heavy_modules_would_be_noticed() -> None:
    """
    The test above sees imports: an event of the sampler needs Faker.
    """
    statement = "from seamproof import Sampler; Sampler(1).event('connected_account.deleted')"

    assert "faker" in imported(statement)


def imported_packages(node: ast.AST) -> Iterator[str]:
    """
    Name the packages that a module imports when it runs, at once or late.
    """
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (name.name.partition(".")[0] for name in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield str(node.module).partition(".")[0]
    for child in ast.iter_child_nodes(node):
        yield from imported_packages(child)


def test_what_is_imported_is_declared() -> None:
    """
    Each package that is imported is a dependency, and nothing else is.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = [*project["dependencies"], *project["optional-dependencies"]["load"]]
    declared = {re.split("[<>=~ ]", one)[0] for one in required}
    modules = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    packages = {name for text in modules for name in imported_packages(ast.parse(text))}
    others = packages - {*sys.stdlib_module_names, "seamproof"}
    distributions = packages_distributions()

    needed = {distributions[name][0].lower().replace("_", "-") for name in others}

    assert needed == declared


def test_the_example_handler_is_the_model_handler() -> None:
    """
    The example is the handler that the demonstration runs.
    """
    example = ROOT / "examples" / "model_handler.py"
    model = ROOT / "src" / "seamproof" / "checks" / "demo" / "model_handler.py"

    assert example.read_text(encoding="utf-8") == model.read_text(encoding="utf-8")
