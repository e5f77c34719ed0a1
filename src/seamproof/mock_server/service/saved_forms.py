"""
Forms in which a message is saved: a curl command, a fixture, a test for pytest.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pprint import pformat
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.errors import Conflict, SeamproofError
from seamproof.formats import one_line
from seamproof.json_types import parse_json
from seamproof.signing import sign
from seamproof.signing.request_forms import curl_command
from seamproof.urls import EXAMPLE_URL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import Json
    from seamproof.mock_server.model.records import AttemptRecord, Endpoint, MessageDetail
    from seamproof.mock_server.service.service import Service

Form: TypeAlias = Literal["curl", "fixture", "pytest"]

#: The variants of `seam_delivery` that send what a fault sent, and what a good handler does.
_VARIANTS: Final[Mapping[str, tuple[str, str]]] = {
    "": ("", "accepted"),
    "duplicate": ("", "accepted"),
    "reorder": ("", "accepted"),
    "delay": ("", "accepted"),
    "stale": (".stale()", "refused"),
    "future": (".stale(-600)", "refused"),
    "tampered_body": (".tampered()", "refused"),
    "missing_header": ('.unsigned("svix-signature")', "refused"),
}

_TEST: Final = '''"""
{event_type}: {found}.

The handler has to be running; SEAM_WEBHOOK_SECRET has its signing secret, SEAM_WEBHOOK_URL its
address if it is another one.
"""

from __future__ import annotations

import os

import httpx

URL = os.environ.get("SEAM_WEBHOOK_URL", {url})

EVENT = {event}


def test_{name}_is_{outcome}(seam_delivery, seam_post):
    """
    The handler answers {status} to it.
    """
    with httpx.Client() as client:
        seam_post.{outcome}(client, seam_delivery(EVENT){variant}, URL)
'''


@dataclass(frozen=True, slots=True)
class SavedMessage:
    """
    A message in a form to keep.

    Attributes:
        name: A name for the file.
        text: Its content.
    """

    name: str
    text: str


async def save_message(
    service: Service, message_id: str, form: Form, *, webhook_id: str | None = None
) -> SavedMessage:
    """
    Write a message in a form.

    Args:
        service: The service.
        message_id: Of the message.
        form: Which one.
        webhook_id: Of the endpoint that a curl command or a test is for; by default the one of
            the last failed attempt, or the first one.

    Raises:
        NotFound: There is no such message or endpoint.
        Conflict: The message cannot be written in this form.
    """
    detail = await service.message(message_id)
    attempt = _attempt_for(detail, webhook_id)
    kept = {one.webhook_id: one for one in await service.endpoints.all()}
    chosen = webhook_id or (attempt.webhook_id if attempt else next(iter(kept), ""))
    endpoint = kept.get(chosen)
    if webhook_id is not None and endpoint is None:
        endpoint = await service.endpoints.get(webhook_id)
    stem = detail.message.event_type.replace(".", "_")
    stem = re.sub(r"[^A-Za-z0-9_]", "_", stem)
    if form == "fixture":
        return SavedMessage(f"{detail.message.event_type}.json", _indented(detail))
    if form == "pytest":
        return SavedMessage(f"test_{stem.lower()}.py", _test(detail, attempt, endpoint, stem))
    return SavedMessage(f"{stem}.sh", _curl(service, detail, endpoint))


def _attempt_for(detail: MessageDetail, webhook_id: str | None) -> AttemptRecord | None:
    """
    Find the attempt that a test is about: the last failed one, otherwise the last one.
    """
    attempts = [one for one in detail.attempts if webhook_id in (None, one.webhook_id)]
    failed = [one for one in attempts if not one.delivered]
    return next(iter([*reversed(failed), *reversed(attempts)]), None)


def _payload(detail: MessageDetail) -> Json:
    try:
        return parse_json(detail.message.body)
    except ValueError as problem:
        what = "the body of the message is not JSON"
        raise Conflict(what, where=detail.message.message_id) from problem


def _indented(detail: MessageDetail) -> str:
    return json.dumps(_payload(detail), indent=2, ensure_ascii=False) + "\n"


def _curl(service: Service, detail: MessageDetail, endpoint: Endpoint | None) -> str:
    if endpoint is None:
        what = "there is no endpoint whose secret could sign the message"
        raise Conflict(what, where=detail.message.message_id, cure="register one")
    message = detail.message
    delivery = sign(
        message.body,
        endpoint.secret,
        message_id=message.message_id,
        timestamp=int(service.settings.signing()),
    )
    try:
        return curl_command(delivery, endpoint.shown_url) + "\n"
    except SeamproofError as problem:
        raise Conflict(problem.what, where=message.message_id, cure=problem.cure) from problem


def _test(
    detail: MessageDetail, attempt: AttemptRecord | None, endpoint: Endpoint | None, stem: str
) -> str:
    fault = attempt.fault if attempt else ""
    if fault not in _VARIANTS:
        what = "a test cannot send what this fault sends"
        raise Conflict(what, where=detail.message.message_id, found=f"fault {fault}")
    variant, outcome = _VARIANTS[fault]
    url = attempt.url if attempt else endpoint.shown_url if endpoint else EXAMPLE_URL
    return _TEST.format(
        event_type=_quoted(detail.message.event_type),
        found=_quoted(_found(attempt)),
        url=json.dumps(url),
        event=pformat(_payload(detail), width=96, sort_dicts=False),
        name=stem.lower(),
        outcome=outcome,
        status="2xx" if outcome == "accepted" else "4xx",
        variant=variant,
    )


def _found(attempt: AttemptRecord | None) -> str:
    if attempt is None:
        return "not attempted yet"
    answer = "no answer" if attempt.status is None else f"the answer {attempt.status}"
    return f"{answer} from {attempt.url}"


def _quoted(text: str) -> str:
    """
    Escape a text for a docstring, which it must not end.
    """
    return one_line(text).replace("\\", "\\\\").replace('"', "'")
