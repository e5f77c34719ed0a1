"""
Options that a project sets in `seamproof.toml`, or in `[tool.seamproof]` of `pyproject.toml`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.configuration.options import OWN, SECTIONS, kind_of
from seamproof.errors import UsageError, nearest_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from seamproof.configuration.options import ValueKind

#: The files, and the table of each; the first that has one counts.
FILES: Final = (("seamproof.toml", ()), ("pyproject.toml", ("tool", "seamproof")))


@dataclass(frozen=True, slots=True)
class Configuration:
    """
    The options that a project sets.

    Attributes:
        path: The file.
        table: Its table: options, and a table for each section.
    """

    path: Path
    table: Mapping[str, object]

    def options(self, section: str) -> dict[str, object]:
        """
        Collect the options of a section: its own, and those that all sections share.

        Raises:
            UsageError: The table has a key that is no option, or a value of a wrong type.
        """
        own = self.table.get(section, {})
        if not isinstance(own, dict):
            what = f"[{section}] is not a table"
            raise UsageError(what, where=str(self.path), found=repr(own))
        self._check_keys(own, SECTIONS[section], section)
        shared = {name: value for name, value in self.table.items() if name not in SECTIONS}
        self._check_keys(shared, frozenset().union(*SECTIONS.values()), "")
        names = SECTIONS[section] - OWN.get(section, frozenset())
        shared = {name: value for name, value in shared.items() if _dashed(name) in names}
        for place, given in (("", shared), (f"[{section}] ", own)):
            for name, value in given.items():
                self._check_kind(f"{place}{name}", value, kind_of(section, _dashed(name)))
        return {_dashed(name): value for name, value in (shared | own).items()}

    def _check_kind(self, place: str, value: object, kind: ValueKind) -> None:
        if _is_of(kind, value):
            return
        what = f"{place} has a value of a wrong type"
        name = place.rpartition(" ")[2]
        raise UsageError(
            what,
            where=str(self.path),
            expected=kind.expected,
            found=_described(value),
            cure=f"write {name} = {kind.example}",
        )

    def _check_keys(self, given: Iterable[str], known: frozenset[str], section: str) -> None:
        for name in given:
            if _dashed(name) in known:
                continue
            candidates = known if section else known | SECTIONS.keys()
            near = nearest_names(_dashed(name), sorted(candidates), cutoff=0.5)
            place = f"[{section}]" if section else "the table"
            what = f"{place} has no option {name!r}"
            cure = f"did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(
                what, where=str(self.path), cure=cure or f"one of {', '.join(sorted(candidates))}"
            )


def _is_of(kind: ValueKind, value: object) -> bool:
    if isinstance(value, bool):
        return bool in kind.types
    if not isinstance(value, kind.types):
        return False
    if isinstance(value, dict):
        return all(isinstance(one, str | int | float) for one in value.values())
    return not isinstance(value, list) or all(isinstance(one, str) for one in value)


#: How a value of TOML is called: of several types, the first that it has.
_NAMES: Final[tuple[tuple[type, str], ...]] = (
    (str, "a text"),
    (bool, "a boolean"),
    (int, "a whole number"),
    (float, "a number"),
    (dict, "a table"),
    (list, "a list"),
    (object, "a date or a time"),
)


def _described(value: object) -> str:
    """
    Name the type of a value, and show one that is no collection.
    """
    name = next(name for kind, name in _NAMES if isinstance(value, kind))
    if isinstance(value, list):
        others = [one for one in value if not isinstance(one, str)]
    elif isinstance(value, dict):
        others = [one for one in value.values() if not isinstance(one, str | int | float)]
    else:
        return f"{json.dumps(value, ensure_ascii=False, default=str)}, {name}"
    return f"{name} with {_described(others[0])} in it" if others else name


def find_configuration(directory: Path) -> Configuration | None:
    """
    Read the options that the project in a directory sets; None if it sets none.

    Raises:
        UsageError: The file is not TOML.
    """
    for name, keys in FILES:
        path = directory / name
        try:
            raw = path.read_bytes()
        except OSError:
            continue
        # Parsing a long file costs more than a search for the name of its table.
        if keys and b"seamproof" not in raw:
            continue
        table = _parse(path, raw)
        for key in keys:
            inner = table.get(key) if isinstance(table, dict) else None
            table = inner if inner is not None else {}
        if isinstance(table, dict) and (table or not keys):
            return Configuration(path, table)
    return None


def _parse(path: Path, raw: bytes) -> object:
    import tomllib

    try:
        return tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as problem:
        what = "the file is not TOML"
        raise UsageError(what, where=str(path), found=str(problem)) from problem


def _dashed(name: str) -> str:
    return name.replace("_", "-")
