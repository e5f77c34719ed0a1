"""
Tests of duplicates that a real handler of this process handles after its answer.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.checks.runner.resolve import resolve
from seamproof.checks.runner.session import open_session
from seamproof.signing import Secret, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.checks.model.results import Result

SECRET: Final = Secret.generate()
#: Seconds after which work after an answer is done.
LATER: Final = 0.6


class Handler:
    """
    It counts mails: one for each message at once, and another one later.

    Args:
        of_duplicates: Whether the later one is for a duplicate.
        start: Starts the later work.
    """

    def __init__(
        self, start: Callable[[Callable[[], None]], object], *, of_duplicates: bool
    ) -> None:
        self.start, self.of_duplicates = start, of_duplicates
        self.known: set[str] = set()
        self.mails = 0

    def handle(self, body: bytes, headers: Mapping[str, str]) -> int:
        """
        Send the mails.
        """
        if not verify(body, headers, SECRET, now=time.time()).valid:
            return 401
        if not isinstance(json.loads(body), dict):
            return 400
        message_id = {name.lower(): value for name, value in headers.items()}["svix-id"]
        is_first = message_id not in self.known
        self.known.add(message_id)
        self.mails += is_first
        if is_first is not self.of_duplicates:
            self.start(self.send_mail)
        return 204

    def send_mail(self) -> None:
        """
        Send one more.
        """
        self.mails += 1


def by_timer(job: Callable[[], None]) -> None:
    """
    Do something later, in a thread of its own.
    """
    threading.Timer(LATER, job).start()


class Worker:
    """
    A thread that takes a job after the other, and its time for each.
    """

    def __init__(self) -> None:
        self.jobs: queue.Queue[Callable[[], None]] = queue.Queue()
        threading.Thread(target=self.run, daemon=True).start()

    def __call__(self, job: Callable[[], None]) -> None:
        """
        Put a job into the queue.
        """
        self.jobs.put(job)

    def run(self) -> None:
        """
        Do the jobs.
        """
        while True:
            job = self.jobs.get()
            time.sleep(LATER)
            job()


def check(handler: Handler, **options: Any) -> Result:
    """
    Deliver messages twice, in a quick run of one event type.
    """
    resolved = resolve(
        handler.handle,
        kind="function",
        secret=SECRET,
        state=lambda: {"mails": handler.mails},
        select="delivery.duplicate",
        events="lock.unlocked",
        quick=True,
        seed=1,
        **options,
    )
    with open_session(resolved) as session:
        (result,) = session.run().results
    return result


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["timer", "worker"])
@pytest.mark.parametrize("of_duplicates", [False, True])
def test_work_on_a_duplicate_is_waited_for(kind: str, of_duplicates: bool) -> None:
    """
    It shows in a count as well; a late mail for the first delivery is none for the second one.
    """
    start = by_timer if kind == "timer" else Worker()
    result = check(Handler(start, of_duplicates=of_duplicates))

    assert result.status == ("failed" if of_duplicates else "passed")
