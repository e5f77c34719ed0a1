"""
`seamproof messages --follow`: the attempts of a running mock server as they are made.
"""

from __future__ import annotations

import asyncio
import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

from seamproof.cli.support.server.attempt_text import attempt_lines
from seamproof.cli.support.server.remote import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.cli.support.server.remote import Remote
    from seamproof.json_types import JsonObject


def follow_attempts(remote: Remote, wanted: Mapping[str, str | None], style: str) -> None:
    """
    Print each attempt until the server ends.

    Args:
        remote: The server.
        wanted: By the name of a field of an attempt, the pattern that it has to fit, if any.
        style: `text` or `json`.
    """
    patterns = {name: pattern for name, pattern in wanted.items() if pattern is not None}
    asyncio.run(_follow(remote, patterns, style))


async def _follow(remote: Remote, patterns: Mapping[str, str], style: str) -> None:
    async for kind, entry in remote.follow():
        if kind == "attempt" and _fits(entry, patterns):
            click.echo(json.dumps(entry) if style == "json" else _lines(printable(entry)))


def _fits(attempt: JsonObject, patterns: Mapping[str, str]) -> bool:
    return all(fnmatchcase(str(attempt[name]), pattern) for name, pattern in patterns.items())


def _lines(attempt: JsonObject) -> str:
    return f"{attempt['event_type']}  {attempt['message_id']}\n{attempt_lines(attempt)}"
