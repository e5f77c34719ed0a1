"""
What a schema asks of a value: the ways to satisfy it, and which of them are disjoint.

A spot of the document is named by its JSON Pointer. What satisfies several
schemas at once (a schema, where its `$ref` leads, a branch of its `anyOf`) is
named by all of their pointers. So nothing is ever merged or copied, and a
schema that holds itself is only one more pointer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote

from seamproof.errors import UsageError
from seamproof.schemas.jsontext import escape, unescape
from seamproof.schemas.validation import Contract, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Pointers to schemas that a value satisfies all at once.
Node: TypeAlias = tuple[str, ...]
#: The schemas on a way through all choices, and by each `oneOf` the branch taken.
Way: TypeAlias = "tuple[Node, Mapping[str, int]]"

_MOST_WAYS: Final = 1000

#: Kinds of values, by the types that admit them: an integer is a number as well.
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    **{
        one: frozenset({one}) for one in ("null", "boolean", "integer", "string", "array", "object")
    },
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
_CHOICES: Final = ("$ref", "allOf", "anyOf", "oneOf")
#: Keywords that ask something of a value itself, and of what is in it.
_OWN: Final = frozenset({*_LIMITS, "const", "enum", "required", "type"})
_INSIDE: Final = frozenset({"additionalProperties", "items", "properties"})
SUPPORTED: Final = frozenset({*_OWN, *_INSIDE, *_CHOICES})


@dataclass(frozen=True, slots=True)
class Shape:
    """
    What a value is like that satisfies schemas in one of the ways.

    Attributes:
        pointers: The schemas.
        picks: By each `oneOf`, the branch taken.
        kinds: The kinds of value there are.
        free: Whether nothing is asked.
        values: The values, where they are listed.
        limits: By keyword, the limit and where it stands.
        required: By name, where it is required.
        members: By name, what a property satisfies.
        others: What each other property satisfies.
        items: What each item satisfies.
    """

    pointers: Node
    picks: Mapping[str, int]
    kinds: frozenset[str]
    free: bool
    values: tuple[Any, ...] | None
    limits: Mapping[str, tuple[Any, str]]
    required: Mapping[str, str]
    members: Mapping[str, Node]
    others: Node
    items: Node

    def limit(self, keyword: str, otherwise: Any = None) -> Any:  # noqa: ANN401 - of any kind
        """
        Look a limit up.
        """
        return self.limits[keyword][0] if keyword in self.limits else otherwise

    def size(self, kind: str) -> tuple[int, float]:
        """
        Tell how many items, properties or characters there are, at least and at most.
        """
        low, high = _SIZES[kind]
        return self.limit(low, 0), self.limit(high, math.inf)

    def interval(self) -> tuple[Any, bool, Any, bool]:
        """
        Tell the least number and the greatest, and after each whether it is itself left out.
        """
        low, above = self.limit("minimum", -math.inf), self.limit("exclusiveMinimum", -math.inf)
        high, below = self.limit("maximum", math.inf), self.limit("exclusiveMaximum", math.inf)
        return max(low, above), above >= low, min(high, below), below <= high

    def member(self, name: str) -> Node:
        """
        Tell what a property satisfies.
        """
        return self.members.get(name, self.others)


class Schemas:
    """
    A document: its schemas, by their pointers.

    Args:
        root: A JSON Schema, draft 2020-12, as JSON.
        check: Raises an error when a schema cannot be used; takes it and its pointer.
    """

    def __init__(self, root: object, check: Callable[[object, str], None]) -> None:
        self._root = root
        self._check = check
        self._known: dict[str, Any] = {}
        self._ways: dict[str, list[Way]] = {}
        self._shapes: dict[Node, tuple[Shape, ...]] = {}
        self._reasons: dict[Node, UsageError] = {}
        self._contracts: dict[str, Contract] = {}
        self._disjoint: dict[tuple[Node, Node], bool] = {}

    def at(self, pointer: str) -> Any:  # noqa: ANN401 - an object or a boolean
        """
        Find the schema at a pointer.
        """
        if pointer not in self._known:
            found: Any = self._root
            for token in map(unescape, pointer.split("/")[1:]):
                found = found[int(token)] if isinstance(found, list) else found[token]
            self._check(found, pointer)
            self._known[pointer] = found
        return self._known[pointer]

    def _target(self, pointer: str) -> str:
        reference = self.at(pointer)["$ref"]
        begin, *tokens = unquote(reference).split("/")
        try:
            if begin == "#":
                target = "".join(f"/{escape(unescape(token))}" for token in tokens)
                self.at(target)
                return target
        except (LookupError, TypeError, ValueError):
            pass
        what, expected = "$ref leads to no spot of this schema", "such as #/$defs/name"
        raise UsageError(what, where=f"{pointer}/$ref", expected=expected, found=reference)

    def _choices(self, pointer: str) -> Iterator[tuple[str, list[str]]]:
        """
        List the schemas of which one is satisfied as well, by the keyword that says so.
        """
        schema = self.at(pointer)
        for keyword in _CHOICES if isinstance(schema, dict) else ():
            if keyword == "$ref" and keyword in schema:
                yield keyword, [self._target(pointer)]
            elif keyword in schema:
                branches = [f"{pointer}/{keyword}/{i}" for i in range(len(schema[keyword]))]
                every = [[one] for one in branches] if keyword == "allOf" else [branches]
                yield from ((keyword, one) for one in every)

    def _ways_of(self, pointer: str, within: Node = ()) -> list[Way]:
        if pointer in within:
            what = "the schema refers to itself with no property or item in between"
            raise UsageError(what, where=pointer, found=" to ".join((*within, pointer)))
        if pointer not in self._ways:
            ways: list[Way] = [] if self.at(pointer) is False else [((pointer,), {})]
            for keyword, branches in self._choices(pointer):
                pick = f"{pointer}/oneOf" if keyword == "oneOf" else ""
                offered = [
                    (node, {**picks, pick: number} if pick else picks)
                    for number, branch in enumerate(branches)
                    for node, picks in self._ways_of(branch, (*within, pointer))
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
            ways: list[Way] = [((), {})]
            for pointer in node:
                ways = _both(ways, self._ways_of(pointer), pointer)
            found = [self._shape(*way) for way in ways]
            self._shapes[node] = tuple(one for one in found if isinstance(one, Shape))
            reasons = (one for one in found if isinstance(one, UsageError))
            nothing = UsageError("a schema that is false admits no value", where="".join(node[:1]))
            self._reasons[node] = next(reasons, nothing)
        return self._shapes[node]

    def reason(self, node: Node) -> UsageError:
        """
        Make the error for schemas that have no shapes.
        """
        return self._reasons[node]

    def _shape(self, pointers: Node, picks: Mapping[str, int]) -> Shape | UsageError:
        schemas = {one: self.at(one) for one in pointers if self.at(one) is not True}
        kinds, values = frozenset[str]().union(*_KINDS.values()), None
        for pointer, schema in schemas.items():
            stated = schema.get("type", [*_KINDS])
            types = [stated] if isinstance(stated, str) else stated
            kinds &= frozenset[str]().union(*(_KINDS[one] for one in types))
            if not kinds:
                return UsageError("the types exclude each other", where=f"{pointer}/type")
        for pointer, keyword in _lists(schemas):
            listed = schemas[pointer][keyword]
            every = listed if keyword == "enum" else [listed]
            values = tuple(one for one in every if self.accept(pointers, one))
            if not values:
                what = f"{keyword} has no value that satisfies the rest of the schema"
                return UsageError(what, where=f"{pointer}/{keyword}", found=shown(listed))
        names = dict.fromkeys(
            name for one in schemas.values() for name in one.get("properties", ())
        )
        shape = Shape(
            pointers=pointers,
            picks=picks,
            kinds=kinds,
            free=all((_OWN | _INSIDE).isdisjoint(schema) for schema in schemas.values()),
            values=values,
            limits={} if values else _limits(schemas),
            required={
                name: f"{one}/required"
                for one in schemas
                for name in schemas[one].get("required", ())
            },
            members={name: _satisfied(schemas, name) for name in names},
            others=_satisfied(schemas, None),
            items=tuple(f"{one}/items" for one in schemas if "items" in schemas[one]),
        )
        _refuse_contradictions(shape)
        return shape

    def accept(self, pointers: Node, value: object) -> bool:
        """
        Say whether a value satisfies schemas.
        """
        return all(self._accepts(pointer, value) for pointer in pointers)

    def _accepts(self, pointer: str, value: object) -> bool:
        schema = self.at(pointer)
        if isinstance(schema, bool):
            return schema
        if pointer not in self._contracts:
            own = {keyword: schema[keyword] for keyword in schema if keyword in _OWN}
            self._contracts[pointer] = Contract(own)
        inside: list[tuple[Node, object]] = []
        if isinstance(value, dict):
            inside = [(_satisfied({pointer: schema}, name), value[name]) for name in value]
        elif isinstance(value, list) and "items" in schema:
            inside = [((f"{pointer}/items",), one) for one in value]
        fits = [
            (keyword, sum(self._accepts(one, value) for one in branches))
            for keyword, branches in self._choices(pointer)
        ]
        return (
            self._contracts[pointer].is_valid(value)
            and all(count == 1 if keyword == "oneOf" else count for keyword, count in fits)
            and all(self.accept(node, one) for node, one in inside)
        )

    def disjoint(self, left: Node, right: Node) -> bool:
        """
        Prove that no value drawn for some schemas satisfies others.

        Returns:
            False where there is such a value, and where the proof is not found.
        """
        pair = (left, right)
        if pair not in self._disjoint:
            self._disjoint[pair] = False  # while the proof is under way
            self._disjoint[pair] = all(
                self.apart(one, other) for one in self.shapes(left) for other in self.shapes(right)
            )
        return self._disjoint[pair]

    def apart(self, left: Shape, right: Shape) -> bool:
        """
        Prove that no value drawn for one shape has the other.
        """
        for one, other in ((left, right), (right, left)):
            if one.values is not None:
                return not any(self.accept(other.pointers, value) for value in one.values)
        return all(_APART[kind](self, left, right) for kind in left.kinds & right.kinds)


def _both(ways: list[Way], others: list[Way], pointer: str) -> list[Way]:
    """
    Combine ways, leaving out those that take two branches of one `oneOf`.
    """
    if len(ways) * len(others) > _MOST_WAYS:
        what = f"the choices combine in more than {_MOST_WAYS} ways"
        raise UsageError(what, where=pointer, cure="write fewer choices")
    return [
        (tuple(sorted({*node, *other})), {**picks, **more})
        for node, picks in ways
        for other, more in others
        if all(picks.get(choice, branch) == branch for choice, branch in more.items())
    ]


def _lists(schemas: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one, key) for one in schemas for key in ("const", "enum") if key in schemas[one]]


def _satisfied(schemas: Mapping[str, Any], name: str | None) -> Node:
    """
    Tell what a property satisfies, or without a name, any that is not declared.
    """
    found = []
    for pointer, schema in schemas.items():
        if name is not None and name in schema.get("properties", ()):
            found.append(f"{pointer}/properties/{escape(name)}")
        elif schema.get("additionalProperties", True) is not True:
            found.append(f"{pointer}/additionalProperties")
    return tuple(found)


def _limits(schemas: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
    limits: dict[str, tuple[Any, str]] = {}
    for pointer, schema in schemas.items():
        for keyword in _LIMITS.keys() & schema:
            read, combine = _LIMITS[keyword]
            given = (read(schema[keyword]), f"{pointer}/{keyword}")
            before = limits.get(keyword, given)
            both = combine(before[0], given[0])
            if both is None:
                what = f"a value cannot be drawn by {keyword} twice"
                raise UsageError(what, where=given[1], found=f"{before[0]} and {given[0]}")
            limits[keyword] = before if both == before[0] else (both, given[1])
    return limits


def _refuse_contradictions(shape: Shape) -> None:
    spans = [(*shape.size(kind), False, _SIZES[kind][1]) for kind in shape.kinds & _SIZES.keys()]
    if "integer" in shape.kinds:
        low, above, high, below = shape.interval()
        spans.append((low, high, above or below, "exclusiveMaximum" if below else "maximum"))
    for low, high, open_ended, keyword in spans:
        if low > high or (open_ended and low == high):
            what, where = "the limits leave nothing", shape.limits[keyword][1]
            raise UsageError(what, where=where, expected=f"room above {low}", found=str(high))


def _interval_apart(_: Schemas, left: Shape, right: Shape) -> bool:
    low, above, high, below = left.interval()
    least, over, most, under = right.interval()
    before = high < least or (high == least and (below or over))
    return before or most < low or (most == low and (under or above))


def _sizes_apart(left: Shape, right: Shape, kind: str) -> bool:
    (low, high), (least, most) = left.size(kind), right.size(kind)
    return high < least or most < low


def _items_apart(schemas: Schemas, left: Shape, right: Shape) -> bool:
    some = left.size("array")[0] > 0
    alike = not (some and schemas.disjoint(left.items, right.items))
    return not alike or _sizes_apart(left, right, "array")


def _members_apart(schemas: Schemas, left: Shape, right: Shape) -> bool:
    """
    Find a property that keeps two objects apart.

    Either one requires it and the other never has it (what is drawn has no
    properties but those that are named), or their properties are disjoint.
    """
    for name in {**left.required, **right.required}:
        named = left.free or left.others or name in left.members or name in left.required
        if not named or schemas.disjoint(left.member(name), right.member(name)):
            return True
    return _sizes_apart(left, right, "object")


#: By the kind of two values, what proves that they differ.
_APART: Final[Mapping[str, Callable[[Schemas, Shape, Shape], bool]]] = {
    "array": _items_apart,
    "boolean": lambda *_: False,
    "fraction": _interval_apart,
    "integer": _interval_apart,
    "null": lambda *_: False,
    "object": _members_apart,
    "string": lambda _, left, right: _sizes_apart(left, right, "string"),
}
