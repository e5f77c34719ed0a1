"""
Generated events, validated with Seam's published validators.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamproof.schemas import is_valid
from seamproof.strategies import JOURNEYS, Sampler, events, invalid_events
from tests.node_packages import node_with
from tests.older_sources import as_known_to

EXAMPLES: Final = 10_000
#: The version that is installed, as in `.ci/run`.
VALIDATORS: Final = "@seamapi/types 1.977.0"
#: Reads events, one a line, and writes for each whether Seam's validator takes it.
JUDGE: Final = """
    const {schemas} = require("@seamapi/types/connect");
    const lines = require("fs").readFileSync(0, "utf8").split("\\n").filter(Boolean);
    const taken = lines.map((line) => schemas.seam_event.safeParse(JSON.parse(line)).success);
    console.log(JSON.stringify(taken));
"""


@pytest.fixture(scope="module")
def node() -> str:
    """
    Find node with Seam's validators, or skip.
    """
    found, _ = node_with("@seamapi/types", "zod")
    return found


def judged(node: str, payloads: list[dict[str, Any]]) -> list[bool]:
    """
    Run Seam's validators on events, without what these do not know yet.
    """
    known = [as_known_to(VALIDATORS, one) if "event_type" in one else one for one in payloads]
    lines = "\n".join(map(json.dumps, known))
    ran = subprocess.run(
        [node, "-e", JUDGE], input=lines, capture_output=True, text=True, check=True
    )
    taken: list[bool] = json.loads(ran.stdout)
    return taken


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """
    Collect the examples of a run of Hypothesis.
    """
    kept: list[Any] = []

    @settings(database=None, deadline=None, max_examples=count)
    @given(strategy)
    def keep(example: Any) -> None:
        kept.append(example)

    keep()
    return kept


@pytest.mark.slow
def test_ten_thousand_draws_are_valid(node: str) -> None:
    """
    Seam's validators accept generated events of all types.
    """
    kept = drawn(events("*"), EXAMPLES)

    assert len(kept) >= EXAMPLES
    assert [event for event in kept if not is_valid(event)] == []
    assert [event for event, fine in zip(kept, judged(node, kept), strict=True) if not fine] == []


def test_journeys_are_valid_for_seam(node: str) -> None:
    """
    Seam's validators accept the events of all life cycles.
    """
    kept = [
        event for name in JOURNEYS for seed in range(20) for event in Sampler(seed).journey(name)
    ]

    assert all(judged(node, kept))


def test_seam_refuses_what_is_broken(node: str) -> None:
    """
    Seam's validators reject most invalid events.
    """
    pairs = drawn(invalid_events(), 500)
    taken = judged(node, [event for event, _ in pairs])

    # They know no limits or formats of a few properties, and so take a broken one now and then.
    assert taken.count(True) < len(taken) / 20
