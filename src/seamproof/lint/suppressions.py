"""
Comments that suppress findings: `# seamproof: ignore[unknown-event-type]`.
"""

from __future__ import annotations

import re
from typing import Final

_COMMENT: Final = re.compile(r"seamproof:\s*ignore\[([\w\s,*-]*)\]")
_ALONE: Final = re.compile(r"^\s*(?:#|//|/\*|\*|--|<!--|\{\s*/\*|;|%)\s*seamproof:")
MARK: Final = "seamproof:"


def suppressed(text: str) -> dict[int, frozenset[str]]:
    """
    Read which rules the comments of a source suppress, by line.

    A comment suppresses in its own line; alone in its line, in the next one as well.
    """
    found: dict[int, frozenset[str]] = {}
    if MARK not in text:
        return found
    for number, line in enumerate(text.split("\n"), start=1):
        comment = _COMMENT.search(line)
        if comment is None:
            continue
        rules = frozenset(one.strip() for one in comment[1].split(",") if one.strip())
        for place in (number, number + 1) if _ALONE.match(line) else (number,):
            found[place] = found.get(place, frozenset()) | rules
    return found
