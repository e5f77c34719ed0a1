"""
Yes or no about a valid event, beside three other validators.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

import fastjsonschema
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import AwareDatetime, BaseModel

from benchmarks.material import document, valid_event, versioned
from benchmarks.measuring import Bound, Contestant, Figure, interleave, per_second
from seamproof.schemas import is_valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Check = Callable[[dict[str, Any]], object]

_OURS: Final = "is_valid"
_BOUNDS: Final[Mapping[str, Bound]] = {"jsonschema": Bound("at least", 30)}
_REMARKS: Final[Mapping[str, str]] = {
    "jsonschema": "with its stock FormatChecker",
    "fastjsonschema": "it has no draft 2020-12 and reads the document by an older one, "
    "in which the keywords used here mean the same",
    "pydantic": "a model written by hand; it also builds the UUIDs and datetimes",
}

# Releases before 2.22 know no uuid and refuse the document; this is the pattern of later ones.
_UUID: Final = r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\Z"

#: For each format of the event, a property of that format and a value that is not.
_SPOILT: Final = {
    "uuid": ("acs_system_id", "front-door"),
    "date-time": ("occurred_at", "yesterday"),
}


class AcsCredentialIssued(BaseModel):
    """
    The event as one would write it down for pydantic.
    """

    acs_credential_id: UUID
    acs_system_id: UUID
    connected_account_id: UUID | None = None
    created_at: AwareDatetime
    event_description: str | None = None
    event_id: UUID
    event_type: Literal["acs_credential.issued"]
    occurred_at: AwareDatetime
    workspace_id: UUID


def checks() -> dict[str, Check]:
    """
    Make what answers for each validator: it returns False or raises ValueError to refuse.
    """
    schema = document()
    return {
        _OURS: is_valid,
        "jsonschema": Draft202012Validator(schema, format_checker=FormatChecker()).is_valid,
        "fastjsonschema": fastjsonschema.compile(schema, formats={"uuid": _UUID}),
        "pydantic": AcsCredentialIssued.model_validate,
    }


def refuses(check: Check, event: dict[str, Any]) -> bool:
    """
    Say whether a validator refuses an event, in whichever way it does.
    """
    try:
        return check(event) is False
    except ValueError:
        return True


def run() -> Iterator[Figure]:
    """
    Measure the validators on one valid event.
    """
    event, answers = valid_event(), checks()
    wrong = [name for name, check in answers.items() if refuses(check, event)]
    if wrong:
        message = f"the event is valid, but refused by {', '.join(wrong)}"
        raise RuntimeError(message)
    contestants = [Contestant(name, partial(check, event)) for name, check in answers.items()]
    taken = interleave(contestants, rounds=41, seconds=0.01)
    for peer, check in answers.items():
        if peer != _OURS:
            yield Figure(
                name=_OURS,
                values=per_second(taken[_OURS]),
                unit="events/s",
                peer=versioned(peer),
                peer_values=per_second(taken[peer]),
                bound=_BOUNDS.get(peer),
                remark="; ".join([_REMARKS[peer], *_lenience(check, event)]),
            )


def _lenience(check: Check, event: dict[str, Any]) -> Iterator[str]:
    for name, (member, value) in _SPOILT.items():
        if not refuses(check, {**event, member: value}):
            yield f"does not check {name}"
