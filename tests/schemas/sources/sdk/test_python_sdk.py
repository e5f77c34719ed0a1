"""
Parser for the events of the Python SDK.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from seamproof.errors import SourceInvalid
from seamproof.schemas.sources.sdk.python_sdk import read_python_sdk
from seamproof.schemas.sources.source import ANY_EVENT, Source, SourceEvent

SDK: Final = Source("python", "seam")
HEAD: Final = '''from typing import *
from dataclasses import dataclass
import seam_does_not_exist
raise SystemExit("this file must never run")

Alias = Literal["left", "right"]


class Shared:
    name: str


@dataclass
class MovedEvent:
    """A robot moved.

    :ivar grip: {text}

    :ivar event_type:"""

    @dataclass
    class Grip(Mapping):
        """:ivar from_: Deprecated: no longer sent."""

        from_: Optional[str]
        force: float

        @classmethod
        def from_dict(cls, d: Any):
            return cls()

    grip: {annotation}
    event_type: Literal["robot.moved"]
'''


def read(text: str) -> tuple[SourceEvent, ...]:
    """
    Parse a file of the SDK.
    """
    return read_python_sdk(text, SDK, "seam_event.py")


def grip(annotation: str, text: str = "How it grips.") -> tuple[dict[str, Any], bool]:
    """
    Parse a property with this annotation: its schema, and whether it is required.
    """
    (event,) = read(HEAD.replace("{annotation}", annotation).replace("{text}", text))
    return dict(event.properties["grip"]), "grip" in event.required


NESTED: Final = {
    "type": "object",
    "properties": {"from": {"type": "string", "deprecated": True}, "force": {"type": "number"}},
    "required": ["force"],
}


@pytest.mark.parametrize(
    ("annotation", "schema", "required"),
    [
        ("str", {"type": "string"}, True),
        ("bool", {"type": "boolean"}, True),
        ("int", {"type": "integer"}, True),
        ("float", {"type": "number"}, True),
        ("Any", {}, False),
        ("Optional[str]", {"type": "string"}, False),
        ("Union[str, None]", {"type": "string"}, False),
        ("str | None", {"type": "string"}, False),
        (
            "typing.Optional[typing.List[str]]",
            {"type": "array", "items": {"type": "string"}},
            False,
        ),
        ('"Optional[str]"', {"type": "string"}, False),
        ("Union[str, bool]", {"type": ["string", "boolean"]}, True),
        (
            "Union[Literal['a'], str]",
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "string"}]},
            True,
        ),
        ("List[Optional[str]]", {"type": "array", "items": {"type": ["string", "null"]}}, True),
        ("list[str]", {"type": "array", "items": {"type": "string"}}, True),
        ("Dict[str, Any]", {"type": "object", "additionalProperties": {}}, True),
        (
            "Dict[str, Union[str, bool]]",
            {"type": "object", "additionalProperties": {"type": ["string", "boolean"]}},
            True,
        ),
        ('Literal["a", "b"]', {"type": "string", "enum": ["a", "b"]}, True),
        (
            'Literal["a", 1, True, "a"]',
            {"type": ["string", "integer", "boolean"], "enum": ["a", 1, True]},
            True,
        ),
        ('Optional[Literal["a", None]]', {"type": "string", "enum": ["a"]}, False),
        ("Alias", {"type": "string", "enum": ["left", "right"]}, True),
        (
            "Shared",
            {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
            True,
        ),
        ("Grip", NESTED, True),
        ("Optional[Grip]", NESTED, False),
        ("List[Grip]", {"type": "array", "items": NESTED}, True),
    ],
)
def test_annotations_become_schemas(
    annotation: str, schema: dict[str, Any], required: bool
) -> None:
    """
    Each annotation has its JSON Schema; `Optional` makes a property optional.
    """
    assert grip(annotation) == (schema, required)


@pytest.mark.parametrize(
    ("text", "deprecated"),
    [
        ("Deprecated: use hold. How it grips.", True),
        ("deprecated, use hold", True),
        ("How it grips. Not deprecated.", False),
        ("", False),
    ],
)
def test_a_deprecated_property(text: str, deprecated: bool) -> None:
    """
    A property is deprecated if its text begins with the word.
    """
    assert ("deprecated" in grip("str", text)[0]) is deprecated


def test_a_deprecated_event() -> None:
    """
    The directive in the text of the class marks the event; a word in the text does not.
    """
    text = HEAD.replace("{annotation}", "str").replace("{text}", "x")
    marked = text.replace(
        ":ivar event_type:", ":ivar event_type:\n\n    .. deprecated::\n       Gone."
    )

    assert read(text)[0].deprecated is False
    assert read(text.replace("A robot moved.", "A deprecated robot."))[0].deprecated is False
    assert read(marked)[0].deprecated is True


def test_one_class_for_all_events() -> None:
    """
    A class with a plain `event_type` describes all events at once, as before version 3.6.0.
    """
    (event,) = read("class SeamEvent:\n    code: Optional[str]\n    event_type: str\n")

    assert event.event_type == ANY_EVENT
    assert event.required == {"event_type"}


EVENT: Final = 'class E:\n    event_type: Literal["robot.moved"]\n'


#: Classes that each use the next one twice: a million types in the first one.
DOUBLED: Final = (
    "".join(f"class C{at}:\n    x: C{at + 1}\n    y: C{at + 1}\n" for at in range(17))
    + "class C17:\n    z: str\n"
    + EVENT
    + "    c: C0\n    d: C0\n"
)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("x = 1\n", 1, "no class of an event"),
        ("class E:\n    def\n", 2, "not valid Python"),
        (EVENT + "    grip: Grip\n", 3, "not understood"),
        (EVENT + "    grip: Set[str]\n", 3, "not understood"),
        (EVENT + "    grip: List[str, str]\n", 3, "List takes 1 types"),
        (EVENT + "    grip: 3\n", 3, "not a type"),
        (EVENT + "    grip: Literal[f()]\n", 3, "literal is not a JSON value"),
        (EVENT + "    grip: str\n    grip: str\n", 4, "listed twice"),
        (EVENT + EVENT, 3, "described twice"),
        ('class E:\n    event_type: Literal["a.b", "c.d"]\n', 2, "not one event type"),
        ('class E:\n    event_type: Literal["../../x"]\n', 2, "not one event type"),
        ("class E:\n    event_type: int\n", 2, "not one event type"),
        (EVENT + "    e: E\n", 2, "levels of types"),
        (EVENT + "    grip: " + "List[" * 60 + "str" + "]" * 60 + "\n", 3, "levels of types"),
        ("\0", 1, "null bytes"),
        (DOUBLED, 53, "200000 types"),
        ("(" * 5000 + ")" * 5000, 1, "nest|parse"),
    ],
)
def test_what_is_not_understood_has_its_line(text: str, line: int, what: str) -> None:
    """
    What the parser does not understand is an error with file and line.
    """
    with pytest.raises(SourceInvalid, match=what) as raised:
        read(text)
    assert raised.value.where == f"seam_event.py:{line}"
