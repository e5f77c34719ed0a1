"""
`seamproof trigger --wait`: what the handlers answered to the first attempts.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from seamproof.cli.support.output import paint
from seamproof.cli.support.server.attempt_text import outcome_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seamproof.cli.support.server.remote import Remote
    from seamproof.json_types import JsonObject

#: Seconds until an attempt has to be recorded; Seam's time-out is 15 s.
_PATIENCE: Final = 60.0
_POLL: Final = 0.05
_SHOWN: Final = 400


def wait_for_answers(remote: Remote, message_ids: Iterable[str]) -> list[JsonObject]:
    """
    Wait until each delivery of the messages was attempted; return the messages with attempts.
    """
    until = time.monotonic() + _PATIENCE
    messages = []
    for message_id in message_ids:
        path = f"/mock/messages/{quote(message_id, safe='')}"
        message = remote.get(path)["message"]
        while not _is_attempted(message) and time.monotonic() < until:
            time.sleep(_POLL)
            message = remote.get(path)["message"]
        messages.append(message)
    return messages


def _is_attempted(message: JsonObject) -> bool:
    return all(one["attempts"] or one["state"] != "pending" for one in message["sendings"])


def is_accepted(message: JsonObject) -> bool:
    """
    Whether each handler answered each attempt of a message as a correct one does.
    """
    return (
        bool(message["attempts"])
        and _is_attempted(message)
        and all(map(_is_expected, message["attempts"]))
    )


def answer_lines(message: JsonObject) -> Iterator[str]:
    """
    Write a line for each attempt of a message, with the body of an answer that is wrong.
    """
    name = f"{message['event_type']}  {message['message_id']}"
    if message["status"] == "unmatched":
        yield f"---  {name}  no endpoint receives this event type"
    elif not _is_attempted(message):
        yield f"---  {name}  not attempted within {_PATIENCE:.0f} s"
    for attempt in message["attempts"]:
        expected = _is_expected(attempt)
        status = paint(f"{_status(attempt) or '---':>3}", "green" if expected else "red")
        outcome = attempt["reason"]
        if attempt["fault"]:
            outcome = outcome_text(_status(attempt), attempt["fault"], attempt["reason"])
        yield f"{status}  {attempt['milliseconds']:8.1f} ms  {name}  {outcome}".rstrip()
        body = (attempt["response"] or {}).get("body", "")
        if body and not expected:
            yield f"     answer: {body[:_SHOWN]}"


def _status(attempt: JsonObject) -> int | None:
    return attempt["response"]["status"] if attempt["response"] else None


def _is_expected(attempt: JsonObject) -> bool:
    from seamproof.mock_server.faults.catalogue import is_expected

    return is_expected(_status(attempt), attempt["fault"])
