"""
The files that `seamproof init` writes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.cli.commands.project.detection import Project

_CONFIGURATION: Final = """\
# Options of seamproof; `seamproof check --help` describes them.

{options}

[check]
target = "{target}"
"""
#: What status codes cannot decide, the handler's state does.
_STATE: Final = """
# What status codes cannot decide, the handler's state does: {how}.
"""
_PLUGIN: Final = """
# The checks as tests of pytest. Remove the table to keep them out of the test suite.
[pytest]
target = "{target}"
quick = true
"""
_FACTORY: Final = '''\
"""
The application, for `seamproof check` and for tests.
"""

from {module} import {name}

app = {name}()
'''
_CONFTEST: Final = '''\
"""
Fixtures for tests of the handler of Seam's webhooks.
"""

import os
{standard}
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
_DJANGO: Final = '''

def pytest_configure(config):
    """
    Make a database for the tests, with all tables, as `manage.py test` does.
    """
    os.environ.setdefault("SEAM_WEBHOOK_SECRET", "{secret}")
    import {module}  # sets Django up
    from django.db import connections
    from django.test.runner import DiscoverRunner

    assert {module}
    for connection in connections.all():
        if connection.vendor == "sqlite":
            # Threads of a handler share a file better than a database in memory.
            connection.settings_dict["TEST"]["NAME"] = os.path.join(tempfile.mkdtemp(), "tests")
    runner = DiscoverRunner(verbosity=0, interactive=False)
    made = runner.setup_databases()
    config.add_cleanup(lambda: runner.teardown_databases(made))
'''
_WORKFLOW: Final = """\
name: seam webhooks
on: [push, pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
    env:
      # Of this workflow alone: the handler and seamproof both read it.
      SEAM_WEBHOOK_SECRET: {secret}
    steps:
      - uses: actions/checkout@v4
        with:
          # Where a clone of seamproof is a submodule.
          submodules: true
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
{steps}      - run: seamproof check --report junit=seamproof.xml
"""
_INSTALL: Final = """\
      # seamproof has to be among these requirements: a wheel, or the path of a clone.
      - run: pip install {requirements}
"""
_NODE: Final = """\
      # The path of a clone of seamproof, or of a wheel that is built from it.
      - run: pip install ./tools/seamproof
      - uses: actions/setup-node@v4
      - run: npm install
      - run: npm run build --if-present
"""
_MIGRATE: Final = """\
      - run: python manage.py migrate
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
    made = {
        "seamproof.toml": _configuration(project),
        ".github/workflows/seamproof.yml": _WORKFLOW.format(
            steps=_steps(project, requirements), secret=Secret.generate().reveal()
        ),
    }
    if project.factory:
        factory_module, _, factory = project.factory.partition(":")
        made["seam_app.py"] = _FACTORY.format(module=factory_module, name=factory)
    if project.framework in _CLIENTS:
        imports, client = _CLIENTS[project.framework]
        made["conftest.py"] = _CONFTEST.format(
            standard="import tempfile\n" if project.framework == "django" else "",
            imports=imports,
            client=client.format(module=module, name=name).rstrip(),
        )
        if project.framework == "django":
            made["conftest.py"] += _DJANGO.format(module=module, secret=Secret.generate().reveal())
    return made


def _configuration(project: Project) -> str:
    """
    Write the options; those of the plugin only where it can import the application.
    """
    if project.start:
        where, how = f"{project.target}/state", "a URL that answers a GET with JSON"
        target, options = f"{project.target}{project.path}", ""
    else:
        module = (project.factory or project.target).partition(":")[0]
        where, how = f"{module}:state", "a function without arguments"
        target, options = project.target, f'path = "{project.path}"\n'
    if project.framework == "lambda":
        options += 'as = "lambda"\n'
    state = "" if project.start else project.state
    comment = "" if state else "# "
    options += f'{_STATE.format(how=how)}{comment}state = "{state or where}"'
    text = _CONFIGURATION.format(target=target, options=options.lstrip())
    if project.start:
        text += (
            f'# Starts the server with a signing secret, and ends it.\nstart = "{project.start}"\n'
        )
    elif project.framework == "none":
        # Without an application each test would fail.
        text += re.sub(r"(?m)^(?=[^#\n])", "# ", _PLUGIN.format(target=target))
    else:
        text += _PLUGIN.format(target=target)
    return text


def _steps(project: Project, requirements: str) -> str:
    if project.framework == "node":
        return _NODE
    migrate = _MIGRATE if project.framework == "django" and project.has_database else ""
    return _INSTALL.format(requirements=requirements) + migrate
