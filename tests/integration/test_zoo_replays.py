"""
Every kind of failure is replayed: still wrong at the handler that has it, right at a good one.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import pytest

from seamproof.checks import BATTERY
from seamproof.checks.model.options import RunOptions
from seamproof.checks.replay.cases import case_from, case_json, cases_of
from seamproof.checks.replay.replay import Replayer, replaying
from seamproof.errors import UsageError
from tests.integration import test_zoo
from tests.integration.zoo.aiming import SECRET
from tests.integration.zoo.core import Handler
from tests.integration.zoo.frames import aws_lambda, kind_of, starlette_app
from tests.integration.zoo.nothing_done import EXPECTED
from tests.integration.zoo.table import BROKEN, Animal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.replay.cases import Case

assert test_zoo.HOUSES  # the zoo is full once these are imported

_MODULE: Final = "replayed_animal"
_OPTIONS: Final = RunOptions(
    seed=0, target=f"{_MODULE}:app", state=f"{_MODULE}:look", breaker=f"{_MODULE}:broken"
)

_JUDGES: Final = {one.id: one.replay for one in BATTERY}

#: The first handler of the zoo for each check: a case of each kind is enough.
FIRST: Final = {animal.check: animal for animal in reversed(BROKEN)}


@contextmanager
def replayer(handler: type[Handler], frame: Callable[..., object]) -> Iterator[Replayer]:
    """
    Open a handler that has not been sent anything yet.
    """
    made = handler(SECRET.reveal())
    module = ModuleType(_MODULE)
    app = frame(made)
    vars(module).update(app=app, look=made.store.look, broken=made.store.broken)
    options = replace(_OPTIONS, kind=kind_of(app))
    with patch.dict(sys.modules, {_MODULE: module}), replaying(options, secret=SECRET) as opened:
        yield opened


def cases(animal: Animal) -> tuple[Case, ...]:
    """
    Find the failures of a handler, as quickly as they can be found.
    """
    with replayer(animal.handler, animal.frame) as opened:
        for quick in (True, False):
            # What judges the requests of other checks finds nothing alone.
            others = ("payload.*",) if _JUDGES[animal.check] == "alive" else ()
            select = (animal.check, *others)
            options = replace(
                _OPTIONS, quick=quick, select=select, max_examples=50, expect=EXPECTED
            )
            session = replace(opened.session, options=options)
            found = cases_of(session.view(session.run()), options)
            found = tuple(one for one in found if one.check == animal.check)
            if found:
                return found
    return ()


#: Checks whose replay runs the whole check again, or waits, those that need a whole run to find
#: something, and of those that are judged alike all but the first of each family.
SLOW: Final = {
    *(one.id for one in BATTERY if one.replay in ("check", "prompt")),
    *("payload.empty_values", "payload.unicode", "payload.property_fuzz"),
    *("delivery.background_work", "delivery.still_working"),
    *{one.id for one in BATTERY}.difference(
        {(one.id.partition(".")[0], one.replay): one.id for one in reversed(BATTERY)}.values()
    ),
}


@pytest.mark.parametrize(
    "animal",
    [
        pytest.param(one, id=check, marks=pytest.mark.slow if check in SLOW else ())
        for check, one in FIRST.items()
    ],
)
def test_a_replay_tells_the_bad_handler_from_the_good(animal: Animal) -> None:
    """
    The case is read from its JSON; neither id, time nor signature is that of the run.
    """
    found = cases(animal)

    assert found
    case = case_from(case_json(found[0]))
    with replayer(animal.handler, animal.frame) as opened:
        assert not opened(case).right
    frame = aws_lambda if kind_of(animal.frame(Handler(SECRET.reveal()))) else starlette_app
    with replayer(Handler, frame) as opened:
        if animal.check in test_zoo.ONE_BY_ONE:
            # The good handler awaits nothing: copies run one after the other, which proves nothing.
            with pytest.raises(UsageError, match="cannot be decided"):
                opened(case)
            return
        replayed = opened(case)
        assert replayed.right, str(replayed)
