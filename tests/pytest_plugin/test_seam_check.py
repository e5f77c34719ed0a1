"""
Tests of `seam_check`: the battery within a test.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks import create_app
from seamproof.errors import SeamproofError, TargetUnreachable, UnknownEventType, UsageError
from seamproof.mock_server import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.pytest_plugin import CheckRunner

APP = """
import os

from seamproof import verify
from seamproof.checks import create_app

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
good = create_app(SECRET)
seen = []

def credulous(body, headers):
    seen.append(headers.get("svix-id"))
    return 204

def state():
    return len(seen)
"""

CONFTEST = """
import pytest

@pytest.fixture(scope="session")
def seam_secret():
    return "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""


def failing(pytester: pytest.Pytester, call: str) -> str:
    """
    Run a test that checks a handler and fails; give what is told.
    """
    pytester.makepyfile(handlers=APP)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(f"import handlers\n\ndef test_handler(seam_check):\n    {call}\n")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    return result.stdout.str()


def test_a_good_handler(seam_check: CheckRunner, seam_secret: str) -> None:
    """
    An application in hand that does right passes, and the report tells what was checked.
    """
    report = seam_check(create_app(seam_secret), select="signature.*", events="lock.*", quick=True)

    assert report.passed
    assert report.failures == ()
    assert {one.check.id.partition(".")[0] for one in report.results} == {"signature"}
    assert repr(report) == f"<Report: {len(report.results)} passed; seed {report.seed}>"


def test_by_url(seam_check: CheckRunner, seam_secret: str) -> None:
    """
    A handler behind a URL is checked with the secret of the suite.
    """
    with serving(create_app(seam_secret)) as url:
        report = seam_check(f"{url}/webhooks/seam", select=["signature.stale"], quick=True)

    assert [one.status for one in report.results] == ["passed"]


def test_the_seed_is_that_of_the_test(
    seam_check: CheckRunner, seam_secret: str, request: pytest.FixtureRequest
) -> None:
    """
    A test repeats its own run, and another seed is another run.
    """
    app = create_app(seam_secret)

    def check(**more: Any) -> int:  # noqa: ANN401 - those of seam_check
        return seam_check(app, select="signature.stale", quick=True, **more).seed

    assert check() == check()
    assert check(seed=7) == 7
    assert check() != 7
    assert request.node.name


def test_a_function_in_hand_with_its_state(seam_check: CheckRunner, seam_secret: str) -> None:
    """
    What a handler keeps is looked at by a function, and what breaks it is one too.
    """
    from seamproof import Secret, verify  # noqa: PLC0415 - the handler's own

    known: dict[str, bool] = {}
    broken: list[bool] = [False]

    def handler(body: bytes, headers: Mapping[str, str]) -> int:
        import time  # noqa: PLC0415 - the handler's own

        if not verify(body, headers, Secret(seam_secret), now=time.time()):
            return 400
        if broken[-1]:
            return 503
        known[headers["svix-id"]] = True
        return 204

    report = seam_check(
        handler,
        select=["delivery.duplicate", "delivery.retry_after_failure"],
        state=lambda: len(known),
        breaker=broken.append,
        events="lock.unlocked",
        overrides={"code": "1234"},
        quick=True,
    )

    assert [one.status for one in report.results] == ["passed", "passed"]
    assert True in broken
    assert broken[-1] is False


def test_a_handler_in_hand_that_fails(pytester: pytest.Pytester) -> None:
    """
    The message comes first, then what was sent, what came, and what runs the test again.
    """
    told = failing(
        pytester,
        'seam_check(handlers.credulous, select="signature.stale", events="lock.*", quick=True)',
    )

    lines = [line.removeprefix("E").strip() for line in told.splitlines()]
    first = lines.index("Failed: function credulous: signature.stale fails")
    wanted = ["sent", "expected", "received  204", "cause", "why", "cure", "replay    pytest "]
    places = [next(n for n, one in enumerate(lines) if one.startswith(word)) for word in wanted]
    assert [first, *places] == sorted([first, *places])
    assert lines[places[-1]].endswith("::test_handler")
    assert "checking.py" not in told
    assert "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" not in told
    assert not (pytester.path / ".seamproof").exists()


def test_a_named_handler_that_fails(pytester: pytest.Pytester) -> None:
    """
    What the command line can aim at is kept as a case, and the command is told.
    """
    told = failing(
        pytester,
        'seam_check("handlers:credulous", select="signature.stale", events="lock.*", quick=True)',
    )

    (case,) = (pytester.path / ".seamproof" / "cases").iterdir()
    assert f"seamproof replay {case.stem}" in told
    assert json.loads(case.read_text(encoding="utf-8"))["aim"]["target"] == "handlers:credulous"


def test_a_state_in_hand_is_no_part_of_a_command(pytester: pytest.Pytester) -> None:
    """
    Where only the test can look at the state, the test is what repeats the failure.
    """
    told = failing(
        pytester,
        'seam_check("handlers:credulous", select="delivery.duplicate", quick=True, '
        'events="lock.unlocked", state=handlers.state)',
    )

    assert "delivery.duplicate fails" in told
    assert "replay    pytest " in told


def test_an_unready_handler(pytester: pytest.Pytester) -> None:
    """
    A handler that refuses the plain delivery fails once, with what is likely wrong.
    """
    told = failing(pytester, 'seam_check(handlers.good, path="/hooks", quick=True)')

    assert "delivery.success_status fails" in told
    assert "stopped: " in told
    # Where CI is set, pytest tells it once more in its summary.
    assert told.partition("short test summary")[0].count("replay ") == 1


def test_warnings_fail_if_asked_for(pytester: pytest.Pytester) -> None:
    """
    With `strict` a warning fails the test, and without it does not.
    """
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import json
        import time

        from seamproof import verify

        SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

        def handler(body, headers):
            if not verify(body, headers, SECRET, now=time.time()):
                return 400
            return 500 if "+00:00" in json.loads(body).get("created_at", "") else 204

        def check(seam_check, **more):
            return seam_check(
                handler, select="payload.*", events="lock.unlocked", quick=True, **more
            )

        def test_lenient(seam_check):
            report = check(seam_check)
            assert report.passed
            assert report.failures

        def test_strict(seam_check):
            check(seam_check, strict=True)
        """
    )

    pytester.runpytest_inprocess().assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"select": "signature.stael"}, UsageError, "did you mean signature.stale"),
        ({"select": 3}, UsageError, "select: these are no checks"),
        ({"ignore": [None]}, UsageError, "ignore: these are no checks"),
        ({"ignore": "*"}, UsageError, "no check is left"),
        ({"events": "lokc.*"}, UnknownEventType, "lokc.*"),
        ({"accept": "ok"}, UsageError, "accept: these are no statuses"),
        ({"accept": 204}, UsageError, "accept: this is no text"),
        ({"events": ["lock.*"]}, UsageError, "events: this is no text"),
        ({"overrides": ["zzz=1"]}, SeamproofError, "the event has no property 'zzz'"),
        ({"max_time": "3"}, UsageError, "max_time: this is no time"),
        ({"max_time": -1}, UsageError, "max_time: this is no time"),
        ({"max_time": float("nan")}, UsageError, "max_time: this is no time"),
        ({"path": 3}, UsageError, "path: this is no text"),
        ({"overrides": 3}, UsageError, "overrides: this is no list"),
        ({"catalog": 3}, UsageError, "catalog: this is no directory"),
        ({"path": "hook"}, UsageError, "path: a path begins with a slash"),
        ({"kind": "django"}, UsageError, "kind: the target cannot be taken for that"),
        ({"state": 3}, UsageError, "state: this is no function"),
        ({"breaker": "app"}, UsageError, "breaker: this is neither a URL nor module:name"),
        ({"overrides": {"zzz": 1}}, SeamproofError, "the event has no property 'zzz'"),
        ({"seed": "x"}, UsageError, "seed: this is no such number"),
        ({"max_examples": 0}, UsageError, "max_examples: this is no such number"),
        ({"app_dir": "nowhere"}, UsageError, "app_dir: the directory does not exist"),
        ({"catalog": "nowhere"}, SeamproofError, "there is no such directory of schemas"),
    ],
)
def test_slips(
    seam_check: CheckRunner,
    seam_secret: str,
    arguments: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    """
    A wrong argument is told by its own name, before anything is sent.
    """
    with pytest.raises(error) as told:
        seam_check(create_app(seam_secret), **arguments)

    assert words in str(told.value)
    assert "--" not in str(told.value)


@pytest.mark.parametrize(
    ("target", "error", "words"),
    [
        (None, UsageError, "the target cannot be called"),
        (lambda: None, UsageError, "takes no arguments"),
        (lambda a, b: (a, b), UsageError, "kind asgi"),
        ("nowhere:app", TargetUnreachable, "there is no module nowhere"),
        ("app.py", UsageError, "did you mean app:app?"),
        ("http://127.0.0.1:1/hook", TargetUnreachable, "nothing answers"),
        ("http://example.com/hook", SeamproofError, "allow_remote=True"),
    ],
)
def test_what_is_no_target(
    seam_check: CheckRunner,
    target: str | Callable[..., Any],
    error: type[Exception],
    words: str,
) -> None:
    """
    What cannot be checked is told with what could be.
    """
    with pytest.raises(error) as told:
        seam_check(target, quick=True)

    assert words in str(told.value)
