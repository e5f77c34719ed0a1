"""
Tests of the groups of failures: one cause is one group, and two causes are two.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.exchange import Answer, Escaped, Received
from seamproof.checks.model.state_changes import StateChange, StateDeviation
from seamproof.checks.reporting.wording import explain_group, group_lines, headline
from seamproof.events import Event
from tests.checks.reported import CRASH, failure, request, result, view_of

if TYPE_CHECKING:
    from seamproof.checks.model.results import Failure, Result
    from seamproof.checks.reporting.grouping import FailureGroup

LOOKUP = Escaped(kind="KeyError", message="", place="app.py:9", trace="")
ACCEPTED = Received(status=204)
AGAIN = StateDeviation(unexpected=(StateChange("log", "add", "1"),), occasion="again")


def crash(message: str, expected: str = "accepted with 2xx", **event: Any) -> Failure:
    """
    Make a failure of an event on which the handler raises a message.
    """
    escaped = replace(LOOKUP, message=message)
    body = Event.of(event).body
    return replace(
        CRASH,
        event_type=event.get("event_type"),
        expected=expected,
        reason="" if "event_type" in event and not event.get("method") else message,
        sent=(request(body=body),),
        received=Received(status=500, escaped=escaped),
    )


def of_check(name: str, *failures: Failure, **fields: Any) -> Result:
    """
    Make the result of a failed check whose requests have to be accepted.
    """
    one = result(name, "failed", *failures)
    return replace(one, check=replace(one.check, **{"replay": "accepted", **fields}))


def groups(*results: Result) -> list[FailureGroup]:
    """
    Group the failures of results.
    """
    return view_of(*results).groups()


def test_an_exception_about_a_value_is_one_cause_in_all_checks() -> None:
    """
    The lookup of the event type fails for many types, and for one that nobody knows.
    """
    types = ("device.tampered", "lock.locked", "phone.deactivated")
    (group,) = groups(
        of_check("payload.unknown_event_type", crash("'lock.new'", event_type="lock.new")),
        of_check("payload.every_event_type", *(crash(f"'{t}'", event_type=t) for t in types)),
    )

    assert headline(group) == (
        "FAILED  payload.every_event_type and 1 more · lock.locked and 3 more"
    )
    assert group.checks == ("payload.unknown_event_type",)
    assert explain_group(group).fix == (
        "Give the lookup at app.py:9 a default: answer 2xx to types that you do not need."
    )
    lines = [line.text for line in group_lines(group)]
    assert "all 4 cases: seamproof replay --last" in lines
    assert len([line for line in lines if line.startswith("seamproof replay payload")]) == 1


def test_an_exception_about_values_of_one_property_is_one_cause() -> None:
    """
    The others are named.
    """
    methods = ("remote", "card", "keypad")
    (group,) = groups(
        of_check(
            "payload.every_enum_value",
            *(
                crash(
                    f"'{one}'",
                    f'accepted with 2xx: method is "{one}"',
                    event_type="lock.locked",
                    method=one,
                )
                for one in methods
            ),
        )
    )

    assert group.also == ('method is "card"', 'method is "keypad"')
    assert explain_group(group).fix.startswith("Give the lookup of method at app.py:9 a default")


def test_two_properties_at_one_line_are_two_causes() -> None:
    """
    A model that is made of the whole event raises for each of them at one place.
    """
    found = groups(
        of_check("payload.nulls", crash("'device_id'"), crash("'method'")),
        of_check("payload.required_only", crash("'code'")),
    )

    assert len(found) == 3


def test_a_crash_is_not_told_to_accept_every_type() -> None:
    """
    Where the message names no type, the place and the type are what is known.
    """
    (group,) = groups(
        of_check(
            "payload.every_event_type",
            crash("no row", event_type="device.removed"),
            refused_types="reports",
        )
    )

    explained = explain_group(group)
    assert explained.fix.startswith("Find out why app.py:9 raises KeyError for device.removed,")
    assert explained.why.startswith("A crash is answered 5xx")


def test_a_consequence_is_in_the_group_of_its_cause() -> None:
    """
    A handler that recognises no duplicates fails four checks of duplicates for one cause.
    """
    again = failure(received=None, deviation=AGAIN)
    explains = ("delivery.duplicate_*",)
    names = ("delivery.duplicate_resigned", "delivery.duplicate_later", "delivery.journey")
    first, last = groups(
        of_check("delivery.duplicate", again, explains=explains, violation="Twice."),
        *(of_check(name, again, violation=f"{name}.") for name in names),
    )

    assert first.check.id == "delivery.duplicate"
    assert first.checks == names[:2]
    assert last.check.id == "delivery.journey"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (204, "The signature is not verified, or its failure is ignored."),
        (500, "The failure of the verification is not caught."),
        (302, ""),
    ],
)
def test_forgeries_that_are_answered_in_one_way_are_one_digest(status: int, words: str) -> None:
    """
    With a fix and a reason of its own; each check keeps its text in JUnit.
    """
    forged = failure(sent=(request("another secret"),), received=Received(status=status))
    view = view_of(
        of_check("signature.stale", forged, replay="refused"),
        of_check("signature.missing_id", forged, replay="refused"),
        of_check("signature.wrong_secret", forged, replay="refused", explains=("signature.*",)),
    )

    found = view.groups()

    assert len(found) == (1 if words else 3)
    if words:
        assert explain_group(found[0]).headline == words
        assert found[0].check.id == "signature.wrong_secret"
    assert [one.check.id for one in view.groups("signature.stale")] == ["signature.stale"]


def test_a_header_that_is_compared_as_a_whole_is_one_cause() -> None:
    """
    Every delivery with several signatures is refused: one fix is enough.
    """
    refused = failure(sent=(request("rotation, current key first"),), received=Received(status=400))
    explains = ("signature.rotation_*",)
    names = ("signature.rotation_last", "signature.rotation_unknown_version_first")
    (group,) = groups(
        of_check("signature.rotation_first", refused, explains=explains),
        *(of_check(name, refused) for name in names),
    )

    assert headline(group).startswith("FAILED  signature.rotation_first and 2 more")
    assert group.checks == names


def test_timestamps_that_are_not_checked_are_one_cause() -> None:
    """
    Too old, too far ahead and no number: one block with one fix.
    """
    several = [
        failure(sent=(request(age=600),), received=ACCEPTED),
        failure(sent=(request(age=-600),), received=ACCEPTED),
        failure(sent=(request("timestamp NaN, signed over"),), received=ACCEPTED),
    ]
    names = ("signature.stale", "signature.future", "signature.malformed_header")
    (group,) = groups(
        *(of_check(n, one, replay="refused") for n, one in zip(names, several, strict=True))
    )

    assert group.checks == names[1:]
    assert explain_group(group).headline == "The timestamp is not checked."
    assert "abs(now - timestamp) <= 300" in explain_group(group).fix


def test_a_cause_that_was_found_out_is_in_the_block_of_its_check() -> None:
    """
    A plain delivery is refused because the body is written again: the raw body is to be verified.
    """
    refused = Received(status=400)
    plain = replace(
        CRASH,
        received=refused,
        finding="the handler verifies the event that it has written again (json.dumps)",
        explained_by="signature.raw_body",
        cure="verify the bytes",
    )
    (group,) = groups(
        of_check("delivery.success_status", plain),
        of_check("signature.raw_body", replace(CRASH, received=refused)),
    )

    assert (group.check.id, group.checks) == ("signature.raw_body", ("delivery.success_status",))
    assert explain_group(group).headline.startswith("The handler verifies the event that")
    assert explain_group(group).fix == "Verify the bytes"


def test_crashes_of_deliveries_at_once_are_one_cause() -> None:
    """
    Two lines that raise when requests share a connection.
    """

    def at(place: str) -> Failure:
        received = Received(status=500, escaped=replace(LOOKUP, place=place, message=place))
        answers = (Answer(received=received, is_at_once=True),)
        return replace(CRASH, received=received, answers=answers)

    (group,) = groups(
        of_check("delivery.concurrent_burst", at("app.py:3"), at("app.py:9"), replay="check")
    )

    assert len(group.cases) == 2


def test_forgeries_that_make_the_verification_raise_are_one_cause() -> None:
    """
    A missing header each; the forgery with another secret is refused.
    """
    recipes = ("no svix-id", "no svix-timestamp", "no svix-signature")
    names = ("signature.missing_id", "signature.missing_timestamp", "signature.missing_signature")
    results = [
        of_check(name, replace(CRASH, sent=(request(recipe),)), replay="refused")
        for name, recipe in zip(names, recipes, strict=True)
    ]

    (group,) = groups(*results)
    two = groups(*results[:2])

    assert explain_group(group).headline == "The failure of the verification is not caught."
    assert group.checks == names[1:]
    assert len(two) == 2
    assert explain_group(two[0]).fix == "Catch what the verification raises, and answer 400."
