"""
Literals formed like event types that Seam never sends, or has deprecated.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seamproof.events import resource_of
from seamproof.lint.detectors.detected import Detected
from seamproof.lint.source.expressions import plain
from seamproof.lint.source.names import may_name_type, names_event_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seamproof.lint.contract import EventTypes
    from seamproof.lint.detectors.detected import Inspected
    from seamproof.lint.files.evidence import Evidence
    from seamproof.lint.source.type_literals import TypeLiteral

#: Last parts of paths into a device or an access code, which no event is called after.
_OF_A_PATH: Final = frozenset(
    (
        *(
            "id",
            "name",
            "code",
            "status",
            "state",
            "type",
            "properties",
            "level",
            "model",
            "location",
        ),
        *("battery", "errors", "warnings", "nickname", "title", "label", "online", "value", "key"),
    )
)
#: What follows the dot in types of many programs.
_ANYBODYS: Final = frozenset(
    (
        *("activated", "added", "changed", "connected", "created", "deactivated", "deleted"),
        *("disconnected", "issued", "locked", "removed", "revoked", "unlocked", "access_denied"),
    )
)
#: Calls that register a handler for a type.
_REGISTERS: Final = (
    *("on", "once", "onevent", "handle", "handler", "handles", "register", "when", "listen"),
    *("addlistener", "addeventlistener", "subscribe", "addhandler", "registerhandler", "hook"),
)
_OF_EVENTS: Final = ("event", "eventhandler", "eventtype", "webhook", "webhookhandler")
#: What many programs have events of.
_THINGS: Final = frozenset(("device", "lock", "camera", "phone", "space", "thermostat"))
#: A list of more than this share of all types is a copy of the contract, of whatever version.
_WHOLE: Final = 0.33
#: The most types of a list by which a handler decides.
_MANY: Final = 20


@dataclass(frozen=True, slots=True)
class _Groups:
    """
    The types of Seam's by the group in which they are used, and all literals by group.
    """

    documented: Mapping[tuple[object, ...], frozenset[str]]
    members: Mapping[tuple[object, ...], frozenset[str]]


def _groups(literals: Iterable[TypeLiteral], types: EventTypes) -> _Groups:
    members: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
    for one in literals:
        members[one.use.group].add(one.text)
    frozen = {group: frozenset(texts) for group, texts in members.items()}
    return _Groups({group: texts & types.all for group, texts in frozen.items()}, frozen)


def wrong_types(
    literals: tuple[TypeLiteral, ...],
    types: EventTypes,
    evidence: Evidence,
    made: frozenset[str],
) -> Iterator[TypeLiteral]:
    """
    Find the literals that are meant as event types, and that are none or deprecated.

    Args:
        literals: Of a source.
        types: The contract.
        evidence: Whether its file shows Seam.
        made: The types that the project makes events of by itself.
    """
    if not evidence.shows_seam:
        return
    groups = _groups(literals, types)
    for one in literals:
        documented = groups.documented[one.use.group]
        if len(documented) > _WHOLE * len(types.all) or one.use.kind == "value":
            continue
        if types.is_deprecated(one.text):
            if one.use.kind == "compared" or _is_handled(one, documented):
                yield one
        elif one.text in types.all or one.text in made:
            continue
        elif _is_meant(one, groups, types, evidence):
            yield one


def _is_handled(one: TypeLiteral, documented: frozenset[str]) -> bool:
    """
    Whether a literal is in a list or table by which a handler decides, not in one of a contract.
    """
    is_about = names_event_type(one.use.subject) or len(documented) > 1
    is_list = one.use.kind in ("listed", "mapped", "argument")
    return is_list and is_about and "Literal" not in one.use.subject and len(documented) <= _MANY


def _is_meant(one: TypeLiteral, groups: _Groups, types: EventTypes, evidence: Evidence) -> bool:
    """
    Whether a literal is meant as an event type of Seam's, by its use and by those beside it.
    """
    documented = groups.documented[one.use.group]
    is_own = evidence.own or _are_of_seam_alone(documented)
    if one.use.kind == "compared":
        if types.is_of_seam(one.text):
            is_alone = evidence.is_svix_alone
            return _is_compared(one, documented, types, is_own=is_own, is_svix_alone=is_alone)
        return names_event_type(one.use.subject) and bool(documented) and types.is_near(one.text)
    if not types.is_of_seam(one.text) or one.text.rpartition(".")[2] in _OF_A_PATH:
        return False
    is_registered = one.use.kind == "argument" and _registers(one.use.subject[-1])
    if is_registered and not documented:
        return evidence.strong and types.is_near(one.text)
    others = groups.members[one.use.group] - types.all
    is_single = bool(documented) and len(others) == 1 and types.is_near(one.text)
    are_most = len(documented) > 1 and 2 * len(documented) >= len(others)
    # An event of an access code, registered beside one of Seam's, is no other program's.
    is_certain = is_registered and evidence.strong and resource_of(one.text) not in _THINGS
    is_call = one.use.kind == "argument" and not is_registered
    is_meant = is_certain or names_event_type(one.use.subject)
    return not is_call and (is_meant or (is_own and (are_most or is_single)))


def _registers(name: str) -> bool:
    """
    Whether a call or decorator registers a handler, by its name: `on`, `OnEvent`, `SeamEvent`.
    """
    return plain(name) in _REGISTERS or plain(name).endswith(_OF_EVENTS)


def _is_compared(
    one: TypeLiteral,
    documented: frozenset[str],
    types: EventTypes,
    *,
    is_own: bool,
    is_svix_alone: bool,
) -> bool:
    """
    Whether what is compared with a literal is the type of an event.
    """
    is_near = bool(documented) or types.is_near(one.text)
    if names_event_type(one.use.subject) or _are_of_seam_alone(documented):
        return is_near or not is_svix_alone
    return is_near and is_own and may_name_type(one.use.subject)


def _are_of_seam_alone(documented: Iterable[str]) -> bool:
    """
    Whether some types are such as no other program has: not `device.created`.
    """
    return any(one.partition(".")[2] not in _ANYBODYS for one in documented)


def find(inspected: Inspected) -> Iterator[Detected]:
    """
    Find the literals that are meant as event types, and that are none or deprecated.
    """
    types = inspected.types
    # A test may well name a type that does not exist, in what it sends or registers.
    kept = [
        one for one in inspected.literals if one.use.kind == "compared" or not inspected.is_test
    ]
    for one in wrong_types(tuple(kept), types, inspected.evidence, inspected.made):
        at = inspected.source.tokens[one.index].at
        if types.is_deprecated(one.text):
            what = f"{one.text} is deprecated"
            yield Detected("deprecated-event-type", at, what)
            continue
        near = types.nearest(one.text)
        fix = f"did you mean {' or '.join(near)}?" if near else ""
        yield Detected("unknown-event-type", at, f"Seam sends no event of type {one.text!r}", fix)
