"""
What a schema asks of a value: the ways to satisfy it, and which of them are disjoint.

A spot of the document is named by its JSON Pointer. What satisfies several
schemas at once (a schema, where its `$ref` leads, a branch of its `anyOf`) is
named by all of their pointers. So nothing is ever merged or copied, and a
schema that holds itself is only one more pointer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote

from seamproof.errors import UsageError
from seamproof.schemas.jsontext import escape, unescape
from seamproof.schemas.validation import Contract, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: Pointers to schemas that a value satisfies all at once.
Node: TypeAlias = tuple[str, ...]
#: By each choice with `oneOf`, the branch taken.
Picks: TypeAlias = "Mapping[str, int]"

_MOST_WAYS: Final = 1000

#: Kinds of values, by the types that admit them: an integer is a number as well.
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    **{one: frozenset({one}) for one in ("array", "boolean", "integer", "null", "object", "string")},
    "number": frozenset({"integer", "fraction"}),
}
_SIZES: Final[Mapping[str, tuple[str, str]]] = {
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
    "string": ("minLength", "maxLength"),
}


def _common_multiple(one: Fraction, other: Fraction) -> Fraction:
    below = math.lcm(one.denominator, other.denominator)
    return Fraction(math.lcm(int(one * below), int(other * below)), below)


#: Keywords that limit a value: how each is read, and what two of them come to.
_LIMITS: Final[Mapping[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]]] = {
    **{low: (int, max) for low, _ in _SIZES.values()},
    **{high: (int, min) for _, high in _SIZES.values()},
    **dict.fromkeys(("exclusiveMinimum", "minimum"), (lambda given: given, max)),
    **dict.fromkeys(("exclusiveMaximum", "maximum"), (lambda given: given, min)),
    **dict.fromkeys(("format", "pattern"), (str, lambda one, other: one if one == other else None)),
    "multipleOf": (lambda given: Fraction(str(given)), _common_multiple),
}
#: Keywords that say something of a value itself, and of its members.
_OWN: Final = frozenset({*_LIMITS, "const", "enum", "required", "type"})
_MEMBERS: Final = frozenset({"additionalProperties", "items", "properties"})
_CHOICES: Final = ("$ref", "allOf", "anyOf", "oneOf")
_SUPPORTED: Final = frozenset({*_OWN, *_MEMBERS, *_CHOICES})
#: Keywords that say nothing of a value.
_PASSED_OVER: Final = frozenset(
    {
        *("$comment", "$defs", "$schema", "default", "definitions", "deprecated", "description"),
        *("discriminator", "example", "examples", "externalDocs", "readOnly", "title", "writeOnly"),
    }
)


@dataclass(frozen=True, slots=True)
class Shape:
    """
    What a value is like that satisfies schemas in one of the ways.

    Attributes:
        pointers: The schemas.
        picks: The branches taken.
        free: Whether nothing is asked.
        kinds: The kinds of value there are.
        values: The values, where they are listed.
        limits: By keyword, the limit and where it stands.
        required: By name, where it is required.
        members: By name, what a property satisfies.
        others: What each other property satisfies.
        items: What each item satisfies.
    """

    pointers: Node
    picks: Picks
    free: bool
    kinds: frozenset[str]
    values: tuple[Any, ...] | None
    limits: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    required: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Node] = field(default_factory=dict)
    others: Node = ()
    items: Node = ()

    def limit(self, keyword: str, otherwise: Any = None) -> Any:  # noqa: ANN401 - of any kind
        """
        Look a limit up.
        """
        return self.limits[keyword][0] if keyword in self.limits else otherwise

    def size(self, kind: str) -> tuple[int, float]:
        """
        Tell how many items, properties or characters there are at least and at most.
        """
        low, high = _SIZES[kind]
        return self.limit(low, 0), self.limit(high, math.inf)

    def interval(self) -> tuple[Any, bool, Any, bool]:
        """
        Tell the limits of numbers, and of each whether it is itself left out.
        """
        low, above = self.limit("minimum", -math.inf), self.limit("exclusiveMinimum", -math.inf)
        high, below = self.limit("maximum", math.inf), self.limit("exclusiveMaximum", math.inf)
        return max(low, above), above >= low, min(high, below), below <= high


class Schemas:
    """
    A document: its schemas, by their pointers.

    Args:
        root: A JSON Schema, draft 2020-12, as JSON.
        check: Raises an error when a schema is malformed; takes it and its pointer.
    """

    def __init__(self, root: object, check: Callable[[object, str], None]) -> None:
        check(root, "")
        self._root = root
        self._check = check
        self._known: dict[str, Any] = {}
        self._ways: dict[str, list[tuple[Node, Picks]]] = {}
        self._shapes: dict[Node, tuple[Shape, ...]] = {}
        self._contracts: dict[str, Contract] = {}
        self._disjoint: dict[tuple[Node, Node], bool] = {}

    def at(self, pointer: str) -> Any:  # noqa: ANN401 - an object or a boolean
        """
        Find the schema at a pointer.

        Raises:
            UsageError: It has a keyword that is not supported.
        """
        if pointer not in self._known:
            found: Any = self._root
            for token in map(unescape, pointer.split("/")[1:]):
                found = found[int(token)] if isinstance(found, list) else found[token]
            for keyword in found if isinstance(found, dict) else ():
                known = keyword in _SUPPORTED or keyword in _PASSED_OVER or keyword[:2] == "x-"
                if not known and (pointer or keyword != "$id"):
                    raise _unsupported(keyword, pointer)
            self._known[pointer] = found
        return self._known[pointer]

    def _target(self, pointer: str) -> str:
        reference = self.at(pointer)["$ref"]
        tokens = unquote(reference).split("/")
        target = "/".join(["", *(escape(unescape(token)) for token in tokens[1:])])
        try:
            if tokens[0] != "#":
                raise LookupError(reference)  # noqa: TRY301 - answered like what is not there
            schema = self.at(target)
        except (LookupError, TypeError, ValueError):
            what = "$ref leads to no spot of this schema"
            expected = "a JSON Pointer, such as #/$defs/name"
            raise UsageError(
                what, where=f"{pointer}/$ref", expected=expected, found=reference
            ) from None
        self._check(schema, target)
        return target

    def _choices(self, pointer: str) -> Iterator[tuple[str, list[str]]]:
        """
        List what else a value satisfies: the keyword, and the schemas to choose from.
        """
        schema = self.at(pointer)
        for keyword in _CHOICES if isinstance(schema, dict) else ():
            if keyword == "$ref" and keyword in schema:
                yield keyword, [self._target(pointer)]
            else:
                branches = [f"{pointer}/{keyword}/{i}" for i in range(len(schema.get(keyword, ())))]
                yield from [(keyword, [one]) for one in branches] if keyword == "allOf" else (
                    [(keyword, branches)] if branches else []
                )

    def _ways_of(self, pointer: str, inside: tuple[str, ...] = ()) -> list[tuple[Node, Picks]]:
        if pointer in inside:
            what = "the schema refers to itself with no property or item in between"
            raise UsageError(what, where=pointer, found=" to ".join((*inside, pointer)))
        if pointer not in self._ways:
            ways: list[tuple[Node, Picks]] = [((pointer,), {})] if self.at(pointer) is not False else []
            for keyword, branches in self._choices(pointer):
                offered = [
                    (node, {**picks, f"{pointer}/oneOf": index} if keyword == "oneOf" else picks)
                    for index, branch in enumerate(branches)
                    for node, picks in self._ways_of(branch, (*inside, pointer))
                ]
                ways = _both(ways, offered, pointer)
            self._ways[pointer] = ways
        return self._ways[pointer]

    def shapes(self, node: Node) -> tuple[Shape, ...]:
        """
        Tell what the values are like that satisfy schemas, way by way.

        Raises:
            UsageError: Limits contradict each other, or cannot be combined.
        """
        if node not in self._shapes:
            ways: list[tuple[Node, Picks]] = [((), {})]
            for pointer in node:
                ways = _both(ways, self._ways_of(pointer), pointer)
            found = [self._shape(*way) for way in ways]
            self._shapes[node] = tuple(one for one in found if one.kinds)
        return self._shapes[node]
