"""
Edge values: what RFC 3339, RFC 9562 and JSON allow and few handlers expect.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from seamproof.schemas.validation.keywords import stated_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.json_types import Json, JsonMapping, JsonObject

#: Texts that some code, database or terminal handles incorrectly.
TEXTS: Final[tuple[str, ...]] = (
    "",
    " ",
    "🔑",
    "Café",
    "Cafe\N{COMBINING ACUTE ACCENT}",
    "𝒮tudio 𝟜",
    "👩🏽‍🔧 Zoë’s flat",
    "before\N{LINE SEPARATOR}after\N{PARAGRAPH SEPARATOR}",
    "\N{RIGHT-TO-LEFT OVERRIDE}שלום",
    'a "quoted" \\ back/slash',
    "tab\tand\r\nnew line",
    "null\x00byte",
    "\N{ZERO WIDTH NO-BREAK SPACE}İstanbul Straße",
    "0012",
    "<b>&amp;</b> {{7*7}} %s",
    "x" * 1000,
)
#: RFC 9562: upper case, all zeros, all ones, versions 1 and 7.
UUIDS: Final[tuple[str, ...]] = (
    "9B2C61D4-0F3E-4A57-8C1D-5E6F7A8B9C0D",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "c232ab00-9414-11ec-b3c8-9f6bdeced846",
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
)
URIS: Final[tuple[str, ...]] = (
    "https://media.example.com/a%20b?x=1&y=%C3%A9#part",
    "http://[2001:db8::7]:8080/",
    "urn:example:1",
    "https://example.com/" + "a" * 500,
)
NUMBERS: Final[tuple[float, ...]] = (
    0,
    1,
    -1,
    0.5,
    -0.0,
    -40,
    100.0,
    1e-7,
    0.1 + 0.2,
    2**53 + 1,
    -(2**63),
    1.7976931348623157e308,
    5e-324,
)
METADATA: Final[tuple[JsonObject, ...]] = (
    {},
    {"": ""},
    {"🔑": "🚪", "a.b/c~d": "e"},
    {"__proto__": "x", "constructor": "y", "event_type": "z"},
    {"flag": True, "other": False},
    {f"key_{number}": "v" * 40 for number in range(50)},
)
_MANY: Final = 30
_PER_MEMBER: Final = 4


def _formatter(
    digits: int, zone: timezone = UTC, *, end: str = "Z", letter: str = "T"
) -> Callable[[datetime], str]:
    def write(moment: datetime) -> str:
        there = moment.astimezone(zone)
        fraction = f"{there.microsecond:06d}000"[:digits]
        return f"{there:%Y-%m-%d}{letter}{there:%H:%M:%S}{'.' * bool(digits)}{fraction}{end}"

    return write


#: RFC 3339: formats of the same time.
TIMES: Final[tuple[Callable[[datetime], str], ...]] = (
    _formatter(0),
    _formatter(1),
    _formatter(9),
    _formatter(3, end="+00:00"),
    _formatter(3, end="-00:00"),
    _formatter(3, timezone(timedelta(hours=5, minutes=30)), end="+05:30"),
    _formatter(6, timezone(timedelta(hours=-8)), end="-08:00"),
    _formatter(3, end="z", letter="t"),
)
_MOMENT: Final = datetime(2026, 2, 28, 23, 59, 59, 999_000, tzinfo=UTC)

_BY_FORMAT: Final[Mapping[str, tuple[str, ...]]] = {
    "date-time": tuple(write(_MOMENT) for write in TIMES),
    "uri": URIS,
    "uuid": UUIDS,
}


def edge_values(schema: JsonMapping, usual: Json) -> Iterator[Json]:
    """
    List edge values of a schema; its limits may exclude some of them.

    Args:
        schema: The schema of the value.
        usual: A usual value: the object or list into which edge values are put.
    """
    if "const" in schema:
        return
    if "enum" in schema:
        yield from schema["enum"]
        return
    kinds = stated_types(schema)
    if "null" in kinds:
        yield None
    for kind in kinds:
        yield from _BY_KIND[kind](schema, usual)


def _texts(schema: JsonMapping, _usual: object) -> Iterator[Json]:
    yield from _BY_FORMAT.get(schema.get("format", ""), TEXTS)


def _numbers(schema: JsonMapping, _usual: object) -> Iterator[Json]:
    yield from (schema[limit] for limit in ("minimum", "maximum") if limit in schema)
    yield from NUMBERS


def _integers(schema: JsonMapping, usual: object) -> Iterator[Json]:
    yield from (int(one) for one in _numbers(schema, usual) if float(one).is_integer())


def _arrays(schema: JsonMapping, usual: Json) -> Iterator[Json]:
    yield []
    if usual:
        item = usual[0]
        yield [item]
        yield [item] * _MANY
        yield from ([item, edge] for edge in edge_values(schema.get("items", {}), item))


def _objects(schema: JsonMapping, usual: Json) -> Iterator[Json]:
    if "properties" not in schema:
        yield from METADATA
        return
    required = schema.get("required", ())
    for name, shape in schema["properties"].items():
        if name not in required and name in usual:
            yield {other: value for other, value in usual.items() if other != name}
        edges = list(edge_values(shape, usual.get(name)))
        # A few of each property, so that no property gets most of the edits.
        step = max(1, len(edges) // _PER_MEMBER)
        yield from ({**usual, name: edge} for edge in edges[::step])


_BY_KIND: Final[Mapping[str, Callable[[JsonMapping, Json], Iterator[Json]]]] = {
    "array": _arrays,
    "boolean": lambda *_: iter((True, False)),
    "integer": _integers,
    "null": lambda *_: iter(()),
    "number": _numbers,
    "object": _objects,
    "string": _texts,
}
