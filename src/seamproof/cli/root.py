"""
The root command. Each subcommand is imported when it is called.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

import click

from seamproof import __version__
from seamproof.errors import SeamproofError

#: Where each command lives, in the order in which help lists them.
COMMANDS: Final = {
    "demo": "seamproof.cli.demo",
    "validate": "seamproof.cli.validate",
    "sample": "seamproof.cli.sample",
    "emit": "seamproof.cli.emit",
    "sign": "seamproof.cli.sign",
    "verify": "seamproof.cli.verify",
    "schemas": "seamproof.cli.schemas",
}
_INTERRUPTED: Final = 130


class LazyGroup(click.Group):
    """
    A group whose commands are imported on demand, to start fast.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """
        Name the commands without importing them.
        """
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """
        Import the command asked for.
        """
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="seamproof", message="%(prog)s %(version)s")
def root() -> None:
    """
    Contract testing and mock delivery for Seam webhooks.

    \b
    Start here:
      seamproof demo
      seamproof validate fixtures/
      seamproof emit 'acs_credential.*' --to http://127.0.0.1:8000/webhooks/seam

    Exit status: 0 all well, 1 the thing under test fell short, 2 usage or
    configuration, 3 the target or port could not be reached.
    """


def main() -> None:
    """
    Run the command line and exit.
    """
    try:
        status = root.main(prog_name="seamproof", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(_INTERRUPTED)
    except SeamproofError as problem:
        click.echo(f"seamproof: {problem}", err=True)
        sys.exit(problem.exit_status)
    except BrokenPipeError:
        # The reader has gone, as `head` does; what is left to flush has nowhere to go.
        sys.stdout = None
        sys.exit(0)
    sys.exit(status if isinstance(status, int) else 0)
