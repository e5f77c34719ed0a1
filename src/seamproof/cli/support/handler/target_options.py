"""
The options that name a handler and say how to open it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from seamproof.cli.support.options import option_group
from seamproof.cli.support.output import plural
from seamproof.environment import ENDPOINT_VARIABLE, SECRET_VARIABLE, read_secrets
from seamproof.errors import SecretInvalid
from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from seamproof.signing import Secret

KINDS: Final = ("asgi", "wsgi", "function", "lambda")
#: Lines of a handler's output that are printed where a command fails.
_LAST: Final = 20
#: Options whose name is not that of the field of `RunOptions`.
_NAMES: Final = {"kind": "as", "breaker": "break", "overrides": "set", "faults": "fault"}


_opening: Final = (
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
        metavar="SECRET",
        help=f"Signing secret, whsec_…. Default: ${SECRET_VARIABLE}; without one, a target "
        "in process gets a new one in that variable before it is imported.",
    ),
    click.option(
        "--state",
        metavar="URL|MODULE:FUNCTION",
        help="The handler's state as JSON: a GET, or a function without arguments. "
        "Decides what status codes cannot.",
    ),
)
_break: Final = click.option(
    "--break",
    "breaker",
    metavar="URL|MODULE:FUNCTION",
    help='Makes the handler\'s dependency fail and work again: a POST of {"broken": '
    "true|false}, or a call with that boolean.",
)
_world: Final = (
    click.option(
        "--world",
        metavar="NAME|FILE",
        help="Give the handler a Seam API to call, with these resources: hotel, short_stay, "
        "office, or a file.",
    ),
    click.option(
        "--seam-endpoint-env",
        default=ENDPOINT_VARIABLE,
        show_default=True,
        metavar="NAME",
        help="The variable in which the handler looks for the URL of that API.",
    ),
)
_catch_up: Final = click.option(
    "--catch-up",
    metavar="URL|MODULE:FUNCTION",
    help="Makes the handler fetch the events that it has missed: a POST, or a call.",
)
_remote: Final = click.option(
    "--allow-remote", is_flag=True, help="Allow a target on another machine."
)
#: The options that say what the target is and how to read its state.
target_options = option_group(*_opening, _break, *_world, _catch_up, _remote)
#: Those of a command that only observes the handler.
observed_target_options = option_group(*_opening, *_world, _remote)


def option_name(field: str) -> str:
    """
    Name an option of a run as the command line does: `--as` for `kind`.
    """
    return f"--{_NAMES.get(field, field).replace('_', '-')}"


@contextmanager
def recorded_handler_output() -> Iterator[Callable[[], AbstractContextManager[object]]]:
    """
    Record what a handler in this process prints; if the command fails, its end is printed.

    Yields:
        A context manager that leads to the real streams, for the output of the command.
    """
    from seamproof.checks.reporting.redaction import Redactor
    from seamproof.checks.targets.handler_output import recording

    with recording() as (tail, real_streams):
        try:
            yield real_streams
        except Exception:
            redactor = Redactor(_known_secrets())
            with real_streams():
                for line in tail.since(0).splitlines()[-_LAST:]:
                    click.echo(redactor.text(line), err=True)
            raise
    if tail.lines:
        lines = plural(tail.lines, "line")
        click.echo(f"the handler printed {lines}; those of a failure are with it", err=True)


def _known_secrets() -> tuple[Secret, ...]:
    """
    List the secrets of the environment; a malformed one is reported elsewhere.
    """
    try:
        return read_secrets()
    except SecretInvalid:
        return ()
