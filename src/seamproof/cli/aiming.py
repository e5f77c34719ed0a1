"""
The options that aim at a handler, and what they are read into.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.cli.options import SECRET_VARIABLE
from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.signing import Secret

KINDS: Final = ("asgi", "wsgi", "function", "lambda")
_STATUSES: Final = range(100, 600)


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
            help="Of the webhook in an application. Default: /webhooks/seam.",
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


def read_secret(given: str | None) -> Secret | None:
    """
    Read the secret of the command line, or else of the environment; None if there is none.

    Of several in the environment, as there are during a rotation, the first is the current one.

    Raises:
        SecretInvalid: It is not of the right form.
    """
    import os  # noqa: PLC0415 - for this alone

    from seamproof.signing import Secret  # noqa: PLC0415 - start-up cost

    texts = [given] if given is not None else os.environ.get(SECRET_VARIABLE, "").split()
    return Secret(texts[0]) if texts else None


def read_statuses(text: str) -> tuple[tuple[int, int], ...]:
    """
    Read `200-299,404`.

    Raises:
        UsageError: It is nothing of the kind.
    """
    ranges = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        numbers = (first, last) if dash else (first, first)
        if not all(one.isascii() and one.isdigit() for one in numbers):
            raise _no_statuses(text)
        low, high = map(int, numbers)
        if low not in _STATUSES or high not in _STATUSES or low > high:
            raise _no_statuses(text)
        ranges.append((low, high))
    return tuple(ranges)


def _no_statuses(text: str) -> UsageError:
    what, expected = "these are no statuses", "200-299 or 200-299,404"
    return UsageError(what, where="--accept", expected=expected, found=text)


@contextmanager
def handlers_print_elsewhere() -> Iterator[Callable[[], redirect_stdout[Any]]]:
    """
    Lead what a handler in this process prints to standard error.

    Standard output is for what seamproof says: within what this yields, it is itself again.
    """
    ours = sys.stdout
    with redirect_stdout(sys.stderr):
        yield lambda: redirect_stdout(ours)
