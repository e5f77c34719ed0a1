"""
Any sequence of calls and events: records, lists and events never contradict each other.
"""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from seamproof.mock_server.world.events.table import event_row
from seamproof.mock_server.world.kinds import KINDS, view
from seamproof.mock_server.world.operations.table import ROWS
from seamproof.mock_server.world.persistence import decode_effect, encode_effect
from seamproof.mock_server.world.refusals import CallRefused
from seamproof.mock_server.world.seeds.world_file import load_world, seed_of
from seamproof.mock_server.world.trouble_states import TroubleState, begin, end, lasting
from seamproof.mock_server.world.troubles import TROUBLES
from seamproof.mock_server.world.world import World
from seamproof.schemas import catalog
from seamproof.strategies import Sampler
from tests.mock_server.world.agreement import check_agreement, subject
from tests.mock_server.world.drawn_calls import arguments, check_answer, check_resource

if TYPE_CHECKING:
    from seamproof.mock_server.world.world import TurnOutcome

NOW: Final = 1_800_000_000.0
PATHS: Final = sorted(ROWS)
#: Lists that show all records of a kind, with how an answer names them.
LISTS: Final = {
    "connected_account": ("/connected_accounts/list", "connected_accounts"),
    "device": ("/devices/list", "devices"),
    "access_code": ("/access_codes/list", "access_codes"),
    "access_grant": ("/access_grants/list", "access_grants"),
    "access_method": ("/access_methods/list", "access_methods"),
    "space": ("/spaces/list", "spaces"),
    "acs_user": ("/acs/users/list", "acs_users"),
    "acs_credential": ("/acs/credentials/list", "acs_credentials"),
}
SEEDS: Final = st.integers(0, 2**32 - 1)
#: Calls that leave so little that the rest of a run would be about nothing.
RUINOUS: Final = (
    *("/workspaces/reset_sandbox", "/connected_accounts/delete", "/devices/delete"),
    *("/acs/access_groups/delete", "/devices/simulate/remove"),
)


class CallsAndEvents(RuleBasedStateMachine):
    """
    Makes calls, emits events and lets time pass; a model keeps what the events said.
    """

    #: The operations that did what they were called for, in all runs.
    answered: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.world = World(catalog(), 1)
        self.sampler = Sampler(1)
        self.now = NOW
        self.turns = 0
        self.existing: dict[tuple[str, str], bool] = {}
        self.stored: dict[tuple[str, str], str] = {}

    @initialize()
    def populate(self) -> None:
        """
        Begin with a hotel, which has records of most kinds.
        """
        start = seed_of(load_world("hotel") or {}, self.now)
        self.keep(self.world.seed(start.documents, self.now, start.calls))
        system = next(iter(self.world.records.all("acs_system")))
        names = ("acs_system_id", "connected_account_id")
        group = {name: system.document[name] for name in names}
        self.keep(self.world.seed({"acs_access_group": [group, group]}, self.now))

    def keep(self, change: Any) -> None:
        """
        Store a change as the database does.
        """
        for record in change.written:
            self.stored[record.key] = json.dumps([record.document, record.links], default=dict)
        for key in change.removed:
            self.stored.pop(key, None)
        for one in change.scheduled:
            assert decode_effect(encode_effect(one.effect)) == one.effect

    def happened(self, outcome: TurnOutcome) -> None:
        """
        Check the events of a turn: their types, and that they agree with the records.
        """
        self.keep(outcome.change)
        last = {}
        for event in outcome.events:
            schema = catalog()[event["event_type"]]
            assert not schema.contract.violations(event), event
            kind, record = subject(self.world.records, event)
            key = (kind, event[KINDS[kind].id_name])
            assert self.existing.get(key, True), f"{event} of what is gone"
            if event_row(event["event_type"]).deletes:
                assert record is None
                self.existing[key] = False
            else:
                last[key] = event
        for key, event in last.items():
            if self.existing.get(key, True):
                check_agreement(self.world.records, event)

    @rule(seed=SEEDS)
    def calls(self, seed: int) -> None:
        """
        Make a few calls, each operation as likely as any other one.
        """
        self.turns += 1
        random = Random(f"{seed} {self.turns}")
        for path in random.choices(PATHS, k=4):
            self.call(path, random)

    def call(self, path: str, random: Random) -> None:
        """
        Make a call.
        """
        if path in RUINOUS and random.random() < 0.7:
            return
        refused = None
        given = arguments(path, self.world.records, random, self.now)
        try:
            outcome = self.world.call(path, given, self.now, "http://127.0.0.1")
        except CallRefused as refusal:
            refused = refusal
        if refused is not None:
            assert refused.status in (400, 404, 409), (path, given, refused)
            assert not self.world.records.take_change()
            return
        check_answer(path, outcome.answer)
        self.answered.add(path)
        self.happened(outcome)

    @rule(
        schema=st.sampled_from([one.event_type for one in catalog().match("*")]),
        known=st.booleans(),
        seed=SEEDS,
    )
    def emit(self, schema: str, known: bool, seed: int) -> None:
        """
        Emit an event, of something new or of what exists.
        """
        event = Sampler(seed, catalogue=catalog()).event(schema)
        if schema.startswith("enrollment_automation"):
            return
        kind, _ = subject(self.world.records, event)
        exists = [one.id for one in self.world.records.all(kind)]
        if known and exists:
            event[KINDS[kind].id_name] = Random(seed).choice(exists)
            self.world.agree(event, ())
        self.keep(self.world.observe([event], self.now))
        check_agreement(self.world.records, event)

    @rule(
        name=st.sampled_from([name for name, one in TROUBLES.items() if not one.status]),
        kind=st.sampled_from(("device", "connected_account", "workspace")),
        ends=st.booleans(),
        seed=SEEDS,
    )
    def trouble(self, name: str, kind: str, ends: bool, seed: int) -> None:
        """
        Let something go wrong, or right again.
        """
        known = [one.id for one in self.world.records.all(kind)]
        if kind not in TROUBLES[name].targets or not known:
            return
        own = {} if kind == "workspace" else {KINDS[kind].id_name: Random(seed).choice(known)}
        state = TroubleState(name, **own)
        change = end if ends and state in lasting(self.world.records) else begin
        self.happened(self.world.edit(self.now, lambda turn: change(turn, state)))

    @rule(seconds=st.sampled_from((0.0, 1.0, 60.0, 4000.0)))
    def wait(self, seconds: float) -> None:
        """
        Let time pass.
        """
        self.now += seconds
        while self.world.next_due <= self.now:
            self.happened(self.world.run_due(self.now))

    @invariant()
    def lists_show_the_records(self) -> None:
        """
        The list of a kind has each of its records once, as a get shows it.
        """
        records = self.world.records
        kind = sorted(LISTS)[int(self.now + len(self.stored)) % len(LISTS)]
        path, key = LISTS[kind]
        found: list[Any] = []
        cursor = None
        while True:
            page = {"limit": 7, "page_cursor": cursor} if kind != "access_method" else {}
            answer = self.world.call(path, page, self.now).answer
            found += answer[key]
            cursor = answer.get("pagination", {}).get("next_page_cursor")
            if cursor is None:
                break
        managed = [view(records, one) for one in records.all(kind)]
        expected = [one for one in managed if one.get("is_managed", True)]
        order = KINDS[kind].id_name
        assert sorted(found, key=lambda one: one[order]) == sorted(
            expected, key=lambda one: one[order]
        )
        assert max(Counter(one[order] for one in found).values(), default=1) == 1

    def teardown(self) -> None:
        """
        Check that what was stored is what is in memory, and that each record has its shape.
        """
        records = self.world.records
        present = {}
        for kind in records.kinds():
            for record in records.all(kind):
                check_resource(kind, kind, view(records, record))
                for parent in KINDS[kind].parents:
                    owner = parent.removesuffix("_id")
                    assert records.get(owner, record.document.get(parent)), (kind, parent)
                present[record.key] = json.dumps([record.document, record.links], default=dict)
        assert present == self.stored


_SETTINGS: Final = settings(
    deadline=None, suppress_health_check=list(HealthCheck), print_blob=False, derandomize=True
)

TestCallsAndEvents = CallsAndEvents.TestCase
TestCallsAndEvents.settings = settings(_SETTINGS, max_examples=3, stateful_step_count=60)


@pytest.mark.slow
def test_ten_thousand_steps() -> None:
    """
    In 10,000 steps nothing contradicts anything, and nearly all operations do something.
    """
    CallsAndEvents.answered.clear()
    many = settings(_SETTINGS, max_examples=50, stateful_step_count=200, phases=(Phase.generate,))
    run_state_machine_as_test(CallsAndEvents, settings=many)
    left = sorted({*PATHS} - CallsAndEvents.answered)
    assert len(left) < 0.1 * len(PATHS), " ".join(left)
