"""
Refusals of the control API: what an error of the service is answered with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.errors import (
    Conflict,
    NotFound,
    RemoteTarget,
    SeamproofError,
    SecretInvalid,
    TooLarge,
    UnknownEventType,
    UnknownProperty,
    UsageError,
)
from seamproof.mock_server.api.control_schemas import BODIES
from seamproof.mock_server.api.errors import TYPES, Refusal, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The status and the `type` of each class of error. Input that is wrong, whether or not its
#: schema can say so, is 400; what cannot be done only as things stand is a conflict.
_STATUS: Final[Mapping[type[SeamproofError], tuple[int, str]]] = {
    NotFound: (404, "not_found"),
    UnknownEventType: (404, "unknown_event_type"),
    RemoteTarget: (403, "remote_target"),
    TooLarge: (413, TYPES[413]),
    Conflict: (409, TYPES[409]),
    UsageError: (400, TYPES[400]),
    UnknownProperty: (400, TYPES[400]),
    SecretInvalid: (400, TYPES[400]),
    SeamproofError: (409, TYPES[409]),
}

#: The fields that requests have, and what the service calls some of them.
_FIELDS: Final = frozenset(name for body in BODIES.values() for name in body["properties"])
_OTHERWISE: Final = {"seconds": "advance"}

#: The field that an error belongs to which names none, by path.
_USUAL: Final = {"/mock/events": "overrides", "/mock/endpoints": "url", "/mock/clock": "advance"}


def refused(problem: SeamproofError, path: str) -> Refusal:
    """
    Turn an error of the service into a refusal, with the field that it is about.

    Args:
        problem: The error.
        path: Of the request.
    """
    status, kind = next(_STATUS[one] for one in type(problem).__mro__ if one in _STATUS)
    expected = f"expected {problem.expected}" if problem.expected else ""
    told = "; ".join(part for part in (problem.what, expected, problem.cure) if part)
    if kind != TYPES[400]:
        return Refusal(status, told, kind=kind)
    field = _field(problem.where, path)
    return invalid({field: [told]}) if field else invalid({}, whole=[told])


def _field(where: str, path: str) -> str:
    if not where:
        return _USUAL.get(path, "")
    name = where.partition(".")[0]
    name = _OTHERWISE.get(name, name)
    return name if name in _FIELDS else ""
