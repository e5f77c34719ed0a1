"""
Tests of `--seamproof-coverage`: which event types a test run has sent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.pytest_plugin.coverage.plugin import document, table
from seamproof.pytest_plugin.coverage.recorder import (
    Coverage,
    Recorder,
    is_recording,
    record,
    start_recording,
    stop_recording,
)
from seamproof.schemas import catalog
from tests.pytest_plugin.handlers import ini, make_shop

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTED = len(catalog().match("*"))
SUITE = """
from seamproof.pytest_plugin.coverage.recorder import record

def test_one():
    record("lock.locked", 204)
    record("lock.locked", 500)
    record("lock.unlocked", None)

def test_other():
    record("lock.locked", 204)
    record("robot.awakened", 204)
"""


def report(pytester: pytest.Pytester, *arguments: str) -> tuple[int, dict[str, Any]]:
    """
    Run the suite and read the JSON report.
    """
    pytester.makepyfile(test_suite=SUITE)
    result = pytester.runpytest_inprocess("--seamproof-coverage-json=cover/age.json", *arguments)
    result.assert_outcomes(passed=2)
    told = json.loads((pytester.path / "cover/age.json").read_text("utf-8"))
    return int(result.ret), told


def test_a_table_after_the_run(pytester: pytest.Pytester) -> None:
    """
    Each type sent, how often, by how many tests, answered how; then those never sent.
    """
    pytester.makepyfile(SUITE)

    result = pytester.runpytest_inprocess("--seamproof-coverage", "--seamproof-events=lock.*")

    result.stdout.fnmatch_lines(
        [
            "*= seamproof coverage =*",
            "event type *sent *tests *answered",
            "lock.locked * 3 * 2  2xx 2, 5xx 1",
            "lock.unlocked * 1 * 1  no answer 1",
            "",
            "by resource: lock 2/3",
            "",
            "never sent: lock.access_denied",
            "",
            "sent, not counted: robot.awakened",
            "",
            "2 of 3 event types sent, 66.6 %",
        ]
    )
    assert result.ret == 0


def test_what_is_drawn_among_others_does_not_count(pytester: pytest.Pytester) -> None:
    """
    Which of several types examples draw differs from run to run; a single type is always drawn.
    """
    pytester.makepyfile(
        """
        from hypothesis import given, settings
        from seamproof.pytest_plugin.coverage.recorder import record
        from seamproof.strategies import events

        @given(event=events("access_code.*"))
        def test_any(event):
            record(event["event_type"], 204)

        @given(event=events("lock.unlocked"))
        @settings(max_examples=3)
        def test_one(event):
            record(event["event_type"], 204)

        def test_fixed():
            record("access_code.set_on_device", 204)
        """
    )

    result = pytester.runpytest_inprocess("--seamproof-coverage-json=coverage.json")

    result.assert_outcomes(passed=3)
    written = json.loads((pytester.path / "coverage.json").read_text("utf-8"))
    assert written["resources"]["lock"] == {"sent": 1, "event_types": 3}
    assert written["resources"]["access_code"]["sent"] == 1
    assert written["drawn"]
    assert not {"lock.unlocked", "access_code.set_on_device"} & {*written["drawn"]}
    assert written["percent"] == round(100 * 2 / DOCUMENTED, 2)


def test_nothing_is_counted_unless_it_is_asked_for(pytester: pytest.Pytester) -> None:
    """
    Without the option there is no table, and recording does nothing.
    """
    pytester.makepyfile(
        SUITE + "\ndef test_off():\n    import seamproof.pytest_plugin.coverage.recorder "
        "as c\n    assert not c.is_recording()\n"
    )

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(passed=3)
    assert "coverage =" not in result.stdout.str()


def test_as_json(pytester: pytest.Pytester) -> None:
    """
    The same for programs: with each status, and with the tests by name.
    """
    status, told = report(pytester)

    assert status == 0
    assert told["percent"] == round(200 / DOCUMENTED, 2)
    assert told["sent"]["lock.locked"] == {
        "counted": True,
        "deliveries": 3,
        "tests": ["test_suite.py::test_one", "test_suite.py::test_other"],
        "answers": {"204": 2, "500": 1},
    }
    assert told["sent"]["lock.unlocked"]["answers"] == {"none": 1}
    assert told["sent"]["robot.awakened"]["counted"] is False
    assert "lock.access_denied" in told["never_sent"]
    assert len(told["never_sent"]) == DOCUMENTED - 2


@pytest.mark.parametrize(("percent", "status"), [("66", 0), ("66.6", 0), ("67", 1), ("100 %", 1)])
def test_too_little_fails_the_run(pytester: pytest.Pytester, percent: str, status: int) -> None:
    """
    A share that is not reached makes the exit status 1, and says by how much.
    """
    pytester.makepyfile(SUITE)

    result = pytester.runpytest_inprocess(
        f"--seamproof-fail-under={percent}", "--seamproof-events=lock.*"
    )

    result.assert_outcomes(passed=2)
    assert result.ret == status
    assert ("FAIL: 66.6 % of the event types sent" in result.stdout.str()) is bool(status)


def test_a_share_in_the_ini_file_counts_where_the_coverage_is_asked_for(
    pytester: pytest.Pytester,
) -> None:
    """
    A run without the coverage, of a single test for one, does not fail for its share.
    """
    pytester.makepyfile(SUITE)
    ini(pytester, "seamproof_fail_under = 50")

    assert pytester.runpytest_inprocess().ret == 0
    assert pytester.runpytest_inprocess("--seamproof-coverage").ret == 1


@pytest.mark.parametrize("arguments", [["--collect-only"], ["-k", "nothing_is_called_so"]])
def test_a_run_that_runs_nothing(pytester: pytest.Pytester, arguments: list[str]) -> None:
    """
    Collecting alone cannot fall short; a run without a test keeps its own status.
    """
    pytester.makepyfile(SUITE)

    result = pytester.runpytest_inprocess("--seamproof-fail-under=90", *arguments)

    assert result.ret == (5 if "-k" in arguments else 0)


def test_failing_tests_keep_their_status(pytester: pytest.Pytester) -> None:
    """
    The table is printed whatever becomes of the tests.
    """
    pytester.makepyfile(SUITE + "\n\ndef test_bad():\n    assert False\n")

    result = pytester.runpytest_inprocess("--seamproof-coverage")

    assert result.ret == 1
    result.stdout.fnmatch_lines([f"2 of {DOCUMENTED} event types sent*"])


@pytest.mark.parametrize("percent", ["101", "-1", "many", "nan"])
def test_a_share_that_is_none(pytester: pytest.Pytester, percent: str) -> None:
    """
    A wrong percentage is an error before any test runs: status 4.
    """
    result = pytester.runpytest_inprocess(f"--seamproof-fail-under={percent}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--seamproof-fail-under: this is not a percentage" in result.stderr.str()


def test_a_report_that_cannot_be_written(pytester: pytest.Pytester) -> None:
    """
    It fails the run, and says why.
    """
    pytester.makepyfile(SUITE)
    pytester.mkdir("taken")

    result = pytester.runpytest_inprocess("--seamproof-coverage-json=taken")

    assert result.ret == 1
    result.stdout.fnmatch_lines(["*taken: cannot be written: Is a directory"])


def test_what_the_battery_sends_is_counted(pytester: pytest.Pytester) -> None:
    """
    Items, `contract_tests`, `seam_check` and `seam_post` all count.
    """
    make_shop(pytester)
    pytester.makepyfile(
        test_suite="""
import httpx
from seamproof.checks import contract_tests

TestContract = contract_tests("shop:trusting", select="payload.nulls", events="lock.locked")

def test_check(seam_check):
    seam_check("shop:trusting", select="payload.nulls", events="lock.unlocked")

def test_post(seam_post, seam_delivery):
    answer = httpx.MockTransport(lambda request: httpx.Response(202))
    with httpx.Client(transport=answer, base_url="http://shop") as client:
        seam_post(client, seam_delivery("camera.activated"))
"""
    )

    result = pytester.runpytest_inprocess(
        "--seamproof-target=shop:trusting",
        "--seamproof-events=lock.access_denied",
        "--seamproof-select=payload.nulls",
        "--seamproof-coverage-json=coverage.json",
    )

    result.assert_outcomes(passed=4)
    sent = json.loads((pytester.path / "coverage.json").read_text("utf-8"))["sent"]
    assert {name: one["tests"] for name, one in sent.items()} == {
        "camera.activated": ["test_suite.py::test_post"],
        "lock.access_denied": ["seamproof::payload.nulls"],
        "lock.locked": ["test_suite.py::TestContract::test_payload_nulls"],
        "lock.unlocked": ["test_suite.py::test_check"],
    }


def test_one_run_within_another() -> None:
    """
    The inner one counts for itself, and the outer one goes on afterwards.
    """
    outer, inner = Recorder(), Recorder()

    start_recording(outer)
    record("lock.locked", 200)
    start_recording(inner)
    record("lock.unlocked", 200)
    record(None, 200)
    stop_recording(inner)
    record("lock.locked", 404)
    stop_recording(outer)

    assert set(inner.sent) == {"lock.unlocked"}
    assert outer.sent["lock.locked"].classes == {"2xx": 1, "4xx": 1}
    assert not is_recording()


def test_what_processes_have_counted_is_added_up(tmp_path: Path) -> None:
    """
    A test that ran in two of them counts once, its deliveries each.
    """
    first, second = Recorder(), Recorder()
    for recorder in (first, second):
        recorder.add("lock.locked", 200, "test_a.py::test_same")
        recorder.add("lock.locked", None, f"{tmp_path}")

    # As it travels from process to process.
    first.merge(json.loads(json.dumps(second.dump())))

    assert first.sent["lock.locked"].deliveries == 4
    assert len(first.sent["lock.locked"].tests) == 2


def test_a_share_is_never_rounded_up() -> None:
    """
    Less than all is never shown as 100 %.
    """
    recorder = Recorder()
    wanted = [f"type.{number}" for number in range(3000)]
    for name in wanted[1:]:
        recorder.add(name, 200, "")

    coverage = Coverage.of(recorder, wanted)

    assert list(table(coverage))[-1] == "2,999 of 3,000 event types sent, 99.9 %"
    assert document(coverage)["percent"] < 100
