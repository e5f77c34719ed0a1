"""
Tests of `seamproof load` against handlers over real sockets.
"""

from __future__ import annotations

import os
import signal
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.request import urlopen

import pytest

from tests.load.commands import end, load, load_each, start
from tests.load.receiver import Receiver, running

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.skipif(
    find_spec("locust") is None, reason="the extra `load` is not installed"
)

JSON = ("--format", "json")


def test_planted_loss_and_double_processing_are_found_exactly() -> None:
    """
    The messages that are named are those that the handler dropped and repeated, no others.
    """
    receiver = Receiver(drops=lambda at: at % 100 == 7, repeats=lambda at: at % 100 == 50)
    with running(receiver):
        words = (receiver.url, "--ledger", receiver.url, "--rate", "500/s", "--for", "800ms")
        done = load(*words, "--settle", "0.5", *JSON)
    dropped = {message for at, (message, _) in enumerate(receiver.received) if at % 100 == 7}
    repeated = {message for at, (message, _) in enumerate(receiver.received) if at % 100 == 50}

    assert done.status == 1, done.stderr
    assert receiver.refused == []
    assert done.account["messages"] == len(receiver.received) == 400
    assert (done.account["delivered"], done.account["lost"], done.account["twice"]) == (396, 4, 4)
    assert (done.ids("lost"), done.ids("twice")) == (dropped, repeated)


def test_a_right_handler_passes_with_copies_of_every_kind(tmp_path: Path) -> None:
    """
    Duplicates, redeliveries, large bodies and life cycles are no loss and no double processing.
    """
    mix = 'redeliveries = "20%"\nlarge = "2%"\n[journeys]\naccess_code = 1\n[types]\n"lock.*" = 1\n'
    (tmp_path / "mix.toml").write_text(mix)
    with running(Receiver(ledger=lambda one: [*one.processed.elements()])) as receiver:
        words = ("--mix", str(tmp_path / "mix.toml"), "--duplicates", "20%", "--seed", "3")
        done = load(
            receiver.url, "--ledger", receiver.url, "--rate", "300/s", "--for", "1s", *words, *JSON
        )

    assert done.status == 0, done.stdout + done.stderr
    assert done.document["proved"]
    assert done.account["delivered"] == 300
    assert len(receiver.received) > 380
    assert receiver.refused == []


@pytest.mark.slow
def test_failures_come_back_on_the_schedule(tmp_path: Path) -> None:
    """
    Every third response is a failure: all messages are delivered by retries under the same id.
    """
    with running(Receiver(status=lambda at: 503 if at % 3 == 0 else 204)) as receiver:
        words = ("--rate", "100/s", "--for", "1s", "--report", str(tmp_path / "out"))
        done = load(receiver.url, "--ledger", receiver.url, *words)

    assert done.status == 0, done.stdout + done.stderr
    assert "100 messages: 100 delivered, 0 given up, lost: 0, unknown: 0" in done.stdout
    assert len(receiver.received) > 130
    assert {one.name for one in (tmp_path / "out").iterdir()} >= {
        *("account.json", "report.html", "load_stats.csv", "load_failures.csv"),
    }
    assert "answered 503" in (tmp_path / "out" / "load_failures.csv").read_text()


@pytest.mark.slow
def test_what_is_given_up_is_named() -> None:
    """
    Without retries a failure is final, with its reason; the run has not proved the handler.
    """
    with running(Receiver(status=lambda at: 500 if at % 10 == 3 else 204)) as receiver:
        words = ("--rate", "100/s", "--for", "500ms", "--retry", "none")
        done = load(receiver.url, *words, *JSON)
    failed = {message for at, (message, _) in enumerate(receiver.received) if at % 10 == 3}

    assert done.status == 1
    assert done.ids("given_up") == failed
    assert done.account["given_up"] == 5
    assert done.account["lost"] is None
    (reason,) = done.account["reasons"]
    assert reason == "answered 500, expected 200-299; the handler fails"


def test_a_run_that_proves_nothing_says_why() -> None:
    """
    Each refusal is a failure in Seam's terms; in so short a time no message comes.
    """
    refused = ("--rate", "20/s", "--for", "500ms", "--retry", "none")
    none = ("--rate", "1/s", "--for", "1ms", "--arrivals", "poisson", "--seed", "3")
    with running(Receiver()) as receiver:
        wrong, nothing = load_each(
            (receiver.url, *refused, "--secret", "whsec_" + "A" * 32), (receiver.url, *none)
        )

    assert wrong.status == 1
    assert "answered 401, expected 200-299; the handler refuses the request" in wrong.stdout
    assert nothing.status == 1
    assert "nothing is proved" in nothing.stdout


@pytest.mark.slow
def test_what_was_held_back_comes_at_once() -> None:
    """
    While the handler is down nothing is sent; then everything is, and counts from there.
    """
    with running(Receiver()) as receiver:
        process = start(
            receiver.url, "--rate", "100/s", "--for", "1s", "--recover-after", "900ms", *JSON
        )
        done = end(process)

    assert done.status == 0, done.stderr
    assert done.account["delivered"] == 100
    assert done.document["steps"][0]["latency"]["p50"] < done.document["steps"][0]["took"] - 0.8


@pytest.mark.slow
def test_a_worker_that_is_killed_leaves_unknown_messages() -> None:
    """
    Those of the others are accounted for; the run ends by itself and has not proved the handler.
    """
    with running(Receiver()) as receiver:
        process = start(receiver.url, "--rate", "60/s", "--for", "3s", "--processes", "2", *JSON)
        wait_for(receiver, 30)
        os.kill(children(process)[0], signal.SIGKILL)
        done = end(process)
    account = done.account

    assert done.status == 1, done.stderr
    (lost,) = done.document["lost_workers"]
    assert account["delivered"] == 90
    assert 0 < account["unknown"] <= 90
    assert account["messages"] == account["delivered"] + account["unknown"]
    assert lost["worker"] in (0, 1)


@pytest.mark.parametrize(
    ("number", "status", "words"),
    [(signal.SIGINT, 130, ()), (signal.SIGTERM, 143, ("--processes", "2"))],
)
def test_an_interrupted_run_accounts_for_what_was_sent(
    number: int, status: int, words: tuple[str, ...]
) -> None:
    """
    Workers end, and the account is printed.
    """
    with running(Receiver()) as receiver:
        process = start(receiver.url, "--rate", "50/s", "--for", "10m", *words, *JSON)
        wait_for(receiver, 20)
        workers = children(process)
        process.send_signal(number)
        done = end(process)

    assert done.status == status, done.stderr
    assert done.account["delivered"] == done.account["messages"] == len(receiver.received)
    assert done.document["interrupted"]
    assert not [pid for pid in workers if alive(pid)]


def test_the_page_of_locust_is_shown_while_the_run_lasts() -> None:
    """
    Its address is printed, on this machine only.
    """
    with running(Receiver()) as receiver:
        process = start(receiver.url, "--rate", "20/s", "--for", "10m", "--web")
        assert process.stderr
        line = process.stderr.readline()
        wait_for(receiver, 1)
        with urlopen(line.split()[-1], timeout=60) as response:  # noqa: S310 - our own page
            page = response.read().decode()
        process.send_signal(signal.SIGINT)
        done = end(process)

    assert line.startswith("Locust's page: http://127.0.0.1:")
    assert "Locust" in page
    assert done.status == 130, done.stderr


#: Each with its status and a part of its message.
REFUSED: Final = (
    ((), 2, "load needs the URL"),
    (("http://127.0.0.1:9/x", "--rate", "10"), 2, "this is not a rate"),
    (("http://127.0.0.1:9/x", "--for", "soon"), 2, "this is not a duration"),
    (("http://127.0.0.1:9/x", "--duplicates", "120%"), 2, "this is not a share"),
    (("http://127.0.0.1:9/x", "--mix", "none.toml"), 2, "the mix cannot be read"),
    (("http://127.0.0.1:9/x", "--bind", "somewhere:else"), 2, "this is not an address"),
    (("http://127.0.0.1:9/x", "--processes", "2", "--workers", "2"), 2, "exclude each other"),
    (("http://192.0.2.1/x",), 2, "the target is not on this machine"),
    (("http://192.0.2.1/x", "--allow-remote"), 2, "its rate has to be given"),
    (("http://127.0.0.1:9/x", "--ledger", "http://192.0.2.1/"), 2, "not on this machine"),
    (("http://127.0.0.1:9/x", "--ledger", "http://127.0.0.1:9/"), 3, "does not answer"),
    # Nobody waits for retries: with the schedule of Seam they take 27 hours.
    (("http://127.0.0.1:9/x", "--for", "300ms", "--retry", "seam"), 3, "nothing answers"),
)


def test_what_cannot_be_run_is_explained() -> None:
    """
    Nothing is sent, or nothing answers.
    """
    ended = load_each(*(words for words, _, _ in REFUSED))

    for done, (words, status, message) in zip(ended, REFUSED, strict=True):
        assert done.status == status, (words, done.stdout + done.stderr)
        assert message in done.stderr, words


def test_a_missing_locust_is_explained_with_its_install_command(tmp_path: Path) -> None:
    """
    The command needs the extra, and says so before anything else.
    """
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['locust'] = None\n")
    done = load("http://127.0.0.1:9/x", PYTHONPATH=str(tmp_path))

    assert done.status == 2
    assert "pip install 'locust>=2.47'" in done.stderr


def wait_for(receiver: Receiver, count: int) -> None:
    """
    Wait until a handler has received so many deliveries.
    """
    until = time.monotonic() + 60
    while len(receiver.received) < count:
        assert time.monotonic() < until
        time.sleep(0.02)


def children(process: subprocess.Popen[str]) -> list[int]:
    """
    List the child processes of a process.
    """
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(one) for one in text.split()]


def alive(pid: int) -> bool:
    """
    Whether a process runs.
    """
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
