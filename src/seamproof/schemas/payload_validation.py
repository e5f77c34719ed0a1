"""
Payloads against the catalogue: what a user calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from seamproof.errors import SeamproofError
from seamproof.schemas.catalogue import Catalogue, catalog, envelope
from seamproof.schemas.validation.contract import Violation, shown

if TYPE_CHECKING:
    from seamproof.schemas.validation.contract import Contract

Unknown: TypeAlias = Literal["refuse", "allow"]


class PayloadInvalid(SeamproofError, ValueError):
    """
    A payload that breaks the contract.

    Args:
        violations: Each way in which it does, in the order of their pointers.
        event_type: The event type whose contract was asked for, where one is known.
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
    Say whether a payload keeps the contract. This is the fast path.

    Args:
        payload: What was parsed from JSON.
        event_type: The type that it must be of; by default the one that it claims.
        strict: Also refuse what the contract does not know, and ask for all
            that is documented.
        unknown: What to do about an event type that the contract does not have:
            refuse it, or allow it when its envelope is right.
        catalogue: The contract; by default the one that comes with seamproof.

    Raises:
        UnknownEventType: The argument `event_type` names none.
    """
    known = catalog() if catalogue is None else catalogue
    if event_type is None:
        claimed = payload.get("event_type") if isinstance(payload, dict) else None
        if not isinstance(claimed, str):
            return False
        if claimed not in known:
            return unknown == "allow" and envelope().is_valid(payload)
        event_type = claimed
    schema = known[event_type]
    return (schema.strict_contract if strict else schema.contract).is_valid(payload)


def violations(
    payload: object,
    *,
    event_type: str | None = None,
    strict: bool = False,
    unknown: Unknown = "refuse",
    catalogue: Catalogue | None = None,
) -> tuple[Violation, ...]:
    """
    Say in which ways a payload breaks the contract; in none, if it is valid.

    Args:
        payload: What was parsed from JSON.
        event_type: The type that it must be of; by default the one that it claims.
        strict: Also refuse what the contract does not know, and ask for all
            that is documented.
        unknown: What to do about an event type that the contract does not have:
            refuse it, or allow it when its envelope is right.
        catalogue: The contract; by default the one that comes with seamproof.

    Raises:
        UnknownEventType: The argument `event_type` names none.
    """
    known = catalog() if catalogue is None else catalogue
    contract = _contract(payload, event_type, known, strict=strict, unknown=unknown)
    return (contract,) if isinstance(contract, Violation) else contract.violations(payload)


def validate(
    payload: object,
    *,
    event_type: str | None = None,
    strict: bool = False,
    unknown: Unknown = "refuse",
    catalogue: Catalogue | None = None,
) -> None:
    """
    Pass if a payload keeps the contract.

    Args:
        payload: What was parsed from JSON.
        event_type: The type that it must be of; by default the one that it claims.
        strict: Also refuse what the contract does not know, and ask for all
            that is documented.
        unknown: What to do about an event type that the contract does not have:
            refuse it, or allow it when its envelope is right.
        catalogue: The contract; by default the one that comes with seamproof.

    Raises:
        PayloadInvalid: It does not; `.violations` says in which ways.
        UnknownEventType: The argument `event_type` names none.
    """
    found = violations(
        payload, event_type=event_type, strict=strict, unknown=unknown, catalogue=catalogue
    )
    if found:
        raise PayloadInvalid(found, event_type or claimed_type(payload))


def claimed_type(payload: object) -> str | None:
    """
    The event type that a payload claims to be of, if it is a string.
    """
    claimed = payload.get("event_type") if isinstance(payload, dict) else None
    return claimed if isinstance(claimed, str) else None


def _contract(
    payload: object, event_type: str | None, known: Catalogue, *, strict: bool, unknown: Unknown
) -> Contract | Violation:
    """
    Find the contract that a payload falls under, or say why it falls under none.
    """
    if event_type is None:
        if not isinstance(payload, dict):
            text = f"must be an object, found {shown(payload)}"
            return Violation("", "type", "object", payload, text)
        if "event_type" not in payload:
            text = "is missing, without it the event is of no type"
            return Violation("/event_type", "required", "present", "absent", text)
        event_type = claimed_type(payload)
        if event_type is None:
            found = payload["event_type"]
            text = f"must be a string, found {shown(found)}"
            return Violation("/event_type", "type", "string", found, text)
        if event_type not in known:
            return envelope() if unknown == "allow" else _unknown(event_type, known)
    schema = known[event_type]
    return schema.strict_contract if strict else schema.contract


def _unknown(event_type: str, known: Catalogue) -> Violation:
    nearest = known.nearest(event_type)
    hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
    text = f"names no event type of the contract, found {shown(event_type)}{hint}"
    return Violation("/event_type", "event_type", list(nearest), event_type, text)
