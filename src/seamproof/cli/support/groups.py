"""
A group of commands that suggests the nearest name for one that it does not have.
"""

from __future__ import annotations

import click

from seamproof.errors import nearest_names


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
