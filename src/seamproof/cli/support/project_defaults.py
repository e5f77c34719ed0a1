"""
Defaults of a command's options that the project's configuration sets.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from seamproof.configuration.options import SECTIONS
from seamproof.configuration.project_file import find_configuration
from seamproof.errors import UsageError


def project_defaults(name: str, command: click.Command) -> dict[str, object]:
    """
    Read the defaults of a command's parameters, by the name of the parameter.

    Raises:
        UsageError: The file is not TOML, a key is no option, or a value cannot be that of its
            option.
    """
    configuration = find_configuration(Path()) if name in SECTIONS else None
    if configuration is None:
        return {}
    parameters = {
        word.lstrip("-"): parameter for parameter in command.params for word in parameter.opts
    }
    context = click.Context(command)
    defaults = {}
    for option, value in configuration.options(name).items():
        parameter = parameters[option]
        several = parameter.multiple or parameter.nargs == -1
        default = _default(value, several=several)
        try:
            parameter.type_cast_value(context, default)
        except click.BadParameter as problem:
            choices = getattr(parameter.type, "choices", ())
            expected = f"one of {', '.join(choices)}" if choices else ""
            what, where = f"{option}: {problem.message.rstrip('.')}", str(configuration.path)
            raise UsageError(what, where=where, expected=expected, found=str(value)) from None
        defaults[str(parameter.name)] = default
    return defaults


def _default(value: object, *, several: bool) -> object:
    """
    Convert a value of TOML to what click takes as a default.
    """
    if isinstance(value, dict):
        return [f"{key}={_text(member)}" for key, member in value.items()]
    if isinstance(value, list):
        return value
    return [_text(value)] if several else value if isinstance(value, bool) else _text(value)


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
