"""
Tests of what environment variables hold where no option says otherwise.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from seamproof.environment import (
    CATALOG_VARIABLE,
    SECRET_VARIABLE,
    SecretWarning,
    read_catalogue,
    read_secret,
    read_secrets,
    secret_in_environment,
)
from seamproof.errors import CatalogueInvalid, SecretInvalid
from seamproof.schemas import catalog
from seamproof.signing import Secret

if TYPE_CHECKING:
    from pathlib import Path

CURRENT, OLD, GIVEN = (Secret.generate(name.ljust) for name in (b"current", b"old", b"given"))


def test_secrets_of_a_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Several stand in the variable, the current one first; a given one comes before all of them.
    """
    monkeypatch.setenv(SECRET_VARIABLE, f"{CURRENT.reveal()} {OLD.reveal()}")

    assert read_secrets() == (CURRENT, OLD)
    assert read_secret() == CURRENT
    assert read_secrets([GIVEN.reveal()]) == (GIVEN,)
    assert read_secret(GIVEN.reveal()) == GIVEN


def test_an_environment_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    There is none; but a given text that is none is an error.
    """
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)

    assert read_secrets() == ()
    assert read_secret(variable="ANOTHER_VARIABLE") is None
    with pytest.raises(SecretInvalid):
        read_secret("")


@pytest.mark.parametrize("before", [None, "before"])
def test_a_secret_in_the_environment(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    """
    The variable holds the secret for a while, and then what it held before.
    """
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    if before is not None:
        monkeypatch.setenv(SECRET_VARIABLE, before)

    with secret_in_environment(CURRENT):
        assert os.environ[SECRET_VARIABLE] == CURRENT.reveal()

    assert os.environ.get(SECRET_VARIABLE) == before


@pytest.mark.parametrize("around", ["{}\n", " {}", "\t{} \r\n"])
def test_white_space_around_a_secret_is_kept_for_the_handler(
    monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    """
    The handler reads what it will read in production; the user is warned.
    """
    text = around.format(CURRENT.reveal())
    monkeypatch.setenv(SECRET_VARIABLE, text)

    with pytest.warns(SecretWarning, match="SEAM_WEBHOOK_SECRET has white space around"):
        assert read_secret() == CURRENT
    with secret_in_environment(CURRENT):
        assert os.environ[SECRET_VARIABLE] == text
    with secret_in_environment(OLD):
        assert os.environ[SECRET_VARIABLE] == OLD.reveal()


def test_the_catalogue_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    A directory that the variable names takes the place of the built-in schemas.
    """
    monkeypatch.delenv(CATALOG_VARIABLE, raising=False)
    assert read_catalogue() is catalog()

    monkeypatch.setenv(CATALOG_VARIABLE, str(tmp_path))
    with pytest.raises(CatalogueInvalid):
        read_catalogue()
