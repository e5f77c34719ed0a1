"""
The data of the world: schemas of resources and operations, and typical values of resources.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from seamproof.json_types import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import Json, JsonMapping

_FOLDER: Final = "data"
_FAILED: Final = "action_attempt_failed"


@dataclass(frozen=True, slots=True)
class Operation:
    """
    A call of Seam's API, as Seam documents it.

    Attributes:
        path: Such as `/devices/get`.
        methods: Those of HTTP.
        parameters: The JSON Schema of its parameters.
        key: The property of the answer that has the result; empty for none.
        resource: The resource that the result is.
        paginated: Whether the answer has a page of a list.
        action_type: The type of the action attempt that it makes; empty for none.
        also: Other properties of the answer.
        at_least_one: Parameters of which one has to be given.
        batch_keys: What an answer with related records may have.
    """

    path: str
    methods: tuple[str, ...]
    parameters: JsonMapping
    key: str
    resource: str
    paginated: bool
    action_type: str
    also: JsonMapping
    at_least_one: tuple[str, ...]
    batch_keys: tuple[str, ...]


def load(name: str) -> Any:  # noqa: ANN401 - the parsed file
    """
    Read a data file.
    """
    path = files(__package__) / _FOLDER / name
    return parse_json(path.read_text(encoding="utf-8"))


@cache
def operations() -> Mapping[str, Operation]:
    """
    Read all operations of Seam's API, by their paths.
    """
    found = {}
    for path, row in load("operations.json")["operations"].items():
        response = row["response"]
        found[path] = Operation(
            path=path,
            methods=tuple(row["methods"]),
            parameters=row["parameters"],
            key=response["key"] or "",
            resource=response["resource"] or "",
            paginated=response["paginated"],
            action_type=response["action_type"] or "",
            also=response.get("also", {}),
            at_least_one=tuple(row.get("at_least_one", ())),
            batch_keys=tuple(response.get("batch_keys", ())),
        )
    return MappingProxyType(found)


@cache
def resources() -> Mapping[str, JsonMapping]:
    """
    Read the schemas of the resources, by their names.
    """
    return MappingProxyType(load("resources.json")["resources"])


@cache
def templates() -> Mapping[str, JsonMapping]:
    """
    Read the typical values of resources, by kind or by `kind/category`.
    """
    return MappingProxyType(load("templates.json"))


@cache
def properties_of(resource: str) -> Mapping[str, Json]:
    """
    List the schemas of a resource's properties.
    """
    schema = resources().get(resource, {})
    found = {**schema.get("properties", {})}
    for variant in schema.get("oneOf", ()):
        found |= {name: {} for name in variant["properties"] if name not in found}
    return MappingProxyType(found)


@cache
def failure_type(action: str) -> str:
    """
    Find the `type` that the error of a failed action attempt can have, for any cause.

    Args:
        action: The type of the action, such as `ENCODE_CREDENTIAL`.
    """
    for branch in resources()["action_attempt"]["oneOf"]:
        values = {name: one.get("const") for name, one in branch["properties"].items()}
        if (values["action_type"], values["status"]) == (action, "error"):
            error = branch["properties"]["error"]
            first = error.get("oneOf", [error])[0].get("properties", {}).get("type", {})
            return str(first.get("const", _FAILED))
    return _FAILED
