"""
`seamproof check`: what it is aimed at, what it prints and writes, how it ends.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from seamproof.checks.model.exchange import Received
from seamproof.checks.replay.case_files import CASES
from seamproof.checks.reporting.identity import case_id
from seamproof.checks.runner.resolve import read_statuses
from seamproof.errors import SeamproofError, TargetUnreachable, UsageError
from tests.checks.reported import CRASH, ISSUED, RESULTS, check, failure, result

if TYPE_CHECKING:
    from seamproof.checks.model.results import Result
    from tests.cli.handler.conftest import Battery
    from tests.cli.runner import Run

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PASSED = (result("signature.missing_id", "passed"), result("signature.stale", "passed"))
FAILED = (result("signature.stale", "failed", failure()),)
UNDECIDED = (result("delivery.duplicate", "inconclusive", note="n"),)
WARNED = (result("payload.large", "warning", failure(severity="warning")),)


@pytest.mark.parametrize(
    ("results", "words", "status"),
    [
        (PASSED, [], 0),
        (FAILED, [], 1),
        (WARNED, [], 0),
        (WARNED, ["--strict"], 1),
        (PASSED, ["--strict"], 0),
        ((result("delivery.duplicate", "inconclusive", note="n"),), ["--strict"], 1),
        ((result("delivery.duplicate", "inconclusive", note="n"),), [], 0),
    ],
)
def test_the_exit_status(
    seamproof: Run,
    battery: Battery,
    target: str,
    results: tuple[Result, ...],
    words: list[str],
    status: int,
) -> None:
    """
    1 when a check of severity error failed; with --strict, a warning or no verdict is enough.
    """
    battery.results = results

    for style in ("text", "json"):
        assert seamproof("check", target, *words, "--format", style).status == status


def test_a_line_for_each_check_and_a_block_for_each_failure(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    What was sent, expected and received, why, the cure, the replay; the summary comes last.
    """
    battery.results = RESULTS

    done = seamproof("check", target, "--seed", "7")

    lines = done.stdout.splitlines()
    assert lines[:6] == [
        "passed        signature.missing_id",
        "failed        signature.stale                           1 failure",
        "failed        payload.nulls                             2 failures",
        "warning       payload.large                             1 failure",
        "inconclusive  delivery.duplicate",
        "skipped       delivery.journey                          not selected",
    ]
    assert "FAILED  signature.stale · acs_credential.issued" in lines
    assert "FAILED  payload.nulls · lock.locked and 1 more" in lines
    for line in (
        "  The handler accepted a forged request.",
        "  sent      a genuine acs_credential.issued, signed 10 minutes ago",
        "  expected  4xx",
        "  got       200 after 1 ms",
        "  got       500 after 2 ms",
        '              app.py:12   event["door"]',
        "              KeyError: 'door'",
        "  fix       do this",
        "            then that",
        "  why       because",
        f"  again     seamproof replay {case_id(check('signature.stale'), failure(), target)}",
    ):
        assert line in lines
    assert lines[-7:] == [
        "2 of 6 checks failed, 1 warned, 1 undecided, 1 skipped",
        "1,234 deliveries · 2.5 s · seed 7",
        "  FAILED   payload.nulls    lock.locked +1  KeyError at app.py:12",
        "  FAILED   signature.stale  acs_credential.issued  accepted a forged request",
        "  WARNING  payload.large    acs_credential.issued  refused a forged request",
        "undecided: delivery.duplicate: give --state",
        "cases in .seamproof/cases · whole requests and 1 warning: -v",
    ]


def test_verbose_prints_requests_whole_and_warnings(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    Headers, the body as indented JSON, the traceback; without it a warning is one line.
    """
    battery.results = RESULTS

    brief, whole = seamproof("check", target), seamproof("check", target, "-v")

    assert brief.stdout.count("WARNING") == 1
    assert "svix-id" not in brief.stdout
    lines = whole.stdout.splitlines()
    assert "WARNING  payload.large · acs_credential.issued" in lines
    assert "  request   POST" in lines
    assert "            svix-id: msg_2xKQ9r8GKYqrTwjUPD8ILPZIo2L" in lines
    assert '              "door": "Über ☂"' in lines
    assert "  raised    Traceback (most recent call last):" in lines
    assert lines[-1] == "cases in .seamproof/cases"


@pytest.mark.parametrize(
    ("results", "words", "status"),
    [
        (FAILED, ["--fail-on", "never"], 0),
        (FAILED, ["--fail-on", "error"], 1),
        (WARNED, ["--fail-on", "warning"], 1),
        (WARNED, ["--fail-on", "error", "--strict"], 0),
        (UNDECIDED, ["--fail-on", "warning"], 0),
        (UNDECIDED, ["--fail-on", "inconclusive"], 1),
    ],
)
def test_what_fails_a_run_can_be_said(
    seamproof: Run,
    battery: Battery,
    target: str,
    results: tuple[Result, ...],
    words: list[str],
    status: int,
) -> None:
    """
    `--strict` is the same as `--fail-on inconclusive`, which is more exact.
    """
    battery.results = results

    assert seamproof("check", target, *words).status == status


def test_annotations_follow_the_report(seamproof: Run, battery: Battery, target: str) -> None:
    """
    GitHub shows them at the lines of the handler.
    """
    battery.results = RESULTS

    lines = seamproof("check", target, "--format", "github").stdout.splitlines()

    assert [one.partition(" ")[0] for one in lines[-3:]] == ["::error", "::error", "::warning"]
    assert "FAILED  payload.nulls · lock.locked and 1 more" in lines


def test_what_a_handler_prints_is_not_on_standard_output(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    The handler is left alone, and the output for machines is JSON alone.
    """
    battery.results = FAILED

    done = seamproof("check", target, "--format", "json")

    assert json.loads(done.stdout)["summary"]["failed"] == 1
    assert "imported with whsec_" not in done.stdout + done.stderr
    assert "the handler printed 2 lines; those of a failure are with it" in done.stderr
    assert "the handler prints" not in seamproof("check", target).stdout


def test_the_last_lines_that_a_handler_printed_are_with_a_failure(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    All of them with `-v` and in the case file; a traceback, which is shown apart, is left out.
    """
    trace = "Traceback (most recent call last):\n  File x\nKeyError: 1\n"
    printed = "".join(f"line {number}\n" for number in range(9)) + trace + "the end\n"
    received = replace(CRASH.received or Received(status=500), printed=printed)
    battery.results = (result("payload.nulls", "failed", replace(CRASH, received=received)),)

    brief, whole = seamproof("check", target).stdout, seamproof("check", target, "-v").stdout

    assert "  printed   line 5\n" in brief
    assert "            the end\n" in brief
    assert "line 4" not in brief
    assert "KeyError: 1" not in brief
    assert "  printed   line 0\n" in whole
    (case,) = CASES.iterdir()
    assert json.loads(case.read_text(encoding="utf-8"))["received"]["printed"] == printed


def test_what_a_handler_printed_is_shown_if_the_command_fails(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    It may say why the handler cannot be opened.
    """
    battery.problem = UsageError("odd")

    done = seamproof("check", target)

    assert done.status == 2
    assert "the handler prints" in done.stderr


def test_the_options_reach_the_battery(seamproof: Run, battery: Battery, target: str) -> None:
    """
    Each of them, read into what it stands for.
    """
    module = target.partition(":")[0]
    done = seamproof(
        *("check", target, "--as", "function", "--secret", SECRET, "--quick", "--seed", "9"),
        *("--state", f"{module}:look", "--break", f"{module}:broken", "--events", "lock.*"),
        *("--select", "signature.*,payload.nulls", "--select", "delivery.duplicate"),
        *("--ignore", "signature.stale", "--accept", "200-299, 404", "--max-examples", "5"),
        *(
            "--set",
            "device_id=2f0c1a52-6b1e-4c8e-9d0a-3f5b7c9e1d24",
            "--set",
            "code=1",
            "--max-time",
            "2.5",
        ),
    )

    assert done.status == 0
    (settings,) = battery.settings
    assert settings.secret.reveal() == SECRET
    assert (settings.seed, settings.quick) == (9, True)
    assert settings.select == ("signature.*", "payload.nulls", "delivery.duplicate")
    assert settings.ignore == ("signature.stale",)
    assert settings.accept == (range(200, 300), range(404, 405))
    assert (settings.events, settings.overrides) == (
        "lock.*",
        ("device_id=2f0c1a52-6b1e-4c8e-9d0a-3f5b7c9e1d24", "code=1"),
    )
    assert (settings.max_examples, settings.max_time) == (5, 2.5)
    (session,) = battery.sessions
    assert session.target.kind == "function"
    assert callable(session.state)
    assert callable(session.breaker)


def test_without_options_everything_is_sent(seamproof: Run, battery: Battery, target: str) -> None:
    """
    A secret is made, and so is a seed, which is told.
    """
    first, second = seamproof("check", target), seamproof("check", target)

    settings, again = battery.settings
    assert (settings.select, settings.ignore, settings.max_time) == ((), (), None)
    assert settings.seed != again.seed
    assert f"seed {settings.seed}" in first.stdout
    assert f"seed {again.seed}" in second.stdout
    assert battery.sessions[0].state is None
    assert battery.sessions[0].breaker is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--accept", "2xx"], "--accept"),
        (["--accept", "299-200"], "--accept"),
        (["--accept", "200-"], "--accept"),
        (["--events", "lokc.*"], "'lokc.*'"),
        (["--set", "device_id"], "equals sign"),
        (["--select", "signature.rawbody"], "signature.raw_body"),
        (["--ignore", "signature.x*"], "no check is called"),
        (["--seed", "seven"], "--seed"),
        (["--max-time", "0"], "--max-time"),
        (["--max-examples", "0"], "--max-examples"),
        (["--as", "rack"], "--as"),
        (["--report", "pdf=a.pdf"], "json, junit, html, pytest"),
        (["--report", "json"], "--report"),
        (["--report", "json=/dev/null/a"], "cannot be written"),
        (["--baseline", "none.json"], "--update-baseline writes it"),
        (["--update-baseline"], "--baseline FILE"),
        (["--secret", "mySecret"], "24 to 75 bytes"),
    ],
)
def test_a_wrong_option_is_an_error_before_anything_is_sent(
    seamproof: Run, battery: Battery, target: str, words: list[str], told: str
) -> None:
    """
    With status 2.
    """
    done = seamproof("check", target, *words)

    assert (done.status, done.stdout) == (2, "")
    assert told in done.stderr
    assert battery.settings == []


@pytest.mark.parametrize(
    ("problem", "status"),
    [(UsageError("odd"), 2), (TargetUnreachable("nothing answers"), 3)],
)
def test_an_error_of_the_run_ends_it(
    seamproof: Run, battery: Battery, target: str, problem: SeamproofError, status: int
) -> None:
    """
    A target that cannot be reached is status 3.
    """
    battery.problem = problem

    done = seamproof("check", target)

    assert done.status == status
    assert f"seamproof: {problem.what}" in done.stderr


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["nomodule:app"], 3, "nomodule"),
        (["http://192.0.2.7/hook", "--secret", SECRET], 2, "--allow-remote"),
        (["http://127.0.0.1:1/hook"], 2, "SEAM_WEBHOOK_SECRET"),
    ],
)
def test_a_target_that_does_not_do(
    seamproof: Run, battery: Battery, words: list[str], status: int, told: str
) -> None:
    """
    One that cannot be imported, may not be sent to, or needs a secret.
    """
    done = seamproof("check", *words)

    assert done.status == status
    assert told in done.stderr
    assert battery.settings == []


def test_each_failure_has_a_case_file(seamproof: Run, battery: Battery, target: str) -> None:
    """
    With what the run was aimed at, and without the secret.
    """
    battery.results = RESULTS

    seamproof(
        "check",
        target,
        "--secret",
        SECRET,
        "--seed",
        "7",
        "--set",
        "device_id=2f0c1a52-6b1e-4c8e-9d0a-3f5b7c9e1d24",
    )

    files = sorted(CASES.iterdir())
    assert len(files) == 4
    aim = json.loads(files[0].read_text(encoding="utf-8"))["aim"]
    assert (aim["target"], aim["seed"], aim["overrides"]) == (
        target,
        7,
        ["device_id=2f0c1a52-6b1e-4c8e-9d0a-3f5b7c9e1d24"],
    )
    assert not [one for one in files if SECRET[6:] in one.read_text(encoding="utf-8")]


def test_case_files_that_cannot_be_written_do_not_hide_the_failures(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    The failures are reported nevertheless, and that there are no files.
    """
    Path(".seamproof").write_text("in the way", encoding="utf-8")
    battery.results = FAILED

    done = seamproof("check", target)

    assert done.status == 1
    assert "no case files" in done.stderr
    assert "signature.stale · " in done.stdout


def test_reports_are_written(seamproof: Run, battery: Battery, target: str) -> None:
    """
    All in one run, in directories that are made for them.
    """
    battery.results = FAILED
    names = {style: f"out/{style}.txt" for style in ("json", "junit", "html", "pytest", "sarif")}
    words = [word for style, name in names.items() for word in ("--report", f"{style}={name}")]

    done = seamproof("check", target, *words, "--secret", SECRET)

    texts = {style: Path(name).read_text(encoding="utf-8") for style, name in names.items()}
    assert done.status == 1
    assert json.loads(texts["json"])["target"] == target
    assert ET.fromstring(texts["junit"]).findall(".//failure")  # noqa: S314 - our own
    assert "<h1>" in texts["html"]
    assert "def test_failure(" in texts["pytest"]
    compile(texts["pytest"], "test_seam.py", "exec")
    (case,) = Path("out/pytest_cases").iterdir()
    texts["pytest"] += case.read_text(encoding="utf-8")
    for text in texts.values():
        assert SECRET[6:] not in text
        assert case_id(check("signature.stale"), failure(), target) in text


def test_a_report_is_not_touched_by_a_run_that_ends_in_an_error(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    Neither is one left behind that holds nothing.
    """
    battery.problem = UsageError("odd")
    Path("old.json").write_text("old", encoding="utf-8")

    seamproof("check", target, "--report", "json=old.json", "--report", "json=new.json")

    assert Path("old.json").read_text(encoding="utf-8") == "old"
    assert not Path("new.json").exists()


def test_known_failures_do_not_fail_the_run(seamproof: Run, battery: Battery, target: str) -> None:
    """
    They are told; a new one fails it; one that is gone is told.
    """
    battery.results = FAILED
    words = ["check", target, "--baseline", "known.json"]

    written = seamproof(*words, "--update-baseline")
    known = seamproof(*words)
    battery.results = (*FAILED, result("payload.nulls", "failed", CRASH))
    new = seamproof(*words)
    battery.results = PASSED
    gone = seamproof(*words)

    assert (written.status, known.status, new.status, gone.status) == (0, 0, 1, 0)
    assert "known.json: 1 known failure" in written.stderr
    assert f"KNOWN  signature.stale · {ISSUED}" in known.stdout
    assert known.stdout.startswith("known ")
    assert "1 known" in known.stdout
    assert f"FAILED  payload.nulls · {ISSUED}\n" in new.stdout
    assert "known failure is no longer there: signature.stale" in gone.stdout
    updated = seamproof(*words, "--update-baseline")
    assert "known.json: 0 known failures" in updated.stderr


def test_known_warnings_do_not_fail_a_strict_run(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    The baseline holds warnings too.
    """
    battery.results = WARNED
    words = ["check", target, "--baseline", "known.json", "--strict"]

    assert seamproof(*words, "--update-baseline").status == 0
    assert seamproof(*words).status == 0


def test_an_interruption_reports_what_was_found(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    Ctrl-C in a long run does not lose the failures that it has found.
    """
    battery.results, battery.problem = FAILED, KeyboardInterrupt()

    done = seamproof("check", target)

    assert done.status == 130
    assert f"FAILED  signature.stale · {ISSUED}" in done.stdout
    assert "stopped: interrupted" in done.stdout
    assert len(list(CASES.iterdir())) == 1


def test_a_run_that_stops_says_why(seamproof: Run, battery: Battery, target: str) -> None:
    """
    Instead of a hundred failures.
    """
    battery.stopped = "404: is the path right?"
    skipped = [
        result(name, "skipped", note=battery.stopped) for name in ("payload.nulls", "payload.large")
    ]
    battery.results = (*FAILED, *skipped)

    done = seamproof("check", target)

    assert "payload.nulls" in done.stdout
    assert "payload.large" not in done.stdout
    assert "2 skipped" in done.stdout
    assert "stopped: 404: is the path right?" in done.stdout
    assert done.status == 1


def test_a_secret_in_what_a_check_says_is_not_printed(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    A handler may answer with it, and a terminal keeps a history.
    """
    leak = replace(failure(), context=f"answered {SECRET}")
    battery.results = (replace(result("a.b", "failed", leak), note=SECRET),)

    for style in ("text", "json"):
        done = seamproof("check", target, "--secret", SECRET, "--format", style)
        assert SECRET[6:] not in done.stdout


def test_control_characters_of_a_handler_are_not_obeyed(
    seamproof: Run, battery: Battery, target: str
) -> None:
    """
    They are shown as Python would write them.
    """
    odd = replace(failure(), context="a\x1b[31mb\nc", event_type="x\x07")
    battery.results = (replace(result("a.b", "failed", odd), note="\x1b]0;"),)

    done = seamproof("check", target)

    assert "\x1b" not in done.stdout
    assert "a\\x1b[31mb\\nc" in done.stdout


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("200-299", (range(200, 300),)),
        ("200", (range(200, 201),)),
        ("200-299,404", (range(200, 300), range(404, 405))),
        (" 200 - 204 , 404 ", (range(200, 205), range(404, 405))),
    ],
)
def test_statuses_are_read(text: str, ranges: tuple[range, ...]) -> None:
    """
    Single ones and ranges, in any number.
    """
    assert read_statuses(text) == ranges
