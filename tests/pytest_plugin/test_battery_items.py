"""
Tests of the battery as items: `--seamproof-target`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from seamproof.checks.battery.registry import BATTERY
from tests.documented import PLAIN
from tests.pytest_plugin.handlers import ini, make_shop

if TYPE_CHECKING:
    from _pytest.pytester import RunResult

THREE = ("signature.stale", "payload.nulls", "delivery.success_status")
SELECTED = tuple(f"--seamproof-select={one}" for one in THREE)


@pytest.fixture(autouse=True)
def _shop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)
    make_shop(pytester)


def run(pytester: pytest.Pytester, *arguments: str, target: str = "good") -> RunResult:
    """
    Run pytest on a function of the shop, in this process.
    """
    return pytester.runpytest_inprocess(f"--seamproof-target=shop:{target}", *arguments)


def test_each_check_is_an_item(pytester: pytest.Pytester) -> None:
    """
    The whole battery is collected, first what all else rests on; the ids are those of the checks.
    """
    result = run(pytester, "--collect-only", "-q")

    ids = [line for line in result.stdout.lines if line.startswith("seamproof::")]
    assert ids[0] == "seamproof::delivery.success_status"
    assert sorted(ids) == sorted(f"seamproof::{one.id}" for one in BATTERY)
    assert result.ret == 0


def test_a_good_handler_passes(pytester: pytest.Pytester) -> None:
    """
    What cannot be decided is skipped, with what it would need in the words of pytest's options.
    """
    result = run(pytester, "--seamproof-quick", "-rs")

    counts = result.parseoutcomes()
    assert set(counts) == {"passed", "skipped"}
    assert sum(counts.values()) == len(BATTERY)
    result.stdout.fnmatch_lines(["*inconclusive: *give --seamproof-state", "*--seamproof-break"])
    assert result.ret == 0


def test_a_failure_shows_everything(pytester: pytest.Pytester) -> None:
    """
    The message comes first, then what was sent, expected and received, and what sends it again.
    """
    result = run(pytester, *SELECTED, target="trusting")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*signature.stale · signed 10 minutes ago: rejected*",
            "answered 204; expected: *",
            "FAILED  signature.stale · *",
            "  The handler accepted a request that was signed 10 minutes ago.",
            "  sent * a genuine *, signed 10 minutes ago",
            "  expected *4xx*",
            "  got *204 after *",
            "  fix *",
            "  why *",
            "  again *seamproof replay signature.stale-????????",
            "FAILED seamproof::signature.stale - CheckFailed: answered 204*",
        ]
    )
    assert result.ret == 1


def test_a_failure_is_a_case_file(pytester: pytest.Pytester) -> None:
    """
    `seamproof replay` finds what the failure names, aimed at the same handler.
    """
    result = run(pytester, *SELECTED, "--seamproof-seed=7", target="trusting")

    name = re.search(r"seamproof replay (signature\.stale-\w+)", result.stdout.str())
    assert name
    case = json.loads((pytester.path / f".seamproof/cases/{name[1]}.json").read_text("utf-8"))
    assert case["aim"]["target"] == "shop:trusting"
    assert case["aim"]["seed"] == 7
    command = Path(sys.executable).with_name("seamproof")
    assert pytester.run(command, "replay", name[1]).ret == 1


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["-k", "stale"], {"signature.stale"}),
        (
            ["-k", "wrong_method or wrong_secret"],
            {"delivery.wrong_method", "signature.wrong_secret"},
        ),
        (["--seamproof-select=payload.null*"], {"payload.nulls"}),
        (
            ["--seamproof-select=signature.stale,payload.nulls"],
            {"signature.stale", "payload.nulls"},
        ),
        ([*SELECTED, "--seamproof-ignore=signature.*"], set(THREE[1:])),
        ([*SELECTED, "--deselect=seamproof::signature.stale"], set(THREE[1:])),
        (["seamproof::signature.stale"], {"signature.stale"}),
        (["seamproof::signature.stale", "seamproof::payload.nulls"], set(THREE[:2])),
        (["seamproof::payload.null?"], {"payload.nulls"}),
        ([*SELECTED, "seamproof"], set(THREE)),
    ],
)
def test_items_are_chosen_as_tests_are(
    pytester: pytest.Pytester, arguments: list[str], ids: set[str]
) -> None:
    """
    By keyword, by option, by node id: by the means that pytest has for any test.
    """
    result = run(pytester, "--collect-only", "-q", *arguments)

    found = {line[11:] for line in result.stdout.lines if line.startswith("seamproof::")}
    assert found == ids
    assert result.ret == 0


@pytest.mark.parametrize(
    ("arguments", "has_battery"),
    [
        ([], True),
        (["."], True),
        (["test_own.py"], False),
        (["test_own.py::test_own"], False),
        (["test_own.py", "seamproof::signature.stale"], True),
        (["test_own.py", "--seamproof-target=shop:good"], True),
    ],
)
def test_a_target_in_the_ini_file(
    pytester: pytest.Pytester, arguments: list[str], *, has_battery: bool
) -> None:
    """
    The battery belongs to the suite, and is left out where single files or tests are asked for.
    """
    ini(pytester, "seamproof_target = shop:good", "seamproof_select = signature.stale")
    pytester.makepyfile(test_own="def test_own():\n    pass")

    result = pytester.runpytest_inprocess(*arguments)

    result.assert_outcomes(passed=has_battery + (arguments != ["seamproof::signature.stale"]))
    assert ("seamproof: shop:good, seed " in result.stdout.str()) is True


def test_every_option_stands_in_the_ini_file_as_well(pytester: pytest.Pytester) -> None:
    """
    Lists have a line each; paths are meant from the ini file, wherever pytest is called.
    """
    ini(
        pytester,
        "seamproof_target = shop:elsewhere",
        "seamproof_secret_env = MY_SECRET",
        "seamproof_app_dir = app",
        "seamproof_as = function",
        "seamproof_select =",
        "    payload.*",
        "    delivery.success_status",
        "seamproof_ignore =",
        "    payload.property_fuzz",
        # Decided by the state, which nothing reads here.
        "    payload.lost_values",
        "    payload.signed_*",
        "seamproof_events = lock.*",
        "seamproof_set = device_id=7b1cb0dd-6ba4-4b0b-8bb9-3b4a0b7b4b1f",
        "seamproof_accept = 200-299,404",
        "seamproof_max_examples = 3",
        "seamproof_seed = 11",
        "seamproof_quick = true",
        "seamproof_strict = true",
    )
    (pytester.mkdir("app") / "shop.py").write_text((pytester.path / "shop.py").read_text())
    (pytester.path / "shop.py").unlink()
    pytester.chdir()
    below = pytester.mkdir("below")

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(below)
        result = pytester.runpytest_inprocess("--rootdir", str(pytester.path), "-rs")

    counts = result.parseoutcomes()
    assert counts["passed"] >= 9
    assert "failed" not in counts
    result.stdout.fnmatch_lines(["seamproof: shop:elsewhere, seed 11"])
    assert "property_fuzz" not in result.stdout.str()


def test_the_command_line_wins(pytester: pytest.Pytester) -> None:
    """
    What it says stands in place of what the ini file says.
    """
    ini(
        pytester,
        "seamproof_target = shop:refusing",
        "seamproof_select = payload.nulls",
        "seamproof_seed = 11",
    )

    result = run(pytester, "--seamproof-select=signature.stale", "--seamproof-seed=12", "-v")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["seamproof: shop:good, seed 12"])


def test_a_known_failure_is_expected(pytester: pytest.Pytester) -> None:
    """
    An expected failure does not fail the run, and its reason is told.
    """
    ini(pytester, "seamproof_xfail =", "    signature.*: ticket 12", "    payload.nulls")

    result = run(pytester, *SELECTED, "-rxX", target="trusting")

    result.assert_outcomes(passed=1, xfailed=1, xpassed=1)
    result.stdout.fnmatch_lines(["XFAIL seamproof::signature.stale - *ticket 12*"])
    assert result.ret == 0


def test_xfail_strict_is_heeded(pytester: pytest.Pytester) -> None:
    """
    Where the suite is strict, what was expected to fail and passes is a failure.
    """
    ini(pytester, "xfail_strict = true", "seamproof_xfail = payload.nulls: mended long ago")

    result = run(pytester, *SELECTED)

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*XPASS(strict)*mended long ago*"])


def test_a_handler_that_rejects_everything_is_reported_once(pytester: pytest.Pytester) -> None:
    """
    One test fails in full; the others say why they did not run, and no xfail hides it.
    """
    result = run(pytester, *SELECTED, "--seamproof-xfail=*", "-rsf", target="refusing")

    result.assert_outcomes(failed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [
            "answered 401; expected: a plain genuine delivery is answered 2xx*",
            "SKIPPED [[]2[]] *the plain genuine delivery fails (answered 401)*",
        ]
    )
    result.stdout.fnmatch_lines(
        [
            "FAILED seamproof::delivery.success_status - HandlerUnready: answered 401*",
        ]
    )


def test_it_is_reported_whichever_checks_are_selected(pytester: pytest.Pytester) -> None:
    """
    Without the check of the preflight, the first test reports it: otherwise all would be skipped.
    """
    result = run(pytester, "-k", "signature.stale or signature.future", target="refusing")

    result.assert_outcomes(failed=1, skipped=1, deselected=len(BATTERY) - 2)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("shop:nothing", ["*the module shop has no nothing*"]),
        ("nowhere:app", ["*there is no module nowhere*", "*--seamproof-app-dir*"]),
        ("broken:app", ["*broken.py:1: the target cannot be imported*", "*ValueError: no*"]),
        ("shop:seen", ["*the target cannot be called*"]),
    ],
)
def test_a_target_that_cannot_be_used(
    pytester: pytest.Pytester, target: str, words: list[str]
) -> None:
    """
    One test says why, without a traceback of ours; the others are skipped.
    """
    pytester.makepyfile(broken='raise ValueError("no")')

    result = pytester.runpytest_inprocess(f"--seamproof-target={target}", *SELECTED)

    result.assert_outcomes(failed=1, skipped=2)
    result.stdout.fnmatch_lines(words)
    assert "Traceback" not in result.stdout.str()
    assert "site-packages" not in result.stdout.str()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seamproof-target=nonsense"], "neither a URL nor module:name"),
        (["--seamproof-target=http://example.com/"], "--seamproof-allow-remote"),
        (["--seamproof-target=http://127.0.0.1:9/"], "SEAM_WEBHOOK_SECRET"),
        (["--seamproof-path=hook"], "--seamproof-path: a path begins with a slash"),
        (["--seamproof-app-dir=nowhere"], "--seamproof-app-dir: the directory does not exist"),
        (["--seamproof-as=thing"], "asgi, wsgi, function, lambda"),
        (["--seamproof-select=signature.stal"], "did you mean signature.stale"),
        (["--seamproof-ignore=stale"], "did you mean signature.stale"),
        (["--seamproof-ignore=*"], "no check is left"),
        (["--seamproof-xfail=stale: why not"], "did you mean signature.stale"),
        (["--seamproof-state=shop"], "--seamproof-state: this is neither"),
        (["--seamproof-break=http://example.com/"], "--seamproof-break: "),
        (["--seamproof-accept=2xx"], "--seamproof-accept: these are no statuses"),
        (["--seamproof-events=lok.*"], "lock."),
        (["--seamproof-set=device_id"], "an equals sign"),
        (["--seamproof-set=nothing=1"], "--seamproof-set: the event has no property 'nothing'"),
        (["--seamproof-catalog=nowhere"], "there is no such directory"),
        (["--seamproof-max-examples=0"], "--seamproof-max-examples: "),
        (["--seamproof-seed=x"], "--seamproof-seed: "),
        (["seamproof::signature.stal"], "did you mean signature.stale"),
    ],
)
def test_a_mistake_in_an_option(
    pytester: pytest.Pytester, arguments: list[str], words: str
) -> None:
    """
    It is an error before any test runs, with the cure, as for pytest's options: status 4.
    """
    result = run(pytester, *arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in result.stderr.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_a_secret_of_the_wrong_form(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The variable is named, and what stands in it is not told.
    """
    monkeypatch.setenv("MY_SECRET", "whsec_hush")

    result = run(pytester, "--seamproof-secret-env=MY_SECRET")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "MY_SECRET" in result.stderr.str()
    assert "hush" not in result.stderr.str()


def test_warnings_of_checks_are_warnings(pytester: pytest.Pytester) -> None:
    """
    What only a standard asks for passes with a warning, and fails where somebody is strict.
    """
    picky = ("--seamproof-select=signature.malformed_header", "--seamproof-target=shop:careless")
    shop = pytester.path / "shop.py"
    shop.write_text(shop.read_text() + CARELESS)

    lenient = pytester.runpytest_inprocess(*picky, "-W", "default")
    lenient.assert_outcomes(passed=1, warnings=1)
    lenient.stdout.fnmatch_lines(["*ContractWarning: ValueError at shop.py:*"])

    for strict in (["--seamproof-strict"], ["-W", "error"]):
        result = pytester.runpytest_inprocess(*picky, *strict)
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["WARNING  signature.malformed_header · *", "  again *"])


CARELESS = """

def careless(body, headers):
    if "," not in headers["svix-signature"]:
        raise ValueError("garbage")
    return good(body, headers)
"""


def test_last_failed(pytester: pytest.Pytester) -> None:
    """
    `--lf` runs again what failed, as it does for tests in files.
    """
    run(pytester, *SELECTED, target="trusting").assert_outcomes(passed=2, failed=1)

    result = run(pytester, *SELECTED, "--lf", "-vv", target="trusting")

    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(["seamproof::signature.stale FAILED*"])


def test_stopping_at_the_first_failure(pytester: pytest.Pytester) -> None:
    """
    With `-x` a handler that accepts nothing stops the run at its first test.
    """
    result = run(pytester, "-x", target="refusing")

    result.assert_outcomes(failed=1)


def test_an_interruption(pytester: pytest.Pytester) -> None:
    """
    Ctrl-C while a handler works ends the run as it does in any test.
    """
    result = pytester.runpytest_subprocess(
        *PLAIN, "--seamproof-target=shop:interrupted", "-p", "no:xdist"
    )

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*KeyboardInterrupt*"])


def test_junit(pytester: pytest.Pytester, tmp_path: Path) -> None:
    """
    CI servers see each check as a test case, with the message of what failed.
    """
    path = tmp_path / "report.xml"

    run(pytester, *SELECTED, f"--junitxml={path}", target="trusting")

    cases = {one.get("name"): one for one in ET.parse(path).iter("testcase")}  # noqa: S314 - ours
    assert set(cases) == set(THREE)
    assert {one.get("classname") for one in cases.values()} == {"seamproof"}
    failure = cases["signature.stale"].find("failure")
    assert failure is not None
    assert str(failure.get("message")).startswith("CheckFailed: answered 204; expected: ")
    assert "seamproof replay signature.stale-" in str(failure.text)


def test_a_url(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A URL at which nothing listens is reported once.
    """
    monkeypatch.setenv("SEAM_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    result = pytester.runpytest_inprocess("--seamproof-target=http://127.0.0.1:9/hook", *SELECTED)

    result.assert_outcomes(failed=1, skipped=2)
    assert result.ret == 1


def test_the_state_decides_more(pytester: pytest.Pytester) -> None:
    """
    With a look at the handler's state the checks of effects come to a verdict.
    """
    result = run(
        pytester,
        "--seamproof-state=shop:state",
        "--seamproof-select=delivery.duplicate",
        "--seamproof-quick",
    )

    result.assert_outcomes(passed=1)


def test_the_handler_leaves_nothing_behind(pytester: pytest.Pytester) -> None:
    """
    After the battery, its modules and its secret are forgotten.
    """
    pytester.makepyfile(
        test_after="""
        import os
        import sys

        def test_after():
            assert "shop" not in sys.modules
            assert "SEAM_WEBHOOK_SECRET" not in os.environ
        """
    )
    pytester.makeconftest("def pytest_collection_modifyitems(items):\n    items.reverse()\n")

    run(pytester, *SELECTED, "test_after.py").assert_outcomes(passed=4)
