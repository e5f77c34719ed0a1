"""
Files of worlds, YAML or JSON, read strictly, with the line of every value.

YAML is read as JSON would be: no value becomes a time, a code such as 0042 stays a text, and only
`true` and `false` are booleans. A name that occurs twice is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from seamproof.errors import UsageError
from seamproof.json_pointer import escape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import yaml

    from seamproof.json_types import Json

#: The most bytes of a file, and the most levels of nesting in it.
_MAX_BYTES: Final = 20_000_000
_DEPTH: Final = 40

#: Plain scalars of YAML that are no text, as in JSON.
_SCALARS: Final = (
    ("null", re.compile(r"null|~|")),
    ("bool", re.compile(r"true|false")),
    ("int", re.compile(r"-?(?:0|[1-9][0-9]{0,15})")),
    ("float", re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?")),
)


@dataclass(frozen=True, slots=True)
class WorldDocument:
    """
    A parsed file.

    Attributes:
        value: What it holds.
        name: The name of the file; empty if it was none.
        lines: By JSON Pointer, the line of a value, counted from 1.
    """

    value: Json
    name: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)

    def place(self, pointer: str) -> str:
        """
        Say where a value is: the file and line if there are, and its path.
        """
        at = pointer
        while at and at not in self.lines:
            at = at.rpartition("/")[0]
        path = pointer.removeprefix("/").replace("/", ".")
        file = f"{self.name}:{self.lines.get(at, 1)}" if self.name else ""
        return f"{file} {path}".strip()


def read_document(path: Path) -> WorldDocument:
    """
    Read a file, as JSON if its name ends with `.json`, else as YAML.

    Raises:
        UsageError: It cannot be read or parsed; has file and line.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            what, expected = "the file of a world is too large", f"at most {_MAX_BYTES:,} bytes"
            raise UsageError(what, where=str(path), expected=expected)
        text = path.read_text("utf-8")
    except (OSError, ValueError) as problem:
        what = f"the file cannot be read: {getattr(problem, 'strerror', None) or problem}"
        cure = "save it as UTF-8" if isinstance(problem, UnicodeError) else ""
        raise UsageError(what, where=str(path), cure=cure) from problem
    return parse(text, str(path), is_json=path.suffix.lower() == ".json")


def parse(text: str, name: str, *, is_json: bool = False) -> WorldDocument:
    """
    Parse the text of a file.

    Raises:
        UsageError: It is not YAML, or not JSON; has file and line.
    """
    if is_json:
        from seamproof.schemas import json_text

        value, flaws = json_text.parse(text)
        if flaws:
            what = f"this is not valid JSON: {flaws[0].message}"
            raise UsageError(what, where=f"{name}:{flaws[0].line}")
        return WorldDocument(value, name, _JsonLines(text))
    return _parse_yaml(text, name)


class _JsonLines(dict[str, int]):
    """
    The lines of a JSON text, each found when it is asked for.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __contains__(self, pointer: object) -> bool:
        return True

    def get(self, pointer: str, default: int = 1) -> int:  # type: ignore[override]
        """
        Find the line of a value.
        """
        from seamproof.schemas import json_text

        return json_text.line_of(self._text, pointer) or default


def _parse_yaml(text: str, name: str) -> WorldDocument:
    import yaml

    lines: dict[str, int] = {}
    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark else 1
        what = f"this is not valid YAML: {problem.problem}"
        has_tab = any("\t" in one for one in text.splitlines()[line - 1 : line])
        cure = "indent by spaces: YAML allows no tabs there" if has_tab else ""
        raise UsageError(what, where=f"{name}:{line}", cure=cure) from problem
    except (yaml.YAMLError, RecursionError) as problem:
        what = f"this is not valid YAML: {problem}"
        raise UsageError(what, where=name) from problem
    reader = _YamlReader(name, lines)
    return WorldDocument(None if root is None else reader.value(root, "", 0), name, lines)


@dataclass(frozen=True, slots=True)
class _YamlReader:
    """
    Makes values of the nodes of a YAML text.

    Attributes:
        name: Of the file.
        lines: Gets the line of each value.
        seen: The nodes that were read; an alias of one of them counts as a copy of it.
    """

    name: str
    lines: dict[str, int]
    seen: list[int] = field(default_factory=lambda: [0])

    def value(self, node: yaml.Node, pointer: str, depth: int) -> Json:
        """
        Make the value of a node.
        """
        import yaml

        self.lines.setdefault(pointer, node.start_mark.line + 1)
        self.seen[0] += 1
        if depth > _DEPTH or self.seen[0] > _MAX_BYTES // 10:
            raise self._error(node, "the file is nested too deeply or repeats itself too often")
        if isinstance(node, yaml.SequenceNode):
            return [
                self.value(one, f"{pointer}/{index}", depth + 1)
                for index, one in enumerate(node.value)
            ]
        if isinstance(node, yaml.MappingNode):
            return self._object(node, pointer, depth)
        return self._scalar(node)

    def _object(self, node: yaml.Node, pointer: str, depth: int) -> Json:
        import yaml

        found: dict[str, Json] = {}
        own: set[str] = set()
        for key, one in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._error(key, "a name is a text")
            if key.value == "<<" and not key.style:
                merged = self.value(one, pointer, depth + 1)
                for other in merged if isinstance(merged, list) else [merged]:
                    if not isinstance(other, dict):
                        raise self._error(one, "only an object can be merged into an object")
                    found = {**other, **found}
                continue
            if key.value in own:
                raise self._error(key, f"the name {key.value!r} occurs twice")
            own.add(key.value)
            at = f"{pointer}/{escape(key.value)}"
            self.lines[at] = key.start_mark.line + 1
            found[key.value] = self.value(one, at, depth + 1)
        return found

    def _scalar(self, node: yaml.Node) -> Json:
        text: str = node.value
        if getattr(node, "style", None):
            return text
        kind = next((kind for kind, pattern in _SCALARS if pattern.fullmatch(text)), "")
        if kind == "bool":
            return text == "true"
        if kind in ("int", "float"):
            return int(text) if kind == "int" else float(text)
        return None if kind == "null" else text

    def _error(self, node: yaml.Node, what: str) -> UsageError:
        return UsageError(what, where=f"{self.name}:{node.start_mark.line + 1}")
