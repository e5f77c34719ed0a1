"""
The options that a project can set, by section, and what the value of each has to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHARED: Final = (
    *("accept", "allow-remote", "app-dir", "as", "break", "catalog", "events", "expect", "ignore"),
    *("max-examples", "max-time", "path", "quick", "rate", "seed", "select", "set", "settle"),
    *("catch-up", "seam-endpoint-env", "state", "strict", "thorough", "world"),
)
#: By section, the names of its options, as on the command line without `--`.
SECTIONS: Final[Mapping[str, frozenset[str]]] = {
    "check": frozenset(
        (
            *_SHARED,
            *("baseline", "exitfirst", "for", "format", "last-failed", "max-failures", "report"),
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
            *("to", "v", "verbose", "world"),
        )
    ),
    "listen": frozenset(
        (
            *("allow-remote", "catalog", "fail-on", "format", "forward-to", "host"),
            *("port", "pseudonymise", "save", "secret"),
        )
    ),
    "import": frozenset(("catalog", "files", "format", "pseudonymise", "to")),
    "lint": frozenset(("catalog", "fail-on", "format", "ignore", "paths", "select")),
    "validate": frozenset(("catalog", "event-type", "files", "for", "format", "strict", "unknown")),
    "pytest": frozenset(
        (*_SHARED, "coverage", "coverage-json", "fail-under", "secret-env", "target", "xfail")
    ),
}


class ValueKind(NamedTuple):
    """
    What the value of an option has to be in TOML.

    Attributes:
        expected: In words.
        example: Of a value.
        types: That the value may be of; in a list, its members are texts.
    """

    expected: str
    example: str
    types: tuple[type, ...]


TEXT: Final = ValueKind("a text", '"…"', (str,))
BOOLEAN: Final = ValueKind("true or false", "true", (bool,))
INTEGER: Final = ValueKind("a whole number", "7", (int,))
NUMBER: Final = ValueKind("a number", "7.5", (int, float))
TEXT_OR_NUMBER: Final = ValueKind("a text or a number", '"…"', (str, int, float))
TEXTS: Final = ValueKind("a text or a list of texts", '["…", "…"]', (str, list))
TEXTS_OR_TABLE: Final = ValueKind(
    "a list of texts or a table", '{customer_key = "hotel-9"}', (str, list, dict)
)
#: The kind of each option that is no text.
_KINDS: Final[Mapping[str, ValueKind]] = {
    **dict.fromkeys(("allow-remote", "coverage", "exitfirst", "fresh", "gone-disables"), BOOLEAN),
    **dict.fromkeys(("last-failed", "open", "pseudonymise", "quick", "strict", "v"), BOOLEAN),
    **dict.fromkeys(("thorough", "update-baseline", "verbose", "x"), BOOLEAN),
    **dict.fromkeys(("max-examples", "max-failures", "port", "seed"), INTEGER),
    **dict.fromkeys(("fail-under", "jitter", "max-time", "settle"), NUMBER),
    **dict.fromkeys(("accept", "rate"), TEXT_OR_NUMBER),
    **dict.fromkeys(("allow-host", "expect", "fault", "files", "ignore", "paths"), TEXTS),
    **dict.fromkeys(("report", "select", "xfail"), TEXTS),
    "set": TEXTS_OR_TABLE,
}
#: The kind of an option whose name means something else in other sections.
_KINDS_OF_SECTIONS: Final[Mapping[str, Mapping[str, ValueKind]]] = {
    "serve": {"seed": TEXT_OR_NUMBER, "to": TEXTS},
    "listen": {"secret": TEXTS},
}
_LISTEN: Final = frozenset(
    {"fail-on", "format", "forward-to", "host", "port", "pseudonymise", "save"}
)
#: Options that a section takes only from its own table: they switch something on, or have another
#: meaning in other sections.
OWN: Final = {
    "pytest": frozenset({"target", "coverage", "coverage-json", "fail-under"}),
    "listen": _LISTEN,
    "import": frozenset({"files", "format", "pseudonymise", "to"}),
    "lint": frozenset({"fail-on", "format", "ignore", "paths", "select"}),
}


def kind_of(section: str, name: str) -> ValueKind:
    """
    Find what the value of an option of a section has to be.
    """
    return _KINDS_OF_SECTIONS.get(section, {}).get(name) or _KINDS.get(name, TEXT)
