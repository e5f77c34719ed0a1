"""
Tests of the identity of failures.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.exchange import Received
from seamproof.checks.model.state_changes import StateChange, StateDeviation
from seamproof.checks.reporting.identity import case_id, distil
from tests.checks.reported import (
    BODY,
    CRASH,
    ESCAPED,
    REPORT,
    SECRET,
    check,
    failure,
    request,
    result,
    view_of,
)

if TYPE_CHECKING:
    from seamproof.checks.model.results import Failure
    from seamproof.checks.model.state_changes import Operation


def test_failures_with_one_event_type_and_cause_are_one() -> None:
    """
    The smallest proof is kept; two causes are two failures.
    """
    large = failure(sent=(request(body=BODY + b" " * 99),))
    two = failure(sent=(request(), request()))
    other = failure(received=Received(status=204))
    report = replace(REPORT, results=(result("a", "failed", large, two, failure(), other),))

    kept = distil(report, [SECRET]).results[0].failures

    assert kept == (failure(), other)


def test_the_id_of_a_failure_is_that_of_check_event_type_and_cause() -> None:
    """
    The requests and the rest of the answer do not change the id.
    """
    received = Received(status=200, body=b"other", milliseconds=9.0)
    again = failure(sent=(request(),), received=received, expected="otherwise")

    assert case_id(check("a.b"), failure()) == case_id(check("a.b"), again)
    assert case_id(check("a.b"), failure()).startswith("a.b-")
    others = [
        case_id(check("a.c"), failure()),
        case_id(check("a.b"), failure(received=Received(status=201))),
        case_id(check("a.b"), failure(event_type=None)),
    ]
    assert len({case_id(check("a.b"), failure()), *others}) == 4


def test_the_same_failure_of_another_handler_has_another_id() -> None:
    """
    The port of the handler does not change the id.
    """
    here, there = "http://127.0.0.1:4711/seam", "http://127.0.0.1:4712/seam"

    assert case_id(check("a.b"), failure(), here) == case_id(check("a.b"), failure(), there)
    assert case_id(check("a.b"), failure(), here) != case_id(
        check("a.b"), failure(), "http://127.0.0.1/other"
    )
    assert case_id(check("a.b"), failure(), "one:app") != case_id(
        check("a.b"), failure(), "other:app"
    )


def answered(status: int, **given: Any) -> Failure:
    """
    Make a failure by a status.
    """
    return failure(received=Received(status=status), **given)


def raised(place: str) -> Failure:
    """
    Make a failure by an exception.
    """
    return failure(received=Received(status=500, escaped=replace(ESCAPED, place=place)))


def counted(amount: int) -> Failure:
    """
    Make a failure by a counter that has too large a value.
    """
    wrong = (StateChange("count", "increment", f"{amount:+}"),)
    return failure(received=None, deviation=StateDeviation(unexpected=wrong))


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("delivery.concurrent_duplicates", counted(10), counted(7), True),
        (
            "delivery.response_time",
            answered(200, context="took 5.1 s"),
            answered(200, context="took 16.25 s"),
            True,
        ),
        ("delivery.journey", answered(500), answered(404), False),
        ("delivery.journey", raised("app.py:10"), raised("app.py:11"), False),
        ("delivery.journey", raised("a2.py:10"), raised("a3.py:10"), False),
        (
            "payload.large",
            answered(413, context="100 kB"),
            answered(413, context="350 kB"),
            False,
        ),
    ],
)
def test_measured_figures_do_not_change_the_id(
    name: str, one: Failure, other: Failure, *, same: bool
) -> None:
    """
    A race that is lost ten times and then seven times is one failure; a status is not a figure.
    """
    ids = {case_id(check(name), found) for found in (one, other)}

    assert len(ids) == (1 if same else 2)


def changes(*rows: tuple[str, Operation, str]) -> tuple[StateChange, ...]:
    """
    Make a state diff.
    """
    return tuple(StateChange(*row) for row in rows)


@pytest.mark.parametrize(
    ("expected_id", "cause", "found"),
    [
        (
            "delivery.duplicate-87ae69b8",
            (
                "changed again: mails +1; "
                'log + {"n": 4, "what": "door 2"}; b.‹id› is gone and 2 more: answered 204'
            ),
            answered(
                204,
                deviation=StateDeviation(
                    unexpected=changes(
                        ("mails", "increment", "+1"),
                        ("log", "add", '{"n": 4, "what": "door 2"}'),
                        ("b.‹id›", "unset", ""),
                        ("c", "remove", '"x"'),
                        ("", "set", "7"),
                    ),
                    occasion="again",
                ),
            ),
        ),
        (
            "delivery.out_of_order-4fe10507",
            (
                "lock, lock.locked before lock.unlocked: "
                'not done: devices.‹device_id› = {"at": 21.5}, '
                'done instead: devices.‹device_id› = {"at": 7}'
            ),
            failure(
                received=None,
                context="lock, lock.locked before lock.unlocked",
                deviation=StateDeviation.between(
                    changes(("devices.‹device_id›", "set", '{"at": 21.5}')),
                    changes(("devices.‹device_id›", "set", '{"at": 7}')),
                ),
            ),
        ),
        (
            "delivery.response_time-3b8fb114",
            "took 5.1 s: answered 200",
            answered(200, context="took 5.1 s"),
        ),
        (
            "delivery.journey-740ad709",
            "step 3 of the life cycle lock: KeyError at app.py:12",
            replace(raised("app.py:12"), context="step 3 of the life cycle lock"),
        ),
        (
            "delivery.journey-394b655f",
            "step 3 of the life cycle lock: no answer within 15 s",
            failure(
                context="step 3 of the life cycle lock",
                received=Received(status=None, reason="no answer within 15 s"),
            ),
        ),
        ("payload.large-7dc40d96", "100 kB: answered 413", answered(413, context="100 kB")),
        (
            "delivery.no_effect_when_rejected-18849b9d",
            "changed: seen +1",
            answered(
                401,
                deviation=StateDeviation(
                    unexpected=changes(("seen", "increment", "+1")), occasion="rejected"
                ),
                is_about_answer=False,
            ),
        ),
    ],
)
def test_causes_and_ids_are_those_of_version_0_1_0(
    expected_id: str, cause: str, found: Failure
) -> None:
    """
    Baselines, cases and regression tests of version 0.1.0 contain them.
    """
    assert found.cause == cause
    assert case_id(check(expected_id.rpartition("-")[0]), found) == expected_id


def test_places_are_relative_to_the_current_directory() -> None:
    """
    A failure has the same id on another machine.
    """
    here = replace(ESCAPED, place=f"{Path.cwd()}/app.py:12")
    received = Received(status=500, escaped=here)
    far = failure(received=received)

    (one,) = view_of(result("a", "failed", far)).report.results[0].failures

    assert one.cause == CRASH.cause
    assert one.received
    assert one.received.escaped
    assert one.received.escaped.place == "app.py:12"
