"""
Tests of the search for a limit, and of a run over several processes.
"""

from __future__ import annotations

import os
import signal
import socket
from importlib.util import find_spec

import pytest

from tests.load.commands import end, load, start
from tests.load.receiver import Receiver, running
from tests.load.test_load_command import JSON, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("locust") is None, reason="the extra `load` is not installed"),
]


def test_the_limit_of_a_handler_is_found() -> None:
    """
    A handler that works 20 ms on each delivery, one after the other, handles about 50 a second.
    """
    with running(Receiver(seconds=0.02)) as receiver:
        done = load(receiver.url, "--find-limit", "--rate", "30/s", "--for", "2s", *JSON)

    assert done.status == 0, done.stderr
    assert done.document["limit"] == pytest.approx(50, rel=0.1)


def test_a_distributed_run_survives_the_loss_of_a_worker() -> None:
    """
    One master and three workers over sockets, one of them killed: its messages are unknown.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with running(Receiver()) as receiver:
        words = ("--ledger", receiver.url, "--rate", "90/s", "--for", "4s")
        master = start(receiver.url, "--workers", "3", "--bind", f"127.0.0.1:{port}", *words, *JSON)
        workers = [start("--worker-of", f"127.0.0.1:{port}") for _ in range(3)]
        wait_for(receiver, 60)
        os.kill(workers[1].pid, signal.SIGKILL)
        done = end(master)
        statuses = [end(one).status for one in workers]

    assert done.status == 1, done.stderr
    assert statuses == [0, -signal.SIGKILL, 0]
    assert done.account["delivered"] == 240
    assert 0 < done.account["unknown"] <= 120
    assert done.account["lost"] == 0
    assert len(done.document["lost_workers"]) == 1


def test_a_worker_with_another_secret_is_refused() -> None:
    """
    The master says so, and sends nothing.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with running(Receiver()) as receiver:
        master = start(receiver.url, "--workers", "1", "--bind", f"127.0.0.1:{port}")
        worker = start("--worker-of", f"127.0.0.1:{port}", "--secret", "whsec_" + "A" * 32)
        done = end(master)
        end(worker)

    assert done.status == 2
    assert "different signing secrets" in done.stderr
    assert receiver.received == []


def test_a_thousandth_is_found() -> None:
    """
    A handler drops 1 of 1,000 acknowledged deliveries, and repeats 1 of 1,000.
    """
    receiver = Receiver(drops=lambda at: at % 1000 == 500, repeats=lambda at: at % 1000 == 700)
    with running(receiver):
        words = ("--ledger", receiver.url, "--rate", "500/s", "--for", "8s")
        done = load(receiver.url, *words, *JSON)

    assert receiver.refused == []
    assert done.account["messages"] == 4000
    assert (done.account["lost"], done.account["twice"]) == (4, 4)
    assert done.ids("lost") == {
        one for at, (one, _) in enumerate(receiver.received) if at % 1000 == 500
    }
