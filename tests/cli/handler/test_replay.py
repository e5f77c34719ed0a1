"""
`seamproof replay`: a failure sent again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seamproof.checks import create_app
from seamproof.checks.model.options import RunOptions
from seamproof.checks.replay.case_files import write_cases
from seamproof.checks.replay.cases import cases_of
from seamproof.mock_server import serving
from tests.checks.reported import failure, request, result, view_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.model.results import Failure
    from tests.cli.runner import Run

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HANDLER = """
print("printed by the handler")

def handler(body, headers):
    # What a request that is not the case's is answered shows that it is not deaf.
    return {status} if b"name" not in body and b"event_id" not in body else 204
"""


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """
    Write a handler that gives always the same response, and the case of a failure of it.
    """
    monkeypatch.chdir(tmp_path)

    def write(status: int = 200, check: str = "signature.stale", **given: object) -> str:
        module = f"{tmp_path.name}_{status}"
        (tmp_path / f"{module}.py").write_text(HANDLER.format(status=status), encoding="utf-8")
        found: Failure = replace(failure(), **given)  # type: ignore[arg-type]
        options = RunOptions(target=f"{module}:handler", seed=7)
        (one,) = cases_of(view_of(result(check, "failed", found)), options)
        write_cases([one])
        return one.id

    return write


@pytest.mark.parametrize(
    ("answer", "status", "verdict"), [(200, 1, "still does wrong"), (400, 0, "now does right")]
)
def test_the_exit_status_says_whether_the_handler_does_right(
    seamproof: Run, case: Callable[..., str], answer: int, status: int, verdict: str
) -> None:
    """
    0 when it now does, and what came back is told.
    """
    name = case(answer)

    done = seamproof("replay", name, "-v")

    assert done.status == status
    lines = done.stdout.splitlines()
    assert lines[0] == f"{name} · acs_credential.issued: the title of signature.stale"
    assert lines[-1] == f"the handler {verdict}"
    assert any(line.startswith(f"  got       {answer} after ") for line in lines)
    assert '              "door": "Über ☂"' in lines
    assert "printed by the handler" not in done.stdout


def test_a_case_file_can_be_sent_elsewhere(seamproof: Run, case: Callable[..., str]) -> None:
    """
    At another handler, by URL, with its secret: signed anew, so that it is accepted.
    """
    sent = (request(body=b'{"event_type": "lock.locked"}'),)
    name = case(500, "payload.nulls", sent=sent)
    with serving(create_app(SECRET)) as url:
        words = ["replay", f".seamproof/cases/{name}.json", "--to", f"{url}/webhooks/seam"]
        right = seamproof(*words, "--secret", SECRET)
        wrong = seamproof("replay", name)
        other = seamproof(*words, "--secret", SECRET[:-4] + "AAAA")

    assert (right.status, wrong.status, other.status) == (0, 1, 1)
    assert f"  to        {url}/webhooks/seam" in right.stdout
    assert SECRET[6:] not in right.stdout + other.stdout


def test_several_requests_are_sent_in_order(seamproof: Run, case: Callable[..., str]) -> None:
    """
    The last one decides.
    """
    done = seamproof("replay", case(400, sent=(request(), request(age=600))))

    assert done.status == 0
    assert "  sent      1  acs_credential.issued  400" in done.stdout
    assert "2  acs_credential.issued  400  the same id again, signed anew" in done.stdout


@pytest.mark.parametrize(
    ("words", "status", "told_"),
    [
        (["signature.none"], 2, "there is no such case"),
        (["none.json"], 2, "cannot be read"),
        (["CASE", "--to", "http://192.0.2.7/", "--secret", SECRET], 2, "--allow-remote"),
        (["CASE", "--to", "http://127.0.0.1:1/", "--secret", SECRET], 3, "127.0.0.1:1"),
        (["CASE", "--to", "http://127.0.0.1:1/"], 2, "SEAM_WEBHOOK_SECRET"),
        (["CASE", "--to", "nomodule:app"], 3, "nomodule"),
    ],
)
def test_what_cannot_be_replayed(
    seamproof: Run, case: Callable[..., str], words: list[str], status: int, told_: str
) -> None:
    """
    A case that is not there, a target that cannot be reached.
    """
    name = case()

    done = seamproof("replay", *[name if word == "CASE" else word for word in words])

    assert done.status == status
    assert told_ in done.stderr


def test_several_cases_are_sent(seamproof: Run, case: Callable[..., str]) -> None:
    """
    The cases of the last run, all, or those that still fail: each is shown, and all are counted.
    """
    bad, good = case(200), case(400, "signature.future")

    done = seamproof("replay", "--all")

    assert done.status == 1
    assert f"{bad} · " in done.stdout
    assert f"{good} · " in done.stdout
    assert done.stdout.endswith(f"\n1 of 2 cases right\n  wrong       {bad}\n")


def test_the_failures_of_the_last_run_are_sent_until_they_are_right(
    seamproof: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    `--failed` sends what still fails; a case that its check no longer finds is deleted.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)
    (tmp_path / "lenient.py").write_text("def handler(body, headers):\n    return 204\n")
    words = ["check", "lenient:handler", "--select", "signature.stale,signature.future"]
    assert seamproof(*words).status == 1
    assert seamproof("replay", "--last").status == 1

    (tmp_path / "lenient.py").write_text(VERIFYING)
    fixed = seamproof("replay", "--failed")

    assert fixed.status == 0, fixed.stdout
    assert "2 of 2 cases right" in fixed.stdout
    assert seamproof("replay", "--failed").status == 2
    assert seamproof(*words).status == 0
    assert not [*(tmp_path / ".seamproof/cases").glob("*.json")]


VERIFYING = """
import os
import time
from seamproof import verify

def handler(body, headers):
    genuine = verify(body, headers, os.environ["SEAM_WEBHOOK_SECRET"], now=time.time())
    return 204 if genuine else 400
"""


def test_a_foreign_case_needs_a_target(seamproof: Run, case: Callable[..., str]) -> None:
    """
    A case that was changed is sent nowhere unless the user names the target.
    """
    name = case(200)
    path = Path(".seamproof/cases") / f"{name}.json"
    text = path.read_text().replace('"state": null', '"state": "builtins:exec"')
    Path("foreign.json").write_text(text)

    refused = seamproof("replay", "foreign.json")
    module = json.loads(text)["aim"]["target"]
    aimed = seamproof("replay", "foreign.json", "--to", module)

    assert (refused.status, refused.stdout) == (2, "")
    assert "--to" in refused.stderr
    assert aimed.status == 1
    assert "still does wrong" in aimed.stdout
