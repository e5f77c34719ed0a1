"""
Defaults of a command's options that the project's configuration sets.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from seamproof.configuration import SECTIONS, find_configuration
from seamproof.errors import UsageError

if TYPE_CHECKING:
    import click


def project_defaults(name: str, command: click.Command) -> dict[str, object]:
    """
    Read the defaults of a command's parameters, by the name of the parameter.

    Raises:
        UsageError: The file is not TOML, a key is no option, or a value has a wrong type.
    """
    configuration = find_configuration(Path()) if name in SECTIONS else None
    if configuration is None:
        return {}
    parameters = {
        word.lstrip("-"): parameter for parameter in command.params for word in parameter.opts
    }
    defaults = {}
    for option, value in configuration.options(name).items():
        if option not in parameters:
            continue
        parameter = parameters[option]
        several = parameter.multiple or parameter.nargs == -1
        try:
            defaults[str(parameter.name)] = _default(value, several=several)
        except TypeError:
            what, where = f"{option!r} has a value of a wrong type", str(configuration.path)
            expected = "a text or a list of texts" if several else "one value"
            raise UsageError(what, where=where, expected=expected, found=repr(value)) from None
    return defaults


def _default(value: object, *, several: bool) -> object:
    """
    Convert a value of TOML to what click takes as a default.

    Raises:
        TypeError: The value is of a type that the option cannot have.
    """
    if isinstance(value, dict) and several:
        return [f"{key}={_text(member)}" for key, member in value.items()]
    if isinstance(value, list) and several:
        return [_text(member) for member in value]
    if several:
        return [_text(value)]
    return value if isinstance(value, bool) else _text(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return str(value)
    raise TypeError
