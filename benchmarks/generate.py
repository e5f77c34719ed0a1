"""
Examples in a Hypothesis run, beside strategies written by hand and beside Schemathesis.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.material import EVENT_TYPE, document, versioned
from benchmarks.measuring import Bound, Contestant, Figure, interleave, per_second
from seamproof.schemas import is_valid
from seamproof.strategies import events

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Examples of one run: as many as a thorough user asks for.
EXAMPLES: Final = 300
ROUNDS: Final = 7


def by_hand() -> st.SearchStrategy[dict[str, Any]]:
    """
    Write a strategy for the event with what Hypothesis itself has.
    """
    ids = st.uuids().map(str)
    times = st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    return st.fixed_dictionaries(
        {
            "acs_credential_id": ids,
            "acs_system_id": ids,
            "connected_account_id": ids,
            "created_at": times,
            "event_id": ids,
            "event_type": st.just(EVENT_TYPE),
            "occurred_at": times,
            "workspace_id": ids,
        },
        optional={"event_description": st.text()},
    )


def by_schemathesis() -> st.SearchStrategy[Any]:
    """
    Let Schemathesis draw bodies for the event's schema.
    """
    shape = {name: part for name, part in document().items() if name[0] not in "$x"}
    operation = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": shape}}},
        "responses": {"200": {"description": "received"}},
    }
    api = schemathesis.openapi.from_dict(
        {
            "openapi": "3.1.0",
            "info": {"title": "A handler", "version": "1"},
            "paths": {"/webhook": {"post": operation}},
        }
    )
    return api["/webhook"]["POST"].as_strategy().map(lambda case: case.body)


def examine(strategy: st.SearchStrategy[Any], examples: int) -> None:
    """
    Run a test that does nothing but look at its example.
    """

    @settings(
        database=None,
        deadline=None,
        derandomize=True,
        max_examples=examples,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def look(event: dict[str, Any]) -> None:
        del event

    look()


def run() -> Iterator[Figure]:
    """
    Measure the same event type in the same kind of run.
    """
    ours = events(EVENT_TYPE)
    peers = {"hypothesis": by_hand(), "schemathesis": by_schemathesis()}
    for strategy in (ours, *peers.values()):
        examine(strategy.map(_valid), 20)
    contestants = [
        Contestant(name, partial(examine, strategy, EXAMPLES), EXAMPLES)
        for name, strategy in {"ours": ours, **peers}.items()
    ]
    taken = interleave(contestants, rounds=ROUNDS, seconds=0)
    for (peer, remark), limit in zip(_REMARKS.items(), (2, 3), strict=True):
        yield Figure(
            name=f"{EVENT_TYPE} beside {peer}",
            values=per_second(taken["ours"]),
            unit="examples/s",
            peer=versioned(peer),
            peer_values=per_second(taken[peer]),
            bound=Bound("at least", limit),
            remark=remark,
        )


_REMARKS: Final = {
    "hypothesis": "fixed_dictionaries of st.uuids and st.datetimes, written by hand",
    "schemathesis": "its bodies for the same schema, in an OpenAPI document",
}


def _valid(event: dict[str, Any]) -> dict[str, Any]:
    if not is_valid(event):
        message = f"a contestant draws what the schema refuses: {event}"
        raise RuntimeError(message)
    return event
