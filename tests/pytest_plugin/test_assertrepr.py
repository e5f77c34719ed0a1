"""
Tests of what failing assertions say.
"""

from __future__ import annotations

import pytest

from seamproof.checks import Report
from seamproof.checks.battery.registry import BATTERY
from seamproof.checks.model.results import Failure, Result


def told(pytester: pytest.Pytester, body: str, *arguments: str) -> str:
    """
    Run a test that fails, and give its `E` lines.
    """
    pytester.makepyfile(
        "def test_it(seam_delivery, seam_sample):\n"
        + "".join(f"    {line}\n" for line in body.splitlines())
    )
    result = pytester.runpytest_inprocess(*arguments)
    result.assert_outcomes(failed=1)
    return "\n".join(line for line in result.stdout.lines if line.startswith("E "))


def test_bodies_that_differ(pytester: pytest.Pytester) -> None:
    """
    Two deliveries are compared by their payloads, as pytest compares dictionaries.
    """
    text = told(
        pytester,
        'event = seam_sample("lock.unlocked", code="1234")\n'
        'assert seam_delivery(event) == seam_delivery(event, code="9876")',
    )

    assert "assert <Delivery of lock.unlocked: msg_" in text
    assert "{'code': '1234'} != {'code': '9876'}" in text
    assert "message_id: 'msg_" in text
    assert "identical items" in text


def test_a_tampered_body(pytester: pytest.Pytester) -> None:
    """
    Only differences are shown: of a tampered delivery, the body.
    """
    text = told(
        pytester, 'one = seam_delivery("lock.unlocked")\nassert one == one.tampered()', "-vv"
    )

    assert "lock.unlocked, tampered: msg_" in text
    assert "body:" in text
    assert "message_id:" not in text
    assert "svix-signature" not in text


def test_headers_that_differ(pytester: pytest.Pytester) -> None:
    """
    Headers are shown by name, missing headers as well.
    """
    text = told(
        pytester, 'one = seam_delivery("lock.unlocked")\nassert one == one.unsigned("svix-id")'
    )

    assert "svix-id: msg_" in text
    assert "!= (absent)" in text
    assert "body:" not in text


def test_bodies_equal_in_meaning(pytester: pytest.Pytester) -> None:
    """
    Bodies with equal JSON differ in their bytes, which are then shown.
    """
    text = told(
        pytester,
        "from seamproof import Event\n"
        "spaced, tight = (Event({'a': 1}, one) for one in (b'{\"a\": 1}', b'{\"a\":1}'))\n"
        "assert seam_delivery(spaced) == seam_delivery(tight)",
    )

    assert "At index 5 diff" in text


def test_payloads(pytester: pytest.Pytester) -> None:
    """
    Payloads are plain dictionaries, which pytest compares by itself.
    """
    text = told(
        pytester,
        'one = seam_delivery("lock.unlocked")\nassert one.payload == {**one.payload, "code": ""}',
    )

    assert "Differing items:" in text


def test_other_things_are_left_to_pytest(pytester: pytest.Pytester) -> None:
    """
    Other comparisons are left to pytest.
    """
    assert "== 1" in told(pytester, 'assert seam_delivery("lock.unlocked") == 1')
    assert " in []" in told(pytester, 'assert seam_delivery("lock.unlocked") in []')


def test_reports_and_failures() -> None:
    """
    The text of a report counts and names; that of a failure holds no body and no header.
    """
    failure = Failure(
        event_type="lock.unlocked", sent=(), expected="2xx", received=None, context="answered 500"
    )
    results = (
        Result(check=BATTERY[0], status="passed"),
        Result(check=BATTERY[1], status="failed", failures=(failure,)),
    )
    report = Report(target="app:app", seed=7, results=results)

    assert repr(report) == f"<Report: 1 passed, 1 failed ({BATTERY[1].id}); seed 7>"
    assert repr(results[1]) == f"<Result {BATTERY[1].id}: failed>"
    assert repr(failure) == "<Failure lock.unlocked: answered 500; expected: 2xx>"
    assert report.failures == (failure,)
    assert not report.passed
    assert not Report(target="", seed=7, stopped="it hangs").passed
    assert repr(Report(target="", seed=7)) == "<Report: no check ran; seed 7>"


@pytest.mark.parametrize("test", ["seam_secret == other", "other == seam_secret"])
def test_a_failing_comparison_shows_no_secret(pytester: pytest.Pytester, test: str) -> None:
    """
    Neither its text nor the characters in which it differs.
    """
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    pytester.makepyfile(
        f"""
        def test_secret(seam_secret):
            other = "whsec_x"
            assert {test}
        """
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEAM_WEBHOOK_SECRET", secret)
        result = pytester.runpytest_inprocess("-vv")

    result.assert_outcomes(failed=1)
    assert secret[6:] not in result.stdout.str()
