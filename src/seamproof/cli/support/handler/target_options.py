"""
The options that name a handler and say how to open it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Final

import click

from seamproof.cli.support.options import option_group
from seamproof.environment import SECRET_VARIABLE
from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO
KINDS: Final = ("asgi", "wsgi", "function", "lambda")
#: Options whose name is not that of the field of `RunOptions`.
_NAMES: Final = {"kind": "as", "breaker": "break", "overrides": "set"}


#: The options that say what the target is and how to read its state.
target_options = option_group(
    click.option(
        "--as",
        "kind",
        type=click.Choice(KINDS),
        help="What the target is, where that cannot be detected.",
    ),
    click.option(
        "--path",
        metavar="PATH",
        help=f"Path of the webhook in an application. Default: {DEFAULT_PATH}.",
    ),
    click.option(
        "--app-dir",
        metavar="DIR",
        help="Where modules are looked for first. Default: the current directory.",
    ),
    click.option(
        "--secret",
        metavar="WHSEC",
        help=f"Signing secret, whsec_…. Default: ${SECRET_VARIABLE}; without one, a target "
        "in process gets a new one in that variable before it is imported.",
    ),
    click.option(
        "--state",
        metavar="URL|M:F",
        help="The handler's state as JSON: a GET, or a function without arguments. "
        "Decides what status codes cannot.",
    ),
    click.option(
        "--break",
        "breaker",
        metavar="URL|M:F",
        help='Makes the handler\'s dependency fail and work again: a POST of {"broken": '
        "true|false}, or a call with that boolean.",
    ),
    click.option("--allow-remote", is_flag=True, help="Allow a target on another machine."),
)


def option_name(field: str) -> str:
    """
    Name an option of a run as the command line does: `--as` for `kind`.
    """
    return f"--{_NAMES.get(field, field).replace('_', '-')}"


@contextmanager
def redirect_handler_output() -> Iterator[Callable[[], redirect_stdout[TextIO]]]:
    """
    Redirect what a handler in this process prints to standard error.

    Yields:
        A context manager that leads to standard output again, for the output of the command.
    """
    stdout = sys.stdout
    with redirect_stdout(sys.stderr):
        yield lambda: redirect_stdout(stdout)
