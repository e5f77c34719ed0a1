"""
What a schema asks of a value: the ways to satisfy it, and which of them are disjoint.

A spot of the document is named by its JSON Pointer; what has to satisfy
several schemas at once (a schema, what its `$ref` leads to, a branch of its
`anyOf`) is named by all of theirs. So nothing is ever merged or copied, and a
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

_MOST_WAYS: Final = 1000

#: Kinds of values, by the types that admit them: an integer is a number as well.
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    **{one: frozenset({one}) for one in ("array", "boolean", "integer", "null", "object", "string")},
    "number": frozenset({"integer", "fraction"}),
}
EVERY_KIND: Final = frozenset().union(*_KINDS.values())


def _common_multiple(one: Fraction, other: Fraction) -> Fraction:
    below = math.lcm(one.denominator, other.denominator)
    return Fraction(math.lcm(int(one * below), int(other * below)), below)


#: Keywords that limit a value: how it is read, and what two of them come to.
_LIMITS: Final[Mapping[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]]] = {
    **dict.fromkeys(("minItems", "minLength", "minProperties"), (int, max)),
    **dict.fromkeys(("maxItems", "maxLength", "maxProperties"), (int, min)),
    **dict.fromkeys(("minimum", "exclusiveMinimum"), (lambda given: given, max)),
    **dict.fromkeys(("maximum", "exclusiveMaximum"), (lambda given: given, min)),
    "multipleOf": (lambda given: Fraction(str(given)), _common_multiple),
    **dict.fromkeys(("format", "pattern"), (str, lambda one, other: one if one == other else None)),
}
_MEMBERS: Final = ("additionalProperties", "items", "properties")
_IN_PLACE: Final = ("$ref", "allOf", "anyOf", "oneOf")
#: Keywords that say something of a value itself, not of its members.
_OWN: Final = frozenset({*_LIMITS, "const", "enum", "required", "type"})
_PASSED_OVER: Final = frozenset(
    {
        *("$comment", "$defs", "$schema", "default", "definitions", "deprecated", "description"),
        *("discriminator", "example", "examples", "externalDocs", "readOnly", "title", "writeOnly"),
    }
)
_SUPPORTED: Final = frozenset({*_OWN, *_MEMBERS, *_IN_PLACE})


@dataclass(frozen=True, slots=True)
class _Way:
    """
    One way through the choices of some schemas.

    Attributes:
        pointers: The schemas that a value satisfies this way.
        picks: The choices by `oneOf`, and the branch taken of each.
    """

    pointers: frozenset[str] = frozenset()
    picks: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """
    What a value is like that satisfies some schemas in one of the ways.

    Attributes:
        pointers: The schemas.
        picks: The choices by `oneOf` on the way, and the branch taken of each.
        free: Whether nothing is asked of the value.
        kinds: The kinds of value there are.
        values: The values, where they are listed.
        limits: By keyword, the limit and where it stands.
        required: By name, where it is required.
        members: By name, what a property satisfies.
        others: What each other property satisfies.
        items: What each item satisfies.
    """

    pointers: tuple[str, ...]
    picks: tuple[tuple[str, int], ...]
    free: bool
    kinds: frozenset[str]
    values: tuple[Any, ...] | None = None
    limits: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    required: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Node] = field(default_factory=dict)
    others: Node = ()
    items: Node = ()

    def limit(self, keyword: str, otherwise: Any = None) -> Any:  # noqa: ANN401 - of any kind
        """
        Look up a limit.
        """
        return self.limits[keyword][0] if keyword in self.limits else otherwise

    def member(self, name: str) -> Node:
        """
        Tell what a property satisfies.
        """
        return self.members.get(name, self.others)

    def interval(self) -> tuple[Any, bool, Any, bool]:
        """
        Tell the least number and whether it is left out, the greatest and whether it is.
        """
        low, above = self.limit("minimum", -math.inf), self.limit("exclusiveMinimum", -math.inf)
        high, below = self.limit("maximum", math.inf), self.limit("exclusiveMaximum", math.inf)
        return max(low, above), above >= low, min(high, below), below <= high


class Schemas:
    """
    A document, and its schemas by their pointers.

    Args:
        root: A JSON Schema, draft 2020-12, as JSON.
        check: Raises an error if a schema is malformed; takes it and its pointer.
    """

    def __init__(self, root: object, check: Callable[[object, str], None]) -> None:
        check(root, "")
        self._root = root
        self._check = check
        self._known: dict[str, Any] = {}
        self._ways: dict[str, tuple[_Way, ...]] = {}
        self._shapes: dict[Node, tuple[Shape, ...]] = {}
        self._contracts: dict[str, Contract] = {}
        self._disjoint: dict[tuple[Node, Node], bool] = {}

    def at(self, pointer: str) -> Any:  # noqa: ANN401 - an object or a boolean
        """
        Find the schema at a pointer.

        Raises:
            UsageError: It leads nowhere, or to a schema with a keyword that is not supported.
        """
        if pointer not in self._known:
            found: Any = self._root
            for token in pointer.split("/")[1:]:
                found = _step(found, unescape(token))
            for keyword in found if isinstance(found, dict) else ():
                if keyword not in _SUPPORTED | _PASSED_OVER and not keyword.startswith("x-"):
                    if keyword != "$id" or pointer:
                        raise _unsupported(keyword, pointer)
            self._known[pointer] = found
        return self._known[pointer]
