"""
Integration with Hypothesis: registered types, import cost, `repr`, profiles.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from seamproof import strategies
from seamproof.events import Event
from seamproof.schemas import catalog, is_valid, violations
from seamproof.signing import Secret, sign, verify
from seamproof.signing.secret import MAX_KEY, MIN_KEY
from seamproof.strategies import (
    Breach,
    deliveries,
    events,
    invalid_events,
    journeys,
    unknown_events,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strategies.conftest import Find

ISSUED: Final = "acs_credential.issued"
TEXT: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def python(code: str, **environment: str) -> str:
    """
    Run Python in a new process.
    """
    return subprocess.check_output(
        [sys.executable, "-W", "error", "-c", code],
        env={**{k: v for k, v in os.environ.items() if k != "CI"}, **environment},
        text=True,
    )


@settings(max_examples=30)
@given(st.from_type(Event))
def test_events_are_drawn_by_their_type(event: Event) -> None:
    """
    `st.from_type(Event)` generates valid events with their bytes.
    """
    assert violations(event.payload) == ()
    assert json.loads(event.body) == event.payload


@settings(max_examples=30)
@given(st.from_type(Secret))
def test_secrets_are_drawn_by_their_type(secret: Secret) -> None:
    """
    `st.from_type(Secret)` generates secrets that sign and that can be parsed from their text.
    """
    delivery = sign(b"{}", secret, message_id="msg_1", timestamp=1_800_000_000)

    assert verify(b"{}", delivery.headers, secret.reveal(), now=1_800_000_000)
    assert Secret(secret.reveal()) == secret


@pytest.mark.parametrize("length", [MIN_KEY, MAX_KEY])
def test_secrets_are_of_every_length(simplest: Find, length: int) -> None:
    """
    The shortest and the longest key are drawn as well.
    """
    assert len(simplest(st.from_type(Secret), lambda one: len(one.key) == length).key) == length


@settings(max_examples=20)
@given(...)
def test_annotations_are_enough(event: Event, secret: Secret) -> None:
    """
    `@given(...)` draws both by their annotations.
    """
    assert is_valid(event.payload)
    assert len(secret.key) >= MIN_KEY


@dataclass
class Handler:
    """
    A class of a user with both types.
    """

    secret: Secret
    last: Event
    others: list[Event]


@settings(max_examples=20)
@given(st.builds(Handler))
def test_a_class_is_built_from_what_it_holds(handler: Handler) -> None:
    """
    `st.builds` finds the types in a class, and in its lists.
    """
    assert all(is_valid(event.payload) for event in (handler.last, *handler.others))
    assert handler.secret.reveal().startswith("whsec_")


def test_nothing_heavy_is_loaded_with_the_strategies() -> None:
    """
    Importing the package loads neither Hypothesis nor Faker nor any validator.
    """
    heavy = "{'hypothesis', 'faker', 'jsonschema', 'jsonschema_rs', 'seamproof.schemas'}"
    code = f"import sys, seamproof.strategies; print(sorted({heavy} & sys.modules.keys()))"

    assert python(code).strip() == "[]"


def test_what_hypothesis_loads_reads_no_schema() -> None:
    """
    The entry point only registers: it loads no catalogue, no Faker and no validator.
    """
    heavy = "{'faker', 'jsonschema', 'jsonschema_rs', 'seamproof.schemas'}"
    code = (
        "import sys, hypothesis; "
        f"print(sorted({heavy} & sys.modules.keys()), "
        "'seamproof.strategies.registration' in sys.modules)"
    )

    assert python(code).strip() == "[] True"


def test_nothing_is_read_or_compiled_before_it_is_needed() -> None:
    """
    Importing all public names reads no schema and does not create Faker.
    """
    code = (
        "import sys, seamproof.strategies as s; [getattr(s, name) for name in s.__all__]; "
        "from seamproof.schemas.catalogue import catalog; "
        "from seamproof.strategies.generators import plan; "
        "print(catalog.cache_info().currsize, len(plan._PLANS), "
        "sorted({'faker', 'jsonschema', 'jsonschema_rs'} & sys.modules.keys()))"
    )

    assert python(code).strip() == "0 0 []"


def test_every_public_name_is_there() -> None:
    """
    Each name of `__all__` can be imported, and any other is an `AttributeError`.
    """
    assert all(getattr(strategies, name) is not None for name in strategies.__all__)
    assert {*strategies.__all__} <= {*dir(strategies)}
    with pytest.raises(AttributeError, match="no attribute 'eventz'"):
        getattr(strategies, "eventz")  # noqa: B009 - mypy refuses the attribute


REPRS: Final[list[st.SearchStrategy[Any]]] = [
    events(),
    events("acs_*"),
    events("acs_*", presence="all", values="edge", extra=True),
    events(ISSUED, acs_credential_id=st.uuids().map(str)),
    events(ISSUED, event_description=st.sampled_from(["a", "b"]), event_id="x", unchecked=True),
    events(undocumented=True, presence="required"),
    invalid_events(),
    invalid_events("acs_*", undocumented=True),
    unknown_events(),
    journeys(),
    journeys("acs_credential"),
    journeys(presence="mixed"),
]


@pytest.mark.parametrize("strategy", REPRS, ids=repr)
def test_a_repr_can_be_pasted(simplest: Find, strategy: st.SearchStrategy[Any]) -> None:
    """
    The `repr` of a strategy is Python that makes the same strategy.
    """
    names = {**vars(st), **{name: getattr(strategies, name) for name in strategies.__all__}}

    pasted = eval(repr(strategy), names)  # noqa: S307 - the text is our own

    assert isinstance(pasted, st.SearchStrategy)
    assert repr(pasted) == repr(strategy)
    assert simplest(pasted) == simplest(strategy)


@pytest.mark.parametrize(
    ("strategy", "shown"),
    [
        (events(), "events()"),
        (events("acs_*", presence="all"), "events(pattern='acs_*', presence='all')"),
        (unknown_events(), "unknown_events()"),
        (journeys(), "journeys()"),
        (journeys("acs_credential"), "journeys(name='acs_credential')"),
    ],
)
def test_a_repr_says_no_more_than_was_asked_for(
    strategy: st.SearchStrategy[Any], shown: str
) -> None:
    """
    The `repr` leaves defaults out.
    """
    assert repr(strategy) == shown


#: Run cold, as a user's own test run does: with Faker still to load, and the usual deadline, which
#: here counts the processor's time alone, so that a busy machine makes no difference. On a slow
#: machine the clock goes slower by as much.
COLD: Final = """
import time

def seconds_of_known_work():
    start = time.process_time()
    for number in range(100_000):
        str({number: [number]})
    return time.process_time() - start

pace = min(1, 0.05 / seconds_of_known_work())
time.perf_counter = lambda: pace * time.process_time()
from hypothesis import given, settings
from seamproof.schemas import is_valid
from seamproof.strategies import deliveries, events, invalid_events, journeys, unknown_events

drawn = []

@given(events())
def whole(event):
    drawn.append(event)
    assert is_valid(event)

@given(events(values="edge", extra=True))
def edge(event):
    assert is_valid(event)

@given(unknown_events(), invalid_events())
def wrong(unknown, broken):
    assert not is_valid(unknown) and not is_valid(broken[0])

@given(journeys(), deliveries(journeys(), secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
def several(journey, arrived):
    assert all(map(is_valid, journey)) and arrived

for test in (whole, edge, wrong, several):
    test()
print(settings.default.derandomize, settings.default.deadline, len(drawn))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "shown"),
    [({}, "False 0:00:00.200000 100"), ({"CI": "true"}, "True None 100")],
    ids=["default", "ci"],
)
def test_every_profile_will_do(tmp_path: Path, environment: dict[str, str], shown: str) -> None:
    """
    In a new process, with the default profile, no health check and no deadline fails.
    """
    environment = {**environment, "HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path)}

    assert python(COLD, **environment).strip() == shown


@pytest.mark.parametrize(
    "strategy",
    [
        events(),
        events(values="edge", extra=True),
        events("device.*", presence="required"),
        invalid_events(),
        unknown_events(),
        journeys(presence="mixed"),
        st.from_type(Event),
    ],
    ids=repr,
)
def test_a_derandomised_run_draws_the_same_again(strategy: st.SearchStrategy[Any]) -> None:
    """
    Examples depend only on Hypothesis, not on the clock, entropy or other state.
    """
    one, other = derandomised(strategy), derandomised(strategy)

    assert one == other
    assert len(one) > 30


def derandomised(strategy: st.SearchStrategy[Any]) -> list[Any]:
    """
    Collect the examples of a derandomised run.
    """
    found: list[Any] = []

    @settings(derandomize=True, max_examples=60, database=None)
    @given(strategy)
    def collect(one: object) -> None:
        found.append(one)

    collect()
    return found


@example(catalog()[ISSUED].example)
@settings(max_examples=20)
@given(events(ISSUED))
def test_a_documented_example_goes_along(event: dict[str, Any]) -> None:
    """
    `@example(catalog()["…"].example)` can be combined with generated events.
    """
    assert is_valid(event)


@settings(max_examples=30)
@given(st.data())
def test_events_are_drawn_inside_of_a_test(data: st.DataObject) -> None:
    """
    `st.data()` draws events that depend on earlier values of the test.
    """
    first = data.draw(events("acs_credential.*"))
    second = data.draw(events("acs_credential.*", acs_system_id=first["acs_system_id"]))

    assert second["acs_system_id"] == first["acs_system_id"]
    assert is_valid(second)


class Ledger(RuleBasedStateMachine):
    """
    A state machine for a handler that records what it has received.
    """

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, str] = {}

    @initialize(journey=journeys())
    def begin(self, journey: list[dict[str, Any]]) -> None:
        """
        Start with a life cycle.
        """
        for event in journey:
            self.receive(event)

    @rule(event=events())
    def receive(self, event: dict[str, Any]) -> None:
        """
        Receive an event, which must be consistent with the earlier ones.
        """
        text = json.dumps(event, sort_keys=True)
        assert self.seen.setdefault(event["event_id"], text) == text
        type(self).steps += 1

    @rule(arrived=deliveries(events("acs_*"), secret=TEXT))
    def deliver(self, arrived: list[Any]) -> None:
        """
        Receive deliveries.
        """
        assert {one.message_id for one in arrived}

    @rule(pair=invalid_events())
    def refuse(self, pair: tuple[dict[str, Any], Breach]) -> None:
        """
        Receive an invalid event.
        """
        assert not is_valid(pair[0])

    @invariant()
    def remember(self) -> None:
        """
        No event is lost.
        """
        assert len(self.seen) <= type(self).steps


def test_a_state_machine_can_draw_events() -> None:
    """
    The rules of a state machine accept events, journeys, deliveries and invalid events.
    """
    run_state_machine_as_test(
        Ledger, settings=settings(max_examples=15, stateful_step_count=15, database=None)
    )

    assert Ledger.steps > 50


def test_strategies_combine(simplest: Find) -> None:
    """
    The strategies can be mapped, combined and nested.
    """
    strategy = st.tuples(
        events("acs_*").map(lambda event: event["event_type"]),
        st.lists(events("device.*"), min_size=2, max_size=3),
        events("acs_*") | st.none(),
    )

    name, several, either = simplest(strategy, lambda drawn: drawn[2] is not None)

    assert name.startswith("acs_")
    assert [is_valid(event) for event in several] == [True, True]
    assert is_valid(either)
