"""
Compares test fixtures with a consumer contract: what a handler uses, and they lack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof import json_pointer
from seamproof.json_pointer import ANY, paths_of, to_pointer
from seamproof.schemas import Violation
from seamproof.schemas.payload_validation import claimed_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.dependencies.uses import Dependencies, TypeUse

#: The rule of a property that a fixture lacks.
RULE: Final = "used"


def missing_uses(payload: object, consumer: Dependencies) -> tuple[Violation, ...]:
    """
    List the properties that a handler uses and a fixture lacks.

    Of what is inside of a property that is missing, that property alone.
    """
    claimed = claimed_type(payload)
    of_type = next((one for one in consumer.types if one.event_type == claimed), None)
    if of_type is None or not isinstance(payload, dict):
        return ()
    return tuple(_missing(payload, of_type))


def _missing(payload: dict[str, object], of_type: TypeUse) -> Iterator[Violation]:
    reported: set[str] = set()
    for use in of_type.used:
        *outer, name = json_pointer.parse(use.pointer)
        if name == ANY:
            continue
        for path in paths_of(payload, outer):
            holder = json_pointer.get(payload, path)
            where = to_pointer((*path, name))
            if not isinstance(holder, dict) or name in holder or where in reported:
                continue
            reported.add(where)
            place = f", {use.place}" if use.place else ""
            message = f"is missing, and the handler uses it ({use.use}{place})"
            yield Violation(where, RULE, "present", "absent", message)
