"""
What the fixtures take from the command line, the ini file and the environment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.checks.reading import VARIABLE, read_secret
from seamproof.errors import SecretInvalid
from seamproof.pytest_plugin.telling import shortly
from seamproof.signing import Secret

if TYPE_CHECKING:
    import pytest

_PATH: Final = "/webhooks/seam"


@shortly
def find_secret(config: pytest.Config) -> str:
    """
    Find the secret in the environment, or make a new one.

    Raises:
        SecretInvalid: That of the environment is not of the right form.
    """
    variable = _said(config, "seamproof_secret_env") or VARIABLE
    try:
        found = read_secret(None, variable)
    except SecretInvalid as problem:
        problem.where = variable
        raise
    return (found or Secret.generate()).reveal()


def find_path(config: pytest.Config) -> str:
    """
    Find the path of the webhook.
    """
    return _said(config, "seamproof_path") or _PATH


def _said(config: pytest.Config, name: str) -> str:
    """
    Read an option from the command line, or else from the ini file.
    """
    return str(config.getoption(name, None) or config.getini(name) or "")
