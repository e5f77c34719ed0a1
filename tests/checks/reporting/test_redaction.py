"""
Tests of redaction: no report, case file or regression test contains a secret.
"""

from __future__ import annotations

import base64
import html
import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from seamproof.checks.model.exchange import Escaped, Received
from seamproof.checks.replay.as_pytest import as_pytest
from seamproof.checks.replay.case_files import write_cases
from seamproof.checks.replay.cases import cases_of
from seamproof.checks.reporting.formats.as_html import as_html
from seamproof.checks.reporting.formats.as_json import as_json
from seamproof.checks.reporting.formats.as_junit import as_junit
from seamproof.checks.reporting.identity import distil
from seamproof.checks.reporting.redaction import Redactor
from seamproof.signing import Secret
from tests.checks.reported import OPTIONS, REPORT, failure, request, result, view_of

if TYPE_CHECKING:
    from pathlib import Path

#: With every character of base64 that any format escapes.
SECRET = Secret(
    "whsec_" + base64.b64encode(b"\xfb\xef\xbe\xff\xff\xfeabcdefghijklmnopqr\xff").decode()
)
TEXT = SECRET.reveal()
BARE = TEXT.removeprefix("whsec_")
FORMS = {
    "whole": TEXT,
    "without its prefix": BARE,
    "without its padding": BARE.rstrip("="),
    "escaped in JSON": json.dumps(TEXT).replace("/", "\\/"),
    "quoted in a URL": quote(BARE, safe=""),
    "escaped in HTML": html.escape(BARE).replace("+", "&#43;").replace("=", "&#x3D;"),
    "decoded, as hex": SECRET.key.hex(),
    "decoded, as hex in capitals": SECRET.key.hex().upper(),
    "decoded, as Python shows bytes": repr(SECRET.key),
    "encoded for a URL": base64.urlsafe_b64encode(SECRET.key).decode(),
    "encoded once more": base64.b64encode(TEXT.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_secret_is_found_in_every_form(form: str) -> None:
    """
    The error page of a handler may encode or escape it.
    """
    redactor = Redactor([SECRET])

    shown = redactor.text(f"before {form} after")

    assert "whsec_…" in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    for part in (BARE[:20], SECRET.key.hex()[:20], repr(SECRET.key)[2:20]):
        assert part not in shown
    assert redactor.raw(f"\xff {form}".encode("latin-1")).startswith(b"\xff ")


def test_bytes_without_a_secret_are_not_changed() -> None:
    """
    A replay sends exactly the bytes that were sent.
    """
    raw = bytes(range(256))

    assert Redactor([SECRET]).raw(raw) is raw


def test_an_unknown_secret_is_redacted() -> None:
    """
    A line of a traceback may show an old one.
    """
    assert Redactor([]).text('Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZ")') == 'Webhook("whsec_…")'


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_report_or_file_contains_a_secret(form: str, tmp_path: Path) -> None:
    """
    Wherever the handler writes it, it is redacted.
    """
    escaped = Escaped(kind="Odd", message=form, place=f"{form}.py:1", trace=form)
    received = Received(
        status=500, headers={"x": form}, body=form.encode(), escaped=escaped, reason=form
    )
    sent = replace(request(), headers=(("x", form),), body=form.encode())
    leak = failure(sent=(sent, sent), received=received, context=form, expected=form)
    report = replace(
        REPORT,
        target="http://user:hunter2@127.0.0.1/",
        results=(replace(result("signature.stale", "failed", leak), note=form),),
        stopped=form,
    )
    full = replace(view_of(), report=distil(report, [SECRET]))
    options = replace(
        OPTIONS, target=report.target, state="http://user:hunter2@127.0.0.1/state", secret=SECRET
    )
    cases = cases_of(full, options)
    assert write_cases(cases, tmp_path) == ""
    (file,) = tmp_path.iterdir()

    tests = as_pytest(full.report.target, cases, tmp_path / "test_seam.py")
    written = [
        *(as_json(full), as_junit(full), as_html(full), "".join(tests.values())),
        file.read_text(encoding="utf-8"),
    ]

    for text in written:
        assert "whsec_" in text
        for part in (BARE[:20], SECRET.key.hex()[:20], repr(SECRET.key)[2:20], "hunter2"):
            assert part not in text
            assert json.dumps(part)[1:-1] not in text
            assert repr(part)[1:-1] not in text
