"""
The files that `seamproof init` writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.cli.commands.project.detection import Project

_CONFIGURATION: Final = """\
# Options of seamproof; `seamproof check --help` describes them.

{options}
# What status codes cannot decide, the handler's state does: a function without arguments.
{comment}state = "{module}:state"

[check]
target = "{target}"

# The checks as tests of pytest. Remove the table to keep them out of the test suite.
[pytest]
target = "{target}"
quick = true
"""
_CONFTEST: Final = '''\
"""
Fixtures for tests of the handler of Seam's webhooks.
"""

import os

import pytest
{imports}

@pytest.fixture(scope="session")
def seam_client(seam_secret):
    """
    A client of the application, which verifies with the secret that seamproof signs with.

    In a test: seam_post(seam_client, seam_delivery("lock.unlocked")).
    """
    os.environ["SEAM_WEBHOOK_SECRET"] = seam_secret
{client}
'''
_TEST_CLIENT: Final = """\
    from {module} import {name}

    return TestClient({name})
"""
#: By framework: imports of the conftest, and how it makes a client.
_CLIENTS: Final[Mapping[str, tuple[str, str]]] = {
    "flask": ("", "    from {module} import {name}\n\n    return {name}.test_client()\n"),
    "fastapi": ("from fastapi.testclient import TestClient\n", _TEST_CLIENT),
    "starlette": ("from starlette.testclient import TestClient\n", _TEST_CLIENT),
    "django": (
        "",
        """\
    from {module} import {name}  # sets Django up
    from django.test import Client

    assert {name}
    return Client()
""",
    ),
}
_WORKFLOW: Final = """\
name: seam webhooks
on: [push, pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      # seamproof has to be among these requirements: a wheel, or the path of a clone.
      - run: pip install {requirements}
      - run: seamproof check --report junit=seamproof.xml
"""
IGNORED: Final = ".seamproof/"


def files(project: Project, requirements: str) -> dict[str, str]:
    """
    Make the files of a project, by their paths.

    Args:
        project: What was found in its source.
        requirements: What pip installs in the workflow.
    """
    module, _, name = project.target.partition(":")
    options = f'path = "{project.path}"'
    if project.framework == "lambda":
        options += '\nas = "lambda"'
    made = {
        "seamproof.toml": _CONFIGURATION.format(
            target=project.target,
            module=module,
            options=options,
            comment="" if project.has_state else "# ",
        ),
        ".github/workflows/seamproof.yml": _WORKFLOW.format(requirements=requirements),
    }
    if project.framework in _CLIENTS:
        imports, client = _CLIENTS[project.framework]
        made["conftest.py"] = _CONFTEST.format(
            imports=imports, client=client.format(module=module, name=name).rstrip()
        )
    return made
