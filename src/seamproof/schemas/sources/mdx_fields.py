"""
Parser for the fields of a documentation page: from `<ResponseField>` to JSON Schema.
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

#: From the type labels of the documentation to JSON Schema.
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

#: Event types become file names, so only these characters are allowed.
_EVENT_TYPE: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
_LONGEST: Final = 120

#: The words in a field's text which say that the field can be absent.
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
        name: The name of the property.
        schema: Its JSON Schema: type, format, values and nested fields.
        conditional: Whether its text says that it can be absent.
        undocumented: Whether its text begins with `undocumented:`.
        children: The fields nested in it.
        line: Its line on the page.
    """

    name: str
    schema: JsonMapping
    conditional: bool
    undocumented: bool
    children: tuple[PageField, ...]
    line: int


def fields_of(component: Component) -> list[Component]:
    """
    Return the fields directly inside a component, or inside an `<Expandable>` of it.
    """
    found: list[Component] = []
    for child in component.children:
        if child.tag == "ResponseField":
            found.append(child)
        elif child.tag == "Expandable":
            found += fields_of(child)
    return found


def read_fields(
    components: list[Component], error_at: Callable[..., SourceInvalid]
) -> Iterator[PageField]:
    """
    Parse fields of one level.

    Args:
        components: The `<ResponseField>`s.
        error_at: Creates the error for a line of the page.

    Raises:
        SourceInvalid: A field has no name or an unknown type, or is listed twice.
    """
    seen: dict[str, int] = {}
    for component in components:
        name = unescape_markdown(component.attributes.get("name", ""))
        if not name:
            raise error_at(component.line, "a field has no name", expected='name="…"')
        if name in seen:
            what = f"the property {name} is listed twice"
            raise error_at(component.line, what, found=f"first on line {seen[name]}")
        seen[name] = component.line
        yield _field(name, component, error_at)


def _field(name: str, component: Component, error_at: Callable[..., SourceInvalid]) -> PageField:
    label = component.attributes.get("type", "")
    if label not in TYPES:
        what = f"the type label of {name} is unknown"
        raise error_at(component.line, what, expected=", ".join(TYPES), found=label or "no type")
    text = prose_of(component.text)
    children = tuple(read_fields(fields_of(component), error_at))
    schema: JsonObject = dict(TYPES[label])
    if children and schema["type"] not in ("array", "object"):
        what = f"{name} is of type {label} but has nested fields"
        raise error_at(children[0].line, what, expected="type Object or Array")
    if label == "Enum (String)":
        schema |= _values(name, component, error_at)
    if children:
        nested = object_schema(children)
        schema |= {"items": nested} if schema["type"] == "array" else nested
    undocumented = bool(UNDOCUMENTED.match(text))
    conditional = undocumented or bool(CONDITIONAL.search(" ".join(text.split())))
    return PageField(name, schema, conditional, undocumented, children, component.line)


def _values(name: str, component: Component, error_at: Callable[..., SourceInvalid]) -> JsonObject:
    lists = list(_VALUES.finditer(component.text))
    if len(lists) != 1:
        what = f"{name} is an enum with {'no' if not lists else 'several lists of'} values"
        expected = "one line `Value:` or `Possible values:` with each value in backticks"
        raise error_at(component.line, what, expected=expected)
    rest = component.text[lists[0].end() :].partition("\n\n")[0]
    if "`" in rest:
        what = f"the values of {name} are not separated"
        expected = "each in backticks, with commas between them"
        raise error_at(component.line, what, expected=expected, found=rest.strip()[:60])
    values = [unescape_markdown(value) for value in _CODE.findall(lists[0]["list"])]
    if lists[0]["label"] == "Value" and len(values) == 1:
        return {"const": values[0]}
    repeated = {value for value in values if values.count(value) > 1}
    if repeated:
        what = f"{name} lists a value twice"
        raise error_at(component.line, what, found=", ".join(sorted(repeated)))
    return {"enum": values}


def object_schema(fields: tuple[PageField, ...]) -> JsonObject:
    """
    Build the JSON Schema of an object with these fields, from the page alone.
    """
    return {
        "type": "object",
        "properties": {field.name: field.schema for field in fields},
        "required": [field.name for field in fields if not field.conditional],
    }


def is_event_type(text: str) -> bool:
    """
    Return whether a text is an event type, such as `lock.unlocked`.
    """
    return len(text) <= _LONGEST and _EVENT_TYPE.fullmatch(text) is not None


def unescape_markdown(text: str) -> str:
    """
    Remove the backslash escapes of Markdown.
    """
    return _ESCAPE.sub(r"\1", text)


def prose_of(text: str) -> str:
    """
    Remove inline code, link addresses and escapes from a text.
    """
    without_code = _CODE.sub("", text)
    return unescape_markdown(re.sub(r"\]\([^)]*\)", "]", without_code))
