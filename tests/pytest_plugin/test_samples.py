"""
Tests of `seam_sample`: which values a test gets.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SUITE = """
import json
import pathlib

import pytest

@pytest.fixture(scope="module")
def lodged(seam_sample):
    return seam_sample("device.added")

@pytest.fixture
def own(seam_sample):
    return seam_sample("device.added")

def write(name, *events):
    with pathlib.Path("drawn.ndjson").open("a") as file:
        file.write(json.dumps([name, *events]) + "\\n")

def test_first(seam_sample, lodged, own):
    write("first", seam_sample("lock.unlocked"), seam_sample("lock.unlocked"), lodged, own)

@pytest.mark.parametrize("kind", ["lock.locked", "lock.unlocked"])
def test_second(seam_sample, seam_delivery, lodged, kind):
    write(kind, seam_sample(kind), seam_delivery(kind).payload, lodged)

class TestThird:
    def test_first(self, seam_delivery):
        write("third", *(one.payload for one in seam_delivery("access_code")))
"""


def drawn(directory: Path, *arguments: str) -> dict[str, list[Any]]:
    """
    Run the suite in a process of its own, and read what each test has drawn.
    """
    found = directory / "drawn.ndjson"
    found.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    subprocess.run(command, cwd=directory, check=True, capture_output=True)
    lines = map(json.loads, found.read_text(encoding="utf-8").splitlines())
    return {name: events for name, *events in lines}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """
    A directory with the suite.
    """
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return tmp_path


def test_the_same_test_gets_the_same_values(suite: Path) -> None:
    """
    Alone, after others or before them, a test draws the same, and so do the fixtures.
    """
    whole = drawn(suite)
    assert len(whole) == 4

    backwards = drawn(
        suite, "test_suite.py::TestThird", "test_suite.py::test_second", "test_suite.py::test_first"
    )
    assert backwards == whole
    for name, arguments in {
        "first": ["-k", "test_first and not Third"],
        "lock.unlocked": ["test_suite.py::test_second[lock.unlocked]"],
        "third": ["-k", "Third"],
    }.items():
        assert drawn(suite, *arguments) == {name: whole[name]}


def test_the_same_values_under_xdist(suite: Path) -> None:
    """
    Which worker runs a test makes no difference, nor does the name of a group in its id.
    """
    pytest.importorskip("xdist")
    whole = drawn(suite)

    assert drawn(suite, "-n", "2") == whole

    grouped = SUITE.replace("class Test", "@pytest.mark.xdist_group('locks')\nclass Test")
    (suite / "test_suite.py").write_text(grouped, encoding="utf-8")
    assert drawn(suite, "-n", "2", "--dist", "loadgroup") == whole


def test_tests_differ_from_one_another(suite: Path) -> None:
    """
    Two samples of a test differ, and so do those of two tests, and of a test and a fixture.
    """
    whole = drawn(suite)

    ids = [event["event_id"] for events in whole.values() for event in events]

    # The fixture of the module is drawn once, and seen by three tests.
    assert len(ids) - len(set(ids)) == 2


def test_a_test_that_is_run_again_draws_the_same(pytester: pytest.Pytester) -> None:
    """
    A test that is repeated within a session, as after a failure, starts afresh.
    """
    pytester.makeconftest(
        """
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            for _ in range(2):
                reports = runtestprotocol(item, nextitem=nextitem, log=False)
            for report in reports:
                item.ihook.pytest_runtest_logreport(report=report)
            return True
        """
    )
    pytester.makepyfile(
        """
        seen = []

        def test_drawn(seam_sample):
            seen.append([seam_sample("lock.locked"), seam_sample("lock.locked")])
            assert seen == [seen[0]] * len(seen)
        """
    )

    pytester.runpytest_inprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("seam_sample('lock.unlokced')", ["no event type is called", "lock.unlocked"]),
        ("seam_sample('lock.*')", ["no event type is called 'lock.*'"]),
        ("seam_sample(None)", ["seam_sample: an event type is a text", "found: NoneType"]),
        ("seam_sample('lock.locked', device='x')", ["no property 'device'", "device_id"]),
        ("seam_sample('lock.locked', device_id=7)", ["device_id must be", "found: 7"]),
    ],
)
def test_a_slip_is_told_at_the_line_of_the_test(
    pytester: pytest.Pytester, call: str, words: list[str]
) -> None:
    """
    The traceback ends in the test, and the message says what would be right.
    """
    pytester.makepyfile(f"def test_slip(seam_sample):\n    {call}\n")

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(failed=1)
    output = result.stdout.str()
    assert all(word in output for word in words)
    assert "sampling.py" not in output
