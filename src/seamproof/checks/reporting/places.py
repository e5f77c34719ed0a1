"""
Places in the handler's code: the file and the line at which an exception was raised.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seamproof.annotations.repository import path_in_repository
from seamproof.urls import is_url

if TYPE_CHECKING:
    from seamproof.checks.model.results import Failure


class Place(NamedTuple):
    """
    A line of a file, whose path is relative to the repository where it is inside.
    """

    file: str
    line: int


def place_of(failure: Failure, root: Path) -> Place | None:
    """
    Find where the exception of a failure was raised; None where there is none.
    """
    escaped = failure.received.escaped if failure.received else None
    if escaped is None:
        return None
    file, _, line = escaped.place.rpartition(":")
    return (
        Place(path_in_repository(Path(file), root), int(line))
        if file and line.isdecimal()
        else None
    )


def module_place(target: str, root: Path) -> Place | None:
    """
    Find the first line of the module of a target `module:name`; None where no such file exists.
    """
    module = target.partition(":")[0]
    if is_url(target) or not module.replace(".", "").isidentifier():
        return None
    path = Path(*module.split("."))
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((Place(path_in_repository(one, root), 1) for one in files if one.is_file()), None)
