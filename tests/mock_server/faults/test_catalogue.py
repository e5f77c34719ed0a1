"""
Fault catalogue: the table of faults, and the parser of requested faults.
"""

from __future__ import annotations

import pytest

from seamproof.errors import UsageError
from seamproof.mock_server.faults.catalogue import FAULTS, parse_fault
from seamproof.mock_server.model.records import FaultSpec
from tests.mock_server.workbench import EVENT, serving

pytestmark = pytest.mark.anyio


#: The documented faults, in their order.
NAMES = [
    "duplicate",
    "duplicate_resigned",
    "reorder",
    "delay",
    "drop_then_retry",
    "burst",
    "bad_signature",
    "wrong_secret",
    "stale",
    "future",
    "missing_header",
    "tampered_body",
    "reserialised_body",
    "truncated_body",
    "slow_body",
    "reset_mid_body",
    "two_signatures",
    "old_signature_first",
    "unknown_version_signature",
    "unknown_event_type",
    "unknown_field",
    "missing_optional",
    "null_optional",
    "microseconds",
    "unicode",
    "large",
]


def test_the_table_holds_every_fault() -> None:
    """
    Each fault says in one line what happens, and what a good handler answers.
    """
    assert list(FAULTS) == NAMES
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert fault.line
        assert "\n" not in fault.line
        assert fault.answer


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("stale", FaultSpec("stale")),
        ("stale:0.25", FaultSpec("stale", probability=0.25)),
        ("stale:x3", FaultSpec("stale", count=3)),
        ("stale:.5@7", FaultSpec("stale", probability=0.5, seed="7")),
        ("stale@a:b", FaultSpec("stale", seed="a:b")),
    ],
)
def test_reading_a_fault(text: str, fault: FaultSpec) -> None:
    """
    A fault consists of a name, a share or a number, and a seed.
    """
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stael", "no fault is called 'stael'"),
        ("stale:2", "from 0 to 1"),
        ("stale:often", "this is not a fault"),
        ("", "this is not a fault"),
    ],
)
def test_reading_what_is_no_fault(text: str, message: str) -> None:
    """
    A mistake is rejected, and the error names the nearest faults.
    """
    with pytest.raises(UsageError, match=message):
        parse_fault(text)
    with pytest.raises(UsageError, match="stale") as caught:
        parse_fault("stael")
    assert "stale" in caught.value.cure


async def test_an_unknown_fault_is_refused() -> None:
    """
    An unknown fault is rejected before anything is sent.
    """
    faults = [FaultSpec("nonsense")]
    async with serving() as service:
        with pytest.raises(UsageError, match="no fault is called"):
            await service.emit(event=EVENT, faults=faults)
        with pytest.raises(UsageError, match="no fault is called"):
            await service.endpoints.create("http://127.0.0.1:9/", faults=faults)
        assert (await service.messages()).messages == ()
