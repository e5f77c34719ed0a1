"""
Checks that a document is a JSON Schema, and resolves its references.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, TypeAlias

from seamproof import json_pointer
from seamproof.errors import UsageError
from seamproof.schemas.validation.contract import excerpt
from seamproof.schemas.validation.keywords import DIALECT
from seamproof.strategies.json_schema.scalars import schema_error

#: An object or a boolean.
Schema: TypeAlias = Any


def check(document: object, where: str = "#") -> None:
    """
    Check that a document is a JSON Schema, draft 2020-12.

    Raises:
        UsageError: It is not; has the place and the reason.
    """
    from jsonschema import Draft202012Validator, SchemaError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about patterns, which are checked separately
            Draft202012Validator.check_schema(document)  # type: ignore[arg-type] # any value
    except SchemaError as problem:
        at = where + json_pointer.to_pointer(problem.absolute_path)
        what = f"this is not a JSON Schema: {problem.message}"
        raise UsageError(what, where=at, found=excerpt(problem.instance)) from problem
    dialect = document.get("$schema", DIALECT) if isinstance(document, Mapping) else DIALECT
    if dialect.rstrip("#") != DIALECT:
        what = "the schema is of another draft"
        raise UsageError(what, where=f"{where}/$schema", expected=DIALECT, found=dialect)


def target(root: object, reference: str) -> Schema:
    """
    Return the target of a reference.

    Raises:
        UsageError: The reference leaves the document or has no target.
    """
    if not reference.startswith("#") or reference[1:2] not in ("", "/"):
        what = "a reference leaves the document"
        raise schema_error(what, "", expected="#/$defs/…", found=reference)
    try:
        return json_pointer.get(root, json_pointer.parse(reference[1:]))
    except LookupError:
        what = "a reference has no target"
        raise schema_error(what, "", found=reference) from None


def resolved(root: object, schema: Schema) -> Schema:
    """
    Follow the references of a schema until it is not a reference.

    Raises:
        UsageError: A reference has no target or leads back to itself.
    """
    seen: set[str] = set()
    while isinstance(schema, Mapping) and "$ref" in schema:
        if schema["$ref"] in seen:
            what = "a reference leads back to itself"
            raise schema_error(what, "", found=schema["$ref"])
        seen.add(schema["$ref"])
        schema = target(root, schema["$ref"])
    return schema
