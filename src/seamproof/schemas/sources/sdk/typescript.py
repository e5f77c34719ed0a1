"""
Parser for type declarations of TypeScript: from `type` and `interface` to JSON Schema.

It reads the subset that the JavaScript SDK's declarations use. Anything else is an error with
its line: a type that was skipped would be a wrong contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from seamproof.schemas.sources.sdk.sdk_types import (
    DEPTH,
    NULL,
    TYPES,
    schema_of_union,
    schema_of_values,
)
from seamproof.schemas.sources.sdk.typescript_tokens import Token, TokenStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seamproof.errors import SourceInvalid
    from seamproof.json_types import Json, JsonMapping, JsonObject

#: From names of types to JSON Schema.
_TYPES: Final[Mapping[str, JsonMapping]] = {
    "any": {},
    "boolean": {"type": "boolean"},
    "null": NULL,
    "number": {"type": "number"},
    "object": {"type": "object", "additionalProperties": {}},
    "string": {"type": "string"},
    "undefined": {},
    "unknown": {},
}
_CONSTANTS: Final[Mapping[str, bool]] = {"false": False, "true": True}
_LISTS: Final = ("Array", "ReadonlyArray")
_DEPRECATED: Final = re.compile(r"@deprecated\b|\*\s*deprecated\b", re.IGNORECASE)
_UNDERSTOOD: Final = (
    "a literal, string, number, boolean, null, unknown, Array<…>, Record<string, …>, {…}, or a "
    "type of the same file"
)


@dataclass(slots=True)
class ObjectType:
    """
    An object type of the file.

    Attributes:
        schema: Its JSON Schema.
        line: Its line.
        start: Its position, which identifies it.
    """

    schema: JsonObject
    line: int
    start: int


@dataclass(frozen=True, slots=True)
class _Type:
    """
    A type: the schema of its values, the objects that it is a union of, and `undefined`.

    A declared type is parsed once; `size` counts the types in it wherever it is used.
    """

    schema: JsonMapping
    objects: tuple[ObjectType, ...] = ()
    undefined: bool = False
    size: int = 1


@dataclass(slots=True)
class _Declaration:
    """
    A declaration: where its type begins, and the type once it is known.
    """

    name: Token
    position: int
    type: _Type | None = None
    open: bool = field(default=False)


def read_declarations(text: str, where: str) -> dict[str, tuple[ObjectType, ...]]:
    """
    Parse the type declarations of a file.

    Args:
        text: The text of the file.
        where: Its name in errors.

    Returns:
        From the name of each declaration to the object types that it is a union of.

    Raises:
        SourceInvalid: A declaration is malformed or not understood; has the line.
    """
    parser = _Parser(TokenStream(text, where))
    return {name: parser.resolve(name).objects for name in parser.declarations}


class _Parser:
    """
    A recursive descent over the tokens of a file.
    """

    def __init__(self, tokens: TokenStream) -> None:
        self._tokens = tokens
        self._depth = 0
        self._count = 0
        self.declarations: dict[str, _Declaration] = {}
        self._find_declarations()

    def _find_declarations(self) -> None:
        """
        Find where each declaration begins; imports and values are skipped.
        """
        tokens = self._tokens
        level = 0
        while tokens.current.kind != "end":
            token = tokens.take()
            level += (token.text in "{([") - (token.text in "})]") if token.kind == "mark" else 0
            if level or token.kind != "name" or token.text not in ("type", "interface"):
                continue
            if tokens.current.kind != "name":
                continue
            name = tokens.take()
            if tokens.current.text not in ("=", "{"):
                if tokens.current.text not in ("<", "extends"):
                    continue
                what, expected = f"the declaration of {name.text} is not understood", "type X = …"
                raise tokens.error(name, what, expected=expected, found=tokens.current.text)
            tokens.take_if("=")
            if name.text in self.declarations:
                raise tokens.error(name, f"{name.text} is declared twice")
            self.declarations[name.text] = _Declaration(name, tokens.position)

    def resolve(self, name: str) -> _Type:
        """
        Parse the type of a declaration, once.
        """
        declaration = self.declarations[name]
        if declaration.type is None:
            if declaration.open:
                what = f"the type {name} contains itself; event payloads are finite"
                raise self._tokens.error(declaration.name, what)
            declaration.open = True
            back, self._tokens.position = self._tokens.position, declaration.position
            before = self._count
            declaration.type = replace(self._union(), size=self._count - before)
            self._tokens.position = back
            return declaration.type
        self._add(declaration.type.size, declaration.name)
        return declaration.type

    def _add(self, count: int, token: Token) -> None:
        """
        Count types, each wherever it is used.
        """
        self._count += count
        if self._count > TYPES:
            raise self._tokens.error(token, f"more than {TYPES} types are nested")

    def _union(self) -> _Type:
        first = self._tokens.current
        self._depth += 1
        self._add(1, first)
        if self._depth > DEPTH:
            raise self._tokens.error(first, f"more than {DEPTH} levels of types are nested")
        self._tokens.take_if("|")
        branches = [self._postfix()]
        while self._tokens.take_if("|"):
            branches.append(self._postfix())
        if self._tokens.current.text == "&" and self._tokens.current.kind == "mark":
            raise self._not_understood(self._tokens.current)
        self._depth -= 1
        if len(branches) == 1:
            return branches[0]
        stated = [one.schema for one in branches if not one.undefined or one.schema]
        return _Type(
            schema_of_union(stated),
            tuple(found for one in branches for found in one.objects),
            undefined=any(one.undefined for one in branches),
        )

    def _postfix(self) -> _Type:
        tokens = self._tokens
        tokens.take_if("readonly")
        inner = self._primary()
        while tokens.current.text == "[" and tokens.peek().text == "]":
            tokens.take()
            tokens.take()
            inner = _Type({"type": "array", "items": inner.schema})
        return inner

    def _primary(self) -> _Type:
        tokens = self._tokens
        token = tokens.current
        if token.kind == "text":
            return _Type(schema_of_values([tokens.take().text]))
        if token.kind == "number":
            return _Type(schema_of_values([_number(tokens.take().text)]))
        if token.kind == "mark":
            if token.text == "{":
                found = self._object()
                return _Type(found.schema, (found,))
            if tokens.take_if("("):
                inner = self._union()
                tokens.expect(")")
                return inner
        if token.kind == "name":
            return self._named(tokens.take())
        raise self._not_understood(token)

    def _named(self, token: Token) -> _Type:
        tokens, name = self._tokens, token.text
        if name in _CONSTANTS:
            return _Type(schema_of_values([_CONSTANTS[name]]))
        if name in self.declarations:
            return self.resolve(name)
        if name in _TYPES:
            return _Type(_TYPES[name], undefined=name == "undefined")
        if name in (*_LISTS, "Record") and tokens.take_if("<"):
            arguments = [self._union()]
            while tokens.take_if(","):
                arguments.append(self._union())
            tokens.expect(">")
            if len(arguments) == 1 and name in _LISTS:
                return _Type({"type": "array", "items": arguments[0].schema})
            if len(arguments) == 2 and arguments[0].schema == {"type": "string"}:  # noqa: PLR2004
                return _Type({"type": "object", "additionalProperties": arguments[1].schema})
        raise self._not_understood(token)

    def _object(self) -> ObjectType:
        tokens = self._tokens
        start = tokens.expect("{")
        properties: JsonObject = {}
        required: list[str] = []
        schema: JsonObject = {"type": "object"}
        while not tokens.take_if("}"):
            if tokens.peek().text not in ("?", ":"):
                tokens.take_if("readonly")
            if tokens.take_if("["):
                schema["additionalProperties"] = self._index_signature()
            else:
                name, optional, member = self._member()
                if name in properties:
                    what = f"the property {name} is listed twice"
                    raise tokens.error(tokens.current, what)
                properties[name] = member
                required += [] if optional else [name]
            tokens.take_if(";", ",")
        if properties or "additionalProperties" not in schema:
            schema |= {"properties": properties, "required": required}
        return ObjectType(schema, tokens.line_of(start), start.start)

    def _member(self) -> tuple[str, bool, JsonMapping]:
        """
        Parse a property: its name, whether it can be absent, its schema.
        """
        tokens = self._tokens
        name = tokens.take()
        if name.kind not in ("name", "text", "number"):
            what, expected = "this is not the name of a property", "name: type"
            raise tokens.error(name, what, expected=expected, found=name.text)
        optional = tokens.take_if("?") is not None
        tokens.expect(":")
        member = self._union()
        schema = member.schema
        if _DEPRECATED.search(name.comment):
            schema = {**schema, "deprecated": True}
        return name.text, optional or member.undefined, schema

    def _index_signature(self) -> JsonMapping:
        tokens = self._tokens
        tokens.take()
        tokens.expect(":")
        tokens.expect("string")
        tokens.expect("]")
        tokens.expect(":")
        return self._union().schema

    def _not_understood(self, token: Token) -> SourceInvalid:
        what = "the type is not understood"
        return self._tokens.error(token, what, expected=_UNDERSTOOD, found=token.text)


def _number(text: str) -> Json:
    return float(text) if re.search("[.eE]", text) else int(text)


def objects_of(declared: Mapping[str, tuple[ObjectType, ...]]) -> Iterator[ObjectType]:
    """
    Return each object type that a declaration is a union of, once, in the order of the file.
    """
    distinct = {one.start: one for objects in declared.values() for one in objects}
    return (distinct[start] for start in sorted(distinct))
