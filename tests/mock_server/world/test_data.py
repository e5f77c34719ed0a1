"""
The data of the simulated Seam: shapes of resources, and operations.

`.ci/world_data.py` derives both from Seam's OpenAPI document and the Python SDK.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import seam.routes

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = files("seamproof.mock_server") / "world" / "data"
RESOURCES: dict[str, Any] = json.loads((DATA / "resources.json").read_text("utf-8"))
OPERATIONS: dict[str, Any] = json.loads((DATA / "operations.json").read_text("utf-8"))


def calls() -> Iterator[Any]:
    """
    Yield the calls of the SDK.
    """
    for module in pkgutil.iter_modules(seam.routes.__path__):
        found = importlib.import_module(f"seam.routes.{module.name}")
        for name, one in vars(found).items():
            if inspect.isclass(one) and not name.startswith(("Abstract", "Async")):
                yield from (call for call in vars(one).values() if hasattr(call, "__seam_path__"))


def properties_in(schema: Any) -> Iterator[str]:
    """
    Yield the names of all properties, however deep.
    """
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for key, one in schema.items():
            for inner in one.values() if key == "properties" else (one,):
                yield from properties_in(inner)
    for one in schema if isinstance(schema, list) else ():
        yield from properties_in(one)


def test_sdk_calls_are_operations_with_their_parameters() -> None:
    """
    Every call of the Python SDK has an operation, which knows each of its parameters.
    """
    missing = {}
    for call in calls():
        operation = OPERATIONS["operations"].get(call.__seam_path__, {})
        known = set(properties_in(operation.get("parameters", {})))
        ours = {"self", "wait_for_action_attempt"}
        if unknown := set(inspect.signature(call).parameters) - ours - known:
            missing[call.__seam_path__] = unknown
    assert not missing


def test_answers_name_resources_that_are_described() -> None:
    """
    Each answer has a resource of the other file, or none; events are in the catalogue.
    """
    for path, operation in OPERATIONS["operations"].items():
        answer = operation.get("response", {})
        for part in (answer, *answer.get("also", {}).values()):
            known = {None, "event", *RESOURCES["resources"]}
            assert part.get("resource") in known, path


@pytest.mark.parametrize("name", sorted(RESOURCES["resources"]))
def test_shapes_are_schemas(name: str) -> None:
    """
    A shape compiles, with the shapes that it refers to.
    """
    jsonschema_rs.validator_for({**RESOURCES, "$ref": f"#/resources/{name}"})


def test_parameters_are_schemas() -> None:
    """
    The parameters of each operation compile.
    """
    for operation in OPERATIONS["operations"].values():
        jsonschema_rs.validator_for(operation.get("parameters", True))


def test_data_has_no_sentences() -> None:
    """
    The data has names, types and values, and no text of Seam's documentation.
    """

    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        for one in value.values() if isinstance(value, dict) else value:
            if isinstance(one, str | dict | list):
                yield from strings(one) if not isinstance(one, str) else (one,)

    shown = [*strings(RESOURCES["resources"]), *strings(OPERATIONS["operations"])]
    assert [one for one in shown if re.search(r"[a-z] [a-z]+ [a-z]", one)] == []
