"""
The options that aim at a handler, and what they are read into.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.environment import SECRET_VARIABLE
from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


KINDS: Final = ("asgi", "wsgi", "function", "lambda")


def aiming_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """
    Add the options that say what the target is and how it is looked at.
    """
    for option in (
        click.option("--allow-remote", is_flag=True, help="Allow a target on another machine."),
        click.option(
            "--break",
            "breaker",
            metavar="URL|M:F",
            help='Makes the handler\'s dependency fail and work again: a POST of {"broken": '
            "true|false}, or a call with that boolean.",
        ),
        click.option(
            "--state",
            metavar="URL|M:F",
            help="The handler's state as JSON: a GET, or a function without arguments. "
            "Decides what status codes cannot.",
        ),
        click.option(
            "--secret",
            metavar="WHSEC",
            help=f"Signing secret, whsec_…. Default: ${SECRET_VARIABLE}; without one, a target "
            "in process gets a new one in that variable before it is imported.",
        ),
        click.option(
            "--app-dir",
            metavar="DIR",
            help="Where modules are looked for first. Default: the current directory.",
        ),
        click.option(
            "--path",
            metavar="PATH",
            help=f"Of the webhook in an application. Default: {DEFAULT_PATH}.",
        ),
        click.option(
            "--as",
            "kind",
            type=click.Choice(KINDS),
            help="What the target is, where that cannot be told.",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def handlers_print_elsewhere() -> Iterator[Callable[[], redirect_stdout[Any]]]:
    """
    Lead what a handler in this process prints to standard error.

    Standard output is for what seamproof says: within what this yields, it is itself again.
    """
    ours = sys.stdout
    with redirect_stdout(sys.stderr):
        yield lambda: redirect_stdout(ours)
