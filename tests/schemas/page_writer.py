"""
Writer of documentation pages, in both dialects.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Dialect: TypeAlias = Literal["published", "source"]
DIALECTS: tuple[Dialect, ...] = ("published", "source")

#: How the documentation words a format or a type.
LABELS = {
    "uuid": "String (UUID)",
    "date-time": "String (ISO 8601)",
    "array": "Array",
    "boolean": "Boolean",
    "number": "number",
    "object": "Object",
    "string": "String",
}

UUID = "00000000-0000-0000-0000-000000000000"
TIME = "2025-01-01T00:00:00.000Z"


@dataclass
class Row:
    """
    A field as a page lists it.
    """

    name: str
    label: str
    text: str = "Says something about the robot."
    children: list[Row] = field(default_factory=list)


def envelope(event_type: str) -> list[Row]:
    """
    The fields that every event has.
    """
    return [
        Row("created_at", "String (ISO 8601)"),
        Row("event_id", "String (UUID)"),
        Row("event_type", "Enum (String)", f"Value: `{event_type}`"),
        Row("occurred_at", "String (ISO 8601)"),
        Row("workspace_id", "String (UUID)"),
    ]


def example(event_type: str, **more: Any) -> dict[str, Any]:
    """
    A payload with the fields that every event has, and more.
    """
    return {
        "created_at": TIME,
        "event_id": UUID,
        "event_type": event_type,
        "occurred_at": TIME,
        "workspace_id": UUID,
        **more,
    }


@dataclass
class Section:
    """
    An event of a page. By default it is complete and valid.
    """

    event_type: str = "robot.moved"
    rows: list[Row] = field(default_factory=list)
    payload: dict[str, Any] = field(default_factory=dict)
    prose: str = "A robot moved."
    heading: str = ""

    def text(self, dialect: Dialect) -> str:
        """
        Write the section.
        """
        published = dialect == "published"
        rows = sorted([*self.rows, *envelope(self.event_type)], key=lambda row: row.name)
        payload = example(self.event_type) | self.payload
        fence = "```json Example webhook payload" + (" theme={null}" if published else "")
        body = json.dumps(dict(sorted(payload.items())), indent=2)
        fields = "\n\n".join(_field(row, dialect, "  " if published else "") for row in rows)
        gap = "\n" if published else "\n\n"
        return (
            f"## {self.heading or f'`{self.event_type}`'}\n\n{_prose(self.prose, dialect)}\n\n"
            f"{fence}\n{body}\n```\n\n"
            f'<Accordion title="Properties">{gap}{fields}{gap}</Accordion>\n'
        )


def _field(row: Row, dialect: Dialect, indent: str) -> str:
    lines = [f'{indent}<ResponseField name="{row.name}" type="{row.label}">']
    lines += [f"{indent}  {line}" if line else "" for line in _prose(row.text, dialect).split("\n")]
    if row.children:
        nested = "\n".join(_field(child, dialect, indent + "      ") for child in row.children)
        lines += [
            "",
            f'{indent}  <Expandable title="properties">',
            nested,
            f"{indent}  </Expandable>",
        ]
    return "\n".join([*lines, f"{indent}</ResponseField>"])


def _prose(text: str, dialect: Dialect) -> str:
    """
    Escape underscores outside of code, as the published pages do.
    """
    if dialect == "source":
        return text
    parts = text.split("`")
    parts[::2] = [part.replace("_", "\\_") for part in parts[::2]]
    return "`".join(parts)


def page(*sections: Section, dialect: Dialect = "published") -> str:
    """
    Write a page.
    """
    preamble = {
        "published": "> ## Index\n> See the other pages.\n\n# Robot Events\n\n> About robots.\n\n",
        "source": "---\ntitle: 'Robot Events'\ndescription: 'About robots.'\n---\n\n",
    }
    return preamble[dialect] + "\n".join(section.text(dialect) for section in sections)


def openapi(*events: dict[str, Any]) -> dict[str, Any]:
    """
    Write an OpenAPI document with these event schemas.
    """
    union = {"oneOf": list(events), "discriminator": {"propertyName": "event_type"}}
    info = {"title": "Robots", "version": "1.0.0"}
    return {"openapi": "3.0.0", "info": info, "components": {"schemas": {"event": union}}}


def event_schema(
    event_type: str,
    properties: dict[str, Any],
    *,
    required: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """
    Write an event schema of an OpenAPI document.
    """
    envelope_properties = {
        "created_at": {"type": "string", "format": "date-time"},
        "event_id": {"type": "string", "format": "uuid"},
        "event_type": {"type": "string", "enum": [event_type]},
        "occurred_at": {"type": "string", "format": "date-time"},
        "workspace_id": {"type": "string", "format": "uuid"},
    }
    return {
        "type": "object",
        "properties": envelope_properties | properties,
        "required": [*envelope_properties, *required],
        **more,
    }
