"""
Validation of payloads against the schema of their event type.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.errors import SeamproofError
from seamproof.schemas.catalogue import Catalogue, catalog, envelope
from seamproof.schemas.validation.contract import Violation, excerpt

if TYPE_CHECKING:
    from seamproof.schemas.validation.contract import Contract

Unknown: TypeAlias = Literal["refuse", "allow"]

#: What strict validation says of an absent property that an event need not have.
STRICT_MISSING: Final = "is missing; --strict asks for every documented property"


class PayloadInvalid(SeamproofError, ValueError):
    """
    A payload violates the schema of its event type.

    Args:
        violations: Each violation, in the order of the JSON Pointers.
        event_type: The event type that the payload was validated as, if known.
    """

    exit_status = 1

    def __init__(self, violations: tuple[Violation, ...], event_type: str | None = None) -> None:
        kind = event_type or "the event"
        lines = [f"  {one.path or '(payload)'} {one.message}" for one in violations]
        count = f"{len(violations)} violation{'s' if len(violations) > 1 else ''}"
        super().__init__("\n".join([f"{kind} breaks the contract in {count}:", *lines]))
        self.violations = violations
        self.event_type = event_type


def is_valid(
    payload: object,
    *,
    event_type: str | None = None,
    strict: bool = False,
    unknown: Unknown = "refuse",
    catalogue: Catalogue | None = None,
) -> bool:
    """
    Return whether a payload is valid. This is faster than `violations`.

    Args:
        payload: The parsed JSON.
        event_type: The required event type; by default the payload's own.
        strict: Also reject properties that the schema does not have, and require
            all documented properties.
        unknown: Whether to refuse an event type that the catalogue does not have,
            or to allow it if its envelope is valid.
        catalogue: The schemas; by default the built-in ones.

    Raises:
        UnknownEventType: The catalogue does not have the argument `event_type`.
    """
    known = catalog() if catalogue is None else catalogue
    contract = _find_contract(payload, event_type, known, strict=strict, unknown=unknown)
    return contract is not None and contract.is_valid(payload)


def violations(
    payload: object,
    *,
    event_type: str | None = None,
    strict: bool = False,
    unknown: Unknown = "refuse",
    catalogue: Catalogue | None = None,
) -> tuple[Violation, ...]:
    """
    Return the violations of a payload; none if it is valid.

    Args:
        payload: The parsed JSON.
        event_type: The required event type; by default the payload's own.
        strict: Also reject properties that the schema does not have, and require
            all documented properties.
        unknown: Whether to refuse an event type that the catalogue does not have,
            or to allow it if its envelope is valid.
        catalogue: The schemas; by default the built-in ones.

    Raises:
        UnknownEventType: The catalogue does not have the argument `event_type`.
    """
    known = catalog() if catalogue is None else catalogue
    contract = _find_contract(payload, event_type, known, strict=strict, unknown=unknown)
    if contract is None:
        return (_type_violation(payload, known),)
    found = contract.violations(payload)
    if not strict:
        return found
    required = _find_contract(payload, event_type, known, strict=False, unknown=unknown)
    return tuple(_strict_violation(one, required) for one in found)


def validate(
    payload: object,
    *,
    event_type: str | None = None,
    strict: bool = False,
    unknown: Unknown = "refuse",
    catalogue: Catalogue | None = None,
) -> None:
    """
    Raise an error if a payload is not valid.

    Args:
        payload: The parsed JSON.
        event_type: The required event type; by default the payload's own.
        strict: Also reject properties that the schema does not have, and require
            all documented properties.
        unknown: Whether to refuse an event type that the catalogue does not have,
            or to allow it if its envelope is valid.
        catalogue: The schemas; by default the built-in ones.

    Raises:
        PayloadInvalid: The payload is not valid; see its `violations`.
        UnknownEventType: The catalogue does not have the argument `event_type`.
    """
    found = violations(
        payload, event_type=event_type, strict=strict, unknown=unknown, catalogue=catalogue
    )
    if found:
        raise PayloadInvalid(found, event_type or claimed_type(payload))


def claimed_type(payload: object) -> str | None:
    """
    Return the `event_type` of a payload, if it is a string.
    """
    claimed = payload.get("event_type") if isinstance(payload, dict) else None
    return claimed if isinstance(claimed, str) else None


def _find_contract(
    payload: object, event_type: str | None, known: Catalogue, *, strict: bool, unknown: Unknown
) -> Contract | None:
    """
    Find the contract to validate a payload against; None if the payload's own type has none.
    """
    if event_type is None:
        event_type = claimed_type(payload)
        if event_type is None:
            return None
        if event_type not in known:
            return envelope() if unknown == "allow" else None
    schema = known[event_type]
    return schema.strict_contract if strict else schema.contract


def _strict_violation(violation: Violation, contract: Contract | None) -> Violation:
    """
    Say of an absent property whether every event has it, or only strict validation requires it.
    """
    required = contract.document.get("required", ()) if contract else ()
    name = violation.path.removeprefix("/")
    if violation.rule != "required" or "/" in name or name in required:
        return violation
    return replace(violation, message=STRICT_MISSING)


def _type_violation(payload: object, known: Catalogue) -> Violation:
    """
    Explain why the own type of a payload has no contract.
    """
    if not isinstance(payload, dict):
        text = f"must be an object, found {excerpt(payload)}"
        return Violation("", "type", "object", payload, text)
    if "event_type" not in payload:
        text = "is missing, so the event has no type"
        return Violation("/event_type", "required", "present", "absent", text)
    found = payload["event_type"]
    if not isinstance(found, str):
        text = f"must be a string, found {excerpt(found)}"
        return Violation("/event_type", "type", "string", found, text)
    nearest = known.nearest(found)
    hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
    text = f"is not an event type of the contract, found {excerpt(found)}{hint}"
    return Violation("/event_type", "event_type", list(nearest), found, text)
