"""
Tests of `seam_delivery`, and of the variants of a delivery.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

import pytest

import seamproof
from seamproof import Event, Secret, is_valid, verify
from seamproof.errors import SecretInvalid, UnknownEventType, UnknownProperty, UsageError
from seamproof.schemas import catalog
from seamproof.signing import Reason
from seamproof.strategies import JOURNEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.pytest_plugin import Delivery, DeliveryFactory, SampleFactory


def reason(delivery: Delivery, secret: str) -> Reason:
    """
    Tell why a handler is to refuse a delivery, if it is.
    """
    return verify(delivery.body, delivery.headers, secret, now=time.time()).reason


def test_a_delivery(seam_delivery: DeliveryFactory, seam_secret: str) -> None:
    """
    A delivery is a signed event with ids of its own, and tells what it is.
    """
    delivery = seam_delivery("lock.unlocked")

    assert reason(delivery, seam_secret) is Reason.OK
    assert isinstance(delivery, seamproof.Delivery)
    assert delivery.event_type == "lock.unlocked"
    assert is_valid(delivery.payload, strict=True)
    assert delivery.headers["svix-id"] == delivery.message_id
    assert delivery.message_id != seam_delivery("lock.unlocked").message_id


def test_overrides(seam_delivery: DeliveryFactory, seam_sample: SampleFactory) -> None:
    """
    Properties are set by name, in a sample as in an event of one's own.
    """
    made = seam_delivery("lock.unlocked", code="1234")
    assert made.payload["code"] == "1234"

    event = seam_sample("lock.unlocked")
    assert seam_delivery(event, code="1234").payload == {**event, "code": "1234"}
    assert event["code"] != "1234"


def test_an_event_goes_out_to_the_byte(seam_delivery: DeliveryFactory) -> None:
    """
    The bytes of an Event are signed as they are, and an event of the future is an event.
    """
    event = Event({"event_type": "robot.awakened"}, b'{ "event_type": "robot.awakened" }')

    assert seam_delivery(event).body == event.body
    assert (
        seam_delivery({"event_type": "robot.awakened"}).body == b'{"event_type":"robot.awakened"}'
    )


def test_a_pattern_gives_one_of_each_type(seam_delivery: DeliveryFactory) -> None:
    """
    A pattern makes a list, and `each` a list of whatever is asked for.
    """
    types = [one.event_type for one in seam_delivery.each("lock.*")]

    assert types == [one.event_type for one in catalog().match("lock.*")]
    assert cast("object", seam_delivery("lock.*")) != []
    assert [one.event_type for one in seam_delivery.each("lock.locked")] == ["lock.locked"]


@pytest.mark.parametrize("name", JOURNEYS)
def test_a_journey_is_a_list_that_belongs_together(
    seam_delivery: DeliveryFactory, seam_secret: str, name: str
) -> None:
    """
    The events of a journey come in their order, each a message of its own.
    """
    journey = seam_delivery.each(name)

    assert len(journey) > 1
    assert len({one.message_id for one in journey}) == len(journey)
    assert all(reason(one, seam_secret) is Reason.OK for one in journey)
    times = [one.payload["occurred_at"] for one in journey]
    assert times == sorted(times)


def test_several_events(seam_delivery: DeliveryFactory, seam_sample: SampleFactory) -> None:
    """
    A list of events becomes a list of deliveries, and an override goes where it fits.
    """
    events = [seam_sample("lock.unlocked"), seam_sample("connected_account.deleted")]

    made = seam_delivery(events, code="1234")

    assert [one.payload.get("code") for one in made] == ["1234", None]
    assert [one.payload for one in seam_delivery(events)] == events
    assert seam_delivery([]) == []


@pytest.mark.parametrize(
    ("wanted", "overrides", "error", "words"),
    [
        ("lock.unlokced", {}, UnknownEventType, "did you mean lock.unlocked"),
        ("lokc.*", {}, UnknownEventType, "no event type is called 'lokc.*'"),
        ("access_cod", {}, UnknownEventType, "access_cod"),
        ("", {}, UnknownEventType, "no event type"),
        (None, {}, UsageError, "found: NoneType"),
        (b"{}", {}, UsageError, "found: bytes"),
        ([1], {}, UsageError, "found: list"),
        ({"at": object()}, {}, UsageError, "the event is no JSON"),
        ({"at": float("nan")}, {}, UsageError, "the event is no JSON"),
        ({}, {"code": "1"}, UsageError, "the event has no event_type"),
        ("lock.unlocked", {"cod": "1"}, UnknownProperty, "did you mean code"),
        ("lock.*", {"zzz": "1"}, UnknownProperty, "put it into the event itself"),
        ("lock.*", {"code": 1}, UsageError, "code must be"),
    ],
)
def test_what_cannot_be_signed(
    seam_delivery: DeliveryFactory,
    wanted: Any,  # noqa: ANN401 - whatever somebody may try
    overrides: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    """
    What is no event and names none is told with what would be.
    """
    with pytest.raises(error) as told:
        seam_delivery(wanted, **overrides)

    assert words in str(told.value)


@pytest.mark.parametrize(
    ("vary", "expected"),
    [
        (lambda one: one.tampered(), Reason.OTHER_SECRET),
        (lambda one: one.tampered(b"{}"), Reason.OTHER_SECRET),
        (lambda one: one.stale(), Reason.STALE),
        (lambda one: one.stale(-600), Reason.FUTURE),
        (lambda one: one.unsigned(), Reason.MISSING_HEADER),
        (lambda one: one.unsigned("svix-signature"), Reason.MISSING_HEADER),
        (lambda one: one.resigned(secret=Secret.generate()), Reason.OTHER_SECRET),
        (lambda one: one.resigned(age=600), Reason.STALE),
        (lambda one: one.stale().resigned(), Reason.OK),
        (lambda one: one.tampered().resigned(), Reason.OK),
        (lambda one: one.resigned(age=240), Reason.OK),
        (lambda one: one.resigned(), Reason.OK),
        (lambda one: one.duplicate(), Reason.OK),
    ],
)
def test_variants(
    seam_delivery: DeliveryFactory,
    seam_secret: str,
    vary: Callable[[Delivery], Delivery],
    expected: Reason,
) -> None:
    """
    Each variant is wrong in the way that it is named after, and the original stays right.
    """
    delivery = seam_delivery("lock.unlocked")

    assert reason(vary(delivery), seam_secret) is expected
    assert reason(delivery, seam_secret) is Reason.OK


def test_tampering_leaves_a_valid_event(seam_delivery: DeliveryFactory) -> None:
    """
    A handler that verifies nothing would take a tampered body: only the signature tells.
    """
    for delivery in seam_delivery.each("*"):
        other = delivery.tampered()
        assert len(other.body) == len(delivery.body)
        assert other.payload != delivery.payload
        assert is_valid(other.payload, strict=True)
        assert other.headers == delivery.headers


@pytest.mark.parametrize("event", [{"event_type": "x"}, {}, {"n": 0}])
def test_tampering_with_an_event_without_ids(
    seam_delivery: DeliveryFactory, event: dict[str, Any]
) -> None:
    """
    Where there is no id to be changed, the body is another one all the same.
    """
    delivery = seam_delivery(event)

    assert delivery.tampered().body != delivery.body


def test_a_message_sent_again(seam_delivery: DeliveryFactory) -> None:
    """
    A duplicate is the same to the byte; the next attempt has another timestamp and signature.
    """
    delivery = seam_delivery("lock.unlocked")

    assert delivery.duplicate() == delivery
    assert len({delivery, delivery.duplicate(), delivery.resigned()}) == 2
    again = delivery.resigned()
    assert (again.message_id, again.body) == (delivery.message_id, delivery.body)
    assert again.timestamp > delivery.timestamp
    assert again.headers["svix-signature"] != delivery.headers["svix-signature"]


@pytest.mark.parametrize(
    ("vary", "error", "words"),
    [
        (lambda one: one.stale(300), UsageError, "a verifier tolerates this"),
        (lambda one: one.stale("600"), UsageError, "found: '600'"),
        (lambda one: one.stale(600.0), UsageError, "whole seconds"),
        (lambda one: one.resigned(age=1.5), UsageError, "whole seconds"),
        (lambda one: one.resigned(secret="mySecret"), SecretInvalid, "begins with whsec_"),
        (lambda one: one.resigned(secret=7), UsageError, "a secret is a text"),
        (lambda one: one.unsigned("svix-sig"), UsageError, "svix-signature"),
        (lambda one: one.tampered(one.body), UsageError, "the very same"),
        (lambda one: one.tampered("{}"), UsageError, "found: str"),
    ],
)
def test_variants_that_are_none(
    seam_delivery: DeliveryFactory,
    vary: Callable[[Any], Delivery],
    error: type[Exception],
    words: str,
) -> None:
    """
    A variant that would be as good as the original is refused, and so are slips.
    """
    with pytest.raises(error) as told:
        vary(seam_delivery("lock.unlocked"))

    assert words in str(told.value)


def test_its_text_reads_well_and_hides_the_secret(
    seam_delivery: DeliveryFactory, seam_secret: str
) -> None:
    """
    The text of a delivery says what it is and what was done to it, and no secret.
    """
    delivery = seam_delivery("lock.unlocked").stale().tampered()

    assert repr(delivery).startswith("<Delivery of lock.unlocked, stale, tampered: msg_")
    assert seam_secret not in repr((delivery, seam_delivery, vars(seam_delivery)))
    assert repr(seam_delivery({})).startswith("<Delivery of no event: msg_")
    assert seam_delivery([{}])[0].tampered(b"\xff").payload is None


def test_a_failing_test_does_not_show_the_secret(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The secret of the environment is a text like any other, but not among a test's arguments.
    """
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    monkeypatch.setenv("SEAM_WEBHOOK_SECRET", secret)
    pytester.makepyfile(
        """
        import os

        def test_secret(seam_secret, seam_delivery):
            assert seam_secret == os.environ["SEAM_WEBHOOK_SECRET"]
            assert seam_secret.upper() == ""
        """
    )

    result = pytester.runpytest_inprocess("--showlocals", "-vv")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["seam_secret = 'whsec_…'*"])
    assert secret not in result.stdout.str()


def test_a_secret_that_is_none(pytester: pytest.Pytester) -> None:
    """
    A suite whose secret is of the wrong form is told so, and does not see it.
    """
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="session", params=["mySecret", None])
        def seam_secret(request):
            return request.param

        def test_signed(seam_delivery):
            pass
        """
    )

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        ["E *SecretInvalid: a signing secret begins with whsec_", "E *UsageError: seam_secret: *"]
    )


@pytest.mark.parametrize(
    ("ini", "variable"),
    [("", "SEAM_WEBHOOK_SECRET"), ("seamproof_secret_env = OUR_SECRET", "OUR_SECRET")],
)
def test_the_secret_of_the_environment(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ini: str, variable: str
) -> None:
    """
    Where the environment has a secret, it is the one; of a rotation the first is the current.
    """
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)
    pytester.makeini(f"[pytest]\n{ini}\n")
    pytester.makepyfile(
        """
        SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

        def test_secret(seam_secret):
            assert seam_secret == SECRET
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(failed=1)

    monkeypatch.setenv(variable, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_old")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)

    monkeypatch.setenv(variable, "mySecret")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"E *SecretInvalid: {variable}: a signing secret begins with *"])
