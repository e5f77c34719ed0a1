"""
Tests of the changes of a body after signing.
"""

from __future__ import annotations

import pytest

from seamproof.signing.tampering import reserialise, tamper

BODY = b'{"event_id":"9b2c61d4-0f3e-4a57-8c1d-5e6f7a8b9c0d","event_type":"device.connected"}'


@pytest.mark.parametrize(
    ("body", "tampered"),
    [
        (BODY, BODY.replace(b"9c0d", b"9c00")),
        (BODY.replace(b"9c0d", b"9c00"), BODY.replace(b"9c0d", b"9c01")),
        (b'{"a":"b"}', b'{"a":"0"}'),
        (b"{}", b"{} "),
    ],
)
def test_tampering(body: bytes, tampered: bytes) -> None:
    """
    A digit of the first id changes, else the last letter or digit, else the length.
    """
    assert tamper(body) == tampered


@pytest.mark.parametrize(
    ("body", "reserialised"),
    [
        (b'{"a":1}', b'{"a": 1}'),
        (b'{"a": 1}', b'{\n  "a": 1\n}'),
        (b"{}", b"{}\n"),
    ],
)
def test_reserialising(body: bytes, reserialised: bytes) -> None:
    """
    The meaning stays and the bytes differ.
    """
    assert reserialise(body) == reserialised
