"""
Options of several commands, and the readers of their values.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, TypeVar

import click

from seamproof.cli.support.completion import complete_journey
from seamproof.cli.support.number_types import WholeNumber
from seamproof.environment import CATALOG_VARIABLE, SECRET_VARIABLE, read_secrets
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seamproof.signing import Secret

T = TypeVar("T")
Command: TypeAlias = "Callable[..., Any]"
Decorator: TypeAlias = "Callable[[Command], Command]"


def option_group(*options: Decorator) -> Decorator:
    """
    Combine options into one decorator; help lists them in this order.
    """

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


#: Whether a command prints text for people or JSON for programs.
format_option = click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text"
)
secret_option = click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="SECRET",
    help=f"Signing secret, whsec_…; repeat it during a rotation, the current one first. "
    f"Default: ${SECRET_VARIABLE}.",
)
seed_option = click.option(
    "--seed", metavar="SEED", help="Make the same events in each run. Default: a random seed."
)
journey_option = click.option(
    "--journey",
    shell_complete=complete_journey,
    metavar="NAME",
    help="The events of a life cycle, in their order, instead of one of each type.",
)
count_option = click.option(
    "--count",
    type=WholeNumber(min=0),
    metavar="COUNT",
    help="How many events in all, cycling through the types. Default: one of each type.",
)
presence_option = click.option(
    "--presence",
    type=click.Choice(["all", "required", "mixed"]),
    help="Which optional properties the events have. Default: all, or those of --like.",
)
like_option = click.option(
    "--like",
    metavar="DIR",
    help="Make the events in the manner of recorded ones: with their properties, nulls, values of "
    "enums and lengths, but other ids, names and times.",
)
catalog_option = click.option(
    "--catalog",
    "catalog_dir",
    envvar=CATALOG_VARIABLE,
    metavar="DIR",
    help=f"Schemas of your own instead of the built-in ones. Default: ${CATALOG_VARIABLE}.",
)
consumer_option = click.option(
    "--for",
    "consumer",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The consumer contract of a handler, as `seamproof depends` writes it.",
)
stamp_option = click.option(
    "--stamp",
    "stamps",
    multiple=True,
    metavar="SOURCE=VERSION@DATE",
    help="Version and date of a SOURCE that does not say them. Either can be left out.",
)
undocumented_option = click.option(
    "--include-undocumented",
    "undocumented",
    is_flag=True,
    help="Include undocumented and deprecated event types, and undocumented properties.",
)


#: `--set` and `--set-extra`.
override_options = option_group(
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        help="Set a property: device_id=…, connected_account_errors.0.message=…",
    ),
    click.option(
        "--set-extra",
        "extras",
        multiple=True,
        metavar="PATH=VALUE",
        help="Add a property that is not in the contract.",
    ),
)


def required_secrets(given: tuple[str, ...]) -> tuple[Secret, ...]:
    """
    Read the secrets of the command line, or else of the environment.

    Raises:
        UsageError: There is none.
        SecretInvalid: A secret is of another form.
    """
    secrets = read_secrets(given)
    if not secrets:
        what, cure = "there is no signing secret", f"give --secret or set {SECRET_VARIABLE}"
        raise UsageError(what, expected="whsec_ and base64", cure=cure)
    return secrets


def expand_files(files: Sequence[str], suffixes: tuple[str, ...]) -> Iterator[str]:
    """
    List the files that a command is given; a directory stands for the payloads in it.

    A directory is searched as `find_files` does: what is hidden in it is left out.

    Args:
        files: Files, directories, and `-` for standard input.
        suffixes: Of the files that are taken from a directory.

    Raises:
        UsageError: There is no such file, or a directory has no payloads.
    """
    from seamproof.schemas.payload_files import find_files

    if files.count("-") > 1:
        what = "standard input can be read only once"
        raise UsageError(what, found="- several times")
    for file in files:
        path = Path(file)
        if file != "-" and not os.path.exists(file):  # noqa: PTH110 - Path raises for a long name
            what = "there is no such file"
            raise UsageError(what, where=file)
        if not path.is_dir():
            yield file
            continue
        inside = find_files(path, suffixes)
        if not inside:
            what, expected = "the directory contains no payloads", " or ".join(suffixes)
            raise UsageError(
                what,
                where=file,
                expected=f"files ending in {expected}",
                cure="name files and directories that are hidden, or in node_modules or a "
                "virtual environment: a search leaves them out",
            )
        yield from map(str, inside)


@contextmanager
def open_bytes(file: str) -> Iterator[BinaryIO]:
    """
    Open a file or, for `-`, standard input.

    Raises:
        UsageError: The file cannot be opened.
    """
    if file == "-":
        if sys.stdin is None:
            what = "there is no standard input"
            raise UsageError(what, where="-")
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - closed below; errors of opening are reported apart
    except OSError as problem:
        raise _unreadable(problem, file) from problem
    with stream:
        yield stream


def reading(items: Iterable[T], file: str) -> Iterator[T]:
    """
    Pass on the items that are read from a file.

    Raises:
        UsageError: The file cannot be read any further.
    """
    try:
        yield from items
    except OSError as problem:
        raise _unreadable(problem, file) from problem


def _unreadable(problem: OSError, file: str) -> UsageError:
    what = f"the file cannot be read: {problem.strerror}"
    return UsageError(what, where=file)


def read_body(file: str) -> bytes:
    """
    Read a body from a file or, for `-`, from standard input.

    Raises:
        UsageError: The file cannot be read.
    """
    with open_bytes(file) as stream:
        return b"".join(reading(stream, file))
