"""
Tests of `contract_tests`: the battery as a class of tests.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from seamproof.checks import contract_tests
from seamproof.checks.battery.registry import BATTERY
from seamproof.errors import SeamproofError, UnknownEventType, UnknownProperty, UsageError
from tests.documented import PLAIN
from tests.pytest_plugin.handlers import make_shop

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.pytester import RunResult

FEW = 'select=["signature.stale", "payload.nulls", "delivery.success_status"]'


@pytest.fixture(autouse=True)
def _shop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)
    make_shop(pytester)


def run(pytester: pytest.Pytester, arguments: str, *options: str, more: str = "") -> RunResult:
    """
    Run a suite that holds the class.
    """
    pytester.makepyfile(
        test_contract=f"""
from seamproof.checks import contract_tests

TestContract = contract_tests({arguments})
{more}
"""
    )
    return pytester.runpytest_inprocess(*options)


def test_a_test_for_each_check(pytester: pytest.Pytester) -> None:
    """
    The tests are methods, called after the checks, first what all else rests on.
    """
    result = run(pytester, '"shop:good", path="/webhooks/seam"', "--collect-only", "-q")

    ids = [line for line in result.stdout.lines if "::" in line]
    assert ids[0] == "test_contract.py::TestContract::test_delivery_success_status"
    assert "test_contract.py::TestContract::test_signature_stale" in ids
    assert len(ids) == len(BATTERY)


@pytest.mark.parametrize("plugin", [(), ("-p", "no:seamproof")])
def test_a_failure_shows_everything(pytester: pytest.Pytester, plugin: tuple[str, ...]) -> None:
    """
    It reads as that of an item, stands where the class was asked for, and needs no plugin.
    """
    result = run(pytester, f'"shop:trusting", {FEW}', "-vv", *plugin)

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "test_contract.py::TestContract::test_signature_stale FAILED*",
            "*TestContract.test_signature_stale*",
            "answered 204; expected: *",
            "FAILED  signature.stale · *",
            "  again *seamproof replay signature.stale-????????",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "suites.py" not in result.stdout.str()


def test_an_application_in_hand(pytester: pytest.Pytester) -> None:
    """
    What has no name cannot be replayed by a command: the test itself sends it again.
    """
    pytester.makepyfile(
        test_contract=f"""
import shop
from seamproof.checks import contract_tests

TestContract = contract_tests(shop.trusting, state=shop.state, seed=1, {FEW})
"""
    )
    result = pytester.runpytest_inprocess()

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["  again *pytest 'test_contract.py::TestContract::test_signature_stale'"]
    )
    assert not (pytester.path / ".seamproof").exists()


def test_two_contracts_in_a_suite(pytester: pytest.Pytester) -> None:
    """
    Each opens its own handler, and reports by itself if that cannot be checked.
    """
    result = run(
        pytester,
        f'"shop:refusing", {FEW}',
        "-rs",
        more=f'TestOther = contract_tests("shop:good", {FEW})',
    )

    result.assert_outcomes(passed=3, failed=1, skipped=2)


def test_known_failures_are_expected(pytester: pytest.Pytester) -> None:
    """
    They are marked as pytest marks them, with their reason.
    """
    result = run(pytester, f'"shop:trusting", xfail=["signature.*: ticket 12"], {FEW}', "-rx")

    result.assert_outcomes(passed=2, xfailed=1)
    result.stdout.fnmatch_lines(["XFAIL *test_signature_stale - *ticket 12*"])


def test_a_test_can_be_put_in_place_of_one(pytester: pytest.Pytester) -> None:
    """
    The class can be inherited from, like any class of tests.
    """
    result = run(
        pytester,
        f'"shop:trusting", {FEW}',
        more="""
class TestOwn(TestContract):
    def test_signature_stale(self):
        pass

del TestContract
""",
    )

    result.assert_outcomes(passed=3)


def test_options_are_named_as_arguments(pytester: pytest.Pytester) -> None:
    """
    The note of an undecided check names the argument that it needs.
    """
    result = run(
        pytester,
        '"shop:good", select="delivery.retry_after_failure,delivery.duplicate", quick=True',
        "-rs",
    )

    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["*give breaker=*"])
    result.stdout.fnmatch_lines(["*give state=*"])


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"target": "shop"}, UsageError, "did you mean shop:app"),
        ({"path": "hook"}, UsageError, "path=: a path begins with a slash"),
        ({"kind": "thing"}, UsageError, "kind=: (.|\n)*asgi, wsgi, function, lambda"),
        ({"select": "stale"}, UsageError, "did you mean signature.stale"),
        ({"ignore": "*"}, UsageError, "no check is left"),
        ({"xfail": "stale: why"}, UsageError, "did you mean signature.stale"),
        ({"accept": "ok"}, UsageError, "these are no statuses"),
        ({"events": "lok"}, UnknownEventType, "lok"),
        ({"overrides": {"nothing": 1}}, UnknownProperty, "nothing"),
        ({"overrides": "device_id"}, UsageError, "an equals sign"),
        ({"max_examples": 0}, UsageError, "0"),
        ({"seed": -1}, UsageError, "-1"),
        ({"state": 3}, UsageError, "3"),
        ({"path": 3}, UsageError, "path=: this is not a text"),
        ({"secret": 3}, UsageError, "secret=: this is not a secret"),
        ({"secret_env": 3}, UsageError, "secret_env=: this is not a text"),
        ({"select": 3}, UsageError, "select=: this is not a list"),
        ({"ignore": [3]}, UsageError, "ignore=: these are no texts"),
        ({"xfail": {"signature.stale": "why"}}, UsageError, "xfail=: this is not a list"),
        ({"secret": "hush"}, SeamproofError, "whsec_"),
    ],
)
def test_a_wrong_argument_is_an_error_at_once(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    """
    A wrong argument fails the import of the suite, before a handler is touched.
    """
    with pytest.raises(error, match=words):
        contract_tests(**({"target": "shop:good"} | arguments))


def test_overrides_reach_the_handler(pytester: pytest.Pytester) -> None:
    """
    A record that the handler knows can be in every event that has such a property.
    """
    pytester.makepyfile(
        shop="""
import json

def picky(body, headers):
    return 204 if json.loads(body)["device_id"] == "7b1cb0dd-6ba4-4b0b-8bb9-3b4a0b7b4b1f" else 404
"""
    )

    result = run(
        pytester,
        '"shop:picky", events="lock.*", select="payload.nulls,delivery.success_status", '
        'overrides={"device_id": "7b1cb0dd-6ba4-4b0b-8bb9-3b4a0b7b4b1f"}',
    )

    result.assert_outcomes(passed=2)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_junit_has_the_names_that_the_command_writes(
    pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    """
    A CI server shows one history for a check, however it is run.
    """
    select = ("signature.stale", "payload.nulls", "delivery.success_status")
    words = [word for one in select for word in ("--select", one)]
    arguments = ["shop:trusting", *words, "--quick", "--report", "junit=command.xml"]
    main = "from seamproof.cli import main; main()"
    pytester.run(sys.executable, "-c", main, "check", *arguments)
    pytester.makepyfile(
        test_contract=f"""
from seamproof.checks import contract_tests

TestContract = contract_tests("shop:trusting", quick=True, {FEW})
"""
    )

    pytester.runpytest_subprocess(*PLAIN, "--junitxml=suite.xml", *workers)
    selected = [f"--seamproof-select={one}" for one in select]
    pytester.runpytest_subprocess(
        *PLAIN,
        "--seamproof-target=shop:trusting",
        "--seamproof-quick",
        *selected,
        "--junitxml=items.xml",
        *("-k", "not Contract"),
    )

    files = [_names(pytester.path / f"{name}.xml") for name in ("command", "suite", "items")]
    assert files == [{("seamproof", one) for one in select}] * 3


def _names(path: Path) -> set[tuple[str | None, str | None]]:
    cases = ET.parse(path).iter("testcase")  # noqa: S314 - ours
    return {(one.get("classname"), one.get("name")) for one in cases}
