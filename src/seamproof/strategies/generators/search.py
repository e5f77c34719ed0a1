"""
Search with Hypothesis outside of a test: finds the failures of a check, each shrunk.
"""

from __future__ import annotations

import json
import re
import warnings
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Final, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.errors import HypothesisDeprecationWarning as _Deprecated

from seamproof.formats import TIME_TEXT, UUID_TEXT
from seamproof.strategies.generators.events import events
from seamproof.strategies.generators.plan import MOST_EDITS, plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seamproof.json_types import Json, JsonObject
    from seamproof.schemas.catalogue import Catalogue, EventSchema
    from seamproof.strategies.generators.edits import Edit
    from seamproof.strategies.generators.plan import Values

T = TypeVar("T")

_SETTINGS: Final = settings(
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    print_blob=False,
    report_multiple_bugs=True,
    suppress_health_check=list(HealthCheck),
)


class _CheckFailed(Exception):
    """
    The check fails for an example.
    """


def find_failures(
    strategy: st.SearchStrategy[T],
    check: Callable[[T], str | None],
    *,
    max_examples: int,
    number: int,
) -> list[tuple[T, str]]:
    """
    Generate examples, and shrink those for which a check fails.

    There is no database of examples: the number determines what is generated.

    Args:
        strategy: The strategy for the examples.
        check: Returns why it fails for an example, or None. Examples with the same
            reason count as the same failure.
        max_examples: The most examples before the first failure.
        number: The seed.

    Returns:
        The smallest example of each failure, with its reason.
    """
    kinds: dict[str, type[_CheckFailed]] = {}
    last: dict[str, T] = {}

    @seed(number)
    @settings(_SETTINGS, max_examples=max_examples)
    @given(strategy)
    def run(example: T) -> None:
        reason = check(example)
        if reason is not None:
            last[reason] = example
            # Hypothesis distinguishes failures by the exception's class and line.
            raise kinds.setdefault(reason, type("_CheckFailed", (_CheckFailed,), {}))(reason)

    try:
        with warnings.catch_warnings():
            # Threads of the handler may use `random` while an example is generated.
            warnings.filterwarnings("ignore", "Do not use the `random` module", _Deprecated)
            run()
    except (_CheckFailed, BaseExceptionGroup, Flaky) as problem:
        # At the end Hypothesis raises the smallest example of each failure.
        if not _is_ours(problem):
            raise
    return [(example, reason) for reason, example in last.items()]


def _is_ours(problem: BaseException) -> bool:
    if isinstance(problem, BaseExceptionGroup) and not isinstance(problem, Flaky):
        return all(_is_ours(one) for one in problem.exceptions)
    return isinstance(problem, _CheckFailed | Flaky)


def edits_of(schema: EventSchema, values: Values) -> tuple[Edit, ...]:
    """
    List all edits that an event can have; some are listed twice, because they are drawn more often.
    """
    return plan_of(schema, "mixed", values, extra=False, undocumented=True).edits


def single_edits(
    schema: EventSchema, values: Values, places: Iterable[int] | None = None
) -> Iterator[tuple[JsonObject, tuple[str, ...]]]:
    """
    Generate the events that differ from the simplest one by a single edit.

    Args:
        schema: The schema of the event type.
        values: Whether edits have realistic or edge values.
        places: Which edits, by their place in `edits_of`; by default each.

    Returns:
        Each event with the names of the properties in which it differs. All have
        the same ids, `event_id` too: replace it before sending.
    """
    plan = plan_of(schema, "mixed", values, extra=False, undocumented=True)
    for place in range(len(plan.edits)) if places is None else places:
        event = plan.event(0, [place])
        if "event_id" in plan.edits[place].write:
            plan.identify(event, 0, [place])
        yield event, plan.edits[place].names


def events_for_pairs(schemas: Sequence[EventSchema], values: Values, most: int) -> int:
    """
    Estimate after how many drawn events each two properties were edited together several times.

    Args:
        schemas: Of the event types that are drawn.
        values: Whether edits have realistic or edge values.
        most: Where more would be needed.
    """
    random = Random(len(schemas))
    names = [[edit.names for edit in edits_of(one, values)] for one in schemas]
    properties = [{name for several in one for name in several} for one in names]
    missing = dict.fromkeys(
        (pair for one in properties for pair in combinations(sorted(one), 2)), _TOGETHER
    )
    for count in range(1, most):
        chosen = random.choice(names)
        several = random.choices(chosen, k=random.randint(0, MOST_EDITS)) if chosen else []
        together = sorted({name for one in several for name in one})
        for pair in combinations(together, 2):
            left = missing.pop(pair, 1) - 1
            if left:
                missing[pair] = left
        if not missing:
            return count
    return most


#: How often two properties have to be edited together.
_TOGETHER: Final = 3


def simplest_event(schema: EventSchema, values: Values) -> JsonObject:
    """
    Build the event without any edit.
    """
    return plan_of(schema, "mixed", values, extra=False, undocumented=True).event(0, [])


def differing_properties(schema: EventSchema, values: Values, event: JsonObject) -> tuple[str, ...]:
    """
    Return the properties in which an event differs from the simplest one, ignoring ids and times.
    """
    simplest = simplest_event(schema, values)
    names = {*simplest, *event}
    return tuple(sorted(name for name in names if _stable(simplest, name) != _stable(event, name)))


_ABSENT: Final = object()


def _stable(event: JsonObject, name: str) -> Json:
    """
    Serialise a property without ids and times, which always differ.
    """
    if name not in event:
        return _ABSENT
    return _VARYING.sub("", json.dumps(event[name], sort_keys=True))


_VARYING: Final = re.compile(f"{UUID_TEXT}|{TIME_TEXT}")


def events_of_types(
    types: Sequence[str], values: Values, catalogue: Catalogue | None
) -> st.SearchStrategy[JsonObject]:
    """
    Generate events of some types, which may be undocumented.
    """
    each = [events(one, values=values, undocumented=True, catalogue=catalogue) for one in types]
    return each[0] if len(each) == 1 else st.one_of(*each)
