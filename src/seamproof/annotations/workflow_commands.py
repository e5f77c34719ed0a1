"""
Annotations of GitHub Actions: the workflow commands that a step prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.formats import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

Level: TypeAlias = Literal["error", "warning", "notice"]

#: How workflow commands escape what would end them
#: (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
_ESCAPES: Final = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_IN_PROPERTIES: Final = _ESCAPES | {ord(":"): "%3A", ord(","): "%2C"}


def workflow_command(level: Level, properties: Mapping[str, str], message: str) -> str:
    """
    Write an annotation.

    Args:
        level: How it is shown.
        properties: `file`, `line`, `col`, `title`; those that are known.
        message: It may have several lines.
    """
    written = ",".join(
        f"{name}={one_line(value).translate(_IN_PROPERTIES)}" for name, value in properties.items()
    )
    return f"::{level} {written}::{message.translate(_ESCAPES)}"
