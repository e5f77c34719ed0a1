"""
What the fixtures take from the command line, the ini file and the environment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from seamproof.checks.reading import VARIABLE, read_catalogue, read_secret
from seamproof.errors import SecretInvalid
from seamproof.pytest_plugin.asking import read_directory, read_text
from seamproof.pytest_plugin.telling import shortly
from seamproof.signing import Secret

if TYPE_CHECKING:
    from seamproof.schemas import Catalogue

_PATH: Final = "/webhooks/seam"
_CATALOGUE: Final = pytest.StashKey["Catalogue"]()


class SecretText(str):
    """
    The text of a secret, which a failing test does not show among its arguments.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr("whsec_…")


@shortly
def find_secret(config: pytest.Config) -> str:
    """
    Find the secret in the environment, or make a new one.

    Raises:
        SecretInvalid: That of the environment is not of the right form.
    """
    variable = read_text(config, "secret-env") or VARIABLE
    try:
        found = read_secret(None, variable)
    except SecretInvalid as problem:
        problem.where = variable
        raise
    return SecretText((found or Secret.generate()).reveal())


def find_path(config: pytest.Config) -> str:
    """
    Find the path of the webhook.
    """
    return read_text(config, "path") or _PATH


@shortly
def find_catalogue(config: pytest.Config) -> Catalogue:
    """
    Find the contract: schemas of one's own, or those that come with seamproof.

    Raises:
        CatalogueInvalid: The directory holds no usable schema.
    """
    if _CATALOGUE not in config.stash:
        config.stash[_CATALOGUE] = read_catalogue(read_directory(config, "catalog"))
    return config.stash[_CATALOGUE]
