"""
The mix of a run: which event types and life cycles in which shares, and what is sent again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from seamproof.errors import UsageError, nearest_names
from seamproof.formats import read_share
from seamproof.json_types import parse_json

_SHARES: Final = ("duplicates", "redeliveries", "large")
_WEIGHTS: Final = ("types", "journeys")
_EVERY_TYPE: Final[Mapping[str, float]] = MappingProxyType({"*": 1.0})


@dataclass(frozen=True, slots=True)
class Mix:
    """
    What is sent, and how often.

    Attributes:
        types: From globs over event types to weights. The types that one glob matches share its
            weight equally.
        journeys: From names of life cycles to weights. A life cycle counts once, and has as many
            messages as it has events.
        duplicates: The share of messages of which a second, identical copy is sent at the same
            time.
        redeliveries: The share of messages that are sent again after they were acknowledged, under
            the same id, signed anew.
        large: The share of messages whose body is filled up to about 100 kB.
    """

    types: Mapping[str, float] = field(default_factory=lambda: _EVERY_TYPE)
    journeys: Mapping[str, float] = field(default_factory=dict)
    duplicates: float = 0.0
    redeliveries: float = 0.0
    large: float = 0.0

    @classmethod
    def read(cls, path: str | Path) -> Mix:
        """
        Read a file: TOML, or JSON if its name ends in `.json`.

        Raises:
            UsageError: The file cannot be read, or is no mix.
        """
        file = Path(path)
        try:
            text = file.read_text(encoding="utf-8")
            table = parse_json(text) if file.suffix == ".json" else tomllib.loads(text)
        except OSError as problem:
            what = f"the mix cannot be read: {problem.strerror}"
            raise UsageError(what, where=str(path)) from problem
        except (ValueError, RecursionError) as problem:
            what = "the mix is neither TOML nor, in a file called .json, JSON"
            raise UsageError(what, where=str(path), found=str(problem)) from problem
        return cls.of(table, where=str(path))

    @classmethod
    def of(cls, table: object, *, where: str = "") -> Mix:
        """
        Take a mix from a table: `types`, `journeys`, `duplicates`, `redeliveries`, `large`.

        Raises:
            UsageError: The table has another form.
        """
        if not isinstance(table, Mapping):
            what, expected = "a mix is a table", ", ".join((*_WEIGHTS, *_SHARES))
            raise UsageError(what, where=where, expected=expected, found=type(table).__name__)
        for name in table:
            if name not in (*_WEIGHTS, *_SHARES):
                what = f"a mix has no {name!r}"
                near = nearest_names(str(name), (*_WEIGHTS, *_SHARES))
                cure = f"did you mean {near[0]}?" if near else ""
                expected = ", ".join((*_WEIGHTS, *_SHARES))
                raise UsageError(what, where=where, expected=expected, cure=cure)
        shares = {name: _share(name, table[name], where) for name in _SHARES if name in table}
        weights = {name: _weights(name, table.get(name, {}), where) for name in _WEIGHTS}
        if not weights["types"] and not weights["journeys"]:
            weights["types"] = dict(_EVERY_TYPE)
        return cls(
            weights["types"],
            weights["journeys"],
            *(shares.get(name, 0.0) for name in _SHARES),
        )

    def with_duplicates(self, share: float | None) -> Mix:
        """
        Replace the share of duplicates; None leaves it.
        """
        return self if share is None else replace(self, duplicates=share)

    def as_table(self) -> dict[str, object]:
        """
        Write the mix as the table that `of` reads.
        """
        table: dict[str, object] = {name: getattr(self, name) for name in _SHARES}
        return table | {name: dict(getattr(self, name)) for name in _WEIGHTS}


def _share(name: str, given: object, where: str) -> float:
    text = repr(given) if isinstance(given, int | float) else given
    share = read_share(text) if isinstance(text, str) and not isinstance(given, bool) else None
    if share is None:
        what = f"{name} is not a share"
        raise UsageError(what, where=where, expected='"5%" or 0.05', found=repr(given))
    return share


def _weights(name: str, given: object, where: str) -> dict[str, float]:
    expected = f'a table of names and weights, as in [{name}] "lock.unlocked" = 5'
    if isinstance(given, Mapping):
        usable = {
            str(key): float(weight)
            for key, weight in given.items()
            if isinstance(weight, int | float)
            and not isinstance(weight, bool)
            and 0 <= weight < float("inf")
        }
        if len(usable) == len(given) and (not given or any(usable.values())):
            return usable
    what = f"{name} of the mix have no weights"
    raise UsageError(what, where=where, expected=expected, found=repr(given)[:80])
