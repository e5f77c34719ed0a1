"""
Keywords of JSON Schema that have more than one form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seamproof.json_types import Json, JsonMapping

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def stated_types(schema: JsonMapping) -> list[str]:
    """
    Return the types that a schema states; none if it has no `type`.
    """
    stated = schema.get("type", [])
    return [stated] if isinstance(stated, str) else list(stated)


def listed_values(schema: JsonMapping) -> list[Json] | None:
    """
    Return the values that `const` or `enum` allow; None if a schema has neither.
    """
    return [schema["const"]] if "const" in schema else schema.get("enum")
