"""
From JSON Schema (draft 2020-12) to strategies, keyword by keyword.

Objects are generated closed: of the properties that a schema does not declare
only those are drawn that `additionalProperties` has a schema for. Nothing is
drawn and then thrown away; what cannot be drawn exactly is an error at once.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hypothesis import strategies as st

from seamproof.json_pointer import escape
from seamproof.schemas.validation.contract import Contract
from seamproof.strategies.json_schema.disjoint import are_apart
from seamproof.strategies.json_schema.references import Schema, check, resolved, target
from seamproof.strategies.json_schema.scalars import integers, numbers, refused, sizes, strings
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from seamproof.json_types import JsonMapping

Values: TypeAlias = st.SearchStrategy[Any]

#: Keywords that ask for nothing.
_PASSED_OVER: Final = frozenset(
    {
        *("$anchor", "$comment", "$defs", "$id", "$schema", "default", "deprecated"),
        *("description", "discriminator", "example", "examples", "externalDocs"),
        *("readOnly", "title", "writeOnly"),
    }
)
#: Keywords that limit the values of one kind.
_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "array": ("items", "maxItems", "minItems"),
    "number": ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
    "object": ("additionalProperties", "properties", "required"),
    "string": ("format", "maxLength", "minLength", "pattern"),
}
_SUPPORTED: Final = frozenset(
    {
        *("$ref", "anyOf", "const", "enum", "oneOf", "type"),
        *(keyword for keywords in _OF_KIND.values() for keyword in keywords),
    }
)
#: How often a schema may be met within itself; then whatever is optional is left out.
_DEPTH: Final = 3
#: Items and additional properties at most, where the schema sets no limit.
_MANY: Final = 5

_ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


class _Impossible(Exception):
    """
    No value satisfies a schema; where it may be left out, it is.

    Args:
        what: Why not.
        where: JSON Pointer to the schema.
    """

    def __init__(self, what: str, where: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where


class _Compiled:
    """
    A schema and what it draws; shown as the schema.
    """

    def __init__(self, document: Schema, values: Values) -> None:
        self.document = document
        self.values = values

    def __repr__(self) -> str:
        return repr(self.document)


def from_schema(document: Schema) -> Values:
    """
    Make a strategy of the values that a JSON Schema admits.

    Args:
        document: The schema. It refers to nothing outside itself.

    Raises:
        UsageError: The schema is malformed, contradicts itself, or asks for what
            cannot be drawn; `where` is the JSON Pointer to the spot.
    """
    check(document)
    try:
        values = _Compiler(document).at(document, "")
    except _Impossible as problem:
        raise refused(problem.what, problem.where) from None
    return _drawn(_Compiled(document, values))


@named(from_schema.__name__)
def _drawn(draw: st.DrawFn, /, document: _Compiled) -> Schema:
    return draw(document.values)


class _Compiler:
    """
    Compiles the schemas of one document.

    Args:
        root: The document, which references point into.
    """

    def __init__(self, root: Schema) -> None:
        self.root = root
        #: The references that lead to where the compiler is, and how often each.
        self.open: Counter[str] = Counter()
        self._known: dict[object, Values] = {}
        self._checked: set[str] = set()

    def at(self, schema: Schema, where: str) -> Values:
        """
        Compile a schema.

        Args:
            schema: An object or a boolean.
            where: JSON Pointer to it.
        """
        if schema is True:
            return _ANYTHING
        if schema is False:
            what = "nothing satisfies the schema false"
            raise _Impossible(what, where)
        for keyword in schema:
            known = keyword in _SUPPORTED | _PASSED_OVER or keyword.startswith("x-")
            if not known and (keyword, schema[keyword]) != ("uniqueItems", False):
                what, spot = f"{keyword} is not supported", f"{where}/{escape(keyword)}"
                raise refused(what, spot, expected=", ".join(sorted(_SUPPORTED)))
        asked = {name: part for name, part in schema.items() if name in _SUPPORTED}
        for keyword, compiled in _FIRST.items():
            if keyword in asked:
                return compiled(self, asked, where)
        return st.one_of([_BY_KIND[kind](self, asked, where) for kind in _kinds(asked)])

    def behind(self, reference: str) -> Values:
        """
        Compile what a reference points to.
        """
        key = (reference, frozenset((+self.open).items()))
        if key not in self._known:
            with self.within({"$ref": reference}, reference[1:]):
                self._known[key] = self.at(target(self.root, reference), reference[1:])
        return self._known[key]

    @contextmanager
    def within(self, schema: Schema, where: str) -> Iterator[None]:
        """
        Count the reference that a schema consists of, if it is one, as long as it is followed.
        """
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        if reference is None:
            yield
            return
        if self.open[reference] >= _DEPTH:
            what = "the schema has no end: each value would have to hold another one"
            raise _Impossible(what, where)
        if reference not in self._checked:
            check(target(self.root, reference), reference)
            self._checked.add(reference)
        self.open[reference] += 1
        try:
            yield
        finally:
            self.open[reference] -= 1

    def admits(self, schema: JsonMapping, value: object) -> bool:
        """
        Ask the validator whether a part of the document admits a value.
        """
        refers = isinstance(self.root, Mapping) and "'$ref'" in repr(schema)
        defs = {"$defs": self.root.get("$defs", {})} if refers else {}
        return Contract({**defs, **schema}).is_valid(value)


def _kinds(schema: JsonMapping) -> list[str]:
    """
    Tell the kinds to draw: of a schema that states none, the ones that it limits.
    """
    if "type" in schema:
        stated = schema["type"]
        return [stated] if isinstance(stated, str) else list(stated)
    limited = [kind for kind, keywords in _OF_KIND.items() if schema.keys() & {*keywords}]
    return limited or list(_BY_KIND)


def _reference(compiler: _Compiler, schema: JsonMapping, where: str) -> Values:
    if len(schema) > 1:
        beside = ", ".join(sorted(schema.keys() - {"$ref"}))
        what = f"$ref stands beside {beside}"
        raise refused(what, where, expected="$ref alone")
    return compiler.behind(schema["$ref"])


def _const(compiler: _Compiler, schema: JsonMapping, where: str) -> Values:
    return _listed(compiler, [schema["const"]], schema, where)


def _enum(compiler: _Compiler, schema: JsonMapping, where: str) -> Values:
    return _listed(compiler, schema["enum"], schema, where)


def _listed(compiler: _Compiler, values: list[Any], schema: JsonMapping, where: str) -> Values:
    admitted = [value for value in values if compiler.admits(schema, value)]
    if not admitted:
        what = "none of the listed values satisfies the rest of the schema"
        raise refused(what, where)
    return st.sampled_from(admitted).map(copy.deepcopy)


def _any_of(compiler: _Compiler, schema: JsonMapping, where: str) -> Values:
    return _branches(compiler, "anyOf", schema, where)


def _one_of(compiler: _Compiler, schema: JsonMapping, where: str) -> Values:
    for (first, one), (second, other) in combinations(enumerate(schema["oneOf"]), 2):
        if not are_apart(compiler.root, one, other, compiler.admits):
            what = f"a value may satisfy branches {first} and {second} of oneOf at once"
            cure = "use anyOf, or tell the branches apart by a constant of a required property"
            raise refused(what, f"{where}/oneOf", cure=cure)
    return _branches(compiler, "oneOf", schema, where)


def _branches(compiler: _Compiler, keyword: str, schema: JsonMapping, where: str) -> Values:
    """
    Compile the branches that end; what stands beside them must hold in each.
    """
    beside = {name: part for name, part in schema.items() if name != keyword}
    made = []
    for place, branch in enumerate(schema[keyword]):
        spot = f"{where}/{keyword}/{place}"
        with suppress(_Impossible), compiler.within(branch, spot):
            made.append(compiler.at(_joined(compiler, beside, branch, spot), spot))
    if not made:
        what = f"no branch of {keyword} has a value"
        raise _Impossible(what, where)
    return st.one_of(made)


def _joined(compiler: _Compiler, beside: JsonMapping, branch: Schema, where: str) -> Schema:
    if not beside:
        return branch
    inner = resolved(compiler.root, branch)
    if isinstance(inner, bool):
        return inner and beside
    joined = {**beside, **{n: part for n, part in inner.items() if n not in _PASSED_OVER}}
    names = [schema.get("properties", {}).keys() for schema in (beside, inner)]
    if "additionalProperties" in joined and names[0] != names[1]:
        # It speaks of the properties that its own schema lacks, which the joined one has.
        what = "additionalProperties stands where a branch and what is beside it differ"
        raise refused(what, where, cure="write all the properties into each branch")
    for keyword in beside.keys() & inner.keys():
        if keyword == "required":
            joined[keyword] = [*dict.fromkeys([*beside[keyword], *inner[keyword]])]
        elif keyword == "properties" and not beside[keyword].keys() & inner[keyword].keys():
            joined[keyword] = {**beside[keyword], **inner[keyword]}
        elif beside[keyword] != inner[keyword]:
            what = f"{keyword} stands both beside the branches and in one"
            raise refused(what, where, cure=f"write the whole {keyword} into each branch")
    return joined


def _arrays(compiler: _Compiler, schema: JsonMapping, where: str) -> Values:
    low, high = sizes(schema, "Items", where)
    try:
        item = compiler.at(schema.get("items", True), f"{where}/items")
    except _Impossible:
        if low:
            raise
        return st.builds(list)
    return st.lists(item, min_size=low, max_size=low + _MANY if high is None else high)


def _objects(compiler: _Compiler, schema: JsonMapping, where: str) -> Values:
    declared = schema.get("properties", {})
    required = list(schema.get("required", ()))
    rest = schema.get("additionalProperties")
    parts = {name: (declared[name], f"{where}/properties/{escape(name)}") for name in declared}
    for name in (one for one in required if one not in declared):
        parts[name] = (True if rest is None else rest, f"{where}/additionalProperties")
    made: dict[str, Values] = {}
    for name, (part, spot) in parts.items():
        try:
            made[name] = compiler.at(part, spot)
        except _Impossible:
            if name in required:
                raise
    always = {name: made.pop(name) for name in required}
    values = st.fixed_dictionaries(always, optional=made)
    if not isinstance(rest, Mapping):
        return values
    with suppress(_Impossible):
        more = st.dictionaries(
            _other_names(parts), compiler.at(rest, f"{where}/additionalProperties"), max_size=_MANY
        )
        return st.builds(lambda members, others: {**members, **others}, values, more)
    return values


def _other_names(declared: Collection[str]) -> st.SearchStrategy[str]:
    """
    Draw names that are not declared: by a prefix, if any are, that none of them has.
    """
    prefix = ""
    while any(name.startswith(prefix) for name in declared):
        prefix += "x"
    return st.text(st.characters(codec="utf-8")).map(lambda name: prefix + name)


#: Keywords that decide by themselves what is drawn, the first of them first.
_FIRST: Final[Mapping[str, Callable[[_Compiler, JsonMapping, str], Values]]] = {
    "$ref": _reference,
    "const": _const,
    "enum": _enum,
    "oneOf": _one_of,
    "anyOf": _any_of,
}
_BY_KIND: Final[Mapping[str, Callable[[_Compiler, JsonMapping, str], Values]]] = {
    "null": lambda *_: st.none(),
    "boolean": lambda *_: st.booleans(),
    "integer": lambda _, schema, where: integers(schema, where),
    "number": lambda _, schema, where: numbers(schema, where),
    "string": lambda _, schema, where: strings(schema, where),
    "array": _arrays,
    "object": _objects,
}
