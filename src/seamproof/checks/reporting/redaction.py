"""
Redacts secrets in everything that is shown or written.
"""

from __future__ import annotations

import base64
import html
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from seamproof.checks.model.exchange import Escaped
from seamproof.checks.reporting.secret_patterns import pattern_of
from seamproof.signing.encodings import encodings_of
from seamproof.urls import without_password

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.results import Failure, Report
    from seamproof.signing import Secret

PREFIX: Final = "whsec_"
INSTEAD: Final = "whsec_…"

#: Characters by which the beginning of a secret is recognised where a text was cut.
_HALF: Final = 8

#: Any secret, also an unknown one, as a line of a traceback may show it.
_ANY: Final = re.compile(r"whsec_[A-Za-z0-9+/_-]{8,}={0,2}")


class Redactor:
    """
    Redacts secrets in texts and bytes, in each form in which a handler may have encoded them.

    Args:
        secrets: Those that the handler knows.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        secrets = tuple(secrets)
        self._patterns = tuple(map(pattern_of, secrets))
        # The longest first: a shorter form may be a part of a longer one.
        forms = sorted({form for one in secrets for form in _forms(one)}, key=len, reverse=True)
        self._forms = tuple(forms)

    def text(self, text: str) -> str:
        """
        Redact a text.
        """
        for form in self._forms:
            text = text.replace(form, INSTEAD)
        for pattern in self._patterns:
            text = pattern.replace(text, INSTEAD)
        return self._without_half(_ANY.sub(INSTEAD, text))

    def _without_half(self, text: str) -> str:
        """
        Redact the beginning of a secret at the end of a text that was cut there.
        """
        for form in self._forms:
            start = text.rfind(form[:_HALF], max(0, len(text) - len(form)))
            if start >= 0 and len(form) > _HALF and form.startswith(text[start:].rstrip("….")):
                return text[:start] + INSTEAD
        return text

    def raw(self, body: bytes) -> bytes:
        """
        Redact bytes. Bytes without a secret are not changed, in whatever encoding they are.
        """
        # Latin-1 has a character for each byte, so nothing else is changed on the way.
        text = body.decode("latin-1")
        instead = INSTEAD.encode().decode("latin-1")
        clean = self.text(text).replace(INSTEAD, instead)
        return clean.encode("latin-1") if clean != text else body

    def pairs(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """
        Redact headers.
        """
        return tuple((self.text(name), self.text(value)) for name, value in headers)


def redact_report(report: Report, secrets: Iterable[Secret]) -> Report:
    """
    Copy a report without secrets, and without the password of a URL.
    """
    redactor = Redactor(secrets)
    results = tuple(
        replace(
            one,
            note=redactor.text(one.note),
            failures=tuple(_redact_failure(failure, redactor) for failure in one.failures),
        )
        for one in report.results
    )
    event_types = tuple(
        replace(one, reason=redactor.text(one.reason), changes=redactor.text(one.changes))
        for one in report.event_types
    )
    target = redactor.text(without_password(report.target))
    return replace(
        report,
        target=target,
        results=results,
        stopped=redactor.text(report.stopped),
        notice=redactor.text(report.notice),
        event_types=event_types,
    )


def _redact_failure(failure: Failure, redactor: Redactor) -> Failure:
    return replace(
        failure,
        sent=tuple(_redact_request(one, redactor) for one in failure.sent),
        expected=redactor.text(failure.expected),
        received=failure.received and redact_received(failure.received, redactor),
        context=redactor.text(failure.context),
        reason=redactor.text(failure.reason),
        cure=redactor.text(failure.cure),
        finding=redactor.text(failure.finding),
        answers=tuple(
            one and replace(one, received=redact_received(one.received, redactor))
            for one in failure.answers
        ),
        genuine=redactor.raw(failure.genuine),
        deviation=failure.deviation and failure.deviation.map_texts(redactor.text),
    )


def _redact_request(request: Request, redactor: Redactor) -> Request:
    return replace(
        request, headers=redactor.pairs(request.headers), body=redactor.raw(request.body)
    )


def redact_received(received: Received, redactor: Redactor) -> Received:
    """
    Redact an answer.
    """
    escaped = received.escaped
    return replace(
        received,
        headers=dict(redactor.pairs(received.headers.items())),
        body=redactor.raw(received.body),
        escaped=escaped and _redact_exception(escaped, redactor),
        reason=redactor.text(received.reason),
        printed=redactor.text(received.printed),
    )


def _redact_exception(escaped: Escaped, redactor: Redactor) -> Escaped:
    return Escaped(
        kind=redactor.text(escaped.kind),
        message=redactor.text(escaped.message),
        place=redactor.text(escaped.place),
        trace=redactor.text(escaped.trace),
        details=tuple(map(redactor.text, escaped.details)),
    )


def _forms(secret: Secret) -> set[str]:
    """
    List the forms in which a secret may occur: plain, encoded, escaped.
    """
    text = secret.reveal()
    twice = base64.b64encode(text.encode()).decode()
    safe = base64.urlsafe_b64encode(secret.key).decode()
    encodings = {text, text.removeprefix(PREFIX), twice, safe, PREFIX + safe}
    digits = secret.key.hex()
    plain = {*encodings, digits, digits.upper(), repr(secret.key)[2:-1]}
    plain |= {one.rstrip("=") for one in encodings}
    plain |= set(encodings_of(secret.key).values())
    plain.add(", ".join(map(str, secret.key)))
    escaped = {json.dumps(one).strip('"').replace("/", "\\/") for one in plain}
    quoted = {quote(one, safe="") for one in plain}
    marked = {html.escape(one).replace("+", "&#43;").replace("=", "&#x3D;") for one in plain}
    return plain | escaped | quoted | marked
