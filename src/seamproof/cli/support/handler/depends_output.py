"""
What `seamproof depends` prints.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from seamproof.checks.dependencies.uses import USED, UseKind
from seamproof.cli.support.output import paint, plural
from seamproof.formats import one_line
from seamproof.json_pointer import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.dependencies.uses import Dependencies, PropertyUse, TypeUse

_COLOURS: Final = {UseKind.REQUIRED: "red", UseKind.READ: "yellow", UseKind.COPIED: "green"}
#: Event types of one reason that are named.
_NAMED: Final = 3
#: The longest name of a use.
_WIDTH: Final = max(map(len, UseKind))


def table_lines(found: Dependencies) -> Iterator[str]:
    """
    List what a handler uses of each event type that it acts on, then a summary.
    """
    for one in found.types:
        yield from _type_lines(one)
    yield from _undecided_lines(found)
    yield one_line(summary(found))
    if found.stopped:
        yield paint(one_line(f"stopped: {found.stopped}"), "red")


def summary(found: Dependencies) -> str:
    """
    Count event types and properties.
    """
    uses = [use for one in found.types for use in one.properties]
    count = Counter(use.use for use in uses)
    counted = ", ".join(f"{count[use]} {use}" for use in UseKind if count[use] and use in USED)
    undecided = count[UseKind.UNDECIDED] + sum(bool(one.reason) for one in found.types)
    used = plural(sum(count[use] for use in USED), "property")
    parts = [
        f"acts on {plural(len(found.types), 'event type')}, ignores {len(found.ignored)}",
        f"{used} used{f' ({counted})' if counted else ''}",
        f"{undecided + len(found.undecided)} undecided",
        plural(found.deliveries, "delivery"),
        f"{found.seconds:.1f} s",
    ]
    return " · ".join(parts)


def _type_lines(one: TypeUse) -> Iterator[str]:
    yield paint(one_line(one.event_type), "cyan")
    if one.reason:
        yield one_line(f"  {UseKind.UNDECIDED:<{_WIDTH}}  {one.reason}")
    used = [use for use in one.properties if use.use is not UseKind.UNUSED]
    width = max((len(readable(use.pointer)) for use in used), default=0)
    for use in used:
        name = paint(f"{use.use:<{_WIDTH}}", _COLOURS.get(use.use, "magenta"))
        rest = f"{readable(use.pointer):<{width}}  {_remark(use)}".rstrip()
        yield one_line(f"  {name}  {rest}")
    unused = len(one.properties) - len(used)
    if unused:
        yield f"  {UseKind.UNUSED:<{_WIDTH}}  {plural(unused, 'other property')}"


def _remark(use: PropertyUse) -> str:
    """
    Say what else is known of a property: a required one may be read and copied as well.
    """
    others = [
        word
        for word, applies, kind in (
            ("read", use.is_read, UseKind.READ),
            ("copied", use.is_copied, UseKind.COPIED),
        )
        if applies and use.use is not kind
    ]
    parts = [f"and {' and '.join(others)}" if others else "", use.reason, use.place]
    return "  ".join(one for one in parts if one)


def _undecided_lines(found: Dependencies) -> Iterator[str]:
    """
    Name the event types of which it is not known whether the handler acts on them, by reason.
    """
    by_reason: dict[str, list[str]] = {}
    for event_type, reason in found.undecided:
        by_reason.setdefault(reason, []).append(event_type)
    for reason, types in by_reason.items():
        names = ", ".join(types[:_NAMED]) + (", …" if len(types) > _NAMED else "")
        count = plural(len(types), "event type")
        yield one_line(f"undecided: {count} ({names}): {reason or 'its effect is not known'}")
