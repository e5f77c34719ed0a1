"""
Aiming the battery at a handler of the zoo, by the way that a user takes.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from seamproof.checks.battery.payload import fuzz
from seamproof.checks.model.options import DEFAULT_MAX_EXAMPLES, Settings
from seamproof.checks.runner.runner import run_battery
from seamproof.checks.state.sources import open_state, open_switch
from seamproof.checks.targets.open import open_target
from seamproof.mock_server import serving
from seamproof.signing import Secret
from tests.integration.handlers.aiming import WHOLE
from tests.integration.zoo.delays import delayed
from tests.integration.zoo.frames import PATH, kind_of
from tests.integration.zoo.nothing_done import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seamproof.checks.model.results import Report
    from seamproof.checks.model.snapshot import DependencySwitch, StateReader
    from seamproof.checks.targets.base import Target
    from seamproof.schemas import EventSchema
    from tests.integration.zoo.table import Animal

SECRET: Final = Secret.generate(b"the secret of the zoo".ljust)
_MODULE: Final = "animal"
_HOME: Final = Path(__file__).parent
#: It needs the event types that have to have an effect.
_EXPECTED: Final = "effect.expected"
_FUZZ: Final = "payload.property_fuzz"
#: Events that fuzzing draws of each family, unless it has to find the bug.
_FEW: Final = 20


def examine(
    animal: Animal,
    *,
    by_url: bool = False,
    quick: bool = False,
    events: str = "*",
    select: Sequence[str] = (),
) -> Report:
    """
    Run checks on a handler, with a look at its state and a hand on its switch.

    As a run does by default, but for its limit of time: tests run on slow machines as well.
    Unless fuzzing has to find the bug, it draws few events, and edits one type of each family
    only: to edit all takes hundreds of thousands of deliveries.

    Args:
        animal: The handler.
        by_url: Whether it is served, so that nothing is seen but statuses.
        quick: Whether one of each is enough, unless everything is asked for.
        events: The event types, by default all of them.
        select: The checks, by default all of them.
    """
    with aimed(animal, by_url=by_url) as (target, look, switch):
        is_whole = WHOLE or _FUZZ in {animal.check, *animal.also}
        settings = Settings(
            secret=target.secret,
            seed=0,
            thorough=True,
            max_examples=DEFAULT_MAX_EXAMPLES if is_whole else _FEW,
            quick=quick and not WHOLE,
            events="*" if WHOLE else events,
            select=tuple(select),
            expect=EXPECTED if animal.check == _EXPECTED else (),
        )
        with nullcontext() if is_whole else patch.object(fuzz, "_in_turn", _first_of_each):
            return run_battery(target, settings, state=look, breaker=switch)


def _first_of_each(families: Iterable[list[EventSchema]]) -> Iterator[EventSchema]:
    return (family[0] for family in families)


@contextmanager
def aimed(
    animal: Animal, *, by_url: bool = False, delay: float = 0.0
) -> Iterator[tuple[Target, StateReader, DependencySwitch]]:
    """
    Open a new handler of a kind, with what looks at its state and what breaks its store.

    Args:
        animal: The handler.
        by_url: Whether it is served.
        delay: Seconds that it waits before each answer.
    """
    handler = animal.handler(SECRET.reveal())
    module = ModuleType(_MODULE)
    app = delayed(animal.frame(handler), delay)
    vars(module).update(app=app, look=handler.store.look, broken=handler.store.broken)
    with ExitStack() as stack:
        stack.enter_context(patch.dict(sys.modules, {_MODULE: module}))
        text = stack.enter_context(serving(app)) + PATH if by_url else f"{_MODULE}:app"
        target = stack.enter_context(
            open_target(text, kind=kind_of(app), app_dir=_HOME, secret=SECRET)
        )
        look = open_state(f"{_MODULE}:look", target)
        yield target, look, open_switch(f"{_MODULE}:broken", target)


def complaints(report: Report) -> dict[str, str]:
    """
    Take the checks that did not pass, each with the causes of its failures.
    """
    return {
        result.check.id: "; ".join(dict.fromkeys(failure.cause for failure in result.failures))
        for result in report.results
        if result.status in ("failed", "warning")
    }
