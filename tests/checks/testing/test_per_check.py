"""
Tests of the battery one check at a time.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.battery.check import Check
from seamproof.checks.battery.registry import BATTERY
from seamproof.checks.model.results import Failure, Inconclusive
from seamproof.checks.probe.findings import failure_of
from seamproof.checks.runner.resolve import resolve
from seamproof.checks.testing.per_check import CheckStepper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.options import Handler
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe

CHECKS = {one.id: one for one in BATTERY}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("cases"))
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)


def accepting(_body: bytes, _headers: dict[str, str]) -> int:
    """
    A handler that believes everything.
    """
    return 204


@contextmanager
def stepping(target: Handler, **options: Any) -> Iterator[CheckStepper]:
    """
    Run the checks of a handler one at a time, and close it afterwards.
    """
    opened = CheckStepper(resolve(target, quick=True, **options))
    try:
        yield opened
    finally:
        opened.close()


def check(run: Callable[[Probe], Iterator[Finding]], name: str = "own.check") -> Check:
    """
    Make a check that is not in the battery.
    """
    return Check(id=name, title="", severity="error", source="", why="", cure="", run=run)


def test_the_handler_is_opened_once() -> None:
    """
    The plain genuine delivery is not sent again for each check.
    """
    bodies = []

    def handle(body: bytes, headers: dict[str, str]) -> int:
        bodies.append(body)
        return accepting(body, headers)

    with stepping(handle) as opened:
        opened.check(check(lambda _: iter(())), reports_problem=True)
        before = len(bodies)
        outcome = opened.check(check(lambda _: iter(()), "own.other"), reports_problem=True)

    assert outcome.verdict == "passed"
    assert len(bodies) == before


def test_the_text_of_a_failure_begins_with_its_message() -> None:
    """
    The first line alone says what came and what was to come.
    """

    def run(probe: Probe) -> Iterator[Failure]:
        request, received = probe.deliver(probe.plain())
        yield failure_of(request, received, "refused")
        yield failure_of(request, received, "refused", context="another thing")

    with stepping(accepting) as opened:
        outcome = opened.check(check(run), reports_problem=False, rerun="pytest this::one")

    assert outcome.verdict == "failed"
    assert outcome.message == "answered 204; expected: refused (and 1 more)"
    assert outcome.text.splitlines()[0] == outcome.message
    assert "  again     pytest this::one" in outcome.text


def test_the_secret_is_shown_nowhere() -> None:
    """
    Not even where a handler answers with it.
    """
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    def run(probe: Probe) -> Iterator[Finding]:
        yield Inconclusive(reason=f"it said {secret}")
        del probe

    with stepping(accepting, secret=secret) as opened:
        outcome = opened.check(check(run), reports_problem=False)

    assert outcome.verdict == "skipped"
    assert outcome.message.startswith("inconclusive: it said ")
    assert secret not in outcome.message


def test_a_check_without_a_verdict_fails_a_strict_test() -> None:
    """
    A strict run wants proof of everything that it selects.
    """

    def run(probe: Probe) -> Iterator[Finding]:
        yield Inconclusive(reason="it depends")
        del probe

    with stepping(accepting, strict=True) as opened:
        outcome = opened.check(check(run), reports_problem=False)

    assert (outcome.verdict, outcome.message) == ("failed", "inconclusive: it depends")
    assert outcome.text == "inconclusive: it depends (strict)"


def test_what_a_handler_says_is_no_terminal_command() -> None:
    """
    Escape characters are written out.
    """

    def handle(_body: bytes, _headers: dict[str, str]) -> int:
        message = "\x1b[31mred\x07"
        raise ValueError(message)

    with stepping(handle) as opened:
        outcome = opened.check(CHECKS["delivery.success_status"], reports_problem=True)

    assert outcome.verdict == "unready"
    assert "\x1b" not in outcome.text
    assert "\\x1b[31mred\\x07" in outcome.text


def test_case_files_that_cannot_be_written() -> None:
    """
    What was found counts all the same, and the test says so.
    """
    Path("shop.py").write_text("def trusting(body, headers):\n    return 204\n", encoding="utf-8")
    Path(".seamproof").touch()

    with stepping("shop:trusting") as opened:
        outcome = opened.check(CHECKS["signature.stale"], reports_problem=True)

    assert outcome.verdict == "failed"
    assert outcome.text.splitlines()[-1].startswith(".seamproof: no case files: ")


@pytest.mark.slow
def test_a_state_that_fails_on_the_way() -> None:
    """
    The check that meets the error reports it in full.
    """
    states: list[object] = [{}]

    def state() -> object:
        return states[-1]

    def run(probe: Probe) -> Iterator[Finding]:
        states.append(object())
        assert probe.read_state is not None
        yield Inconclusive(reason=str(probe.read_state()))

    with stepping(accepting, state=state) as opened:
        first = opened.check(check(run), reports_problem=False)
        second = opened.check(check(run, "own.other"), reports_problem=False)

    assert first.verdict == "unready"
    assert "the state is not JSON-ready" in first.text
    assert second.verdict == "skipped"


class _Tired(BaseHTTPRequestHandler):
    left = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        type(self).left -= 1
        if type(self).left >= 0:
            self.send_response(204)
            self.send_header("content-length", "0")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def tired(requests: int) -> Iterator[str]:
    """
    Serve a handler that answers so many requests and then no more.
    """
    handler = type("Handler", (_Tired,), {"left": requests})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()
        thread.join()


def test_a_handler_that_dies_on_the_way() -> None:
    """
    The check that meets it fails; the others say why they were not run.

    It closes each connection, which a limit of the rate may do as well: both are named.
    """

    def run(probe: Probe) -> Iterator[Finding]:
        for _ in range(60):
            probe.deliver(probe.plain())
        yield from ()

    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    with tired(20) as url, stepping(url, secret=secret) as opened:
        first = opened.check(check(run), reports_problem=False)
        second = opened.check(check(run, "own.other"), reports_problem=False)

    assert first.verdict == "unready"
    assert ", or no longer answers: no answer after" in first.text
    assert second.verdict == "skipped"
    assert ", or no longer answers: no answer after" in second.message


def test_one_test_reports_an_unusable_target() -> None:
    """
    Once in full, with the cure; otherwise in a line.
    """
    with stepping("nowhere:app") as opened:
        short = opened.check(CHECKS["signature.stale"], reports_problem=False)
        whole = opened.check(CHECKS["delivery.success_status"], reports_problem=True)

    assert (short.verdict, whole.verdict) == ("skipped", "unready")
    assert short.message == "nowhere: there is no module nowhere"
    assert "app_dir=" in whole.text


def test_a_check_that_is_run_again_fails_again() -> None:
    """
    One run reports a failure once, but a test that is repeated reports it again.
    """

    def handle(body: bytes, _headers: dict[str, str]) -> int:
        return 500 if b"lock.unlocked" in body else 204

    with stepping(handle) as opened:
        outcomes = [
            opened.check(CHECKS["payload.every_event_type"], reports_problem=False)
            for _ in range(2)
        ]

    assert [one.verdict for one in outcomes] == ["failed", "failed"]
