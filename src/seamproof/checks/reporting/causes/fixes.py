"""
How to fix the cause of a failure, and why it matters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.masking import without_values
from seamproof.checks.reporting.causes.answers import exception_name, source_line
from seamproof.checks.reporting.requests.sequence import event_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.model.exchange import Escaped
    from seamproof.checks.model.results import Failure
    from seamproof.json_types import JsonMapping

#: How to fix a crash on what the handler did not expect in an event it has to accept.
_FIXES: Final[Mapping[str, str]] = {
    r"without (\w+)": 'Read optional properties with a default: event.get("{0}").',
    r"without ([\w, ]+)": "Read optional properties with a default: {0}.",
    r"(\w+) is null": (
        'Accept null in {0}: the contract allows it. Write event.get("{0}") or a default: the '
        "second argument of get() is for what is missing only."
    ),
    r"([\w.]+) is null": "Accept null in {0}: the contract allows it.",
    r"([\w.]+) (?:is|=) \"[^\"]*\"": (
        "Accept every value of {0} that Seam documents, and others later: keep it as text, or "
        "give the lookup a default."
    ),
}
#: How to fix a refusal of such an event: its answer comes from a model or a validation.
_ALLOWANCES: Final[Mapping[str, str]] = {
    r"without ([\w, ]+)": (
        "Make {0} optional where the handler validates the event, as in {0}: str | None = None."
    ),
    r"([\w.]+) is null": "Allow null in {0} where the handler validates the event.",
    r"([\w.]+) (?:is|=) \"[^\"]*\"": (
        "Accept every value of {0} that Seam documents, and others later: declare it as text "
        "where the handler validates the event."
    ),
}
#: How to fix what an exception says of itself: `Class: message`, whatever the event was like.
_FIXES_OF_EXCEPTIONS: Final[Mapping[str, str]] = {
    r"ValueError: (?:time data|Invalid isoformat string|unconverted data remains).*": (
        "Read times with datetime.fromisoformat() at {place}: it takes them with and without a "
        "fraction of a second, and with Z or an offset. A fixed format does not."
    ),
    r"TypeError: can't (?:compare|subtract) offset-naive and offset-aware datetimes": (
        "Give both times at {place} a time zone: datetime.now(UTC), and fromisoformat() of a time "
        "with Z or an offset."
    ),
    r"UnboundLocalError: .*variable '(\w+)'.*": (
        "Give {0} a value in every case at {place}: no branch before it handles this event."
    ),
    r"UnicodeEncodeError: '([\w-]+)' codec .*": (
        "Write text as UTF-8 at {place}: the codec {0} does not have every letter."
    ),
}
#: Why a crash matters, whatever the check.
_CRASH: Final = (
    "A crash is answered 5xx: Seam sends the event again for a day, and it crashes each time."
)
#: How to fix a crash on a request that has to be refused, and why it matters.
UNCAUGHT_FIX: Final = "Catch what the verification raises, and answer 400."
UNCAUGHT_WHY: Final = (
    "Scanners send garbage every day. A crash fills the error log and alerts somebody, and 5xx "
    "asks a sender to try again."
)
_IF_UNKNOWN: Final = "If there is none because the type is unknown to it, answer 2xx and ignore it."


def fix_and_why(check: CheckInfo, failure: Failure, detail: str) -> tuple[str, str]:
    """
    Say how to fix the cause and why it matters: of a crash, unless the check is about it alone.
    """
    received = failure.received if failure.is_about_answer and not failure.deviation else None
    if received and received.is_crash and check.replay == "refused" and not failure.cure:
        return UNCAUGHT_FIX, UNCAUGHT_WHY
    if failure.cure or not received or check.replay not in ("accepted", "check"):
        return capitalised(failure.cure) or check.cure, check.why
    if not received.is_crash:
        allowance = matched(_ALLOWANCES, detail) if received.is_rejected else ""
        return allowance or check.cure, check.why
    is_general = check.replay == "check" or check.refused_types == "reports"
    fix = fix_of_lookup(failure, received.escaped, detail)
    if is_general:
        return fix or fix_of_crash(failure, received.escaped), _CRASH
    return fix or check.cure, check.why


def fix_of_lookup(failure: Failure, escaped: Escaped | None, detail: str) -> str:
    """
    Say how to fix a lookup, of a value of the event or a key that it lacks; empty if it is none.
    """
    known = matched(_FIXES, detail)
    if escaped is None:
        # A handler elsewhere may be written in another language.
        name = re.fullmatch(r"without (\w+)|(\w+) is null", detail)
        return f"{known} In JavaScript: event.{name[1] or name[2]} ?? a default." if name else known
    event = event_in(failure.sent[-1].body) if failure.sent else {}
    if names := _values_named(escaped, event):
        return _looked_up(names[0], escaped.place)
    key = re.fullmatch(r"'(\w+)'", escaped.message) if escaped.kind == "KeyError" else None
    if known or not key or key[1] in event or not _is_written_out(key[1], source_line(escaped)):
        return known
    return f'This event has no {key[1]}: read it with a default: event.get("{key[1]}").'


def _is_written_out(name: str, source: str) -> bool:
    """
    Whether a line of code has a name in quotes: then it is no value that was looked up.
    """
    return f'"{name}"' in source or f"'{name}'" in source


def fix_of_crash(failure: Failure, escaped: Escaped | None) -> str:
    """
    Say what to do about an exception: what its text says, or else where to look.
    """
    if escaped is None:
        kind = failure.event_type or "this event"
        return f"Look in the log of the handler for the exception that {kind} raises. {_IF_UNKNOWN}"
    kind = f" for {failure.event_type}" if failure.event_type else ""
    said = f"{exception_name(escaped).rpartition('.')[2]}: {escaped.message}"
    if known := matched(_FIXES_OF_EXCEPTIONS, said, place=escaped.place):
        return known
    return f"Find out why {escaped.place} raises {exception_name(escaped)}{kind}, and handle it."


def _values_named(escaped: Escaped, event: JsonMapping) -> list[str]:
    """
    List the properties whose value is all that the message of an exception says.
    """
    message = without_values(escaped.message, event)
    found = re.fullmatch(r"[\"']?‹([\w.]+)›[\"']?", message.strip())
    return [found[1]] if found else []


def _looked_up(name: str, place: str) -> str:
    if name == "event_type":
        return f"Give the lookup at {place} a default: answer 2xx to types that you do not need."
    return f"Give the lookup of {name} at {place} a default, for values that come later too."


def matched(table: Mapping[str, str], detail: str, **names: str) -> str:
    """
    Fill in the text of the first pattern that a detail matches; empty if none does.
    """
    for pattern, text in table.items():
        if found := re.fullmatch(pattern, detail, re.DOTALL):
            return text.format(*found.groups(), **names)
    return ""


def capitalised(text: str) -> str:
    """
    Begin a sentence with a capital letter.
    """
    return text[:1].upper() + text[1:]
