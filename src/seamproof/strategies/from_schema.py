"""
Strategies from JSON Schema, draft 2020-12: whatever is drawn is valid.

Nothing is sorted out after it was drawn; what cannot be drawn that way is an
error before anything is drawn. Objects are generated closed and validated
open: properties that are not declared are drawn only where
`additionalProperties` is a schema.
"""

from __future__ import annotations

import copy
import json
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hypothesis import strategies as st

from seamproof.errors import UsageError
from seamproof.schemas.validation import shown
from seamproof.strategies.disjoint import Node, Schemas, Shape
from seamproof.strategies.json_formats import FORMATS, any_text, pattern_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Values: TypeAlias = st.SearchStrategy[Any]

#: How deep values are drawn; a schema that nests deeper is taken for a mistake.
_DEPTH: Final = 25
#: How much is drawn, shared by all that is within; a level is twice as much as the one below.
_LEVEL: Final = 8
#: Decimal digits that a number keeps wherever it is read.
_DIGITS: Final = 15
#: The least and the greatest number of the formats that OpenAPI has for numbers.
NUMBER_FORMATS: Final[Mapping[str, tuple[float, float]]] = {
    "double": (-1.7976931348623157e308, 1.7976931348623157e308),
    "float": (-3.4028234663852886e38, 3.4028234663852886e38),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
}
_COIN: Final = st.booleans()
_ANYTHING: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@dataclass(frozen=True, slots=True)
class _Part:
    """
    The values of a kind that a schema admits.

    Attributes:
        make: Makes their strategy; takes what makes those of other schemas,
            the level, and whether to draw as little as can be.
        uses: The schemas of what is in the values.
        needs: Those of them that the values cannot do without.
    """

    make: Callable[[Callable[[Node, int], Values], int, bool], Values]
    uses: tuple[Node, ...] = ()
    needs: tuple[Node, ...] = ()


def _part(values: Values) -> _Part:
    return _Part(lambda *_: values)


class _Source:
    """
    A schema and what it draws; written as the schema.
    """

    def __init__(self, document: object, values: Values) -> None:
        self.document = document
        self.values = values

    def __repr__(self) -> str:
        return repr(self.document)


def _draw(draw: st.DrawFn, source: _Source) -> Any:  # noqa: ANN401 - any JSON value
    return draw(source.values)


# The name is what Hypothesis writes where it reports a strategy.
_draw.__name__ = "from_schema"
_from = st.composite(_draw)


def from_schema(document: Mapping[str, Any] | bool) -> Values:  # noqa: FBT001 - true is a schema
    """
    Make a strategy of the values that a JSON Schema, draft 2020-12, admits.

    Args:
        document: The schema; it refers to nothing outside itself.

    Raises:
        UsageError: The schema is malformed, contradicts itself, or asks for
            what cannot be drawn; `where` is the JSON Pointer to the spot.
    """
    try:
        plain = document if isinstance(document, bool) else dict(document)
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False)
        root = json.loads(text.encode())
    except (TypeError, ValueError, RecursionError) as problem:
        what, expected = "the schema is not JSON", "an object, true or false"
        raise UsageError(what, expected=expected, found=str(problem)) from problem
    schemas = Schemas(root, [*FORMATS, *NUMBER_FORMATS])
    parts = _planned(schemas)
    return _from(_Source(root, _Drawing(parts).values(("",), _LEVEL)))


def _planned(schemas: Schemas) -> dict[Node, list[_Part]]:
    """
    Find the parts of all schemas that a value can come to, in the order of their depth.
    """
    planned: dict[Node, list[_Part]] = {}
    waiting: list[tuple[Node, int]] = [(("",), 0)]
    for node, depth in waiting:
        if node in planned:
            continue
        if depth > _DEPTH:
            what = f"the schema nests deeper than {_DEPTH} levels"
            raise UsageError(what, where=node[0])
        if not schemas.shapes(node):
            raise UsageError("a schema that is false admits no value", where=node[0])
        schemas.refuse_overlaps(node)
        planned[node] = [part for shape in schemas.shapes(node) for part in _parts(schemas, shape)]
        waiting += [(use, depth + 1) for part in planned[node] for use in part.uses]
    return planned


def _parts(schemas: Schemas, shape: Shape) -> Iterator[_Part]:
    if shape.values is not None:
        values = st.sampled_from(shape.values)
        plain = all(not isinstance(one, dict | list) for one in shape.values)
        yield _part(values if plain else values.map(copy.deepcopy))
    elif shape.free:
        yield _part(_ANYTHING)
    else:
        _refuse_format(shape)
        for kind, part in _KINDS:
            if kind in shape.kinds:
                yield part(schemas, shape)


def _refuse_format(shape: Shape) -> None:
    name = shape.limit("format")
    kind = "string" if name in FORMATS else "integer"
    if name is not None and kind not in shape.kinds:
        what, expected = f"format {name} says nothing of this type", f"a type with {kind}s"
        raise UsageError(what, where=shape.limits["format"][1], expected=expected)


def _strings(_: Schemas, shape: Shape) -> _Part:
    low, high = shape.size("string")
    name = shape.limit("format")
    if "pattern" in shape.limits:
        pattern, where = shape.limits["pattern"]
        if name in FORMATS:
            what = "a text cannot be drawn by pattern and format at once"
            raise UsageError(what, where=where, cure="leave one of them out")
        return _part(pattern_text(pattern, low, high, where=where).drawn)
    if name not in FORMATS:
        return _part(any_text(low, high))
    text = FORMATS[name]
    if low > text.low or text.high > high:
        what, where = f"texts of format {name} do not all keep the limits", shape.limits["format"][1]
        expected = f"minLength to {text.low}, maxLength from {text.high}"
        raise UsageError(what, where=where, expected=expected, found=f"{low} to {high}")
    return _part(text.drawn)


def _numbers(_: Schemas, shape: Shape) -> _Part:
    low, above, high, below = shape.interval()
    least, most = NUMBER_FORMATS.get(shape.limit("format"), (-math.inf, math.inf))
    if least > low: low, above = least, False
    if most < high: high, below = most, False
    whole = "fraction" not in shape.kinds
    step = shape.limit("multipleOf")
    if step is not None:
        ...


def _arrays(schemas: Schemas, shape: Shape) -> _Part:
    low, high = shape.size("array")
    items = shape.items
    if not schemas.shapes(items):
        ...
        high = 0

    def make(values: Callable[[Node, int], Values], level: int, lean: bool) -> Values:
        least = min(low, 2**level)
        most = least if lean else least + int(min(high - low, max(1, 2**level // 4)))
        if not most:
            return st.builds(list)
        inner = values(items, _share(level, min(most, least + 5)))
        drawn = st.lists(inner, min_size=least, max_size=most)
        return drawn if least == low else drawn.map(lambda one: _lengthened(one, low))

    return _Part(make, (items,) if high else (), (items,) if low else ())
