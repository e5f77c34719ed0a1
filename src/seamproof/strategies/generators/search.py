"""
Driving: Hypothesis run over a strategy, and what it found, each thing once and reduced.
"""

from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING, Final, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.errors import HypothesisDeprecationWarning as _Deprecated

from seamproof.formats import TIME_TEXT
from seamproof.strategies.generators.events import events
from seamproof.strategies.generators.plan import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seamproof.json_types import Json, JsonObject
    from seamproof.schemas.catalogue import Catalogue, EventSchema
    from seamproof.strategies.generators.plan import Values

T = TypeVar("T")

_PHASES: Final = (Phase.generate, Phase.shrink)


class _Found(Exception):
    """
    An example that the check objects to.
    """


def drive(
    strategy: st.SearchStrategy[T],
    check: Callable[[T], str | None],
    *,
    max_examples: int,
    number: int,
) -> list[tuple[T, str]]:
    """
    Draw examples and reduce those that a check objects to.

    Nothing is kept in a database: the number alone decides what is drawn.

    Args:
        strategy: Of the examples.
        check: Says why it objects to an example, or None. What has the same reason is one thing.
        max_examples: How many are drawn at most, before anything is found.
        number: The seed.

    Returns:
        For each reason the smallest example that was found.
    """
    kinds: dict[str, type[_Found]] = {}
    last: dict[str, T] = {}

    @seed(number)
    @settings(
        database=None,
        deadline=None,
        max_examples=max_examples,
        phases=_PHASES,
        print_blob=False,
        report_multiple_bugs=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(example: T) -> None:
        reason = check(example)
        if reason is not None:
            last[reason] = example
            # Hypothesis tells failures apart by their class and the line that raises.
            raise kinds.setdefault(reason, type("_Found", (_Found,), {}))(reason)

    try:
        with warnings.catch_warnings():
            # A handler's own threads may use `random` while something is drawn.
            warnings.filterwarnings("ignore", "Do not use the `random` module", _Deprecated)
            run()
    except (_Found, BaseExceptionGroup, Flaky) as problem:
        # In the end Hypothesis runs the smallest example of each failure once more.
        if not _is_ours(problem):
            raise
    return [(example, reason) for reason, example in last.items()]


def _is_ours(problem: BaseException) -> bool:
    if isinstance(problem, BaseExceptionGroup) and not isinstance(problem, Flaky):
        return all(_is_ours(one) for one in problem.exceptions)
    return isinstance(problem, _Found | Flaky)


def single_edits(
    schema: EventSchema, values: Values, *, number: int = 0
) -> Iterator[tuple[JsonObject, tuple[str, ...]]]:
    """
    Go through every event that differs from the plainest one in one edit.

    Args:
        schema: Of the event type.
        values: Of which kind the edits are.
        number: Decides ids and times.

    Returns:
        Each event with the names of the properties in which it differs. Their ids are the same,
        event ids too: whoever sends them makes these anew.
    """
    plan = plan_of(schema, "mixed", values, extra=False)
    for place, edit in enumerate(plan.edits):
        event = plan.event(number, [place])
        if "event_id" in edit.write:
            plan.identify(event, number, [place])
        names = {*edit.put, *edit.drop, *edit.write} or {"occurred_at"}
        yield event, tuple(sorted(names))


def plainest(schema: EventSchema, values: Values) -> JsonObject:
    """
    Make the event that single edits are made of, as it is without any.
    """
    return plan_of(schema, "mixed", values, extra=False).event(0, [])


def differing(schema: EventSchema, values: Values, event: JsonObject) -> tuple[str, ...]:
    """
    Name the properties in which an event differs from the plainest one, but for ids and times.
    """
    plain = plainest(schema, values)
    names = {*plain, *event}
    return tuple(sorted(name for name in names if _bare(plain, name) != _bare(event, name)))


_ABSENT: Final = object()


def _bare(event: JsonObject, name: str) -> Json:
    """
    Take the ids and times out of a property, which differ anyway.
    """
    if name not in event:
        return _ABSENT
    return _VARYING.sub("", json.dumps(event[name], sort_keys=True))


_VARYING: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
    rf"|{TIME_TEXT}"
)


def events_of(
    types: Sequence[str], values: Values, catalogue: Catalogue | None
) -> st.SearchStrategy[JsonObject]:
    """
    Draw events of some types, undocumented ones too.
    """
    each = [events(one, values=values, undocumented=True, catalogue=catalogue) for one in types]
    return each[0] if len(each) == 1 else st.one_of(*each)
