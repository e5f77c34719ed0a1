"""
Parser for the events of the Python SDK, `seam/resources/seam_event.py`.

The file is parsed and never imported or run. It has a dataclass for each event; before
version 3.6.0 it has one dataclass for all of them.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from keyword import iskeyword
from typing import TYPE_CHECKING, Final

from seamproof.errors import SourceInvalid
from seamproof.schemas.sources.mdx_fields import is_event_type
from seamproof.schemas.sources.sdk.sdk_types import (
    DEPTH,
    NULL,
    TYPES,
    schema_of_union,
    schema_of_values,
)
from seamproof.schemas.sources.source import ANY_EVENT, Source, SourceEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.json_types import JsonMapping, JsonObject

#: From names of types to JSON Schema.
_TYPES: Final[Mapping[str, JsonMapping]] = {
    "Any": {},
    "None": NULL,
    "bool": {"type": "boolean"},
    "dict": {"type": "object", "additionalProperties": {}},
    "Dict": {"type": "object", "additionalProperties": {}},
    "float": {"type": "number"},
    "int": {"type": "integer"},
    "list": {"type": "array"},
    "List": {"type": "array"},
    "object": {},
    "str": {"type": "string"},
}
_EVENT_TYPE: Final = "event_type"
_IVAR: Final = re.compile(
    r":ivar\s+(?P<name>\w+):(?P<text>.*?)(?=\n\s*:ivar\s|\n\s*\.\. |\Z)", re.DOTALL
)
_DEPRECATED_EVENT: Final = re.compile(r"^\s*\.\. deprecated::", re.MULTILINE)
_DEPRECATED_PROPERTY: Final = re.compile(r"\s*deprecated\b", re.IGNORECASE)


def read_python_sdk(text: str, source: Source, where: str) -> tuple[SourceEvent, ...]:
    """
    Parse all event classes of the Python SDK.

    Args:
        text: The text of `seam_event.py`.
        source: The source that the events are of.
        where: The name of the file in errors.

    Raises:
        SourceInvalid: The file is not Python, an annotation is not understood, or there is no
            event; has the line.
    """
    module = _Module(_parse(text, where), where)
    events = tuple(module.events(source))
    if not events:
        what = "the file has no class of an event"
        expected = 'dataclasses with `event_type: Literal["lock.unlocked"]`'
        raise SourceInvalid(what, where=f"{where}:1", expected=expected)
    return events


def _parse(text: str, where: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as problem:
        what = f"the file is not valid Python: {problem.msg}"
        raise SourceInvalid(what, where=f"{where}:{problem.lineno or 1}") from problem
    except (MemoryError, RecursionError, ValueError) as problem:
        what = f"the file cannot be parsed: {str(problem) or 'it is nested too deeply'}"
        raise SourceInvalid(what, where=f"{where}:1") from problem


@dataclass(frozen=True, slots=True)
class _Scope:
    """
    Where the names of an annotation are looked up: the innermost class first.

    Attributes:
        names: From each name to its class or the expression that it stands for.
        outer: The enclosing scope.
    """

    names: Mapping[str, ast.ClassDef | ast.expr]
    outer: _Scope | None = None

    def find(self, name: str) -> tuple[ast.ClassDef | ast.expr, _Scope] | None:
        """
        Find what a name stands for, and the scope that defines it.
        """
        if name in self.names:
            return self.names[name], self
        return self.outer.find(name) if self.outer else None


def _scope(body: list[ast.stmt], outer: _Scope | None = None) -> _Scope:
    names: dict[str, ast.ClassDef | ast.expr] = {}
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            names[statement.name] = statement
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            names[statement.targets[0].id] = statement.value
    return _Scope(names, outer)


class _Module:
    """
    The classes of one file.

    Args:
        tree: The parsed file.
        where: Its name in errors.
    """

    def __init__(self, tree: ast.Module, where: str) -> None:
        self._tree = tree
        self._where = where
        self._scope = _scope(tree.body)
        self._count = 0

    def events(self, source: Source) -> Iterator[SourceEvent]:
        """
        Convert the classes that have an `event_type`.

        Raises:
            SourceInvalid: An annotation is not understood, or an event is described twice.
        """
        lines: dict[str, int] = {}
        for node in self._tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            tag = next((one for one in _annotated(node) if _name(one) == _EVENT_TYPE), None)
            if tag is None:
                continue
            event_type = self._event_type(tag)
            if event_type in lines:
                what, found = (
                    f"{event_type} is described twice",
                    f"first on line {lines[event_type]}",
                )
                raise self._error(node, what, found=found)
            lines[event_type] = node.lineno
            schema = self._object(node, self._scope, 0)
            yield SourceEvent(
                event_type=event_type,
                source=source,
                properties=schema["properties"],
                required=frozenset(schema["required"]),
                where=f"{self._where}:{node.lineno}",
                deprecated=bool(_DEPRECATED_EVENT.search(ast.get_docstring(node) or "")),
            )

    def _event_type(self, tag: ast.AnnAssign) -> str:
        schema = self._schema(tag.annotation, self._scope, 0)
        if schema == {"type": "string"}:
            return ANY_EVENT
        values = schema.get("enum", [])
        if len(values) == 1 and isinstance(values[0], str) and is_event_type(values[0]):
            return values[0]
        what, expected = "event_type is not one event type", 'Literal["lock.unlocked"]'
        raise self._error(tag, what, expected=expected, found=ast.unparse(tag.annotation)[:60])

    def _object(self, node: ast.ClassDef, outer: _Scope, depth: int) -> JsonObject:
        """
        Convert a class to the schema of an object.
        """
        scope = _scope(node.body, outer)
        texts = {one["name"]: one["text"] for one in _IVAR.finditer(ast.get_docstring(node) or "")}
        properties: JsonObject = {}
        required = []
        for member in _annotated(node):
            python_name = _name(member)
            name = python_name[:-1] if iskeyword(python_name[:-1]) else python_name
            if name in properties:
                raise self._error(member, f"the property {name} is listed twice")
            optional, schema = self._member(member.annotation, scope, depth)
            if _DEPRECATED_PROPERTY.match(texts.get(python_name, "")):
                schema = {**schema, "deprecated": True}
            properties[name] = schema
            required += [] if optional else [name]
        return {"type": "object", "properties": properties, "required": required}

    def _member(self, given: ast.expr, scope: _Scope, depth: int) -> tuple[bool, JsonMapping]:
        """
        Convert the annotation of a property; `Optional` says that it can be absent or null.
        """
        schema = self._schema(given, scope, depth)
        if "anyOf" in schema:
            branches = [one for one in schema["anyOf"] if one != NULL]
            return len(branches) < len(schema["anyOf"]), schema_of_union(branches)
        types = schema.get("type")
        if not isinstance(types, list) or "null" not in types:
            return schema in ({}, NULL), schema
        left = [one for one in types if one != "null"]
        bare = {**schema, "type": left[0] if len(left) == 1 else left}
        if "enum" in bare:
            bare["enum"] = [value for value in bare["enum"] if value is not None]
        return True, bare

    def _schema(self, given: ast.expr, scope: _Scope, depth: int) -> JsonMapping:
        """
        Convert an annotation.
        """
        self._count += 1
        if depth > DEPTH or self._count > TYPES:
            limit = f"{DEPTH} levels of types are" if depth > DEPTH else f"{TYPES} types are"
            raise self._error(given, f"more than {limit} nested")
        if isinstance(given, ast.Constant):
            return self._constant(given, scope, depth)
        if isinstance(given, ast.BinOp) and isinstance(given.op, ast.BitOr):
            sides = (given.left, given.right)
            return schema_of_union(self._schema(side, scope, depth + 1) for side in sides)
        if isinstance(given, ast.Subscript):
            return self._generic(given, scope, depth + 1)
        name = _last_name(given)
        found = scope.find(name)
        if found is not None:
            target, inside = found
            if isinstance(target, ast.ClassDef):
                return self._object(target, inside, depth + 1)
            return self._schema(target, inside, depth + 1)
        if name not in _TYPES:
            what, expected = "the annotation is not understood", ", ".join([*_GENERIC, *_TYPES])
            found_text = ast.unparse(given)[:60]
            raise self._error(given, what, expected=expected, found=found_text)
        return _TYPES[name]

    def _constant(self, given: ast.Constant, scope: _Scope, depth: int) -> JsonMapping:
        if given.value is None:
            return NULL
        if not isinstance(given.value, str):
            what, found = "the annotation is not a type", repr(given.value)[:60]
            raise self._error(given, what, found=found)
        try:
            named = ast.parse(given.value.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
            raise self._error(given, "the annotation is not a type", found=given.value) from problem
        for node in ast.walk(named):
            ast.copy_location(node, given)
        return self._schema(named, scope, depth + 1)

    def _generic(self, given: ast.Subscript, scope: _Scope, depth: int) -> JsonMapping:
        name = _last_name(given.value)
        arguments = given.slice.elts if isinstance(given.slice, ast.Tuple) else [given.slice]
        if name == "Literal":
            return schema_of_values(self._literal(one) for one in arguments)
        if name not in _GENERIC:
            what, expected = "the annotation is not understood", ", ".join([*_GENERIC, *_TYPES])
            raise self._error(given, what, expected=expected, found=ast.unparse(given)[:60])
        count, convert = _GENERIC[name]
        if count and len(arguments) != count:
            what = f"{name} takes {count} types"
            raise self._error(given, what, found=ast.unparse(given)[:60])
        return convert([self._schema(one, scope, depth) for one in arguments])

    def _literal(self, given: ast.expr) -> str | int | bool | None:
        value = given.value if isinstance(given, ast.Constant) else ...
        if value is None or isinstance(value, str | int):
            return value
        what, expected = "a literal is not a JSON value", "texts, integers, True, False or None"
        raise self._error(given, what, expected=expected, found=ast.unparse(given)[:60])

    def _error(self, node: ast.expr | ast.stmt, what: str, **details: str) -> SourceInvalid:
        return SourceInvalid(what, where=f"{self._where}:{node.lineno}", **details)


def _annotated(node: ast.ClassDef) -> list[ast.AnnAssign]:
    """
    Return the fields of a dataclass; a variable of the class is none.
    """
    return [
        one
        for one in node.body
        if isinstance(one, ast.AnnAssign)
        and isinstance(one.target, ast.Name)
        and not (
            isinstance(one.annotation, ast.Subscript)
            and _last_name(one.annotation.value) == "ClassVar"
        )
    ]


def _name(field: ast.AnnAssign) -> str:
    return field.target.id if isinstance(field.target, ast.Name) else ""


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _list_of(arguments: list[JsonMapping]) -> JsonObject:
    return {"type": "array", "items": arguments[0]}


def _dict_of(arguments: list[JsonMapping]) -> JsonObject:
    return {"type": "object", "additionalProperties": arguments[1]}


#: From names of generic types to the number of their arguments (0: any) and their conversion.
_GENERIC: Final[Mapping[str, tuple[int, Callable[[list[JsonMapping]], JsonMapping]]]] = {
    "Dict": (2, _dict_of),
    "List": (1, _list_of),
    "Literal": (0, schema_of_union),
    "Mapping": (2, _dict_of),
    "NotRequired": (1, lambda arguments: schema_of_union([arguments[0], NULL])),
    "Optional": (1, lambda arguments: schema_of_union([arguments[0], NULL])),
    "Sequence": (1, _list_of),
    "Union": (0, schema_of_union),
    "dict": (2, _dict_of),
    "list": (1, _list_of),
}
