"""
Fuzzers on each parser of what comes from outside: a value, or an error of the kind that it names.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seamproof import verify
from seamproof.checks.reporting.redaction import Redactor
from seamproof.checks.runner.resolve import read_rate, read_statuses
from seamproof.errors import SeamproofError
from seamproof.formats import clean_text, one_line, parse_timestamp
from seamproof.json_types import parse_json
from seamproof.mock_server.faults.catalogue import parse_fault
from seamproof.mock_server.model.durations import parse_duration
from seamproof.mock_server.model.retry_schedule import parse_schedule, read_retry_after
from seamproof.mock_server.network.address_policy import AddressPolicy, read_host
from seamproof.mock_server.network.resolver import Address
from seamproof.pseudonyms.pseudonymiser import Pseudonymiser
from seamproof.recordings.sources.reading import read_recordings
from seamproof.schemas import catalog
from seamproof.schemas.json_text import decode_bytes, parse, place_of
from seamproof.schemas.payload_files import read_payloads
from seamproof.schemas.payload_validation import violations
from seamproof.signing import Secret
from seamproof.strategies import parse_override
from seamproof.urls import hide_credentials, without_credentials, without_password

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

SECRET: Final = Secret.generate()
PSEUDONYMISER: Final = Pseudonymiser(b"key")
NOW: Final = 1_800_000_000.0

#: Letters that matter to one of the parsers, more often than any others.
TEXTS: Final = st.one_of(
    st.text(alphabet='0123456789.,:;/[]{}@%#?&=+-_ "\\eEnNaAwhsec\udce9é\u2488\x00\n', max_size=60),
    st.text(max_size=60),
    st.text(alphabet="http:/[]@.1%#a", max_size=30).map(lambda one: f"http://{one}"),
    st.sampled_from(["[" * 100_000, "9" * 5000, "nan", "inf", "-0", "1e999", "http://[::1]@"]),
)


def _parse(text: str) -> None:
    decoded, _ = decode_bytes(text.encode("utf-8", "surrogatepass"))
    value, flaws = parse(decoded)
    if not flaws:
        place_of(decoded, "/a/0/b")
        violations(value)


def _payload_file(text: str) -> None:
    for payload in read_payloads(BytesIO(text.encode("utf-8", "surrogatepass"))):
        str(payload)


def _verify(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    names = ("svix-id", "svix-timestamp", "svix-signature")
    verify(raw, dict.fromkeys(names, text), SECRET, now=NOW)


def _pseudonym(text: str) -> None:
    event = {"event_type": text, text: text, "code": text, "device_custom_metadata": {text: text}}
    PSEUDONYMISER.event(event)


def _recording(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    request = {"postData": {"text": text}}
    captured = {"raw": base64.b64encode(b"POST / HTTP/1.1\r\n\r\n" + raw).decode()}
    har = {
        "log": {"entries": [{"request": request}, {"request": captured}, {"data": {"body": text}}]}
    }
    for content in (raw, json.dumps(har).encode()):
        for found in read_recordings(BytesIO(content)):
            str(found)


PARSERS: Final[dict[str, Callable[[str], Any]]] = {
    "address": lambda text: Address.of(text, AddressPolicy()),
    "clean_text": lambda text: one_line(clean_text(text)).encode(),
    "duration": parse_duration,
    "fault": parse_fault,
    "host": read_host,
    "json": parse_json,
    "json_text": _parse,
    "override": parse_override,
    "redaction": lambda text: Redactor([SECRET]).text(text),
    "retry_after": lambda text: read_retry_after(text, NOW),
    "rate": read_rate,
    "schedule": parse_schedule,
    "secret": Secret,
    "statuses": read_statuses,
    "timestamp": parse_timestamp,
    "url": lambda text: [one(text) for one in (without_password, without_credentials)],
    "url of a message": hide_credentials,
    "verify": _verify,
    "payload file": _payload_file,
    "pseudonym": _pseudonym,
    "recording": _recording,
    "pattern": lambda text: catalog().match(text),
}
#: What a parser of Python's own kind may raise; the others raise errors of seamproof only.
PYTHON_ERRORS: Final[dict[str, tuple[type[Exception], ...]]] = {
    "json": (ValueError,),
    "timestamp": (ValueError, OverflowError),
}


@pytest.mark.parametrize("name", PARSERS)
@settings(
    max_examples=1000,
    deadline=timedelta(seconds=30),
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(text=TEXTS)
def test_a_parser_gives_a_value_or_its_error(name: str, text: str) -> None:
    """
    No other exception leaves a parser, whatever the text is.
    """
    with suppress(SeamproofError, *PYTHON_ERRORS.get(name, ())):
        PARSERS[name](text)


def test_the_page_on_security_lists_the_parsers() -> None:
    """
    Whoever adds a parser adds it here and there.
    """
    page = (Path(__file__).parents[2] / "SECURITY.md").read_text(encoding="utf-8")
    assert "tests/robustness/test_parsers.py" in page
