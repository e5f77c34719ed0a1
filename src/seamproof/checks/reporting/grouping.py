"""
Groups failures by their cause: a bug in shared code shows with many event types and checks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.battery.signature.checks import CHECK_TIMESTAMP
from seamproof.checks.generation.well_known import renown
from seamproof.checks.model.masking import masked
from seamproof.checks.reporting.causes.circumstances import is_at_once
from seamproof.checks.reporting.causes.fixes import UNCAUGHT_FIX, UNCAUGHT_WHY, capitalised
from seamproof.checks.reporting.explanation import detail_of
from seamproof.checks.reporting.identity import proof_size
from seamproof.checks.reporting.requests.sequence import event_in
from seamproof.signing.forgeries import GENUINE, SIGNED_TIMESTAMPS
from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable

    from seamproof.checks.model.check_info import CheckInfo
    from seamproof.checks.model.results import Failure
    from seamproof.checks.reporting.identity import IdentifiedFailure

#: How many forgeries that are answered in one way are one cause.
_SEVERAL: Final = 3


class Digest(NamedTuple):
    """
    What many checks that fail in one way have in common.

    Attributes:
        headline: What happened, in one sentence.
        fix: How to fix it.
        why: Why it matters.
    """

    headline: str
    fix: str
    why: str


#: By how forgeries are answered.
_DIGESTS: Final = {
    "accepted": Digest(
        "The signature is not verified, or its failure is ignored.",
        "Verify the raw body of every request before anything else, and answer 400 if that fails.",
        "Anybody who finds the URL can post to it. A handler that accepts forged requests lets "
        "anybody unlock, revoke or delete.",
    ),
    "crashed": Digest(
        "The failure of the verification is not caught.",
        UNCAUGHT_FIX,
        UNCAUGHT_WHY,
    ),
}


#: Of timestamps that are accepted: too old and too far ahead, or one of them.
_TIMESTAMP_WHY: Final = (
    "Otherwise a delivery that was recorded once, or signed ahead, can be replayed later. NaN "
    "passes comparisons that are meant to reject it."
)
_UNCHECKED: Final = Digest("The timestamp is not checked.", CHECK_TIMESTAMP, _TIMESTAMP_WHY)
_HALF_CHECKED: Final = Digest(
    "The timestamp is not checked as a number, on both sides of the clock.",
    CHECK_TIMESTAMP,
    _TIMESTAMP_WHY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """
    Failures with one cause.

    Attributes:
        check: The row of the battery.
        failure: Of the best known event type the one with the smallest proof; shown in full.
        cases: The event type and the id of each failure, that one first.
        checks: The ids of other checks that fail for this cause.
        also: What else shows it in the same check: `method is "remote"`.
        is_known: Whether the baseline knows it.
        digest: What many checks have in common; None where it is one failure that others repeat.
    """

    check: CheckInfo
    failure: Failure
    cases: tuple[tuple[str, str], ...]
    checks: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    is_known: bool = False
    digest: Digest | None = None


def failure_groups(
    failures: Iterable[IdentifiedFailure], known: Collection[str]
) -> list[FailureGroup]:
    """
    Group failures by their cause: errors first, and of these the cause that explains most of them.

    Args:
        failures: In the order of the battery.
        known: The ids of those that the baseline knows.
    """
    groups = [_group(members, known) for members in _by_cause(failures, known).values()]
    groups = _merged(groups, _state_of)
    groups = _merged(groups, _exception_of)
    groups = _merged(groups, _race_of)
    groups = _with_consequences_merged(_with_crashes_merged(_explained(groups)))
    return sorted(
        _with_timestamps_merged(groups),
        key=lambda one: (one.failure.severity != "error", -len(one.cases) - len(one.also)),
    )


def _by_cause(
    failures: Iterable[IdentifiedFailure], known: Collection[str]
) -> dict[Hashable, list[IdentifiedFailure]]:
    found: dict[Hashable, list[IdentifiedFailure]] = {}
    for one in failures:
        key = (one.check.id, one.failure.severity, one.failure.cause, one.id in known)
        found.setdefault(key, []).append(one)
    return found


def _group(members: list[IdentifiedFailure], known: Collection[str]) -> FailureGroup:
    members.sort(key=lambda one: (renown(one.failure.event_type), proof_size(one.failure)))
    first = members[0]
    return FailureGroup(
        check=first.check,
        failure=first.failure,
        cases=tuple((one.failure.event_type or "", one.id) for one in members),
        is_known=first.id in known,
    )


def _merged(
    groups: Iterable[FailureGroup], key_of: Callable[[FailureGroup], Hashable | None]
) -> list[FailureGroup]:
    """
    Merge the groups with one key into the one with most failures; None keeps a group apart.
    """
    found: dict[Hashable, list[FailureGroup]] = {}
    for number, one in enumerate(groups):
        key = key_of(one)
        place = number if key is None else (one.failure.severity, one.is_known, key)
        found.setdefault(place, []).append(one)
    return [_joined(sorted(several, key=_by_size)) for several in found.values()]


def _by_size(group: FailureGroup) -> int:
    return -len(group.cases)


def _joined(groups: list[FailureGroup], digest: Digest | None = None) -> FailureGroup:
    """
    Make one group of several; the first one is shown.
    """
    first, *rest = groups
    others = [name for one in rest for name in (one.check.id, *one.checks)]
    similar = [one for one in rest if one.check.id == first.check.id]
    also = [text for one in similar for text in (_detail(one.failure), *one.also)]
    return replace(
        first,
        cases=tuple(case for one in groups for case in one.cases),
        checks=tuple(dict.fromkeys((*first.checks, *(n for n in others if n != first.check.id)))),
        also=tuple(dict.fromkeys((*first.also, *also))),
        digest=digest or first.digest,
    )


def _detail(failure: Failure) -> str:
    return detail_of(failure) or failure.context or failure.cause


def _state_of(group: FailureGroup) -> Hashable | None:
    """
    Name the check where a failure shows in the state: what it changes differs by event type.
    """
    is_state = group.failure.deviation is not None and group.check.violation != ""
    return (group.check.id, group.failure.cure) if is_state else None


def _exception_of(group: FailureGroup) -> Hashable | None:
    """
    Name what was raised, where, and about what: without the values of the event.
    """
    failure, check = group.failure, group.check
    escaped = failure.received.escaped if failure.received and failure.is_about_answer else None
    if escaped is None or check.replay != "accepted" or failure.cure or failure.deviation:
        return None
    event = event_in(failure.sent[-1].body) if failure.sent else {}
    about = tuple(masked(one, event, ()) for one in escaped.details or (escaped.message,))
    return (escaped.kind, escaped.place, about)


def _race_of(group: FailureGroup) -> Hashable | None:
    """
    Name the check where deliveries at once make a handler crash, at whatever place.
    """
    failure = group.failure
    is_crash = failure.received is not None and failure.received.is_crash
    return group.check.id if is_crash and is_at_once(failure) and not failure.cure else None


def _with_timestamps_merged(groups: list[FailureGroup]) -> Iterable[FailureGroup]:
    """
    Merge what shows that the timestamp is not checked: too old, too far ahead, or no number.
    """
    wrong = [one for one in groups if _accepts_timestamp(one)]
    ages = {one.failure.sent[-1].age > 0 for one in wrong if one.failure.sent[-1].age}
    digest = _UNCHECKED if len(ages) > 1 else _HALF_CHECKED
    for one in _merged(groups, lambda group: _accepts_timestamp(group) or None):
        yield replace(one, digest=digest) if len(one.checks) and _accepts_timestamp(one) else one


def _with_crashes_merged(groups: list[FailureGroup]) -> list[FailureGroup]:
    """
    Merge the checks whose forgeries make the verification raise, where they are several.
    """

    def is_crash(group: FailureGroup) -> bool:
        is_forgery = _is_forgery(group) and group.check.replay == "refused"
        return is_forgery and _manner(group) == "crashed" and not group.digest

    counts = Counter((one.failure.severity, one.is_known) for one in groups if is_crash(one))
    several = {key for key, count in counts.items() if count >= _SEVERAL}

    def key_of(group: FailureGroup) -> Hashable | None:
        is_one = is_crash(group) and (group.failure.severity, group.is_known) in several
        return "crashed" if is_one else None

    return [
        one if key_of(one) is None else replace(one, digest=_DIGESTS["crashed"])
        for one in _merged(groups, key_of)
    ]


def _with_consequences_merged(groups: list[FailureGroup]) -> list[FailureGroup]:
    """
    Merge a failure whose cause was found out into the group of the check that is about the cause.
    """
    shown = {one.check.id: one for one in reversed(groups)}
    found = list(groups)
    for one in groups:
        failure, cause = one.failure, shown.get(one.failure.explained_by)
        if cause is None or (cause.failure.severity, cause.is_known) != (
            failure.severity,
            one.is_known,
        ):
            continue
        digest = Digest(
            capitalised(f"{failure.finding}."), capitalised(failure.cure), cause.check.why
        )
        joined = _joined([cause, one], digest)
        found = [joined if x is cause else x for x in found if x is not one]
    return found


def _accepts_timestamp(group: FailureGroup) -> bool:
    """
    Whether a request is accepted whose timestamp alone is wrong.
    """
    if group.digest or not _is_forgery(group) or _manner(group) != "accepted":
        return False
    request = group.failure.sent[-1]
    return request.recipe == GENUINE or request.recipe in SIGNED_TIMESTAMPS


def _manner(group: FailureGroup) -> str:
    """
    Say in a word how a handler fails; empty where the word would not say enough.
    """
    failure, received = group.failure, group.failure.received
    if failure.deviation is not None:
        deviation = failure.deviation
        return "" if deviation.missing or deviation.occasion == "rejected" else "again"
    if received is None:
        return ""
    if received.is_crash:
        return "crashed"
    return "accepted" if received.status in SUCCESS else "refused" if received.is_rejected else ""


def _is_forgery(group: FailureGroup) -> bool:
    return bool(group.failure.sent) and group.failure.sent[-1].is_forgery


def _explained(groups: list[FailureGroup]) -> list[FailureGroup]:
    """
    Merge the groups of checks that fail in one way as a consequence of what another check shows.
    """
    left = list(groups)
    for one in groups:
        if not any(one is other for other in left) or not (manner := _manner(one)):
            continue
        is_forgery = _is_forgery(one)
        several = [
            other
            for other in left
            if other is not one
            and _is_forgery(other) == is_forgery
            and any(fnmatchcase(other.check.id, pattern) for pattern in one.check.explains)
            and (other.failure.severity, other.is_known) == (one.failure.severity, one.is_known)
            and _manner(other) == manner
        ]
        if not several or (is_forgery and len(several) + 1 < _SEVERAL):
            continue
        joined = _joined([one, *several], _DIGESTS.get(manner) if is_forgery else None)
        gone = {id(other) for other in several}
        left = [joined if x is one else x for x in left if id(x) not in gone]
    return left
