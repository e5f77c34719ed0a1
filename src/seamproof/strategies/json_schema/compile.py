"""
Compiler from JSON Schema (draft 2020-12) to Hypothesis strategies, keyword by keyword.

Undeclared properties are generated only if `additionalProperties` is a schema.
No value is generated and then discarded: a schema that cannot be generated
exactly is an error when it is compiled.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeAlias

from hypothesis import strategies as st

from seamproof.json_pointer import escape
from seamproof.schemas.validation.contract import Contract
from seamproof.schemas.validation.keywords import stated_types
from seamproof.strategies.json_schema.disjoint import are_disjoint
from seamproof.strategies.json_schema.references import Schema, check, resolved, target
from seamproof.strategies.json_schema.scalars import integers, numbers, schema_error, sizes, strings
from seamproof.strategies.strategy_names import named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from seamproof.json_types import Json, JsonMapping

Strategy: TypeAlias = "st.SearchStrategy[Json]"

#: Keywords that constrain nothing.
_IGNORED: Final = frozenset(
    {
        *("$anchor", "$comment", "$defs", "$id", "$schema", "default", "deprecated"),
        *("description", "discriminator", "example", "examples", "externalDocs"),
        *("readOnly", "title", "writeOnly"),
    }
)
#: Keywords that constrain the values of one type.
_OF_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "array": ("items", "maxItems", "minItems"),
    "number": ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
    "object": ("additionalProperties", "properties", "required"),
    "string": ("format", "maxLength", "minLength", "pattern"),
}
_SUPPORTED: Final = frozenset(
    {
        *("$ref", "anyOf", "const", "enum", "oneOf", "type"),
        *(keyword for keywords in _OF_TYPE.values() for keyword in keywords),
    }
)
#: How often a schema may contain itself; deeper, optional parts are left out.
_DEPTH: Final = 3
#: The most items and additional properties, if the schema sets no limit.
_MANY: Final = 5

_ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


class _Unsatisfiable(Exception):
    """
    No value satisfies a schema. If the value is optional, it is left out.

    Args:
        what: The reason.
        where: JSON Pointer to the schema.
    """

    def __init__(self, what: str, where: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where


class _Compiled:
    """
    A schema and its strategy; the `repr` is that of the schema.
    """

    def __init__(self, document: Schema, strategy: Strategy) -> None:
        self.document = document
        self.strategy = strategy

    def __repr__(self) -> str:
        return repr(self.document)


def from_schema(document: Schema) -> Strategy:
    """
    Make a strategy for the values that a JSON Schema admits.

    Args:
        document: The schema. It has no references to other documents.

    Raises:
        UsageError: The schema is malformed, contradicts itself, or is not
            supported; `where` is the JSON Pointer to the place.
    """
    check(document)
    try:
        strategy = _Compiler(document).compile(document, "")
    except _Unsatisfiable as problem:
        raise schema_error(problem.what, problem.where) from None
    return _drawn(_Compiled(document, strategy))


@named(from_schema.__name__)
def _drawn(draw: st.DrawFn, /, document: _Compiled) -> Schema:
    return draw(document.strategy)


class _Compiler:
    """
    Compiles the schemas of one document.

    Args:
        root: The document, in which references are resolved.
    """

    def __init__(self, root: Schema) -> None:
        self.root = root
        #: The references that the compiler is following, and how often each.
        self.open: Counter[str] = Counter()
        self._compiled: dict[object, Strategy] = {}
        self._checked: set[str] = set()

    def compile(self, schema: Schema, where: str) -> Strategy:
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
            raise _Unsatisfiable(what, where)
        for keyword in schema:
            known = keyword in _SUPPORTED | _IGNORED or keyword.startswith("x-")
            if not known and (keyword, schema[keyword]) != ("uniqueItems", False):
                what, at = f"{keyword} is not supported", f"{where}/{escape(keyword)}"
                raise schema_error(what, at, expected=", ".join(sorted(_SUPPORTED)))
        constraints = {name: part for name, part in schema.items() if name in _SUPPORTED}
        for keyword, compile_keyword in _FIRST.items():
            if keyword in constraints:
                return compile_keyword(self, constraints, where)
        types = _types(constraints)
        return st.one_of([_BY_TYPE[name](self, constraints, where) for name in types])

    def follow(self, reference: str) -> Strategy:
        """
        Compile the target of a reference.
        """
        key = (reference, frozenset((+self.open).items()))
        if key not in self._compiled:
            with self.counting({"$ref": reference}, reference[1:]):
                self._compiled[key] = self.compile(target(self.root, reference), reference[1:])
        return self._compiled[key]

    @contextmanager
    def counting(self, schema: Schema, where: str) -> Iterator[None]:
        """
        Count the reference of a schema, if it is one, while it is followed.
        """
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        if reference is None:
            yield
            return
        if self.open[reference] >= _DEPTH:
            what = "the schema is endless: each value would have to contain another one"
            raise _Unsatisfiable(what, where)
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
        Return whether a part of the document admits a value.
        """
        refers = isinstance(self.root, Mapping) and "'$ref'" in repr(schema)
        defs = {"$defs": self.root.get("$defs", {})} if refers else {}
        return Contract({**defs, **schema}).is_valid(value)


def _types(schema: JsonMapping) -> list[str]:
    """
    Return the types to generate: those that a schema states, else those that it constrains.
    """
    constrained = [name for name, keywords in _OF_TYPE.items() if schema.keys() & {*keywords}]
    return stated_types(schema) or constrained or list(_BY_TYPE)


def _reference(compiler: _Compiler, schema: JsonMapping, where: str) -> Strategy:
    if len(schema) > 1:
        siblings = ", ".join(sorted(schema.keys() - {"$ref"}))
        what = f"$ref has the siblings {siblings}"
        raise schema_error(what, where, expected="$ref alone")
    return compiler.follow(schema["$ref"])


def _listed(compiler: _Compiler, values: list[Json], schema: JsonMapping, where: str) -> Strategy:
    admitted = [value for value in values if compiler.admits(schema, value)]
    if not admitted:
        what = "none of the listed values satisfies the rest of the schema"
        raise schema_error(what, where)
    return st.sampled_from(admitted).map(copy.deepcopy)


def _one_of(compiler: _Compiler, schema: JsonMapping, where: str) -> Strategy:
    for (first, one), (second, other) in combinations(enumerate(schema["oneOf"]), 2):
        if not are_disjoint(compiler.root, one, other, compiler.admits):
            what = f"a value may satisfy branches {first} and {second} of oneOf at once"
            cure = "use anyOf, or give the branches different constants of a required property"
            raise schema_error(what, f"{where}/oneOf", cure=cure)
    return _branches(compiler, "oneOf", schema, where)


def _branches(compiler: _Compiler, keyword: str, schema: JsonMapping, where: str) -> Strategy:
    """
    Compile the branches that can be satisfied, each together with the sibling keywords.
    """
    siblings = {name: part for name, part in schema.items() if name != keyword}
    strategies = []
    for index, branch in enumerate(schema[keyword]):
        at = f"{where}/{keyword}/{index}"
        with suppress(_Unsatisfiable), compiler.counting(branch, at):
            strategies.append(compiler.compile(_joined(compiler, siblings, branch, at), at))
    if not strategies:
        what = f"no branch of {keyword} has a value"
        raise _Unsatisfiable(what, where)
    return st.one_of(strategies)


def _joined(compiler: _Compiler, siblings: JsonMapping, branch: Schema, where: str) -> Schema:
    if not siblings:
        return branch
    inner = resolved(compiler.root, branch)
    if isinstance(inner, bool):
        return inner and siblings
    joined = {**siblings, **{n: part for n, part in inner.items() if n not in _IGNORED}}
    names = [schema.get("properties", {}).keys() for schema in (siblings, inner)]
    if "additionalProperties" in joined and names[0] != names[1]:
        # It applies to the properties that its own schema lacks but the joined one has.
        what = "additionalProperties cannot be combined with a branch of other properties"
        raise schema_error(what, where, cure="write all the properties into each branch")
    for keyword in siblings.keys() & inner.keys():
        if keyword == "required":
            joined[keyword] = [*dict.fromkeys([*siblings[keyword], *inner[keyword]])]
        elif keyword == "properties" and not siblings[keyword].keys() & inner[keyword].keys():
            joined[keyword] = {**siblings[keyword], **inner[keyword]}
        elif siblings[keyword] != inner[keyword]:
            what = f"{keyword} is both beside the branches and in one of them"
            raise schema_error(what, where, cure=f"write the whole {keyword} into each branch")
    return joined


def _arrays(compiler: _Compiler, schema: JsonMapping, where: str) -> Strategy:
    low, high = sizes(schema, "Items", where)
    try:
        item = compiler.compile(schema.get("items", True), f"{where}/items")
    except _Unsatisfiable:
        if low:
            raise
        return st.builds(list)
    return st.lists(item, min_size=low, max_size=low + _MANY if high is None else high)


def _objects(compiler: _Compiler, schema: JsonMapping, where: str) -> Strategy:
    declared = schema.get("properties", {})
    required = list(schema.get("required", ()))
    rest = schema.get("additionalProperties")
    parts = {name: (declared[name], f"{where}/properties/{escape(name)}") for name in declared}
    for name in (name for name in required if name not in declared):
        parts[name] = (True if rest is None else rest, f"{where}/additionalProperties")
    members: dict[str, Strategy] = {}
    for name, (part, at) in parts.items():
        try:
            members[name] = compiler.compile(part, at)
        except _Unsatisfiable:
            if name in required:
                raise
    always = {name: members.pop(name) for name in required}
    objects = st.fixed_dictionaries(always, optional=members)
    if not isinstance(rest, Mapping):
        return objects
    with suppress(_Unsatisfiable):
        more = st.dictionaries(
            _other_names(parts),
            compiler.compile(rest, f"{where}/additionalProperties"),
            max_size=_MANY,
        )
        return st.builds(lambda known, others: {**known, **others}, objects, more)
    return objects


def _other_names(declared: Collection[str]) -> st.SearchStrategy[str]:
    """
    Generate undeclared names, by a prefix that no declared name has.
    """
    prefix = ""
    while any(name.startswith(prefix) for name in declared):
        prefix += "x"
    return st.text(st.characters(codec="utf-8")).map(lambda name: prefix + name)


#: Keywords that determine the values by themselves, in the order in which they apply.
_FIRST: Final[Mapping[str, Callable[[_Compiler, JsonMapping, str], Strategy]]] = {
    "$ref": _reference,
    "const": lambda compiler, schema, where: _listed(compiler, [schema["const"]], schema, where),
    "enum": lambda compiler, schema, where: _listed(compiler, schema["enum"], schema, where),
    "oneOf": _one_of,
    "anyOf": lambda compiler, schema, where: _branches(compiler, "anyOf", schema, where),
}
_BY_TYPE: Final[Mapping[str, Callable[[_Compiler, JsonMapping, str], Strategy]]] = {
    "null": lambda *_: st.none(),
    "boolean": lambda *_: st.booleans(),
    "integer": lambda _, schema, where: integers(schema, where),
    "number": lambda _, schema, where: numbers(schema, where),
    "string": lambda _, schema, where: strings(schema, where),
    "array": _arrays,
    "object": _objects,
}
