"""
Event types in another format, such as `lock_unlocked`, that an event is compared with.

The evidence has to be good: many programs have names of this form for something of their own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seamproof.lint.detectors.detected import Detected
from seamproof.lint.source.expressions import plain
from seamproof.lint.source.names import names_event_type
from seamproof.lint.source.reader import texts_of
from seamproof.lint.source.received import received_variables
from seamproof.lint.source.type_literals import type_literals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.lint.contract import EventTypes
    from seamproof.lint.detectors.detected import Inspected
    from seamproof.lint.source.tokens import SourceCode
    from seamproof.lint.source.uses import Use

#: Stands for all types where a project writes the type of an event in another way by itself.
ANY: Final = "*"
_IN_FILE: Final = re.compile(rb"[\"'`]([A-Za-z][\w.:/-]{6,60})[\"'`]")
#: What an event, or its parsed body, is called.
_OF_EVENTS: Final = ("event", "evt", "ev", "e", "payload", "body", "webhook", "message", "msg")
#: Calls that write a text in another way.
_CONVERTS: Final = frozenset(
    (
        *("replace", "replaceall", "gsub", "sub", "tr", "split", "join", "upper", "lower"),
        *("toupper", "tolower", "touppercase", "tolowercase", "uppercase", "lowercase", "upcase"),
        *("strreplace", "strtr", "strtoupper", "strtolower", "camelize", "camelcase", "snakecase"),
        *("underscore", "normalize", "normalise", "parameterize", "translate", "explode"),
    )
)
#: What may stand behind a type that is read: a default, or that it is a text.
_BEHIND: Final = frozenset(
    ("", "none", "null", "nil", "astext", "asstring", "getstring", "tostring", "tos", "string")
)


def may_be_wrong(raw: bytes, types: EventTypes) -> bool:
    """
    Whether a file has an event type in another format.
    """
    return any(
        types.in_other_format(one[1].decode(errors="replace")) for one in _IN_FILE.finditer(raw)
    )


def other_uses(source: SourceCode, types: EventTypes) -> frozenset[str]:
    """
    List what is formatted like that and used as something else: a name of the project.
    """
    if _converts(source):
        return frozenset({ANY})
    compared = {
        one.index
        for one in type_literals(source, is_form=types.in_other_format)
        if one.use.kind in ("compared", "listed", "mapped")
    }
    return frozenset(
        text
        for index, text in texts_of(source)
        if index not in compared and types.in_other_format(text)
    )


def _converts(source: SourceCode) -> bool:
    lines = {
        source.line_of(at)
        for at, token in enumerate(source.tokens)
        if token.kind != "operator" and names_event_type((token.text,))
    }
    return any(
        plain(token.text) in _CONVERTS and source.line_of(at) in lines
        for at, token in enumerate(source.tokens)
        if token.kind == "word"
    )


def find(inspected: Inspected) -> Iterator[Detected]:
    """
    Find the literals with which the type of an event is compared in vain.
    """
    evidence, types, source = inspected.evidence, inspected.types, inspected.source
    if not evidence.own or evidence.is_svix_alone or inspected.is_test or ANY in inspected.made:
        return
    received = {
        one.name for many in received_variables(source, inspected.assignments) for one in many
    }
    beside = {one.use.group for one in inspected.literals if one.text in types.all}
    for one in type_literals(source, inspected.assignments, is_form=types.in_other_format):
        meant = types.in_other_format(one.text)
        is_used = _is_compared(one.use, received) or (
            one.use.kind in ("listed", "mapped") and one.use.group in beside
        )
        if is_used and one.text not in inspected.made:
            what = f"Seam sends no event of type {one.text!r}"
            at = source.tokens[one.index].at
            yield Detected("unknown-event-type", at, what, f"did you mean {meant}?")


def _is_compared(use: Use, received: set[str]) -> bool:
    """
    Whether a literal is compared with the type of an event itself, not of a row or a log.
    """
    subject = [plain(one) for one in use.subject]
    while subject and subject[-1] in _BEHIND:
        subject.pop()
    if (
        use.kind not in ("compared", "listed")
        or not subject
        or not names_event_type((subject[-1],))
    ):
        return False
    first = subject[0]
    is_event = first.endswith(_OF_EVENTS) or use.subject[0] in received
    return is_event or names_event_type((first,))
