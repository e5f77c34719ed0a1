"""
Exports of the schemas, validated with the tools that read these formats.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs
import openapi_spec_validator
import pytest
from jsonschema import Draft202012Validator

from seamproof.schemas import catalog
from seamproof.schemas.export import FORMATS, to_asyncapi, to_json_schema, to_openapi
from tests.node_packages import node_with

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY: Final = catalog().match(undocumented=True)
TYPES: Final = [schema.event_type for schema in EVERY]
HEADERS: Final = ["svix-id", "svix-timestamp", "svix-signature"]


def references(document: object) -> Iterator[str]:
    """
    Every reference in a document.
    """
    if isinstance(document, dict):
        if isinstance(document.get("$ref"), str):
            yield document["$ref"]
        document = [*document.values()]
    for part in document if isinstance(document, list) else ():
        yield from references(part)


@pytest.mark.parametrize("style", FORMATS)
def test_a_document_needs_nothing_else(style: str) -> None:
    """
    Every reference leads to a place in the document itself.
    """
    document = json.loads(json.dumps(FORMATS[style](EVERY)))
    leads = set(references(document))
    assert leads
    for one in sorted(leads):
        target: Any = document
        assert one.startswith("#/")
        for token in one.split("/")[1:]:
            target = target[token]


def test_json_schema_is_a_schema() -> None:
    """
    The bundle is valid in its dialect, and discriminates events by their type.
    """
    bundle = to_json_schema(EVERY)
    Draft202012Validator.check_schema(bundle)
    assert list(bundle["$defs"]) == TYPES
    assert bundle["discriminator"]["propertyName"] == "event_type"
    assert bundle["discriminator"]["mapping"] == {name: f"#/$defs/{name}" for name in TYPES}
    assert bundle["oneOf"] == [{"$ref": f"#/$defs/{name}"} for name in TYPES]


def test_json_schema_decides() -> None:
    """
    Both validators accept each documented example by the bundle, and reject an invalid one.
    """
    bundle = to_json_schema(EVERY)
    fast, slow = jsonschema_rs.Draft202012Validator(bundle), Draft202012Validator(bundle)
    for schema in EVERY:
        assert fast.is_valid(schema.example), schema.event_type
        assert not fast.is_valid(schema.example | {"event_id": None}), schema.event_type
        assert not fast.is_valid(schema.example | {"event_type": "robot.moved"})
    for schema in EVERY[::20]:
        assert slow.is_valid(schema.example)
        assert not slow.is_valid(schema.example | {"event_id": None})


def test_json_schema_without_a_type() -> None:
    """
    A payload without an event type, or that is not an object, is invalid.
    """
    bundle = Draft202012Validator(to_json_schema(EVERY[:3]))
    unnamed = {name: value for name, value in EVERY[0].example.items() if name != "event_type"}
    payloads: list[Any] = [{}, [], None, unnamed]
    assert not any(bundle.is_valid(one) for one in payloads)


def test_openapi_is_valid() -> None:
    """
    The official validator accepts the OpenAPI document, and rejects a malformed one.
    """
    document = json.loads(json.dumps(to_openapi(EVERY)))
    assert document["openapi"].startswith("3.1.")
    openapi_spec_validator.validate(document)
    del document["info"]["title"]
    with pytest.raises(openapi_spec_validator.validation.exceptions.OpenAPIValidationError):
        openapi_spec_validator.validate(document)


def test_openapi_has_a_webhook_for_each_event() -> None:
    """
    Each event has signature headers, a description, and a mark if it is deprecated.
    """
    document = to_openapi(EVERY)
    assert list(document["webhooks"]) == TYPES
    assert list(document["components"]["parameters"]) == HEADERS
    for schema in EVERY:
        operation = document["webhooks"][schema.event_type]["post"]
        assert operation["deprecated"] is schema.deprecated
        assert operation["summary"] == schema.title
        assert operation["description"] == schema.description
        assert len(operation["parameters"]) == len(HEADERS)
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert body == {"$ref": f"#/components/schemas/{schema.event_type}"}
    names = [one["post"]["operationId"] for one in document["webhooks"].values()]
    assert len({*names}) == len(names)


@pytest.mark.parametrize("to_document", [to_openapi, to_asyncapi])
def test_the_parts_are_schemas(to_document: Any) -> None:
    """
    Each schema of a document validates the example of its event.
    """
    parts = to_document(EVERY)["components"]["schemas"]
    assert list(parts) == TYPES
    for schema in EVERY:
        part = jsonschema_rs.Draft202012Validator(parts[schema.event_type])
        assert part.is_valid(schema.example)
        assert not part.is_valid(schema.example | {"event_id": None})


#: Prints what the official parser finds wrong: diagnostics of severity 0 are errors.
PARSE: Final = """
const { Parser } = require('@asyncapi/parser');
const text = require('fs').readFileSync(0, 'utf8');
new Parser().parse(text).then(({ diagnostics }) =>
  console.log(JSON.stringify(diagnostics.filter((one) => one.severity === 0))));
"""


def parsed(document: dict[str, Any]) -> Any:
    """
    Run the official parser, or skip if it is not installed.
    """
    node, _ = node_with("@asyncapi/parser")
    ran = subprocess.run(
        [node, "-e", PARSE], input=json.dumps(document), capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout)


def test_asyncapi_is_valid() -> None:
    """
    The official parser finds no error in the AsyncAPI document.
    """
    document = to_asyncapi(EVERY)
    assert document["asyncapi"].startswith("3.0.")
    assert parsed(document) == []


def test_broken_asyncapi_is_refused() -> None:
    """
    The parser finds an error in a malformed document.
    """
    document = to_asyncapi(EVERY[:1])
    document["operations"]["receiveEvent"]["action"] = "swallow"
    assert parsed(document)


def test_asyncapi_has_a_message_for_each_event() -> None:
    """
    One channel has a message for each event, with its payload and the signature headers.
    """
    document = to_asyncapi(EVERY)
    assert list(document["channels"]["webhook"]["messages"]) == TYPES
    assert len(document["operations"]["receiveEvent"]["messages"]) == len(TYPES)
    for schema in EVERY:
        message = document["components"]["messages"][schema.event_type]
        assert message["payload"] == {"$ref": f"#/components/schemas/{schema.event_type}"}
        assert message["headers"]["required"] == HEADERS
        assert message["title"] == schema.title
