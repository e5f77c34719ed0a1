"""
`seamproof check` with the real battery: a good handler, a bad one, and its cure.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from seamproof.checks import create_app
from seamproof.mock_server import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.runner import Run

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HANDLER = """
import json
import os
import threading
import time

from seamproof import verify

lock, seen, doors = threading.Lock(), set(), []


def handler(body, headers):
    genuine = verify(body, headers, os.environ["SEAM_WEBHOOK_SECRET"], now=time.time())
    if not genuine and genuine.reason not in {forgiven}:
        return 401
    try:
        event = json.loads(body)
    except ValueError:
        return 400
    if not isinstance(event, dict):
        return 400
    message = {{name.lower(): value for name, value in headers.items()}}["svix-id"]
    with lock:
        if message not in seen:
            seen.add(message)
            if event["event_type"].startswith("lock."):
                doors.append(event["event_type"])
    return 204


def state():
    return {{"doors": sorted(doors)}}
"""


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """
    Write a handler in the current directory, with a bug or without.
    """
    monkeypatch.chdir(tmp_path)

    def write(name: str, *forgiven: str) -> str:
        module = f"{tmp_path.name}_{name}"
        text = HANDLER.format(forgiven=forgiven)
        (tmp_path / f"{module}.py").write_text(text, encoding="utf-8")
        return module

    return write


@pytest.mark.slow
def test_a_good_handler_passes(seamproof: Run, written: Callable[..., str]) -> None:
    """
    No check finds anything, even if warnings and what is inconclusive count.
    """
    module = written("good")

    done = seamproof(
        *("check", f"{module}:handler", "--state", f"{module}:state", "--quick", "--strict"),
        # What needs `--break` or more time is inconclusive, and a strict run fails.
        *("--ignore", "delivery.retry_after_failure", "--ignore", "delivery.copies_while_failing"),
        *("--ignore", "delivery.duplicate_later", "--seed", "1"),
    )

    assert (done.status, re.search(r"^failed", done.stdout, re.MULTILINE)) == (0, None), done.stdout
    assert re.search(r"^\d+ of \d+ checks passed, \d skipped · ", done.stdout, re.MULTILINE)


def test_a_misspelt_event_type_is_named_with_its_line(
    seamproof: Run, written: Callable[..., str], tmp_path: Path
) -> None:
    """
    A handler that waits for a type that does not exist does nothing; the fix says which one.
    """
    module = written("misspelt")
    file = tmp_path / f"{module}.py"
    text = file.read_text(encoding="utf-8")
    text = text.replace('.startswith("lock.")', ' == "lock.unlock"')
    file.write_text(text, encoding="utf-8")
    # It has no effect that would have to be waited for.
    options = ("--events", "lock.*", "--settle", "0.1", "--format", "json")
    words = ("check", f"{module}:handler", "--state", f"{module}:state", *options)

    some = seamproof(*words, "--quick", "--select", "effect.any")
    expected = seamproof(*words, "--select", "effect.expected", "--expect", "*")

    line = text[: text.index('"lock.unlock"')].count("\n") + 1
    said = f"{file.name}:{line} names lock.unlock, which does not exist; Seam sends lock.unlocked"
    assert (some.status, expected.status) == (1, 1)
    assert said in some.stdout
    assert expected.stdout.count(said) == 1


def test_a_bug_is_found_replayed_and_cured(seamproof: Run, written: Callable[..., str]) -> None:
    """
    The failure has a case; sent again it fails, and passes at the cured handler.
    """
    module, cured = written("bad", "stale"), written("cured")

    done = seamproof(
        *("check", f"{module}:handler", "--quick", "--format", "json", "--seed", "1"),
        *("--select", "signature.*"),
    )

    failed = [one for one in json.loads(done.stdout)["checks"] if one["failures"]]
    assert done.status == 1
    assert [one["id"] for one in failed] == ["signature.stale"]
    case = failed[0]["failures"][0]["case"]
    assert seamproof("replay", case).status == 1
    assert seamproof("replay", case, "--to", f"{cured}:handler").status == 0


def test_a_handler_by_url(seamproof: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What needs a look at the state is inconclusive without one, and says so.
    """
    monkeypatch.chdir(tmp_path)
    with serving(create_app(SECRET)) as url:
        done = seamproof(
            *("check", f"{url}/webhooks/seam", "--secret", SECRET, "--quick", "--seed", "1"),
            *("--select", "signature.*,delivery.duplicate"),
        )

    assert done.status == 0
    assert re.search(r"^undecided: delivery\.duplicate: [^·]*--state", done.stdout, re.MULTILINE)


def test_a_handler_at_another_path_stops_the_run(
    seamproof: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    One failure with the likely reason, instead of a hundred.
    """
    monkeypatch.chdir(tmp_path)
    with serving(create_app(SECRET)) as url:
        done = seamproof("check", f"{url}/elsewhere", "--secret", SECRET)

    assert done.status == 1
    assert "stopped: " in done.stdout
    assert done.stdout.count("seamproof replay ") == 1
    assert "path" in done.stdout
