"""
Tests of exceptions that a handler logs, although it accepts the event that they come from.
"""

from __future__ import annotations

import json
import logging
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from seamproof import verify
from seamproof.checks.model.options import RunOptions
from seamproof.checks.runner.session import open_session
from seamproof.checks.targets.handler_output import traceback_in
from tests.checks.small import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.checks.model.results import Result

CHECKS = ("delivery.background_work", "payload.required_only", "payload.not_an_object")


class Logging:
    """
    A handler that logs what fails and answers 204.
    """

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        """
        Handle a request.
        """
        if not verify(body, headers, SECRET, now=time.time()):
            self.log("a forgery")
            return 400
        try:
            self.act(json.loads(body))
        except Exception:
            logging.getLogger(__name__).exception("failed")
        return 204

    def log(self, what: str) -> None:
        """
        Log an exception of a request that is refused.
        """
        try:
            int(what)
        except ValueError:
            logging.getLogger(__name__).exception("refused")

    def act(self, event: dict[str, Any]) -> None:
        """
        Keep a property that not every event has.
        """
        self.known[event["device_id"]] = len(event["device_custom_metadata"])


class Careful(Logging):
    """
    It does its work, and logs an exception of something that does not matter.
    """

    def act(self, event: dict[str, Any]) -> None:
        """
        Keep what there is.
        """
        self.known[event["device_id"]] = 1
        message = "no notice"
        raise OSError(message)


class Refusing(Logging):
    """
    It logs exceptions of forgeries alone.
    """

    def act(self, event: dict[str, Any]) -> None:
        """
        Keep what there is.
        """
        self.known[str(event.get("device_id"))] = len(event.get("device_custom_metadata") or {})


@pytest.mark.parametrize(
    ("make", "has_state", "status"),
    [
        (Logging, True, "failed"),
        (Logging, False, "warning"),
        (Careful, True, "passed"),
        (Refusing, True, "passed"),
        (Refusing, False, "passed"),
    ],
)
def test_an_exception_that_is_logged_and_accepted_is_reported(
    make: Callable[[], Logging], status: str, *, has_state: bool
) -> None:
    """
    With a state it counts what is lost; what is refused, or loses nothing, is no finding.
    """
    handler = make()
    options = RunOptions(
        target=handler,
        state=(lambda: handler.known) if has_state else None,
        secret=SECRET,
        seed=0,
        events="device.*",
        select=("delivery.background_work", "payload.required_only", "signature.wrong_secret"),
    )
    with open_session(options) as session:
        results = {one.check.id: one for one in session.view(session.run()).report.results}

    found: Result = results["delivery.background_work"]
    assert found.status == status, found


def test_a_traceback_is_read_from_what_a_server_prints() -> None:
    """
    The last one, with its exception and the last line of the handler's own code.
    """
    printed = (
        "INFO: started\nTraceback (most recent call last):\n"
        f'  File "{os.sep}app{os.sep}hook.py", line 7, in hook\n    work(event)\n'
        '  File "/usr/lib/python3.11/json/__init__.py", line 3, in loads\n    raise\n'
        "json.JSONDecodeError: no: value\nINFO: 200 OK\n"
    )

    found = traceback_in(printed)

    assert found is not None
    assert (found.kind, found.message) == ("json.JSONDecodeError", "no: value")
    assert traceback_in("INFO: 200 OK\n") is None
