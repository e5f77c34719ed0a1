"""
Tests of the battery and the coverage among the workers of pytest-xdist.
"""

from __future__ import annotations

import json
import multiprocessing
from typing import TYPE_CHECKING

import pytest
from filelock import Timeout

from seamproof.checks.testing import worker_lock as lock_module
from seamproof.checks.testing.worker_lock import worker_lock
from tests.documented import PLAIN
from tests.pytest_plugin.handlers import make_shop

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event
    from pathlib import Path

#: A handler whose state is seen by every process.
SHARED = """
import os
import sqlite3

from svix.webhooks import Webhook


def database():
    opened = sqlite3.connect("events.db", timeout=60)
    opened.execute("create table if not exists events (id text primary key)")
    return opened


def handle(body, headers):
    headers = {name.lower(): value for name, value in headers.items()}
    try:
        Webhook(os.environ["SEAM_WEBHOOK_SECRET"]).verify(body, headers)
    except Exception:
        return 400
    opened = database()
    with opened:
        opened.execute("insert or ignore into events values (?)", [headers["svix-id"]])
    opened.close()
    return 204


def state():
    opened = database()
    [count] = opened.execute("select count(*) from events").fetchone()
    opened.close()
    return {"events": count}
"""


@pytest.mark.slow
@pytest.mark.parametrize("dist", ["load", "loadscope"])
def test_workers_share_the_battery(pytester: pytest.Pytester, dist: str) -> None:
    """
    They draw the same, report their failures, and their counts are added up.
    """
    make_shop(pytester)
    pytester.makepyfile(
        test_suite="""
import pytest
from seamproof.checks import contract_tests

TestContract = contract_tests("shop:good", select="payload.nulls", events="lock.locked")

@pytest.mark.parametrize("number", range(4))
def test_other(number):
    from seamproof.pytest_plugin.coverage.recorder import record
    record("camera.activated", 200)
"""
    )

    result = pytester.runpytest_subprocess(
        *PLAIN,
        "-n2",
        f"--dist={dist}",
        "--seamproof-target=shop:trusting",
        "--seamproof-events=lock.*",
        "--seamproof-select=signature.stale,payload.nulls,delivery.success_status",
        "--seamproof-coverage-json=coverage.json",
        "--seamproof-fail-under=100",
        "--junitxml=report.xml",
        "-rf",
    )

    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(
        [
            "FAILED  signature.stale · *",
            "  again *seamproof replay signature.stale-*",
            "3 of 3 event types sent, 100.0 %",
            "FAILED seamproof::signature.stale - CheckFailed: answered 204*",
        ]
    )
    told = json.loads((pytester.path / "coverage.json").read_text("utf-8"))
    assert told["sent"]["camera.activated"]["answers"] == {"200": 4}
    assert len(told["sent"]["camera.activated"]["tests"]) == 4
    cases = list((pytester.path / ".seamproof/cases").iterdir())
    assert len({json.loads(one.read_text("utf-8"))["aim"]["seed"] for one in cases}) == 1


def test_too_little_among_workers(pytester: pytest.Pytester) -> None:
    """
    The share is that of all of them together, and fails the run as a whole.
    """
    pytester.makepyfile(
        """
import pytest
from seamproof.pytest_plugin.coverage.recorder import record

@pytest.mark.parametrize("event_type", ["lock.locked", "lock.unlocked"])
def test_it(event_type):
    record(event_type, 200)
"""
    )

    result = pytester.runpytest_subprocess(
        *PLAIN, "-n2", "--seamproof-fail-under=70", "--seamproof-events=lock.*"
    )

    result.assert_outcomes(passed=2)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["2 of 3 event types sent, 66.6 %", "FAIL: 66.6 %*"])


@pytest.mark.slow
def test_workers_do_not_take_each_others_effects_for_the_handlers(
    pytester: pytest.Pytester,
) -> None:
    """
    Where they see one state, one worker at a time sends.
    """
    pytester.makepyfile(shop=SHARED)

    result = pytester.runpytest_subprocess(
        *PLAIN,
        "-n2",
        "--dist=load",
        "--seamproof-target=shop:handle",
        "--seamproof-state=shop:state",
        "--seamproof-quick",
        "--seamproof-select=delivery.duplicate*,delivery.no_effect_when_rejected,signature.w*",
    )

    # Two of the checks need a handler that forgets, or other workers of a server.
    result.assert_outcomes(passed=5, skipped=2)


@pytest.mark.slow
def test_a_handler_that_rejects_everything_is_reported_once(pytester: pytest.Pytester) -> None:
    """
    One test among all workers reports it.
    """
    make_shop(pytester)

    result = pytester.runpytest_subprocess(
        *PLAIN, "-n2", "--seamproof-target=shop:refusing", "--seamproof-select=signature.*"
    )

    counts = result.parseoutcomes()
    assert counts.pop("failed") == 1
    assert set(counts) == {"skipped"}


def _hold(inside: Event, may_leave: Event) -> None:
    with worker_lock(shared=True):
        inside.set()
        may_leave.wait(60)


def test_turns_are_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """
    Who comes second waits until the first one is done, or gone.
    """
    monkeypatch.setenv("PYTEST_XDIST_TESTRUNUID", "run")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    spawn = multiprocessing.get_context("spawn")
    inside, may_leave = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_hold, args=(inside, may_leave))
    other.start()
    try:
        assert inside.wait(60)
        with worker_lock(shared=False):
            assert other.is_alive()
        with monkeypatch.context() as patch:
            patch.setattr(lock_module, "_LOCK_TIMEOUT", 0.1)
            with pytest.raises(Timeout), worker_lock(shared=True):
                pass
        assert f"waits for process {other.pid} in " in capfd.readouterr().err
        other.kill()
        with worker_lock(shared=True):
            other.join()
    finally:
        other.kill()
        other.join()
