"""
Why a handler fails: what distinguishes two exceptions of one class at one place.

A validation library names each property that it rejects; the message of another exception may name
one. Where neither does, a failure is known by what distinguishes its event from a plain one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.generation.encoding import event_in
from seamproof.checks.model.causes import answer_text
from seamproof.checks.model.masking import masked, names_in
from seamproof.checks.probe.run_state import Vocabulary
from seamproof.schemas.validation.keywords import listed_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import Json, JsonMapping

#: An error of a validation in a JSON body, as Pydantic and FastAPI write it.
_TYPE_FIRST: Final = re.compile(r'"type":\s*"([\w.]+)",\s*"loc":\s*\[([^\]]*)\]')
_LOCATION_FIRST: Final = re.compile(r'"loc":\s*\[([^\]]*)\],[^{}]*?"type":\s*"([\w.]+)"')
#: More errors than this at once do not each show a bug: a union lists those of all its members.
_MAX_REASONS: Final = 25
#: A message that names more properties than this is about the whole event.
_MAX_NAMED: Final = 2


class RejectionReason(NamedTuple):
    """
    Why a request was not accepted.

    Attributes:
        text: Without figures, ids and times.
        is_specific: Whether it names the property itself, whichever event provoked it.
        names: The properties that it names.
    """

    text: str
    is_specific: bool
    names: tuple[str, ...] = ()

    def with_description(self, description: str) -> str:
        """
        Add what distinguishes the event from a plain one, where the reason names no property.
        """
        return self.text if self.is_specific else ", ".join(filter(None, (self.text, description)))


def reasons_of(
    probe: Probe, request: Request, received: Received, properties: Iterable[str] = ()
) -> tuple[RejectionReason, ...]:
    """
    Find why a request was not accepted.

    Args:
        probe: Of the run.
        request: What was sent.
        received: The answer.
        properties: In which the event differs from an accepted one: errors about others come from
            elsewhere in it.

    Returns:
        At least one reason; its text is empty where only a status is known.
    """
    names, words = vocabulary_of(probe, request.event_type)
    event = event_in(request.body)
    details = received.escaped.details if received.escaped else tuple(_details_in(received.body))
    known = names or frozenset(event)
    details = tuple(_without_unknown(one, event, known) for one in details)
    if details:
        found = dict.fromkeys(_from_property(masked(one, event, words), known) for one in details)
        listed = [
            RejectionReason(one, is_specific=True, names=_leading(one, known)) for one in found
        ]
        concerned = [one for one in listed if {*one.names} & {*properties}]
        return tuple((concerned or listed)[:_MAX_REASONS])
    if received.escaped is None:
        return (RejectionReason("", is_specific=False),)
    text = _without_unknown(masked(received.escaped.message, event, words), event, known)
    named = tuple(names_in(text, known))
    return (RejectionReason(text, is_specific=0 < len(named) <= _MAX_NAMED, names=named),)


def signature_of(received: Received, reasons: Iterable[RejectionReason]) -> str:
    """
    Describe an answer with its reasons: equal descriptions have one cause.
    """
    return "; ".join([answer_text(received), *(one.text for one in reasons if one.text)])


def vocabulary_of(probe: Probe, event_type: str | None) -> Vocabulary:
    """
    Look up the properties and the enums of an event type; those of an unknown type are empty.
    """
    known = probe.state.vocabularies
    if event_type is None or event_type not in probe.events.catalogue:
        return Vocabulary()
    if event_type not in known:
        names, words = set[str](), set[str]()
        for one in _schemas(probe.events.catalogue[event_type].document):
            names.update(one.get("properties", ()))
            words.update(value for value in listed_values(one) or () if isinstance(value, str))
        known[event_type] = Vocabulary(frozenset(names), frozenset(names | words - {event_type}))
    return known[event_type]


def _schemas(document: Json) -> Iterator[JsonMapping]:
    if isinstance(document, dict):
        yield document
        for member in document.values():
            yield from _schemas(member)
    elif isinstance(document, list):
        for member in document:
            yield from _schemas(member)


def _details_in(body: bytes) -> Iterator[str]:
    """
    Read the errors of a validation from a body, which may be cut off.
    """
    text = body.decode(errors="replace")
    found = [(where, kind) for kind, where in _TYPE_FIRST.findall(text)]
    for where, kind in found or _LOCATION_FIRST.findall(text):
        parts = (one.strip(' "') for one in where.split(","))
        yield f"{'.'.join(parts)}: {kind}"


def _without_unknown(text: str, event: JsonMapping, known: frozenset[str]) -> str:
    """
    Mask the names of properties that the contract does not have.
    """
    for name in event:
        if name and name not in known:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "‹unknown›", text)
    return f"‹unknown›{text}" if "" in event and text.startswith(":") else text


def _from_property(detail: str, names: frozenset[str]) -> str:
    """
    Cut off what stands before the first property: the model, the member of a union, `body`.
    """
    where, colon, rest = detail.partition(":")
    parts = where.split(".")
    at = next((at for at, one in enumerate(parts) if one in names), 0)
    return ".".join(parts[at:]) + colon + rest


def _leading(detail: str, names: frozenset[str]) -> tuple[str, ...]:
    first = re.split(r"[.:]", detail, maxsplit=1)[0]
    return (first,) if first in names else tuple(names_in(detail, names))
