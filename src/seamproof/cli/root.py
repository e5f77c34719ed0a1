"""
The root command. A subcommand is imported when it is called.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.cli.process_exit import exit_with
from seamproof.cli.support.groups import SuggestingGroup
from seamproof.configuration.options import SECTIONS
from seamproof.environment import SecretWarning
from seamproof.errors import SeamproofError, UsageError
from seamproof.formats import one_line
from seamproof.urls import hide_secrets
from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

#: Characters of a line of an error message.
_LONGEST_LINE: Final = 600
#: Why Python encodes no lone surrogate.
_SURROGATES: Final = "surrogates not allowed"

#: The module of each command, in the order in which help lists them.
COMMANDS: Final = {
    "demo": "seamproof.cli.commands.handler.demo",
    "init": "seamproof.cli.commands.project.init",
    "check": "seamproof.cli.commands.handler.check",
    "replay": "seamproof.cli.commands.handler.replay",
    "checks": "seamproof.cli.commands.handler.checks",
    "explain": "seamproof.cli.commands.handler.explain",
    "lint": "seamproof.cli.commands.handler.lint",
    "depends": "seamproof.cli.commands.handler.depends",
    "validate": "seamproof.cli.commands.events.validate",
    "sample": "seamproof.cli.commands.events.sample",
    "emit": "seamproof.cli.commands.events.emit",
    "load": "seamproof.cli.commands.handler.load",
    "serve": "seamproof.cli.commands.server.serve",
    "listen": "seamproof.cli.commands.recordings.listen",
    "import": "seamproof.cli.commands.recordings.import_events",
    "trigger": "seamproof.cli.commands.server.trigger",
    "messages": "seamproof.cli.commands.server.messages",
    "resend": "seamproof.cli.commands.server.resend",
    "endpoints": "seamproof.cli.commands.server.endpoints",
    "reset": "seamproof.cli.commands.server.reset",
    "clock": "seamproof.cli.commands.server.clock",
    "faults": "seamproof.cli.commands.server.faults",
    "world": "seamproof.cli.commands.server.world",
    "sign": "seamproof.cli.commands.events.sign",
    "verify": "seamproof.cli.commands.events.verify",
    "schemas": "seamproof.cli.commands.contract.schemas",
}
_INTERRUPTED: Final = 130
_TERMINATED: Final = 143
#: EX_SOFTWARE of sysexits.h: an error in seamproof itself.
_INTERNAL_ERROR: Final = 70
#: The variable by which a shell asks for completions, as click calls it.
_COMPLETION: Final = "_SEAMPROOF_COMPLETE"


class LazyGroup(SuggestingGroup):
    """
    A group of commands that are imported on demand, to start fast.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """
        List the names of the commands without importing them.
        """
        del ctx
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """
        Find a command, and the defaults that the project sets for it.

        Raises:
            click.UsageError: There is no such command.
            UsageError: The project's configuration cannot be used.
        """
        name, command, rest = super().resolve_command(ctx, args)
        if (
            command is not None
            and name is not None
            and name in SECTIONS
            and not ctx.resilient_parsing
        ):
            from seamproof.cli.support.project_defaults import project_defaults

            ctx.default_map = {name: project_defaults(name, command)}
        return name, command, rest

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """
        Import a command.
        """
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="seamproof", message="%(prog)s %(version)s")
@click.option("--traceback", is_flag=True, help="Show where an unexpected error was raised.")
def root(*, traceback: bool) -> None:
    """
    Contract testing and mock delivery for Seam webhooks.

    \b
    Start here:
      seamproof demo
      seamproof check app:app
      seamproof validate fixtures/
      seamproof emit 'acs_credential.*' --to http://127.0.0.1:8000/webhooks/seam
      seamproof serve --to http://127.0.0.1:8000/webhooks/seam

    Exit status: 0 all well, 1 a check or a validation failed, 2 usage or
    configuration, 3 the target or port could not be reached, 70 an error in
    seamproof itself.
    """
    del traceback  # read in `_run`


def main() -> None:
    """
    Run the command line and exit.
    """
    for stream in (sys.stdout, sys.stderr):
        # A character that the encoding of the terminal lacks must not end the command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if instruction := os.environ.get(_COMPLETION):
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(root, {}, "seamproof", _COMPLETION, instruction))
    # Otherwise the caller goes on after the command, as a test does.
    is_own_process = sys.stdout is sys.__stdout__
    signal.signal(signal.SIGTERM, _terminate)
    with warnings.catch_warnings():
        warnings.showwarning = partial(_show_warning, warnings.showwarning)
        status = _run(sys.argv[1:])
    if is_own_process:
        exit_with(status)
    sys.exit(status)


class _Terminated(KeyboardInterrupt):
    """
    The command got SIGTERM; it ends as it does on Ctrl-C.
    """


def _terminate(*_: object) -> None:
    # A second signal ends the process at once.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise _Terminated


def _show_warning(
    usual: Callable[..., object], message: Warning | str, category: type[Warning], *rest: Any
) -> None:
    """
    Show a warning about the environment in one line; those of a handler as Python does.
    """
    if issubclass(category, SecretWarning):
        click.echo(f"warning: {message}", err=True)
    else:
        usual(message, category, *rest)


def _shorten(text: str) -> str:
    """
    Leave out of a message what is secret, and cut its long lines, which repeat what a user gave.
    """
    return "\n".join(
        line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
        for line in hide_secrets(text).split("\n")
    )


def _report_unexpected(problem: Exception) -> int:
    """
    Report an error that no part of seamproof expects, and return the exit status.
    """
    if isinstance(problem, UnicodeEncodeError) and problem.reason == _SURROGATES:
        # Python reads bytes of an argument that are not UTF-8 as surrogates.
        found = _shorten(one_line(problem.object))
        click.echo(f"seamproof: an argument or a file is not UTF-8\n  found: {found}", err=True)
        return UsageError.exit_status
    kind, text = type(problem).__name__, _shorten(one_line(str(problem)))
    click.echo(f"seamproof {__version__}: unexpected {kind}: {text}", err=True)
    click.echo("  cure: `seamproof --traceback …` shows where; please report it", err=True)
    return _INTERNAL_ERROR


def _run(words: list[str]) -> int:  # noqa: PLR0911 - one return for each way to end
    """
    Run a command and return its exit status.

    This is what click does in its own `main`, except that a reader that closes the
    pipe early, as `head` does, is not an error.
    """
    try:
        with root.make_context("seamproof", [*words]) as context:
            root.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as problem:
        vars(problem)["message"] = _shorten(problem.message)
        problem.show()
        return problem.exit_code
    except _Terminated:
        click.echo("terminated", err=True)
        return _TERMINATED
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return _INTERRUPTED
    except SeamproofError as problem:
        from seamproof.cli.support.handler.target_options import option_name

        click.echo(f"seamproof: {_shorten(problem.text(option_name))}", err=True)
        return problem.exit_status
    except BrokenPipeError:
        # At exit Python flushes the stream once more, which would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        click.echo(f"seamproof: {_shorten(str(problem))}", err=True)
        return UsageError.exit_status
    except Exception as problem:
        if words[:1] == ["--traceback"]:
            raise
        return _report_unexpected(problem)
    return 0
