"""
Tests of a run as a whole: what is chosen, when it stops, what it says then.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks import BATTERY, Settings, run_battery
from seamproof.checks.model.exchange import Received
from seamproof.checks.runner.selection import select_checks
from seamproof.errors import UnknownEventType, UnknownProperty, UsageError
from tests.checks.small import SECRET, Small, check, found

if TYPE_CHECKING:
    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Result

#: The ids of the battery, in its order.
IDS = {
    "signature": (
        "missing_all_headers missing_id missing_timestamp missing_signature empty_signature "
        "wrong_secret tampered_body tampered_id tampered_timestamp stale future tolerated_skew "
        "truncated_signature unsigned_version rotation_first rotation_last "
        "rotation_unknown_version_first header_case raw_body other_case other_content_type "
        "malformed_header non_utf8_body replayed_signature_new_body leak_in_response"
    ),
    "payload": (
        "documented_examples every_event_type required_only all_optional nulls every_enum_value "
        "timestamp_precision unicode empty_values lost_values large unknown_property "
        "unknown_event_type signed_malformed_json signed_non_object property_fuzz"
    ),
    "delivery": (
        "success_status wrong_method split_body base64_body response_time "
        "duplicate duplicate_resigned duplicate_later duplicate_next_day duplicate_elsewhere "
        "concurrent_duplicates distinct_events out_of_order journey concurrent_burst "
        "retry_after_failure copies_while_failing no_effect_when_rejected "
        "background_work still_working"
    ),
    "effect": "any expected unusual_event old_event future_event",
    "callback": "gone unavailable newer",
    "outage": "catch_up",
}


class Answering(Small):
    """
    It gives one answer, whatever comes.
    """

    def __init__(self, status: int | None, **received: Any) -> None:
        super().__init__()
        self.received = Received(status=status, **received)

    def send(self, request: Request) -> Received:
        """
        Give it.
        """
        self.sent.append(request)
        return self.received


def test_the_battery_has_its_checks_in_their_order() -> None:
    """
    Ids are stable: reports, baselines and selections name them.
    """
    wanted = [f"{group}.{name}" for group, names in IDS.items() for name in names.split()]

    assert [one.id for one in BATTERY] == wanted


@pytest.mark.parametrize("one", BATTERY, ids=lambda one: one.id)
def test_every_check_states_its_rule_its_reason_and_its_cure(one: Check) -> None:
    """
    Whoever fails a check learns where the rule is written, why it matters and what to do.
    """
    assert all((one.title, one.source, one.why, one.cure))
    assert not one.title.endswith(".")
    assert one.why.endswith(".")


def test_checks_are_chosen_by_id_and_by_glob() -> None:
    """
    What is selected runs, less what is ignored, in the order of the battery.
    """
    selected = select_checks(("delivery.dup*", "signature.stale"), ("*.duplicate_*",))

    assert [one.id for one in selected] == ["signature.stale", "delivery.duplicate"]


@pytest.mark.parametrize("pattern", ["signature.stail", "duplicat"])
def test_an_unknown_check_is_an_error_with_the_nearest_id(pattern: str) -> None:
    """
    A mistake in a selection is an error, never an empty run.
    """
    with pytest.raises(UsageError, match="no check is called") as caught:
        select_checks((), (pattern,))

    assert "did you mean" in caught.value.cure


def test_a_run_of_no_check_is_an_error() -> None:
    """
    A run without checks does not pass.
    """
    with pytest.raises(UsageError, match="no check is left"):
        select_checks((), ("*",))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (Answering(404), "the path is wrong"),
        (Answering(400), "the secret differs"),
        (Answering(403, body=b"CSRF verification failed"), "CSRF protection"),
        (Answering(307, headers={"location": "/webhooks/seam/"}), "lacks its trailing slash"),
        (Answering(301, headers={"location": "https://a.example/x"}), "begin with https"),
        (Answering(302, headers={"location": "/login?next=x"}), "requires a login"),
        (Answering(500), "the handler itself fails"),
        (Answering(None, reason="no answer within 20 s"), "no answer within 20 s"),
    ],
    ids=lambda one: str(one.received.status) if isinstance(one, Answering) else one,
)
def test_without_a_plain_delivery_the_run_stops(answer: Answering, hint: str) -> None:
    """
    If the plain genuine delivery is not accepted, that is the one failure, with a likely cause.
    """
    report = check(answer, "signature.*", "delivery.success_status", seen=False)

    failed = [one for one in report.results if one.status == "failed"]
    assert [one.check.id for one in failed] == ["delivery.success_status"]
    assert hint in report.stopped
    assert {one.status for one in report.results} == {"failed", "skipped"}
    is_certain = answer.received.status in (404, 307, 301, 302, None)
    assert len(answer.sent) < (5 if is_certain else 300)


def test_a_type_that_fails_does_not_stop_the_run() -> None:
    """
    A bug in one event type is reported by the check of that type.
    """

    class Failing(Small):
        def act(self, event: dict[str, Any]) -> None:
            if event["event_type"].startswith("device."):
                raise KeyError
            super().act(event)

    report = check(Failing(), "signature.*", events="[dl]*", seen=False)

    assert report.stopped == ""
    assert found(report) == {}


def test_a_handler_that_goes_away_ends_the_run() -> None:
    """
    A handler that stops answering is reported once, not once for each check.
    """

    class Dying(Small):
        def send(self, request: Request) -> Received:
            if len(self.sent) > 30:
                return Received(status=None, reason="the connection was refused")
            return super().send(request)

    report = check(Dying(), events="device.*", seen=False)

    assert "no longer answers" in report.stopped
    assert [one.status for one in report.results].count("skipped") > 20


def test_a_run_ends_when_its_time_is_up() -> None:
    """
    What is not finished by then is inconclusive, never passed.
    """
    report = check(Small(), events="device.*", seen=False, max_time=0.0)

    assert report.deliveries == 0
    assert {one.status for one in report.results} <= {"inconclusive", "skipped"}


def test_a_handler_that_is_far_too_slow_is_spared() -> None:
    """
    If every response is too slow, the run reports that alone.
    """

    class Slow(Small):
        def send(self, request: Request) -> Received:
            return replace(super().send(request), milliseconds=16_000.0)

    handler = Slow()
    report = check(handler, events="device.*")

    assert found(report).keys() == {"delivery.response_time"}
    assert found(report)["delivery.response_time"].status == "failed"
    assert len(handler.sent) < 5


def test_a_quick_run_sends_little() -> None:
    """
    One of each is enough for a quick run.
    """
    quick, whole = Small(), Small()

    check(quick, "payload.*", events="[dl]*", seen=False, quick=True)
    check(whole, "payload.*", events="[dl]*", seen=False, max_examples=0)

    assert len(quick.sent) * 5 < len(whole.sent)


def test_statuses_that_the_user_accepts_are_accepted() -> None:
    """
    A handler that answers 404 to what it does not know is good if the user says so.
    """

    class Choosy(Small):
        def once(self, message_id: str, event: dict[str, Any]) -> int:
            known = str(event["event_type"]).startswith("device.")
            return super().once(message_id, event) if known else 404

    accept = (range(200, 300), range(404, 405))
    settings: dict[str, Any] = {"events": "[dl]*", "seen": False, "accept": accept}
    settings["max_examples"] = 3

    assert found(check(Choosy(), "payload.*", **settings)) == {}
    assert found(check(Choosy(), "payload.every*", events="[dl]*", seen=False))


def test_each_result_is_reported_as_it_ends() -> None:
    """
    Results are handed on one by one, and stand in the order of the battery in the end.
    """
    told: list[Result] = []
    settings = Settings(secret=SECRET, seed=3, events="device.low*", max_examples=5)

    report = run_battery(Small(), settings, on_result=told.append)

    assert sorted(told, key=report.results.index) == list(report.results)
    assert [one.check.id for one in report.results] == [one.id for one in BATTERY]
    assert report.deliveries > sum(one.deliveries for one in told)
    assert (report.target, report.seed) == ("small", 3)


def test_the_same_seed_sends_the_same() -> None:
    """
    Only ids and times are new in each run: the same seed draws the same events.
    """

    def drawn(seed: int) -> list[tuple[str | None, int]]:
        handler = Small()
        check(
            handler,
            "payload.property_fuzz",
            events="device.low*",
            seen=False,
            seed=seed,
            quick=True,
        )
        return [(one.event_type, len(one.body)) for one in handler.sent]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_what_cannot_be_aimed_at_is_an_error() -> None:
    """
    A pattern or an override that matches nothing is an error before anything is sent.
    """
    handler = Small()

    with pytest.raises(UnknownEventType):
        check(handler, events="nothing.*")
    with pytest.raises(UnknownProperty):
        check(handler, overrides=("devise_id=x",))
    assert handler.sent == []


def test_the_room_loads_nothing_that_is_not_asked_for() -> None:
    """
    To import the room costs no Hypothesis, no server and no verifier.
    """
    heavy = ("hypothesis", "starlette", "svix", "uvicorn", "faker", "aiohttp")
    code = f"import sys, seamproof.checks; print([n for n in {heavy} if n in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_slow_type_is_spared() -> None:
    """
    A type that takes seconds each time is reported as slow, and not sent hundreds of times.
    """

    class Slow(Small):
        def send(self, request: Request) -> Received:
            received = super().send(request)
            is_slow = request.event_type == "device.low_battery"
            return replace(received, milliseconds=6000.0) if is_slow else received

    handler = Slow()
    report = check(handler, events="device.*", seen=False, max_examples=3)

    slow = [one for one in handler.sent if one.event_type == "device.low_battery"]
    assert found(report).keys() == {"delivery.response_time"}
    assert len(slow) < 10


class OneTypeOnly(Small):
    """
    It takes no event of a phone.
    """

    def send(self, request: Request) -> Received:
        """
        Refuse it.
        """
        received = super().send(request)
        return Received(status=422) if request.event_type == "phone.deactivated" else received


@pytest.mark.parametrize(
    ("select", "status"),
    [(("payload.nulls",), "inconclusive"), (("payload.nulls", "payload.every_*"), "passed")],
)
def test_the_types_that_a_check_skips_are_named_where_nothing_else_reports_them(
    select: tuple[str, ...], status: str
) -> None:
    """
    One check reports a type of which no plain event is accepted; without it, a note does.
    """
    report = run_battery(OneTypeOnly(), Settings(secret=SECRET, select=select, quick=True, seed=0))

    (nulls,) = [one for one in report.results if one.check.id == "payload.nulls"]
    assert nulls.status == status
    assert ("phone.deactivated" in nulls.note) is (status == "inconclusive")


class Banning(Small):
    """
    It hears nobody any more once it has refused forty requests.
    """

    def answer(self, request: Request, headers: dict[str, str]) -> int:
        """
        Count what is refused.
        """
        refused = getattr(self, "refused", 0)
        status = 403 if refused >= 40 else super().answer(request, headers)
        self.refused = refused + (status >= 400)
        return status


def test_a_handler_that_stops_taking_deliveries_is_left_alone() -> None:
    """
    What it took at the beginning it takes no more: that is said once, not by every check.
    """
    report = check(Banning(), "signature.*", "payload.*", quick=True)

    assert not found(report)
    assert "or bans a sender after forgeries: 403 after 152 requests" in report.stopped
    assert {one.status for one in report.results} == {"passed", "inconclusive", "skipped"}
