"""
Commands whose help is complete: summaries that are not cut off, options in groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.errors import nearest_names

if TYPE_CHECKING:
    from collections.abc import Mapping

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


class GroupedCommand(click.Command):
    """
    A command whose help lists its options in groups.

    Args:
        groups: By the heading of a group, the names of its options.
        given: What `click.Command` takes.
    """

    def __init__(self, *given: Any, groups: Mapping[str, tuple[str, ...]], **more: Any) -> None:
        super().__init__(*given, **more)
        self.groups = groups

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """
        Write the options, those without a group last.
        """
        records = {
            name: record
            for one in self.get_params(ctx)
            if (record := one.get_help_record(ctx)) is not None
            for name in one.opts[:1]
        }
        for heading, names in self.groups.items():
            with formatter.section(heading):
                formatter.write_dl([records.pop(name) for name in names if name in records])
        if records:
            with formatter.section("Other options"):
                formatter.write_dl(list(records.values()))
