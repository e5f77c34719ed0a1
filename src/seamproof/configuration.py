"""
Options that a project sets in `seamproof.toml`, or in `[tool.seamproof]` of `pyproject.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.errors import UsageError, nearest_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

#: The files, and the table of each; the first that has one counts.
FILES: Final = (("seamproof.toml", ()), ("pyproject.toml", ("tool", "seamproof")))
_SHARED: Final = (
    *("accept", "allow-remote", "app-dir", "as", "break", "catalog", "events", "expect", "ignore"),
    *("max-examples", "max-time", "path", "quick", "rate", "seed", "select", "set", "settle"),
    *("state", "strict", "thorough"),
)
#: By section, the names of its options, as on the command line without `--`.
SECTIONS: Final[Mapping[str, frozenset[str]]] = {
    "check": frozenset(
        (
            *_SHARED,
            *("baseline", "exitfirst", "format", "last-failed", "max-failures", "report"),
            *("fail-on", "secret", "start", "target", "update-baseline", "v", "verbose", "x"),
        )
    ),
    "serve": frozenset(
        (
            *("allow-host", "api-key", "catalog", "clock", "db", "fault", "format"),
            *(
                "fresh",
                "gone-disables",
                "host",
                "jitter",
                "like",
                "open",
                "port",
                "salvage",
                "schedule",
                "secret",
                "seed",
            ),
            *("to", "v", "verbose"),
        )
    ),
    "listen": frozenset(
        (
            *("allow-remote", "catalog", "fail-on", "format", "forward-to", "host"),
            *("port", "pseudonymise", "save", "secret"),
        )
    ),
    "import": frozenset(("catalog", "files", "format", "pseudonymise", "to")),
    "validate": frozenset(("catalog", "event-type", "files", "format", "strict", "unknown")),
    "pytest": frozenset(
        (*_SHARED, "coverage", "coverage-json", "fail-under", "secret-env", "target", "xfail")
    ),
}
_LISTEN: Final = frozenset(
    {"fail-on", "format", "forward-to", "host", "port", "pseudonymise", "save"}
)
#: Options that a section takes only from its own table: they switch something on, or have another
#: meaning in other sections.
_OWN: Final = {
    "pytest": frozenset({"target", "coverage", "coverage-json", "fail-under"}),
    "listen": _LISTEN,
    "import": frozenset({"files", "format", "pseudonymise", "to"}),
}


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
            UsageError: The table has a key that is no option.
        """
        own = self.table.get(section, {})
        if not isinstance(own, dict):
            what = f"[{section}] is not a table"
            raise UsageError(what, where=str(self.path), found=repr(own))
        self._check_keys(own, SECTIONS[section], section)
        shared = {name: value for name, value in self.table.items() if name not in SECTIONS}
        self._check_keys(shared, frozenset().union(*SECTIONS.values()), "")
        names = SECTIONS[section] - _OWN.get(section, frozenset())
        given = {_dashed(name): value for name, value in shared.items()}
        return {name: value for name, value in given.items() if name in names} | {
            _dashed(name): value for name, value in own.items()
        }

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
