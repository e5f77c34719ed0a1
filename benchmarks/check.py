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
from contextlib import contextmanager, redirect_stdout
from functools import cache
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
from tests.integration.zoo.table import BROKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis import strategies as st

    from seamproof.checks import Report
    from seamproof.checks.targets.base import Target
    from tests.integration.zoo.table import Animal

ROUNDS: Final = 3
#: Where the broken handlers of the tests live.
HOUSES: Final = (
    *("forgeries", "refusals", "payloads", "unknown_types"),
    *("deliveries", "effects", "frameworks", "oddities"),
)
#: What Schemathesis sends to one handler, by its own default.
CASES: Final = 100
#: The model handler in a module, as `seamproof check` is aimed at it.
_MODULE: Final = "from seamproof.checks import create_app\napp = create_app()\n"
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
def handler() -> Iterator[Target]:
    """
    Open the model handler, a Starlette application, in this process and in silence.
    """
    with tempfile.TemporaryDirectory() as home, silence():
        (Path(home) / "benchmarked_handler.py").write_text(_MODULE, encoding="utf-8")
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


def peer(target: Target, cases: int = CASES) -> tuple[int, bool]:
    """
    Let Schemathesis send its cases, signed.

    Returns:
        How many were sent, and whether one of them was not answered 2xx.
    """
    chosen = decided(secret=target.secret)
    probe = Probe(target, chosen, EventSource(chosen, time.time()))
    found = False
    strategy = bodies()

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
        received = probe.deliver(json.dumps(body).encode())[1]
        found = found or not probe.is_accepted(received)

    send()
    return probe.sent, found


def run() -> Iterator[Figure]:
    """
    Measure the deliveries of a run, the run as a whole, the quick one, and what each finds.
    """
    named = versioned("schemathesis")
    with handler() as target:
        run_battery(target, decided(max_examples=1))
        peer(target, 5)
        rates, peers, whole, quick = [], [], [], []
        for _ in range(ROUNDS):
            undrawn, taken = timed(lambda: run_battery(target, decided(max_examples=0)))
            rates.append(undrawn.deliveries / taken)
            (sent, _), taken = timed(lambda: peer(target, CASES))
            peers.append(sent / taken)
            whole.append(timed(lambda: run_battery(target, decided()), time.perf_counter))
            quick.append(timed(lambda: run_battery(target, decided(quick=True)), time.perf_counter))
    yield Figure(
        name="deliveries outside of Hypothesis",
        values=tuple(rates),
        unit="deliveries/s",
        peer=named,
        peer_values=tuple(peers),
        bound=Bound("at least", 3000, on="value"),
        remark="the battery without drawing; cases with a hook that signs, drawing included",
    )
    yield from _runs("the whole battery", whole, peers, named, 20)
    yield from _runs("the quick one", quick, peers, named, 5)
    with silence():
        found = _zoo(named)
    yield found


def _runs(
    name: str, runs: list[tuple[Report, float]], peers: list[float], named: str, limit: float
) -> Iterator[Figure]:
    yield Figure(
        name=name,
        values=tuple(seconds for _, seconds in runs),
        unit="s",
        peer=named,
        peer_values=tuple(
            report.deliveries / rate for (report, _), rate in zip(runs, peers, strict=True)
        ),
        bound=Bound("at most", limit, on="value"),
        remark=f"{runs[0][0].deliveries:,} deliveries; the peer's time for as many cases",
    )


def _zoo(named: str) -> Figure:
    """
    Count the bugs found by the check that is about each, and by Schemathesis in any way.
    """
    animals = list(zoo())
    ours, theirs = 0, 0
    for animal in animals:
        with aimed(animal) as (target, look, switch):
            chosen = decided(secret=target.secret, select=(animal.check,))
            report = run_battery(target, chosen, state=look, breaker=switch)
            ours += any(one.status in ("failed", "warning") for one in report.results)
        with aimed(animal) as (target, _, _):
            theirs += peer(target, CASES)[1]
    return Figure(
        name="bugs of the zoo found",
        values=(float(ours),),
        unit="bugs",
        peer=named,
        peer_values=(float(theirs),),
        bound=Bound("at least", len(animals), on="value"),
        remark=f"{len(animals)} handlers with one bug each; the peer sent {CASES} cases to each",
    )


def zoo() -> Iterator[Animal]:
    """
    Gather the broken handlers of the tests.
    """
    for house in HOUSES:
        import_module(f"tests.integration.zoo.{house}")
    yield from BROKEN
