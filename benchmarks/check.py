"""
The whole battery on a handler in this process, beside Schemathesis with a hook that signs.

Schemathesis gets an OpenAPI document of the same catalogue, signs each body with the
right secret, and is sent through the same target; whatever is not answered 2xx counts
as found.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from benchmarks.material import versioned
from benchmarks.measuring import PROCESSOR, Bound, Figure
from seamproof.checks import Settings, open_target, run_battery
from seamproof.checks.generation.event_source import EventSource
from seamproof.checks.probe.probe import Probe
from seamproof.schemas import catalog
from seamproof.signing import Secret
from tests.integration.zoo.aiming import aimed
from tests.integration.zoo.nothing_done import EXPECTED
from tests.integration.zoo.table import BROKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis import strategies as st

    from seamproof.checks.targets.base import Target
    from tests.integration.zoo.table import Animal

ROUNDS: Final = 2
#: How long handlers take to answer, in milliseconds.
DELAYS: Final = (0, 2, 10, 50)
#: How many broken handlers are checked with each delay.
SAMPLE: Final = 4
#: Seconds for the check that is about a bug; most take two.
PATIENCE: Final = 8.0
#: Seconds for the cases that the peer sends to one handler.
_PEER_PATIENCE: Final = 4.0
#: Seconds for each other run: all of them have to end within five minutes.
LIMIT: Final = 20.0
_QUICK_LIMIT: Final = 10.0
#: The module that imports all broken handlers of the tests.
ZOO: Final = "tests.integration.test_zoo"
#: For handlers that take longer, in milliseconds, nothing is promised.
_PROMISED: Final = 10
#: What Schemathesis sends to one handler, by its own default.
CASES: Final = 100
#: The model handler in a module, as `seamproof check` is aimed at it.
_MODULE: Final = """
from seamproof.checks import create_app
from tests.integration.zoo.delays import delayed
app = delayed(create_app(), {seconds})
"""
_SECRET: Final = Secret.generate(b"the secret of benchmarks".ljust)


@contextmanager
def silence() -> Iterator[None]:
    """
    Let neither handlers nor their frameworks say anything.
    """
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


@contextmanager
def handler(seconds: float = 0.0) -> Iterator[Target]:
    """
    Open the model handler, a Starlette application, in this process and in silence.

    Args:
        seconds: How long it waits before each answer.
    """
    with tempfile.TemporaryDirectory() as home, silence():
        (Path(home) / "benchmarked_handler.py").write_text(
            _MODULE.format(seconds=seconds), encoding="utf-8"
        )
        with open_target("benchmarked_handler:app", app_dir=home, secret=_SECRET) as target:
            yield target


def decided(**changed: Any) -> Settings:
    """
    Decide as the command does by default, but for what is changed.
    """
    return Settings(**{"secret": _SECRET, "seed": 1, **changed})


def timed(act: Callable[[], Any], clock: Callable[[], float] = PROCESSOR) -> tuple[Any, float]:
    """
    Do something and return how many seconds it took.
    """
    begun = clock()
    done = act()
    return done, clock() - begun


@cache
def bodies() -> st.SearchStrategy[Any]:
    """
    Let Schemathesis draw bodies of any event type.
    """
    shapes = [
        {name: part for name, part in schema.document.items() if name[0] not in "$x"}
        for schema in catalog().values()
    ]
    operation = {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"oneOf": shapes}}},
        },
        "responses": {"200": {"description": "received"}},
    }
    api = schemathesis.openapi.from_dict(
        {
            "openapi": "3.1.0",
            "info": {"title": "A handler", "version": "1"},
            "paths": {"/webhooks/seam": {"post": operation}},
        }
    )
    return api["/webhooks/seam"]["POST"].as_strategy().map(lambda case: case.body)


class _TimeOver(BaseException):
    """
    Ends the sending of cases; Hypothesis takes it for no failure.
    """


def peer(target: Target, cases: int = CASES, seconds: float = _PEER_PATIENCE) -> tuple[int, bool]:
    """
    Let Schemathesis send its cases, signed.

    Args:
        target: The handler.
        cases: How many, at most.
        seconds: How long, at most.

    Returns:
        How many were sent, and whether one of them was not answered 2xx.
    """
    chosen = decided(secret=target.secret)
    probe = Probe(target, chosen, EventSource(chosen, time.time()))
    found = False
    strategy = bodies()
    until = time.monotonic() + seconds

    @settings(
        database=None,
        deadline=None,
        derandomize=True,
        max_examples=cases,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def send(body: dict[str, Any]) -> None:
        nonlocal found
        if time.monotonic() > until:
            raise _TimeOver
        received = probe.deliver(json.dumps(body).encode())[1]
        found = found or not probe.is_accepted(received)

    with suppress(_TimeOver):
        send()
    return probe.sent, found


def run() -> Iterator[Figure]:
    """
    Measure the deliveries of a run, the run as a whole, the quick one, and what each finds.
    """
    named = versioned("schemathesis")
    with handler() as target:
        run_battery(target, decided(max_examples=0, max_time=LIMIT / ROUNDS))
        peer(target, 5)
        rates, peers = [], []
        undrawn = decided(max_examples=0, max_time=LIMIT / ROUNDS)
        for _ in range(ROUNDS):
            report, taken = timed(lambda: run_battery(target, undrawn))
            rates.append(report.deliveries / taken)
            (sent, _), taken = timed(lambda: peer(target, CASES))
            peers.append(sent / taken)
    yield Figure(
        name="deliveries outside of Hypothesis",
        values=tuple(rates),
        unit="deliveries/s",
        peer=named,
        peer_values=tuple(peers),
        bound=Bound("at least", 3000, on="value"),
        remark="the battery without drawing; cases with a hook that signs, drawing included",
    )
    for milliseconds in DELAYS:
        yield from _runs(milliseconds, named)
    sample = list(zoo())
    for milliseconds in DELAYS:
        with silence():
            found = _bugs(sample[:: max(1, len(sample) // SAMPLE)][:SAMPLE], milliseconds, named)
        yield found


def _runs(milliseconds: int, named: str) -> Iterator[Figure]:
    """
    Measure a default run and a quick one of a good handler that takes some time to answer.
    """
    whole: list[tuple[Any, float]] = []
    quick: list[tuple[Any, float]] = []
    peers = []
    with handler(milliseconds / 1000) as target:
        for runs, chosen in (
            (whole, decided(max_time=LIMIT)),
            (quick, decided(quick=True, max_time=_QUICK_LIMIT)),
        ):
            run = partial(run_battery, target, chosen)
            runs.append(timed(run, time.perf_counter))
        (sent, _), taken = timed(lambda: peer(target, CASES), time.perf_counter)
        peers.append(sent / taken)
    limited = f"a run of {LIMIT:g} s at most"
    for name, runs, limit in ((limited, whole, LIMIT + 1), ("a quick run", quick, 5.0)):
        report = runs[0][0]
        incomplete = ", ".join(one.id for one in report.incomplete)
        yield Figure(
            name=f"{name}, {milliseconds} ms an answer",
            values=tuple(seconds for _, seconds in runs),
            unit="s",
            peer=named,
            peer_values=tuple(
                one.deliveries / rate for (one, _), rate in zip(runs, peers, strict=True)
            ),
            bound=Bound("at most", limit, on="value") if milliseconds <= _PROMISED else None,
            remark=(
                f"{report.deliveries:,} deliveries; the peer's time for as many cases; "
                f"not complete: {incomplete or 'none'}"
            ),
        )


def _bugs(animals: list[Animal], milliseconds: int, named: str) -> Figure:
    """
    Count the bugs found by the check that is about each, and by Schemathesis in any way.
    """
    ours, theirs = 0, 0
    for animal in animals:
        with aimed(animal, delay=milliseconds / 1000) as (target, look, switch):
            chosen = decided(
                secret=target.secret,
                select=(animal.check,),
                max_time=PATIENCE,
                expect=EXPECTED if animal.check == "effect.expected" else (),
            )
            report = run_battery(target, chosen, state=look, breaker=switch)
            ours += any(one.status in ("failed", "warning") for one in report.results)
        with aimed(animal, delay=milliseconds / 1000) as (target, _, _):
            theirs += peer(target, CASES)[1]
    return Figure(
        name=f"bugs of the zoo found, {milliseconds} ms an answer",
        values=(float(ours),),
        unit="bugs",
        peer=named,
        peer_values=(float(theirs),),
        bound=Bound("at least", len(animals), on="value") if milliseconds <= _PROMISED else None,
        remark=(
            f"{len(animals)} handlers with one bug each, by the check that is about it within "
            f"{PATIENCE:g} s; the peer sent up to {CASES} cases to each within {_PEER_PATIENCE:g} s"
        ),
    )


def zoo() -> Iterator[Animal]:
    """
    Gather the broken handlers of the tests.
    """
    import_module(ZOO)
    yield from BROKEN
