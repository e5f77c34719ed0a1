"""
Fault selector: which messages requested faults apply to.
"""

from __future__ import annotations

from seamproof.mock_server.faults.selector import FaultSelector
from seamproof.mock_server.model.records import FaultSpec


def test_a_share_of_the_messages() -> None:
    """
    A probability selects about that share of the messages, the same ones for the same seed.
    """
    faults = [FaultSpec("stale", probability=0.3)]
    first, second = (FaultSelector(faults, "s") for _ in range(2))
    chosen = [bool(first.names(number)) for number in range(1000)]
    assert chosen == [bool(second.names(number)) for number in range(1000)]
    assert 250 < sum(chosen) < 350


def test_a_number_of_messages() -> None:
    """
    A count selects that many messages, however many endpoints each is sent to.
    """
    picker = FaultSelector([FaultSpec("stale", count=2)], None)
    assert [picker.names(number) for number in (1, 1, 1, 2, 3, 4)] == [
        *[("stale",)] * 4,
        *[()] * 2,
    ]
