"""
A group of commands that suggests the nearest name for one that it does not have.
"""

from __future__ import annotations

from typing import Final

import click

from seamproof.errors import nearest_names

#: Characters of a summary in a help text: more than any has, so that none is cut off.
_SUMMARY: Final = 1_000


class SuggestingGroup(click.Group):
    """
    A group of commands that suggests the nearest name for one that it does not have.
    """

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """
        Find the command that the first word names.

        Raises:
            click.UsageError: There is no such command.
        """
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            near = nearest_names(name, known)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """
        List the commands with their summaries, which are wrapped and not cut off.
        """
        names = self.list_commands(ctx)
        commands = [one for name in names if (one := self.get_command(ctx, name)) is not None]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(str(one.name), one.get_short_help_str(_SUMMARY)) for one in commands]
            )
