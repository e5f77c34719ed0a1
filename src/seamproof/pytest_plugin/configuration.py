"""
Reads the plugin's options from the command line and the ini file, and the defaults of fixtures.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.environment import ENDPOINT_VARIABLE, SECRET_VARIABLE, read_catalogue, read_secret
from seamproof.errors import SecretInvalid, UsageError
from seamproof.formats import read_decimal, read_digits
from seamproof.pytest_plugin.caller_errors import raised_at_caller
from seamproof.pytest_plugin.options import given, is_given, key, project_configuration
from seamproof.statuses import DEFAULT_ACCEPT
from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from seamproof.checks.model.options import RunOptions
    from seamproof.schemas import Catalogue
    from seamproof.signing import Secret

#: Options whose name is not that of the field of `RunOptions`.
_NAMES: Final = {"kind": "as", "breaker": "break", "overrides": "set", "secret": "secret_env"}
_CATALOGUE: Final = pytest.StashKey["Catalogue"]()
_SECRET: Final = pytest.StashKey["Secret"]()


class SecretText(str):
    """
    The text of a secret, which pytest does not show among the arguments of a failing test.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr("whsec_…")


def option_name(field: str) -> str:
    """
    Name an option of a run as pytest does: `--seamproof-as` for `kind`.
    """
    return f"--seamproof-{_NAMES.get(field, field).replace('_', '-')}"


def read_run_options(config: pytest.Config) -> RunOptions:
    """
    Read the options of the run of the battery.

    Raises:
        SeamproofError: One of them cannot be used as given.
    """
    from seamproof.checks.dependencies.contract.document import expected_types
    from seamproof.checks.model.options import DEFAULT_MAX_EXAMPLES
    from seamproof.checks.runner.resolve import resolve

    examples = _number(config, "max-examples")
    # A worker of pytest-xdist gets the seed from the main process.
    seed = getattr(config, "workerinput", {}).get(key("seed"))
    options = resolve(
        read_text(config, "target") or "",
        kind=read_text(config, "as"),
        path=read_text(config, "path"),
        app_dir=read_app_dir(config),
        secret_env=read_text(config, "secret-env") or SECRET_VARIABLE,
        select=_list(config, "select"),
        ignore=_list(config, "ignore"),
        xfail=_list(config, "xfail"),
        state=read_text(config, "state"),
        breaker=read_text(config, "break"),
        world=read_text(config, "world"),
        seam_endpoint_env=read_text(config, "seam-endpoint-env") or ENDPOINT_VARIABLE,
        catch_up=read_text(config, "catch-up"),
        accept=read_text(config, "accept") or DEFAULT_ACCEPT,
        events=read_text(config, "events") or "*",
        expect=expected_types(_list(config, "expect")),
        overrides=_list(config, "set"),
        catalog=read_path(config, "catalog"),
        max_examples=DEFAULT_MAX_EXAMPLES if examples is None else examples,
        max_time=_seconds(config, "max-time"),
        thorough=is_given(config, "thorough"),
        seed=_number(config, "seed") if seed is None else seed,
        rate=read_text(config, "rate"),
        settle=_seconds(config, "settle"),
        quick=is_given(config, "quick"),
        strict=is_given(config, "strict"),
        allow_remote=is_given(config, "allow-remote"),
    )
    if options.secret is None:
        # The tests may import the handler first, with the secret of the fixture.
        options = replace(options, secret=_new_secret(config))
    return options


def _new_secret(config: pytest.Config) -> Secret:
    """
    Make the secret of a session whose environment has none: the same for all that sign.
    """
    from seamproof.signing import Secret

    return config.stash.setdefault(_SECRET, Secret.generate())


def read_text(config: pytest.Config, name: str) -> str | None:
    """
    Read an option as a text; None without it.
    """
    text = given(config, name)
    return str(text).strip() or None if text is not None else None


def read_path(config: pytest.Config, name: str) -> Path | None:
    """
    Read a path, relative to where it is given: the working directory, or that of the ini file.
    """
    text = read_text(config, name)
    return Path(_base(config, name), text) if text else None


def read_app_dir(config: pytest.Config) -> str:
    """
    Find where modules are looked for first, relative to the current directory if it is below it.
    """
    path = read_path(config, "app-dir") or _base(config, "target")
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


@raised_at_caller
def find_secret(config: pytest.Config) -> str:
    """
    Find the secret in the environment, or generate a new one.

    Raises:
        SecretInvalid: That of the environment is not of the right form.
    """
    variable = read_text(config, "secret-env") or SECRET_VARIABLE
    try:
        found = read_secret(None, variable)
    except SecretInvalid as problem:
        problem.where = variable
        raise
    return SecretText((found or _new_secret(config)).reveal())


def find_path(config: pytest.Config) -> str:
    """
    Find the path of the webhook.
    """
    return read_text(config, "path") or DEFAULT_PATH


@raised_at_caller
def find_catalogue(config: pytest.Config) -> Catalogue:
    """
    Find the contract: your own schemas, or those that come with seamproof.

    Raises:
        CatalogueInvalid: The directory holds no usable schema.
    """
    if _CATALOGUE not in config.stash:
        config.stash[_CATALOGUE] = read_catalogue(read_path(config, "catalog"))
    return config.stash[_CATALOGUE]


def _list(config: pytest.Config, name: str) -> list[str]:
    texts = given(config, name) or []
    if isinstance(texts, dict):
        return [f"{path}={value}" for path, value in texts.items()]
    return list(map(str, texts)) if isinstance(texts, list) else [str(texts)]


def _base(config: pytest.Config, name: str) -> Path:
    """
    Find the directory to which a path is relative.
    """
    if config.getoption(key(name)) is not None:
        return config.invocation_params.dir
    if config.getini(key(name)) is None and (project := project_configuration(config)):
        return project.path.parent
    return config.inipath.parent if config.inipath else config.invocation_params.dir


def _number(config: pytest.Config, name: str) -> int | None:
    text = read_text(config, name)
    if text is None:
        return None
    number = read_digits(text)
    if number is None:
        what = "this is not a whole number"
        raise UsageError(what, expected="0 or more", found=text, option=name)
    return number


def _seconds(config: pytest.Config, name: str) -> float | None:
    text = read_text(config, name)
    if text is None:
        return None
    number = read_decimal(text)
    if number is None:
        what = "this is not a time"
        raise UsageError(what, expected="seconds", found=text, option=name)
    return number
