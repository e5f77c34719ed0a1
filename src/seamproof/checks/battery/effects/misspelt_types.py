"""
Finds names in the code of a handler that resemble an event type and are none.

A handler that compares the type with such a name accepts the event and does nothing.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.targets.tracebacks import attempt, is_user_code, relative_to
from seamproof.errors import nearest_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.checks.probe.probe import Probe

_NAME: Final = re.compile(r"[a-z]\w*(?:\.\w+)+")
#: How much a name has to resemble an event type, from 0 to 1.
_LIKE: Final = 0.8
#: Bytes of a file that is searched, and how many are.
_MOST: Final = 1_000_000
_FILES: Final = 500


class MisspeltType(NamedTuple):
    """
    A name in the code of a handler that is no event type.

    Attributes:
        name: As it is written there.
        place: `file:line`.
        event_type: The one that it resembles.
    """

    name: str
    place: str
    event_type: str

    def __str__(self) -> str:
        return f"{self.place} names {self.name}, which does not exist; Seam sends {self.event_type}"


def misspelt_types(probe: Probe) -> list[MisspeltType]:
    """
    Search the modules that a handler of this process has imported from its own directory.
    """
    context = getattr(probe.target, "context", None)
    if context is None or not getattr(probe.target, "in_process", False):
        return []
    catalogue = probe.events.catalogue
    known = {one.event_type for one in catalogue.match(undocumented=True)}
    documented = [one.event_type for one in catalogue.match()]
    found: dict[str, MisspeltType] = {}
    for file in _files(context.root.resolve()):
        for name, line in _names(file):
            near = "" if name in known or name in found else _nearest(name, documented)
            if near:
                place = f"{relative_to(str(file), context.root)}:{line}"
                found[name] = MisspeltType(name, place, near)
    return list(found.values())


def _nearest(name: str, documented: Sequence[str]) -> str:
    """
    Find the event type that a name stands for; empty if it resembles none.
    """
    begun = [one for one in documented if one.startswith(f"{name}_")]
    return next(iter(begun or nearest_names(name, documented, 1, cutoff=_LIKE)), "")


def _files(root: Path) -> list[Path]:
    """
    List the files of the modules below a directory that are no library's.
    """
    names = (attempt(partial(getattr, one, "__file__"), None) for one in [*sys.modules.values()])
    files = {Path(one).resolve() for one in names if isinstance(one, str) and is_user_code(one)}
    below = (one for one in files if one.suffix == ".py" and one.is_relative_to(root))
    return sorted(below)[:_FILES]


def _names(file: Path) -> Iterator[tuple[str, int]]:
    """
    Find the texts in a file that are written as event types are, with their lines.
    """
    try:
        raw = file.read_bytes()
        tree = ast.parse(raw) if len(raw) <= _MOST else ast.Module([], [])
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.Constant) and isinstance(text, str) and _NAME.fullmatch(text):
            yield text, node.lineno
