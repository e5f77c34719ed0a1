"""
The fields of a documentation page: `<ResponseField>`s, read into JSON Schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seamproof.errors import SourceInvalid
    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.schemas.sources.mdx_components import Component

#: How the documentation words a type, and what that is in JSON Schema.
TYPES: Final[Mapping[str, Mapping[str, str]]] = {
    "Array": {"type": "array"},
    "Boolean": {"type": "boolean"},
    "Enum (String)": {"type": "string"},
    "Object": {"type": "object"},
    "String": {"type": "string"},
    "String (ISO 8601)": {"type": "string", "format": "date-time"},
    "String (UUID)": {"type": "string", "format": "uuid"},
    "number": {"type": "number"},
}

#: Event types become file names: this is all that they may hold.
_EVENT_TYPE: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
_LONGEST: Final = 120

#: The words by which a field's text says that the field can be absent.
CONDITIONAL: Final = re.compile(r"\bif any\b|\bpresent (?:only )?when\b", re.IGNORECASE)
UNDOCUMENTED: Final = re.compile(r"\s*undocumented:", re.IGNORECASE)
_VALUES: Final = re.compile(
    r"(?<!\S)(?P<label>Value|Possible values):\s*"
    r"(?P<list>`[^`]+`(?:\s*(?:,\s*(?:and|or)?|and|or)\s*`[^`]+`)*)"
)
_CODE: Final = re.compile(r"`([^`]+)`")
_ESCAPE: Final = re.compile(r"\\([\\`*_{}\[\]()#+.!<>|~-])")


@dataclass(frozen=True, slots=True)
class PageField:
    """
    One `<ResponseField>`.

    Attributes:
        name: The property.
        schema: Its type, format and values in JSON Schema, nested fields included.
        conditional: Whether its text says that it can be absent.
        undocumented: Whether its text begins `undocumented:`.
        children: The fields nested in it.
        line: Where it stands.
    """

    name: str
    schema: JsonMapping
    conditional: bool
    undocumented: bool
    children: tuple[PageField, ...]
    line: int


def fields_of(component: Component) -> list[Component]:
    """
    The fields right inside a component, through any `<Expandable>` between.
    """
    found: list[Component] = []
    for child in component.children:
        if child.tag == "ResponseField":
            found.append(child)
        elif child.tag == "Expandable":
            found += fields_of(child)
    return found


def read_fields(
    components: list[Component], refuse: Callable[..., SourceInvalid]
) -> Iterator[PageField]:
    """
    Read fields that stand side by side.

    Args:
        components: The `<ResponseField>`s.
        refuse: Makes the error for a line of the page.

    Raises:
        SourceInvalid: A field has no name, an unknown type, or stands twice.
    """
    seen: dict[str, int] = {}
    for component in components:
        name = plain(component.attributes.get("name", ""))
        if not name:
            raise refuse(component.line, "a field has no name", expected='name="…"')
        if name in seen:
            what = f"the property {name} is listed twice"
            raise refuse(component.line, what, found=f"first on line {seen[name]}")
        seen[name] = component.line
        yield _field(name, component, refuse)


def _field(name: str, component: Component, refuse: Callable[..., SourceInvalid]) -> PageField:
    label = component.attributes.get("type", "")
    if label not in TYPES:
        what = f"the type label of {name} is unknown"
        raise refuse(component.line, what, expected=", ".join(TYPES), found=label or "no type")
    text = bare(component.text)
    children = tuple(read_fields(fields_of(component), refuse))
    schema: JsonObject = dict(TYPES[label])
    if children and schema["type"] not in ("array", "object"):
        what = f"{name} is of type {label} and yet has nested fields"
        raise refuse(children[0].line, what, expected="type Object or Array")
    if label == "Enum (String)":
        schema |= _values(name, component, refuse)
    if children:
        nested = object_schema(children)
        schema |= {"items": nested} if schema["type"] == "array" else nested
    undocumented = bool(UNDOCUMENTED.match(text))
    conditional = undocumented or bool(CONDITIONAL.search(" ".join(text.split())))
    return PageField(name, schema, conditional, undocumented, children, component.line)


def _values(name: str, component: Component, refuse: Callable[..., SourceInvalid]) -> JsonObject:
    stated = list(_VALUES.finditer(component.text))
    if len(stated) != 1:
        what = f"{name} is an enum with {'no' if not stated else 'several lists of'} values"
        expected = "one line `Value:` or `Possible values:` with each value in backticks"
        raise refuse(component.line, what, expected=expected)
    rest = component.text[stated[0].end() :].partition("\n\n")[0]
    if "`" in rest:
        what = f"the values of {name} cannot be told apart"
        expected = "each in backticks, with commas between them"
        raise refuse(component.line, what, expected=expected, found=rest.strip()[:60])
    values = [plain(value) for value in _CODE.findall(stated[0]["list"])]
    if stated[0]["label"] == "Value" and len(values) == 1:
        return {"const": values[0]}
    repeated = {value for value in values if values.count(value) > 1}
    if repeated:
        what = f"{name} lists a value twice"
        raise refuse(component.line, what, found=", ".join(sorted(repeated)))
    return {"enum": values}


def object_schema(fields: tuple[PageField, ...]) -> JsonObject:
    """
    The JSON Schema of an object that has these fields, by the page alone.
    """
    return {
        "type": "object",
        "properties": {field.name: field.schema for field in fields},
        "required": [field.name for field in fields if not field.conditional],
    }


def is_event_type(text: str) -> bool:
    """
    Whether a text is the name of an event type, such as `lock.unlocked`.
    """
    return len(text) <= _LONGEST and _EVENT_TYPE.fullmatch(text) is not None


def plain(text: str) -> str:
    """
    Take the backslashes of Markdown out of a text.
    """
    return _ESCAPE.sub(r"\1", text)


def bare(text: str) -> str:
    """
    Prose without code, link addresses and escapes, none of which speak.
    """
    without_code = _CODE.sub("", text)
    return plain(re.sub(r"\]\([^)]*\)", "]", without_code))
