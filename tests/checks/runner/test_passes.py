"""
Tests of the two passes of a run: what comes first, what is said where the time is too short.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.battery.registry import BATTERY
from seamproof.checks.generation.well_known import renown
from seamproof.checks.model.options import Settings
from seamproof.checks.runner.runner import start_run
from seamproof.schemas import catalog
from seamproof.schemas.validation.keywords import stated_types
from tests.checks.small import SECRET, Small, check, found

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Result
    from seamproof.checks.runner.runner import Run

FAMILIES = [
    [one for one in catalog() if one.startswith(f"{resource}.")]
    for resource in {one.partition(".")[0] for one in catalog()}
]
#: The first event type of each resource, the best known one, which quick passes send.
FIRST_TYPES = {min(family, key=lambda one: (renown(one), one)) for family in FAMILIES}


class Timed(Small):
    """
    A handler for which the time of the run is over when it has answered some requests.
    """

    def __init__(self, requests: int) -> None:
        super().__init__()
        self.left = requests
        self.run: Run | None = None

    def send(self, request: Request) -> Received:
        """
        Answer, and end the run after the last.
        """
        self.left -= 1
        if self.left <= 0 and self.run is not None:
            self.run.probe.budget.deadline = 0.0
        return super().send(request)


def run_of(handler: Small, *select: str, **settings: Any) -> Run:
    """
    Prepare a run against a handler, without its state.
    """
    run = start_run(handler, Settings(secret=SECRET, seed=1, select=select, **settings))
    if isinstance(handler, Timed):
        handler.run = run
    return run


def checked(handler: Small, *select: str, **settings: Any) -> dict[str, Result]:
    """
    Run checks without the state and return their results by id.
    """
    run = run_of(handler, *select, **settings)
    run.all()
    return {one.check.id: one for one in run.report("small").results}


def names_of(requests: list[Request]) -> list[str]:
    """
    List the event types of requests, in order.
    """
    return [str(json.loads(one.body).get("event_type")) for one in requests]


def has_null(event_type: str) -> bool:
    """
    Whether a property of the type itself may be null.
    """
    shapes = catalog()[event_type].properties.values()
    return any("null" in stated_types(one) for one in shapes)


def test_every_check_sends_one_of_each_before_any_sends_the_rest() -> None:
    """
    A run that ends early has looked at everything once.

    Nulls are sent of another type as well, where the first one of a resource has none.
    """
    handler = Small()

    checked(handler, "payload.required_only", "payload.nulls", "delivery.duplicate", thorough=True)

    names = names_of(handler.sent)
    rest = next(
        at for at, name in enumerate(names) if name not in FIRST_TYPES and not has_null(name)
    )
    first_pass = set(names[:rest])
    others = first_pass - FIRST_TYPES
    assert first_pass >= FIRST_TYPES
    assert all(sum(name in family for name in others) <= 1 for family in FAMILIES)
    assert {one.partition(".")[0] for one in first_pass if has_null(one)} == {
        one.partition(".")[0] for one in catalog() if has_null(one)
    }


def test_a_second_pass_sends_what_the_first_has_left_out() -> None:
    """
    No message of a kind is sent twice because there are two passes.
    """
    handler = Small()

    result = checked(handler, "payload.all_optional", thorough=True)["payload.all_optional"]

    assert result.status == "passed"
    sent = Counter(names_of(handler.sent))
    assert set(sent) == set(catalog())
    assert len([one for one in sent if sent[one] > 1]) == 1  # the one of the preflight request


@pytest.mark.slow
def test_a_bug_of_one_event_type_is_found_in_the_second_pass() -> None:
    """
    A quick pass sends one type of each resource, and the run goes on.
    """

    class Choosy(Small):
        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"] == "lock.unlocked" and "code" not in event:
                raise KeyError
            super().act(event)

    assert "payload.required_only" in found(check(Choosy(), "payload.*", events="lock.*"))


def test_a_check_whose_second_pass_is_cut_says_how_far_it_came() -> None:
    """
    What one type of each resource has shown is said, with how many types were not reached.
    """
    results = checked(Timed(150), "payload.required_only", max_time=30.0)
    result = results["payload.required_only"]

    assert result.status == "inconclusive"
    assert result.note.startswith("passed for one event type of each resource; ")
    assert "event types were not reached within 30 s: give max_time= or thorough=" in result.note
    assert result.is_cut
    assert 0 < len(result.unreached) < len(catalog()) - len(FIRST_TYPES)


def test_checks_that_were_not_reached_are_inconclusive() -> None:
    """
    None of them has passed, and each says that it was not reached.
    """
    results = checked(Timed(20), "signature.*", max_time=30.0)

    unreached = [one for one in results.values() if one.is_cut]
    assert results["signature.missing_id"].status == "passed"
    assert len(unreached) > 5
    assert {one.status for one in unreached} == {"inconclusive"}
    assert all("not reached within 30 s" in one.note for one in unreached)


def test_fuzzing_that_is_cut_has_not_passed() -> None:
    """
    Hypothesis does not see the end of the time; the check does.
    """
    result = checked(Timed(500), "payload.property_fuzz", events="lock.*")["payload.property_fuzz"]

    assert result.status == "inconclusive"
    assert result.is_cut


def test_the_failures_of_a_run_that_is_cut_stay_failures() -> None:
    """
    What the first pass has found is reported, with what was not reached.
    """

    class Strict(Timed):
        def act(self, event: dict[str, Any]) -> None:
            event["device_id"]
            super().act(event)

    result = checked(Strict(40), "payload.every_event_type", events="[acd]*")
    failed = result["payload.every_event_type"]

    assert failed.status == "failed"
    assert "not reached" in failed.note


def test_a_run_that_is_cut_and_has_found_nothing_does_not_fail() -> None:
    """
    The report lists what was not reached.
    """
    run = run_of(Timed(150), "payload.required_only", "signature.stale", max_time=30.0)
    run.all()

    report = run.report("small")
    assert report.passed
    assert [one.id for one in report.incomplete] == ["payload.required_only"]
    assert report.time_limit == 30.0


def test_a_run_that_is_interrupted_reports_the_first_passes() -> None:
    """
    Checks whose second pass has not come are inconclusive.
    """

    class Interrupting(Small):
        def send(self, request: Request) -> Received:
            if len(self.sent) > 300:
                raise KeyboardInterrupt
            return super().send(request)

    run = run_of(Interrupting(), "payload.required_only", "payload.unicode", thorough=True)
    with pytest.raises(KeyboardInterrupt):
        run.all()
    run.stopped = "interrupted"

    results = {one.check.id: one for one in run.report("small").results}
    assert results.keys() == {"payload.required_only", "payload.unicode"}
    assert {one.status for one in results.values()} == {"inconclusive"}
    assert results["payload.unicode"].note == "interrupted"


@pytest.mark.parametrize("name", ["payload.required_only", "payload.property_fuzz"])
def test_a_single_check_sends_the_same_as_in_a_whole_run(name: str) -> None:
    """
    A test of one check is as thorough as a run of it.
    """
    together, alone = Small(), Small()
    checked(together, name, events="lock.*", thorough=True)

    run = run_of(alone, events="lock.*", thorough=True)
    result = run.step(next(one for one in BATTERY if one.id == name))

    assert result.status == "passed"
    assert names_of(alone.sent) == names_of(together.sent)


def test_a_single_check_leaves_time_to_the_others() -> None:
    """
    Its second pass takes half of what is left at most.
    """
    handler = Small()
    run = run_of(handler, events="lock.*")
    deadlines = []

    def send(request: Request) -> Received:
        deadlines.append(run.probe.budget.deadline)
        return Small.send(handler, request)

    handler.send = send  # type: ignore[method-assign]
    run.step(next(one for one in BATTERY if one.id == "payload.required_only"))

    assert None not in deadlines
    assert max(filter(None, deadlines)) - min(filter(None, deadlines)) > 10


def test_a_quick_run_has_one_pass() -> None:
    """
    It says nothing of what it leaves out: the user has asked for that.
    """
    result = checked(Small(), "payload.required_only", quick=True)["payload.required_only"]

    assert (result.status, result.note) == ("passed", "")


def test_time_spent_on_late_effects_comes_on_top() -> None:
    """
    A worker behind the handler does not shorten the run, unless the user has set its time.
    """
    for settings, extended in (({}, True), ({"max_time": 30.0}, False)):
        probe = run_of(Small(), **settings).probe
        probe.budget.deadline = 100.0
        probe.budget.wait_for_work(0.001)
        assert (probe.budget.deadline > 100.0) is extended
        assert probe.budget.waited_for_work == 0.001
