"""
Reading the options of the plugin, and registering what they ask for.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.errors import SeamproofError, UsageError
from seamproof.pytest_plugin.options import is_counting, is_given, key
from seamproof.statuses import DEFAULT_ACCEPT

if TYPE_CHECKING:
    from seamproof.checks.model.options import RunOptions
    from seamproof.pytest_plugin.coverage.plugin import Asked

#: Options whose name is not that of the field of `RunOptions`.
_NAMES: Final = {"kind": "as", "breaker": "break", "overrides": "set", "secret": "secret_env"}
_WHOLE: Final = 100.0


def register(config: pytest.Config) -> None:
    """
    Register a plugin for each thing that is asked for.

    Raises:
        pytest.UsageError: An option cannot be used as given.
    """
    try:
        if is_given(config, "target"):
            from seamproof.pytest_plugin.battery_items import BatteryPlugin

            battery = BatteryPlugin(config, read_run_options(config))
            config.pluginmanager.register(battery, "seamproof-battery")
        if is_counting(config):
            from seamproof.pytest_plugin.coverage.plugin import CoveragePlugin

            counting = CoveragePlugin(config, read_coverage(config))
            config.pluginmanager.register(counting, "seamproof-coverage")
    except SeamproofError as problem:
        message = f"seamproof: {problem.text(option_name)}"
        raise pytest.UsageError(message) from None


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
    from seamproof.checks.runner.resolve import resolve
    from seamproof.environment import SECRET_VARIABLE

    # A worker of pytest-xdist gets the seed from the main process.
    seed = getattr(config, "workerinput", {}).get(key("seed"))
    return resolve(
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
        accept=read_text(config, "accept") or DEFAULT_ACCEPT,
        events=read_text(config, "events") or "*",
        overrides=_list(config, "set"),
        catalog=read_directory(config, "catalog"),
        max_examples=_number(config, "max-examples", 200),
        seed=_number(config, "seed") if seed is None else seed,
        quick=is_given(config, "quick"),
        strict=is_given(config, "strict"),
        allow_remote=is_given(config, "allow-remote"),
    )


def read_coverage(config: pytest.Config) -> Asked:
    """
    Read what is to be told of what was sent.

    Raises:
        SeamproofError: Some of it cannot be used as given.
    """
    from seamproof.environment import read_catalogue
    from seamproof.pytest_plugin.coverage.plugin import Asked

    catalogue = read_catalogue(read_directory(config, "catalog"))
    found = catalogue.match(read_text(config, "events") or "*")
    name = read_text(config, "coverage-json")
    return Asked(
        wanted=tuple(one.event_type for one in found),
        at_least=_percent(read_text(config, "fail-under")),
        json=Path(_base(config, "coverage-json"), name) if name else None,
    )


def read_text(config: pytest.Config, name: str) -> str | None:
    """
    Read an option from the command line, or else from the ini file.
    """
    said = config.getoption(key(name))
    text = config.getini(key(name)) if said is None else said
    return str(text).strip() or None if text is not None else None


def _list(config: pytest.Config, name: str) -> list[Any]:
    return config.getoption(key(name)) or config.getini(key(name)) or []


def _base(config: pytest.Config, name: str) -> Path:
    """
    Tell from where a path is meant: where pytest was called, or where the ini file stands.
    """
    if config.getoption(key(name)) is None and config.inipath is not None:
        return config.inipath.parent
    return config.invocation_params.dir


def read_directory(config: pytest.Config, name: str) -> Path | None:
    """
    Read the name of a directory, from where it is meant.
    """
    text = read_text(config, name)
    return Path(_base(config, name), text) if text else None


def read_app_dir(config: pytest.Config) -> str:
    """
    Find where modules are looked for first, from the current directory if it is below that.
    """
    path = read_directory(config, "app-dir") or _base(config, "target")
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _number(config: pytest.Config, name: str, default: Any = None) -> Any:  # noqa: ANN401 - a number, or the default
    text = read_text(config, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        what = "this is no whole number"
        raise UsageError(what, expected="0 or more", found=text, option=name)
    return int(text)


def _percent(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = -1.0
    if not 0 <= number <= _WHOLE:
        what, expected = "this is no share in percent", "0 to 100"
        raise UsageError(what, expected=expected, found=text, option="fail_under")
    return number
