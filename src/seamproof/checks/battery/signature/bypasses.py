"""
Signature checks: ways around the verification by another content type, or by what a response says.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from seamproof.checks.model.results import Inconclusive
from seamproof.checks.probe.control import controlled
from seamproof.checks.probe.deliveries import is_rejected, send_groups
from seamproof.checks.probe.findings import REJECTED, failure_of, first_of_each_cause
from seamproof.signing.forgeries import GENUINE, RECIPES, STALE_AGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seamproof.checks.model.check_info import Severity
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Finding
    from seamproof.checks.probe.probe import Probe


@controlled
def other_content_type(probe: Probe) -> Iterator[Finding]:
    """
    A forgery is rejected whatever its content type is.
    """
    for recipe in ("another secret", "no svix headers"):
        if not probe.deliver(probe.plain(), recipe=recipe)[1].is_rejected:
            yield Inconclusive(reason=f"forgeries are not rejected as JSON either ({recipe})")
            continue
        yield from first_of_each_cause(partial(_of_other_types, recipe=recipe))(probe)


def _of_other_types(probe: Probe, *, recipe: str) -> Iterator[Failure]:
    plain = [
        probe.signed(
            encode(probe.encoding.encode(probe.plain()).decode()),
            recipe=recipe,
            event_type=probe.default_type,
        )
        for _, encode in _CONTENT_TYPES
    ]
    forgeries = [
        (replace(one, headers=tuple(_with_content_type(one.headers, content_type))),)
        for one, (content_type, _) in zip(plain, _CONTENT_TYPES, strict=True)
    ]
    sent = send_groups(probe, forgeries, is_rejected)
    for (content_type, _), as_json, ((request,), received) in zip(
        _CONTENT_TYPES, plain, sent, strict=True
    ):
        if not received.is_rejected:
            # A handler that fails on the body itself is reported by the checks of malformed ones.
            if received.is_crash and probe.send(as_json).is_crash:
                continue
            severity: Severity = "warning" if received.is_crash else "error"
            what = f"content type {content_type}" if content_type else "without a content type"
            yield failure_of(request, received, f"{REJECTED} ({recipe}, {what})", severity=severity)


def _with_content_type(
    headers: Iterable[tuple[str, str]], content_type: str
) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower() != "content-type":
            yield name, value
        elif content_type:
            yield name, content_type


def _as_form(text: str) -> bytes:
    return urlencode(dict.fromkeys(_FORM_FIELDS, text)).encode()


def _as_multipart(text: str) -> bytes:
    parts = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name in _FORM_FIELDS
    )
    return f"{''.join(parts)}--{_BOUNDARY}--\r\n".encode()


_BOUNDARY: Final = "seamproof-boundary"
#: The fields in which a form may carry an event.
_FORM_FIELDS: Final = ("payload", "event", "data", "body", "json")
_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = f"multipart/form-data; boundary={_BOUNDARY}"
#: Content types, each with how an event is written in a body; the empty one is not sent. What is
#: called a form may be JSON all the same.
_CONTENT_TYPES: Final[tuple[tuple[str, Callable[[str], bytes]], ...]] = (
    ("", str.encode),
    ("text/plain", str.encode),
    (_FORM, _as_form),
    (_FORM, str.encode),
    (_MULTIPART, _as_multipart),
    (_MULTIPART, str.encode),
    ("application/xml", str.encode),
    ("application/octet-stream", str.encode),
)


@controlled
def no_leak(probe: Probe) -> Iterator[Finding]:
    """
    No response to a forgery of the run contains the right signature or the secret.
    """
    for recipe, age in _LEAKING:
        if (recipe, age) not in probe.state.forgeries:
            probe.deliver(probe.plain(), recipe=recipe, age=age)
    found: dict[str, tuple[Request, Received]] = {}
    for request, received in probe.state.leaks:
        found.setdefault(received.leak, (request, received))
    for what, (request, received) in found.items():
        expected = "no right signature and no secret in the response to a forgery"
        yield failure_of(
            request,
            received,
            expected,
            context=f"the response contains {what}",
            is_about_answer=False,
        )


#: The recipe and the age of each forgery: a handler rejects them at different places.
_LEAKING: Final = (
    *((recipe, 0) for recipe, row in RECIPES.items() if not (row.genuine or row.borrowed)),
    (GENUINE, STALE_AGE),
    (GENUINE, -STALE_AGE),
)
