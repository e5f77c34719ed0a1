"""
Schemas within a document: whether they are any, and where references lead.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from seamproof import json_pointer
from seamproof.errors import UsageError
from seamproof.schemas.validation.contract import excerpt
from seamproof.strategies.json_schema.scalars import refused

#: An object or a boolean.
Schema: TypeAlias = Any

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def check(document: object, where: str = "#") -> None:
    """
    Pass if a document is a JSON Schema, draft 2020-12.

    Raises:
        UsageError: It is not; says where and what.
    """
    from jsonschema import Draft202012Validator, SchemaError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of patterns, which are looked at apart
            Draft202012Validator.check_schema(document)  # type: ignore[arg-type] # any value
    except SchemaError as problem:
        spot = where + json_pointer.to_pointer(problem.absolute_path)
        what = f"this is no JSON Schema: {problem.message}"
        raise UsageError(what, where=spot, found=excerpt(problem.instance)) from problem
    dialect = document.get("$schema", _DIALECT) if isinstance(document, Mapping) else _DIALECT
    if dialect.rstrip("#") != _DIALECT:
        what = "the schema is of another draft"
        raise UsageError(what, where=f"{where}/$schema", expected=_DIALECT, found=dialect)


def target(root: object, reference: str) -> Schema:
    """
    Find what a reference points to.

    Raises:
        UsageError: It leads out of the document or to nothing.
    """
    if not reference.startswith("#") or reference[1:2] not in ("", "/"):
        what = "a reference leads out of the document"
        raise refused(what, "", expected="#/$defs/…", found=reference)
    try:
        return json_pointer.get(root, json_pointer.parse(reference[1:]))
    except LookupError:
        what = "a reference has no target"
        raise refused(what, "", found=reference) from None


def resolved(root: object, schema: Schema) -> Schema:
    """
    Follow the references that a schema consists of.

    Raises:
        UsageError: One leads to nothing, or they lead in a circle.
    """
    seen: set[str] = set()
    while isinstance(schema, Mapping) and "$ref" in schema:
        if schema["$ref"] in seen:
            what = "a reference leads to itself"
            raise refused(what, "", found=schema["$ref"])
        seen.add(schema["$ref"])
        schema = target(root, schema["$ref"])
    return schema
