"""
Realistic samples, fast: each schema is compiled once into plain functions.
"""

from __future__ import annotations

import math
import secrets
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from seamproof.errors import UsageError
from seamproof.schemas.catalogue import Catalogue, EventSchema, catalog
from seamproof.schemas.placeholders import BY_FORMAT
from seamproof.strategies.vocabulary import AGREEING, Draw, Words, called, look, usual_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Make: TypeAlias = "Callable[[Draw], Any]"
Presence: TypeAlias = Literal["all", "required", "mixed"]

#: Which share of the optional properties an event gets.
SHARES: Final[Mapping[Presence, float]] = {"all": 1.0, "required": 0.0, "mixed": 0.5}

_WIDTH: Final = 100


class Sampler:
    """
    Makes realistic events, the same ones for the same seed.

    Args:
        seed: Whatever decides the values, a number as its digits; by default a random one.
        catalogue: The contract; by default the one that comes with seamproof.
    """

    def __init__(
        self, seed: int | str | None = None, *, catalogue: Catalogue | None = None
    ) -> None:
        self.seed = secrets.randbelow(2**32) if seed is None else seed
        self._catalogue = catalog() if catalogue is None else catalogue
        # As text, so that the seed that a command tells is the one that it takes.
        text = str(self.seed)
        self._draw = Draw(Random(text), Words(text))  # noqa: S311 - not for secrets
        self._plans: dict[tuple[str, Presence], Make] = {}

    def event(self, event_type: str, *, presence: Presence = "all") -> dict[str, Any]:
        """
        Make one event.

        Raises:
            UnknownEventType: With the nearest names.
        """
        plan = self._plans.get((event_type, presence))
        if plan is None:
            schema = self._catalogue[event_type]
            plan = self._plans[event_type, presence] = _plan(schema, SHARES[presence])
        self._draw.begin(event_type)
        event: dict[str, Any] = plan(self._draw)
        return event

    def value(self, name: str, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
        """
        Make one value of a property.
        """
        return _value(name, schema, 1.0)(self._draw)

    def events(
        self,
        pattern: str = "*",
        *,
        count: int | None = None,
        presence: Presence = "all",
        undocumented: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """
        Make events of the types that a pattern fits, in turn.

        Args:
            pattern: A glob over event types.
            count: How many in all; by default one of each type.
            presence: Which of the optional properties they have.
            undocumented: Whether the pattern finds undocumented and deprecated types.

        Raises:
            UnknownEventType: The pattern fits none; with the nearest names.
        """
        matched = self._catalogue.match(pattern, undocumented=undocumented)
        types = [schema.event_type for schema in matched]
        wanted = len(types) if count is None else count
        return (self.event(one, presence=presence) for one in islice(cycle(types), wanted))


def _plan(schema: EventSchema, share: float) -> Make:
    document = dict(schema.document)
    if "event_description" in document["properties"]:
        told = {"event_description": {"const": schema.description}}
        document["properties"] = {**document["properties"], **told}
    return _object(document, share)


def _object(schema: Mapping[str, Any], share: float) -> Make:
    shapes = schema["properties"]
    required = frozenset(schema.get("required", ()))
    members = [
        (name, 1.0 if name in required else share, _value(called(name, shapes), shape, share))
        for name, shape in shapes.items()
        if name in required or share
    ]

    def make(draw: Draw) -> dict[str, Any]:
        chance = draw.random.random
        return {
            member: value(draw)
            for member, likely, value in members
            if likely == 1.0 or chance() < likely
        }

    return make


def _value(name: str, schema: Mapping[str, Any], share: float) -> Make:
    """
    Compile one value: the exacter a schema is, the sooner it decides.
    """
    if "const" in schema:
        const = schema["const"]
        return lambda _: const
    if "enum" in schema:
        choices = [choice for choice in schema["enum"] if choice is not None] or [None]
        return _one_of(choices, AGREEING.get(name))
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]](name)
    if schema.get("format") in BY_FORMAT:
        plain = BY_FORMAT[schema["format"]]
        return lambda _: plain
    kind = _kind(schema)
    known = look(name, kind)
    if known and kind == "number":
        return _clamped(known, schema)
    known = None if _LIMITS & {*schema} else known
    return known or _PLAIN[kind](name, schema, share)


#: Limits that a value is drawn within, and what else a schema may hold for a sample to be made.
_LIMITS: Final = frozenset(
    {"maximum", "minimum", "maxItems", "minItems", "maxLength", "minLength", "pattern"}
)
_UNDERSTOOD: Final = _LIMITS | {
    *("additionalProperties", "description", "deprecated", "examples", "format", "items"),
    *("properties", "required", "title", "type", "$id", "$schema", "x-seam"),
}


def _kind(schema: Mapping[str, Any]) -> str:
    strange = {*schema} - _UNDERSTOOD
    if strange:
        what = f"a sample cannot be made from a schema with {', '.join(sorted(strange))}"
        raise UsageError(what, found=str(dict(schema)))
    stated = schema.get("type", "object" if "properties" in schema else "string")
    kinds = [stated] if isinstance(stated, str) else [one for one in stated if one != "null"]
    if kinds and kinds[0] in _PLAIN:
        return str(kinds[0])
    what = "a sample cannot be made from this schema"
    raise UsageError(what, expected=f"type {', '.join(_PLAIN)}", found=str(dict(schema)))


def _times(name: str) -> Make:
    if name == "created_at":
        return lambda draw: draw.time(draw.delay)
    if name == "noticed_at":
        return lambda draw: draw.time(-draw.random.randrange(1000, 600_000))
    return lambda draw: draw.time()


def _address(ending: str) -> Make:
    return lambda draw: f"https://media.example.com/{draw.uuid()}.{ending}"


def _string(name: str, schema: Mapping[str, Any], share: float) -> Make:
    del share
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        what = f"a sample cannot be made from the pattern of {name}"
        raise UsageError(what, found=str(schema["pattern"]))

    def make(draw: Draw) -> str:
        text = str(draw.random.choice(draw.words.sentences))
        while len(text) < low:
            text += " " + draw.random.choice(draw.words.words)
        return text if high is None else text[:high]

    return make


def _one_of(choices: list[Any], agreeing: Make | None) -> Make:
    if agreeing is None:
        return lambda draw: draw.random.choice(choices)

    def make(draw: Draw) -> Any:  # noqa: ANN401 - any JSON value
        value = agreeing(draw)
        return value if value in choices else draw.random.choice(choices)

    return make


def _clamped(make: Make, schema: Mapping[str, Any]) -> Make:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    return lambda draw: min(max(make(draw), low), high)


def _range(schema: Mapping[str, Any]) -> tuple[float, float]:
    low = schema.get("minimum", min(0, schema.get("maximum", _WIDTH) - _WIDTH))
    return low, schema.get("maximum", low + _WIDTH)


def _number(name: str, schema: Mapping[str, Any], share: float) -> Make:
    del name, share
    low, high = _range(schema)
    return lambda draw: min(max(round(draw.random.uniform(low, high), 2), low), high)


def _integer(name: str, schema: Mapping[str, Any], share: float) -> Make:
    del name, share
    low, high = _range(schema)
    return lambda draw: draw.random.randint(math.ceil(low), math.floor(high))


def _array(name: str, schema: Mapping[str, Any], share: float) -> Make:
    item = _value(name.removesuffix("s"), schema.get("items", {"type": "string"}), share)
    low, high = schema.get("minItems", 0), schema.get("maxItems", math.inf)

    def make(draw: Draw) -> list[Any]:
        usual = draw.random.randint(*usual_length(name, draw.event_type))
        return [item(draw) for _ in range(int(min(max(usual, low), high)))]

    return make


def _open_object(name: str, schema: Mapping[str, Any], share: float) -> Make:
    del name
    if "properties" in schema:
        return _object(schema, share)
    return lambda _: {}


#: What makes a value of a JSON type that nothing more exact is known of.
_PLAIN: Final[Mapping[str, Callable[[str, Mapping[str, Any], float], Make]]] = {
    "array": _array,
    "boolean": lambda *_: lambda draw: draw.random.random() < 0.5,  # noqa: PLR2004 - as often as not
    "integer": _integer,
    "number": _number,
    "object": _open_object,
    "string": _string,
}

_FORMATS: Final[Mapping[str, Callable[[str], Make]]] = {
    "date-time": _times,
    "uri": lambda name: _address("mp4" if "video" in name else "jpg"),
    "uuid": lambda _: Draw.uuid,
}
